"""Aggregates: counts per answer become rows with a multiplicity."""

from pathlib import Path

import pytest

from tests.sources.reader_desk import Desk

ITEM = {
    "item": "kpi.tevredenheid",
    "scale": "smiley5",
    "comparability": "C",
    "counts": {"blij": "5", "boos": "1", "weet niet": "dont_know"},
}
SECOND = {
    "item": "kpi.vertrouwen",
    "scale": "smiley5",
    "comparability": "C",
    "counts": {"v blij": "5", "v boos": "1"},
}
HEADER = "maand;blij;boos;weet niet;v blij;v boos"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).map(
        source={"delivery": "aggregate", "thousands": ".", "decimal": ","},
        keys=None,
        when={"column": "maand", "type": "month", "format": "%B %Y", "locale": "nl_NL"},
        scales={"smiley5": {"min": 1, "max": 5, "points": 5, "kind": "smiley"}},
        items=[ITEM, SECOND],
    )


def test_counts_become_rows(desk: Desk) -> None:
    reading = desk.lines("maart 2025;1.200;3;;0;2", header=HEADER)
    assert (reading.rows_in_file, reading.rows_landed, reading.period_rows) == (1, 1, {"2025-03": 1})
    assert [(row["row_number"], row["multiplicity"], row["answers"]) for row in desk.landed] == [
        (1, 1200, ["5", None]),
        (1, 3, ["1", None]),
        (1, 2, [None, "1"]),
    ]
    assert {row["response_key"] for row in desk.landed} == {None}


def test_a_column_may_count_missing_answers(desk: Desk) -> None:
    desk.lines("maart 2025;1;;4;;", header=HEADER)
    assert [(row["multiplicity"], row["answers"]) for row in desk.landed] == [
        (1, ["5", None]),
        (4, ["dont_know", None]),
    ]


@pytest.mark.parametrize("count", ["-1", "1,5", "veel", "12 %", "1000000000", "99999999999"])
def test_a_bad_count_quarantines_its_line(desk: Desk, count: str) -> None:
    reading = desk.lines(f"maart 2025;3;{count};;;", "april 2025;3;1,0;;;", header=HEADER)
    assert desk.quarantined == [(1, "MH-AANTAL", "boos")]
    assert (reading.rows_in_file, reading.rows_landed) == (2, 1)
    assert reading.period_rows == {"2025-04": 1}


def test_a_line_in_which_nobody_answered_is_still_a_line(desk: Desk) -> None:
    reading = desk.lines("maart 2025;0;;;;", header=HEADER)
    assert (reading.rows_in_file, reading.rows_landed) == (1, 1)
    assert [(row["multiplicity"], row["answers"]) for row in desk.landed] == [(0, [None, None])]


def test_a_missing_count_column_rejects(desk: Desk) -> None:
    reading = desk.lines("maart 2025;3;1;0;2", header="maand;blij;boos;weet niet;v blij")
    assert [(problem.code, problem.column) for problem in reading.problems] == [("MH-KOLOM", "v boos")]
