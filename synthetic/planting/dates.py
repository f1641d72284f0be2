"""Traps in dates and times.

Belongs here: moments that are written otherwise than agreed, do not exist or exist twice. Does not belong here: when a
delivery comes in (`redelivery`).
"""

from __future__ import annotations

from calendar import SUNDAY, monthrange
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

from synthetic.delivery import Delivery, Table
from synthetic.planting.scene import Scene, partial, rejected, rewrite
from synthetic.responses import expected

_EXCEL_DAY_ZERO = date(1899, 12, 30)


def us_dates(scene: Scene) -> list[Delivery]:
    """Days above 12 prove it; the others cannot be trusted either."""
    rewrite(scene.last.table, scene.when, lambda cell: scene.moment(cell).strftime("%m-%d-%Y"))
    rejected(scene.last, "MH-K-DAGVOLGORDE", in_file=len(scene.last.table.rows))
    return [scene.last]


def excel_serial_dates(scene: Scene) -> list[Delivery]:
    """A number is no date unless a mapping could say so."""

    def serial(cell: Any) -> int:
        day = cell if isinstance(cell, date) else scene.moment(cell).date()
        return (day - _EXCEL_DAY_ZERO).days

    rewrite(scene.last.table, scene.when, serial)
    rejected(scene.last, "MH-DATUM", in_file=len(scene.last.table.rows))
    return [scene.last]


def excel_day_month(scene: Scene) -> list[Delivery]:
    """Without a year there is no date: these rows go to quarantine."""
    at = scene.last.table.at(scene.when)
    rows = scene.some_rows(scene.last.table)
    for index in rows:
        scene.last.table.rows[index][at] = "6-mrt"
    partial(scene, scene.last, rows, "MH-DATUM")
    return [scene.last]


def epoch_milliseconds(scene: Scene) -> list[Delivery]:
    """A number is no time."""

    def milliseconds(cell: str) -> int:
        moment = datetime.fromisoformat(cell)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

    rewrite(scene.last.table, scene.when, milliseconds)
    rejected(scene.last, "MH-DATUM", in_file=len(scene.last.table.rows))
    return [scene.last]


def clock_changes(scene: Scene) -> list[Delivery]:
    """The hour that does not exist goes to quarantine; of the one that comes twice the first is taken."""
    before = scene.deliveries[0].month
    gap, twice = _last_sunday(before, 3), _last_sunday(before, 10)
    model = scene.last.table
    rows = [deepcopy(row) for row in model.rows[:20]]
    moments = [
        datetime.combine(gap, datetime.min.time()) + timedelta(hours=2, minutes=20 + number)
        if number < 2
        else datetime.combine(twice, datetime.min.time()) + timedelta(hours=2, minutes=10 + number)
        for number in range(len(rows))
    ]
    for number, (row, moment) in enumerate(zip(rows, moments, strict=True)):
        row[model.at(scene.when)] = moment.strftime(scene.when_format)
        for name in scene.survey.columns_that_hold("response_id"):
            row[model.at(name)] = f"90{number:06d}"
    extra = Delivery(
        key=scene.survey.export["file"].format(month="klok"),
        month=twice.replace(day=1),
        stored_at=min(scene.last.stored_at, scene.latest),
        table=Table(model.columns, rows),
        expected=expected(scene.survey, Table(model.columns, rows), 0),
    )
    partial(scene, extra, range(min(2, len(rows))), "MH-TIJD", "MH-TIJD-DUBBEL")
    scene.valid_from = min(gap, twice).replace(day=1).isoformat()
    scene.deliveries.append(extra)
    return [extra]


def _last_sunday(before: date, month: int) -> date:
    """The last Sunday of that month in the last year in which it ended before `before`."""
    year = before.year if month < before.month else before.year - 1
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - SUNDAY) % 7)
