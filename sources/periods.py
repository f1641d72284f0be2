"""Period algebra: ids, types, bounds and which period feeds which.

Belongs here: pure functions over period ids (`2025-11`, `2025-Q4`, `2025-H2`, `2025`). Does not belong here: which
period a response falls in (the readers) or which period is published (the marts).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# Periods begin and end by the calendar of the Netherlands.
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PERIOD_TYPES = ("month", "quarter", "half_year", "year")
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_PATTERN = re.compile(
    r"^(?P<year>\d{4})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half_year>[12])))?$"
)


def day_of(moment: datetime) -> date:
    """The day in the Netherlands."""
    return moment.astimezone(AMSTERDAM).date()


def _parse(period_id: str) -> tuple[str, int, int]:
    """`(type, year, ordinal within the year from 0)`; ValueError when it is no period id."""
    match = _PATTERN.match(period_id)
    if match is None:
        raise ValueError("a period id is written 2025-11, 2025-Q4, 2025-H2 or 2025")
    for period_type in ("month", "quarter", "half_year"):
        if match[period_type]:
            return period_type, int(match["year"]), int(match[period_type]) - 1
    return "year", int(match["year"]), 0


def is_period(text: str) -> bool:
    """Whether a text is a period id."""
    return _PATTERN.match(text) is not None


def period_type(period_id: str) -> str:
    """`month`, `quarter`, `half_year` or `year`."""
    return _parse(period_id)[0]


def period_of(day: date, of_type: str) -> str:
    """The id of the period of that type which holds the day."""
    ordinal = (day.month - 1) // _MONTHS[of_type]
    return {
        "month": f"{day.year:04d}-{ordinal + 1:02d}",
        "quarter": f"{day.year:04d}-Q{ordinal + 1}",
        "half_year": f"{day.year:04d}-H{ordinal + 1}",
        "year": f"{day.year:04d}",
    }[of_type]


def first_day(period_id: str) -> date:
    """The first day of the period."""
    kind, year, ordinal = _parse(period_id)
    return date(year, ordinal * _MONTHS[kind] + 1, 1)


def day_after(period_id: str) -> date:
    """The first day after the period: a period has ended from this day on."""
    kind, year, ordinal = _parse(period_id)
    month = (ordinal + 1) * _MONTHS[kind]
    return date(year + month // 12, month % 12 + 1, 1)


def last_day(period_id: str) -> date:
    """The last day of the period."""
    return day_after(period_id) - timedelta(days=1)


def months_after(period_id: str, months: int) -> date:
    """The day so many months after the period ended."""
    after = day_after(period_id)
    month = after.month - 1 + months
    return date(after.year + month // 12, month % 12 + 1, 1)


def covers(coarser: str, finer: str) -> bool:
    """Whether `finer` lies within `coarser` (a period covers itself)."""
    return first_day(coarser) <= first_day(finer) and day_after(finer) <= day_after(coarser)


def periods_between(start: date, end: date, of_type: str) -> Iterator[str]:
    """Ids of that type from the period holding `start` up to the one holding `end`, both included."""
    day = start
    while day <= end or period_of(day, of_type) == period_of(end, of_type):
        period_id = period_of(day, of_type)
        yield period_id
        day = day_after(period_id)


def ended(period_id: str, today: date) -> bool:
    """Whether the period lies wholly before `today`."""
    return day_after(period_id) <= today
