"""Counts of people that stand in the rows of a delivery: what they say per period and channel."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sources.readers.reading import Reading
from tests.sources.reader_desk import Desk, codes

HEADER = "id;datum;cijfer;kanaal;dienst;uit"
SURVEY = {
    "design": {"frame": {"invited": "column:uit"}},
    "dimensions": {"channel": {"column": "kanaal"}, "service": {"column": "dienst"}},
    "items": [{"column": "cijfer", "item": "kpi.tevredenheid", "scale": "cijfer10", "comparability": "B"}],
}


def read(folder: Path, *rows: Sequence[str], **changes: object) -> Reading:
    """Read responses of March 2025, each (channel, service, count)."""
    desk = Desk(folder).map(**(SURVEY | changes))
    lines = [f"r{number};12-03-2025;7;{';'.join(row)}" for number, row in enumerate(rows)]
    return desk.lines(*lines, header=HEADER)


def invited(reading: Reading) -> dict[str, int]:
    return {f"{one.period_id} {one.channel}": one.value for one in reading.frame_counts}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Everybody repeats the count of the period.
        ("web,paspoort,90 phone,verhuizen,90", {"all": 90}),
        # Everybody repeats the count of the channel.
        ("web,paspoort,60 web,verhuizen,60 phone,paspoort,30", {"web": 60, "phone": 30}),
        # Everybody repeats the count of the stratum; strata add up.
        ("web,paspoort,50 phone,paspoort,50 web,verhuizen,20 phone,verhuizen,20", {"all": 70}),
        # A stratum within a channel.
        ("web,paspoort,50 web,verhuizen,20 phone,paspoort,8 phone,verhuizen,9", {"web": 70, "phone": 17}),
        # Nobody says.
        ("web,paspoort, phone,paspoort,", {}),
    ],
)
def test_responses_repeat_the_count_of_their_group(
    tmp_path: Path, rows: str, expected: dict[str, int]
) -> None:
    reading = read(tmp_path, *(tuple(row.split(",")) for row in rows.split(" ")))
    assert invited(reading) == {f"2025-03 {channel}": value for channel, value in expected.items()}
    assert codes(reading) == []


@pytest.mark.parametrize("counts", [("50", "51"), ("50", ""), ("50", "veel"), ("-1", "-1"), ("1,5", "1,5")])
def test_counts_that_fit_no_group_are_left_out_and_told(tmp_path: Path, counts: tuple[str, str]) -> None:
    reading = read(tmp_path, *(("web", "paspoort", count) for count in counts))
    assert invited(reading) == {}
    (problem,) = reading.problems
    assert (problem.code, problem.column, problem.count, problem.severity) == (
        "MH-KADER",
        "uit",
        1,
        "warning",
    )
    assert (reading.outcome, reading.rows_landed) == ("landed", 2)


def test_a_survey_in_one_channel_counts_for_that_channel(tmp_path: Path) -> None:
    one_channel = {"channel": {"const": "phone"}, "service": {"column": "dienst"}}
    reading = read(tmp_path, ("", "paspoort", "90"), ("", "verhuizen", "90"), dimensions=one_channel)
    assert invited(reading) == {"2025-03 phone": 90}


def test_a_survey_that_tells_no_channels_apart_counts_for_all(tmp_path: Path) -> None:
    assert invited(read(tmp_path, ("", "paspoort", "90"), dimensions=None)) == {"2025-03 all": 90}


def test_the_column_of_counts_is_needed(tmp_path: Path) -> None:
    reading = Desk(tmp_path).map(**SURVEY).lines(
        "r1;12-03-2025;7;web;paspoort", header="id;datum;cijfer;kanaal;dienst"
    )  # fmt: skip
    assert (reading.outcome, codes(reading)) == ("rejected", ["MH-KOLOM"])


def test_table_lines_add_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path).map(
        source={"delivery": "aggregate"},
        keys=None,
        when={"column": "maand", "type": "month", "format": "%Y-%m"},
        design={"frame": {"population": "column:contacten"}},
        dimensions={"channel": {"column": "kanaal"}},
        scales={"smiley5": {"min": 1, "max": 5, "points": 5, "kind": "smiley"}},
        items=[
            {"item": "kpi.tevredenheid", "scale": "smiley5", "comparability": "C", "counts": {"blij": "5"}}
        ],
    )
    lines = (
        "2025-03;web;12;100",
        "2025-03;web;9;50",
        "2025-03;desk;9;7",
        "2025-04;web;9;",
        "2025-04;desk;1;3",
    )
    reading = desk.lines(*lines, header="maand;kanaal;blij;contacten")
    assert invited(reading) == {"2025-03 desk": 7, "2025-03 web": 150}
    assert codes(reading) == ["MH-KADER"]
