"""A random sample of a known population errs less; nothing else does, however much it knows of its population.

The same answers in every organisation: in November 60 on the web and 40 at the desk, in December 50 on the web.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest

from tests.acceptance.harness import Installation, Night
from tests.acceptance.mappings import Row, csv_text, mapping

PLAIN, UNKNOWN, SELF, CENSUS, REPEATED, FULL = (f"test00{number}" for number in range(10, 16))
HEADER = ("id", "datum", "kanaal", "klant", "cijfer", "contacten")
DIMENSIONS = {
    "service": {"const": "paspoort"},
    "channel": {"column": "kanaal"},
    "audience": {"const": "citizen"},
}
# People per month and channel.
POPULATION = {(11, "web"): 150, (11, "desk"): 90, (12, "web"): 160}
ANSWERS = {(11, "web"): 60, (11, "desk"): 40, (12, "web"): 50}


def rows(people: int | None = None) -> list[Row]:
    """Marks 4 to 9; everybody once, or `people` who return in turn."""
    found: list[Row] = []
    for (month, channel), n in ANSWERS.items():
        for i in range(n):
            day = date(2025, month, 1) + timedelta(days=i % 28)
            number = len(found)
            customer = number if people is None else number % people
            contacts = POPULATION[month, channel]
            found.append((f"r{number}", day.isoformat(), channel, f"k{customer}", 4 + i * i % 6, contacts))
    return found


def add(made: Installation, name: str, sample: str, people: int | None = None, **frame: Any) -> None:
    design = {"sample": sample, "mode": ["web"], "weights": {"method": "none"}, "frame": frame}
    keys = {"response": {"column": "id"}, "respondent": {"column": "klant"}}
    # A survey without the counts reads the same file.
    ignore = [] if frame.get("population") == "column:contacten" else ["contacten"]
    made.map(name, mapping(name, design=design, dimensions=DIMENSIONS, keys=keys, ignore=ignore))
    answers = rows(people)
    made.drop(f"{name}/kto.csv", csv_text(answers, HEADER), records=len(answers))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    made = Installation(tmp_path_factory.mktemp("population"))
    add(made, PLAIN, "random", population="column:contacten")
    add(made, UNKNOWN, "random", invited="column:contacten")
    add(made, SELF, "self_selected", population="column:contacten")
    add(made, CENSUS, "census_with_nonresponse", population="column:contacten")
    add(made, REPEATED, "random", people=80, population="column:contacten")
    add(made, FULL, "random", population=30)
    return made.run()


def error(night: Night, organisation_id: str, period_id: str, **cell: str) -> float:
    figure = night.figure(organisation_id, "kpi.tevredenheid", "mean_pomp", period_id, **cell)
    return float(figure["standard_error"])


@pytest.mark.parametrize(
    ("period_id", "channel", "n", "population"),
    [
        ("2025-11", "all", 100, 240),
        ("2025-11", "web", 60, 150),
        ("2025-11", "desk", 40, 90),
        ("2025-12", "all", 50, 160),
        ("2025-Q4", "all", 150, 400),
    ],
)
def test_the_error_is_that_of_a_sample_without_replacement(
    night: Night, period_id: str, channel: str, n: int, population: int
) -> None:
    plain = error(night, UNKNOWN, period_id, channel=channel)
    expected = plain * math.sqrt(1 - n / population)
    assert error(night, PLAIN, period_id, channel=channel) == pytest.approx(expected, rel=1e-9)


def test_the_interval_follows_and_the_figure_stays(night: Night) -> None:
    found, plain = (
        night.figure(name, "kpi.tevredenheid", "mean_pomp", "2025-11") for name in (PLAIN, UNKNOWN)
    )
    assert found["value"] == plain["value"]
    width, plain_width = (one["ci_high"] - one["ci_low"] for one in (found, plain))
    assert width / plain_width == pytest.approx(math.sqrt(1 - 100 / 240), rel=1e-7)


def test_a_part_that_is_the_whole_is_like_it(night: Night) -> None:
    """All are citizens, and all came about a passport."""
    for cell in ({"audience": "citizen"}, {"service_group": "identity"}):
        assert error(night, PLAIN, "2025-11", **cell) == error(night, PLAIN, "2025-11")


def test_what_is_known_of_a_part_of_the_time_is_not_enough(night: Night) -> None:
    """In December all rows say the same: that is the count of the month, and of its channels nothing is known."""
    assert error(night, PLAIN, "2025-Q4", channel="web") == error(night, UNKNOWN, "2025-Q4", channel="web")


def test_whom_nobody_drew_nobody_corrects(night: Night) -> None:
    assert error(night, CENSUS, "2025-11") == error(night, UNKNOWN, "2025-11")
    assert math.isnan(error(night, SELF, "2025-11"))


def test_people_are_counted_not_answers(night: Night) -> None:
    """80 people gave the 150 answers of the quarter: 80 of 400 were asked, not 150."""
    answers = rows(people=80)
    marks = [float(row[4]) for row in answers]  # type: ignore[arg-type]
    mean = sum(marks) / len(marks)
    of_person: dict[object, float] = {}
    for row, mark in zip(answers, marks, strict=True):
        of_person[row[3]] = of_person.get(row[3], 0.0) + mark - mean
    spread = sum(one**2 for one in of_person.values())
    plain = 100 / 9 * math.sqrt(80 / 79 * spread) / len(marks)
    found = error(night, REPEATED, "2025-Q4")
    assert found == pytest.approx(plain * math.sqrt(1 - 80 / 400), rel=1e-9)


def test_more_answers_than_people_is_no_population(night: Night) -> None:
    assert error(night, FULL, "2025-11") == error(night, UNKNOWN, "2025-11")
