"""One month of an organisation: the responses that invented people give, as a table of cells.

Belongs here: drawing answers from the population and filling the other columns. Does not belong here: how a tool writes
a cell (`writers`). A cell is text, a number, a date or a time; "" is a blank one.

A respondent's answers hang together through one opinion (a Gaussian copula), so that each question keeps exactly the
shares of the population while drivers and satisfaction correlate.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from babel.dates import format_date

from synthetic.comments import Planted, comments, personal_data
from synthetic.delivery import Expected, Table
from synthetic.population import Population
from synthetic.surveys import Question, Survey

_HANGS_TOGETHER = 0.85
_COUNTRY = ZoneInfo("Europe/Amsterdam")
# Between seven in the morning and ten at night: no clock is moved then, in any zone that a survey uses.
_OPENS, _OPEN_SECONDS = 7 * 3600, 15 * 3600
_ANSWERS_TWICE = 0.7
Ints = npt.NDArray[np.int64]


@dataclass
class Month:
    """The respondents of one month: their group, opinion and moment; `planted` is filled while columns are."""

    organisation_id: str
    survey: Survey
    population: Population
    first_day: date
    rng: np.random.Generator
    groups: Ints
    opinions: npt.NDArray[np.float64]
    moments: list[datetime]
    planted: list[Planted] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of respondents."""
        return len(self.groups)

    @property
    def stamps(self) -> dict[str, Any]:
        """The month in the words of file names and ids."""
        return {"month": f"{self.first_day:%Y-%m}", "compact": f"{self.first_day:%Y%m}"}


def respond(
    organisation_id: str, population: Population, first_day: date, count: int, rng: np.random.Generator
) -> tuple[Table, Expected, list[Planted]]:
    """`count` responses of the month that begins at `first_day`, what must become of the rows, and what is planted."""
    survey = population.survey
    shares = np.array([group.share for group in survey.groups])
    month = Month(
        organisation_id=organisation_id,
        survey=survey,
        population=population,
        first_day=first_day,
        rng=rng,
        groups=rng.choice(len(shares), size=count, p=shares / shares.sum()),
        opinions=rng.standard_normal(count),
        moments=_moments(rng, first_day, count),
    )
    if survey.is_aggregate:
        table = _counted(month)
        return table, Expected(len(table.rows), len(table.rows)), []
    cells = [_CELLS[column["holds"]](month, name, column) for name, column in survey.columns.items()]
    rows = [list(row) for row in zip(*cells, strict=True)]
    repeated = min(survey.export.get("repeated_rows", 0), count)
    table = Table(list(survey.columns), rows + [list(row) for row in rows[count - repeated :]])
    return table, expected(survey, table, repeated), month.planted


def expected(survey: Survey, table: Table, duplicates: int) -> Expected:
    """What must become of a table in which nothing is wrong and the last `duplicates` rows are repeats."""
    rows = table.rows[: len(table.rows) - duplicates]
    completed, excluded = survey.mapping.get("completed"), survey.mapping.get("exclude", [])

    def is_excluded(row: list[Any]) -> bool:
        return any(row[table.at(one["column"])] in one["values"] for one in excluded)

    def is_complete(row: list[Any]) -> bool:
        if completed is None:
            return True
        cell = row[table.at(completed["column"])]
        return cell in completed["values"] if "values" in completed else bool(cell)

    return Expected(
        in_file=len(table.rows),
        processed=len(rows),
        duplicate=duplicates,
        excluded=sum(is_excluded(row) for row in rows),
        incomplete=sum(not is_excluded(row) and not is_complete(row) for row in rows),
    )


def _moments(rng: np.random.Generator, first_day: date, count: int) -> list[datetime]:
    """Different moments, in order, spread over the days of the month."""
    slots = monthrange(first_day.year, first_day.month)[1] * _OPEN_SECONDS
    starts = (np.arange(count) * slots) // count
    found = starts + (rng.random(count) * (slots // count)).astype(np.int64)
    midnight = datetime(first_day.year, first_day.month, 1)
    return [
        midnight + timedelta(days=int(slot // _OPEN_SECONDS), seconds=_OPENS + int(slot % _OPEN_SECONDS))
        for slot in found
    ]


# --- what a column holds -----------------------------------------------------------------------------------

Column = dict[str, Any]


def _response_ids(month: Month, _: str, column: Column) -> list[Any]:
    return [column["pattern"].format(number=number, **month.stamps) for number in range(1, month.count + 1)]


def _respondent_ids(month: Month, _: str, column: Column) -> list[Any]:
    """Numbers from a circle that is smaller than the number of responses: some people answer more than once."""
    circle = max(1, int(month.count / _ANSWERS_TWICE * 1.5))
    numbers = month.rng.integers(1, circle + 1, month.count)
    is_blank = month.rng.random(month.count) < column.get("blank", 0)
    return [
        "" if blank else column["pattern"].format(number=int(number))
        for number, blank in zip(numbers, is_blank, strict=True)
    ]


def _moment_cells(month: Month, _: str, column: Column) -> list[Any]:
    pattern = column.get("format")
    if pattern is None:
        return [moment.date() for moment in month.moments]
    if pattern == "offset":
        return [moment.replace(tzinfo=_COUNTRY).isoformat() for moment in month.moments]
    return [moment.strftime(pattern) for moment in month.moments]


def _times(month: Month, _: str, __: Column) -> list[Any]:
    return list(month.moments)


def _group_codes(month: Month, _: str, __: Column) -> list[Any]:
    return [month.survey.groups[index].code for index in month.groups]


def _weights(month: Month, _: str, __: Column) -> list[Any]:
    return [month.survey.groups[index].weight for index in month.groups]


def _choices(month: Month, _: str, column: Column) -> list[Any]:
    options = list(column["shares"])
    return [options[index] for index in _drawn(month.rng, list(column["shares"].values()), month.count)]


def _answers(month: Month, name: str, _: Column) -> list[Any]:
    question = next(one for one in month.survey.questions if one.name == name)
    noise = month.rng.standard_normal(month.count)
    opinion = _HANGS_TOGETHER * month.opinions + (1 - _HANGS_TOGETHER**2) ** 0.5 * noise
    chosen = np.zeros(month.count, dtype=np.int64)
    for index in range(len(month.survey.groups)):
        own = month.groups == index
        chosen[own] = np.searchsorted(_cuts(month.population, question, index), opinion[own])
    missing = [*question.missing, None]
    gaps = _drawn(month.rng, [*question.missing.values(), 1 - sum(question.missing.values())], month.count)
    foreign = question.foreign_cells or question.cells
    return [
        missing[gap] if missing[gap] is not None else (foreign if is_foreign else question.cells)[answer]
        for gap, answer, is_foreign in zip(gaps, chosen, _speaks_foreign(month), strict=True)
    ]


def _cuts(population: Population, question: Question, group: int) -> npt.NDArray[np.float64]:
    """Where the standard normal opinion changes from one answer to the next."""
    below = np.cumsum(population.shares[question.name][group])[:-1]
    return np.array([NormalDist().inv_cdf(min(max(share, 1e-12), 1 - 1e-12)) for share in below])


def _speaks_foreign(month: Month) -> list[bool]:
    """Who answers in the other language, where the survey has one; nothing else depends on it."""
    return [moment.second % 5 < 2 for moment in month.moments]


def _comments(month: Month, _: str, column: Column) -> list[Any]:
    texts, planted = comments(month.rng, month.count, column["language"], column["filled"])
    month.planted += planted
    if month.survey.export.get("has_line_feeds"):
        return [text.replace(", ", ",\n") for text in texts]
    return list(texts)


def _personal(month: Month, _: str, column: Column) -> list[Any]:
    found = [personal_data(month.rng, column["kind"]) for _ in range(month.count)]
    month.planted += [Planted(column["kind"], text) for text in found]
    return list(found)


def _numbers(month: Month, _: str, column: Column) -> list[Any]:
    return [int(one) for one in month.rng.integers(column["low"], column["high"] + 1, month.count)]


def _ages(month: Month, _: str, __: Column) -> list[Any]:
    return [int(one) for one in month.rng.integers(18, 91, month.count)]


def _same(value: Callable[[Month, Column], Any]) -> Callable[[Month, str, Column], list[Any]]:
    return lambda month, _, column: [value(month, column)] * month.count


def _before(month: Month) -> int:
    return (12 * (month.first_day.year - 2000) + month.first_day.month) * 100_000


def _drawn(rng: np.random.Generator, shares: list[float], count: int) -> Ints:
    bounds = np.cumsum(shares)
    return np.minimum(np.searchsorted(bounds / bounds[-1], rng.random(count), side="right"), len(shares) - 1)


_CELLS: dict[str, Callable[[Month, str, Column], list[Any]]] = {
    "response_id": _response_ids,
    "respondent_id": _respondent_ids,
    "moment": _moment_cells,
    "moment_with_time": _times,
    "group": _group_codes,
    "weight": _weights,
    "choice": _choices,
    "language": lambda month, _, column: [
        column["codes"][int(is_foreign)] for is_foreign in _speaks_foreign(month)
    ],
    "answer": _answers,
    "comment": _comments,
    "personal": _personal,
    "number": _numbers,
    "age": _ages,
    "serial": lambda month, _, __: list(range(1, month.count + 1)),
    # Counts on from month to month, as a form does.
    "form_number": lambda month, _, __: [_before(month) + number for number in range(1, month.count + 1)],
    "month": _same(lambda month, column: month.first_day.strftime(column["format"])),
    "month_number": _same(lambda month, column: int(month.first_day.strftime(column["format"]))),
    "quarter": _same(lambda month, _: (month.first_day.month + 2) // 3),
    "municipality_number": _same(lambda month, _: int(month.organisation_id[2:])),
    "text": _same(lambda _, column: column["value"]),
}


# --- counts instead of responses ---------------------------------------------------------------------------


def _counted(month: Month) -> Table:
    """One line per group: how many gave each answer to the survey's one question."""
    question = month.survey.questions[0]
    sizes = np.bincount(month.groups, minlength=len(month.survey.groups))
    shares = month.population.shares[question.name]
    lines = []
    for index, group in enumerate(month.survey.groups):
        counts = month.rng.multinomial(int(sizes[index]), shares[index])
        by_label = {cell: int(count) for cell, count in zip(question.cells, counts, strict=True)}
        lines.append(
            [
                _line_cell(month, name, column, group.code, by_label)
                for name, column in month.survey.columns.items()
            ]
        )
    return Table(list(month.survey.columns), lines)


def _line_cell(month: Month, name: str, column: Column, code: str, counts: dict[str, int]) -> Any:
    total = sum(counts.values())
    return {
        "month": lambda: month.first_day.strftime(column["format"]),
        "month_name": lambda: format_date(month.first_day, "MMMM yyyy", locale="nl"),
        "group": lambda: code,
        "count": lambda: counts[name],
        "total": lambda: total,
        "contacts": lambda: total * 9,
        "text": lambda: column["value"],
    }[column["holds"]]()
