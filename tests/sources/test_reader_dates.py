"""Contact dates, submission times, periods: formats, locales, zones, limits."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.readers.moments import OK, WhenDecoder
from tests.sources.reader_desk import HEADER, Desk

TODAY = date(2026, 2, 1)


def decoder(**when: Any) -> WhenDecoder:
    usual = {"type": "date", "format": (), "timezone": "Europe/Amsterdam", "locale": "nl_NL"}
    return WhenDecoder(SimpleNamespace(**usual | when), TODAY)  # type: ignore[arg-type]


def day(found: WhenDecoder, raw: str) -> date | None:
    moment = found.one(raw)
    return (
        date(1970, 1, 1).fromordinal(moment.day + date(1970, 1, 1).toordinal())
        if moment.status == OK
        else None
    )


@pytest.mark.parametrize(
    ("when", "raw", "expected"),
    [
        ({"format": ("%d-%m-%Y",)}, "01-03-2025", date(2025, 3, 1)),
        ({"format": ("%d-%m-%Y",)}, " 1-3-2025 ", date(2025, 3, 1)),
        ({"format": ("%m/%d/%Y",)}, "03/01/2025", date(2025, 3, 1)),
        ({"format": ("%d-%m-%Y",)}, "2025-03-01", None),
        ({"format": ("%d-%m-%Y",)}, "31-02-2025", None),
        ({"format": ("%d-%m-%Y",)}, "01-03-2025x", None),
        ({"format": ("%d-%m-%Y", "%Y-%m-%d")}, "2025-03-01", date(2025, 3, 1)),
        ({"format": ("%d-%m-%y",)}, "01-03-25", date(2025, 3, 1)),
        ({"format": ("%d %B %Y",)}, "1 maart 2025", date(2025, 3, 1)),
        ({"format": ("%d %b %Y",)}, "1 mrt. 2025", date(2025, 3, 1)),
        ({"format": ("%d %B %Y",)}, "1 March 2025", None),
        ({"format": ("%A %d %B %Y",), "locale": "en_GB"}, "Saturday 1 March 2025", date(2025, 3, 1)),
        ({"format": ("%d %B %Y",), "locale": "de_DE"}, "1 März 2025", date(2025, 3, 1)),
        ({}, "2025-03-01", date(2025, 3, 1)),
        ({}, "1 maart 2025", None),
        ({"type": "month", "format": ("%B %Y",)}, "Januari 2026", date(2026, 1, 1)),
        ({"type": "month"}, "2026-01", date(2026, 1, 1)),
        (
            {"type": "timestamp", "format": ("%m/%d/%Y %I:%M:%S %p",)},
            "03/01/2025 12:30:00 AM",
            date(2025, 3, 1),
        ),
        ({"type": "timestamp", "format": ("%m/%d/%Y %I:%M:%S %p",)}, "03/01/2025 13:30:00 AM", None),
        # The day in the Netherlands, not in Greenwich.
        ({"type": "timestamp"}, "2025-06-30T22:30:00Z", date(2025, 7, 1)),
        ({"type": "timestamp"}, "2025-12-31T23:30:00-05:00", date(2026, 1, 1)),
        ({"type": "timestamp", "timezone": "America/New_York"}, "2025-06-30T20:00:00", date(2025, 7, 1)),
        ({"type": "timestamp", "timezone": "source"}, "2025-06-30T20:00:00", None),
        ({"type": "date"}, "\x012025-03-01T23:59:00", date(2025, 3, 1)),
        ({"type": "month"}, "\x012025-03-31", date(2025, 3, 1)),
        # Limits: tomorrow, and dummies.
        ({}, "2026-02-01", date(2026, 2, 1)),
        ({}, "2026-02-02", None),
        ({}, "1990-01-01", date(1990, 1, 1)),
        ({}, "1989-12-31", None),
        ({}, "1980-01-01", None),
        ({}, "", None),
    ],
)
def test_one_date(when: dict[str, Any], raw: str, expected: date | None) -> None:
    assert day(decoder(**when), raw) == expected


def test_the_hour_that_does_not_exist_and_the_one_that_occurs_twice() -> None:
    found = decoder(type="timestamp")
    assert found.one("2025-03-30T01:59:59").status == OK
    assert found.one("2025-03-30T02:30:00").status not in (OK,)
    assert found.one("2025-03-30T03:00:00").status == OK
    first = found.one("2025-10-26T02:30:00")
    assert datetime.fromtimestamp(first.micros / 1e6, UTC) == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


def test_refusals_by_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path).map(when={"type": "timestamp", "format": "%Y-%m-%d %H:%M"})
    stamps = ["2025-03-30 02:30", "2026-02-02 00:00", "onzin", "", "2025-03-30 03:30"]
    reading = desk.lines(*(f"r{number};{stamp};7;4;" for number, stamp in enumerate(stamps)))
    assert desk.quarantined == [
        (1, "MH-TIJD", "datum"),
        (2, "MH-DATUM-TOEKOMST", "datum"),
        (3, "MH-DATUM", "datum"),
        (4, "MH-DATUM", "datum"),
    ]
    assert reading.rows_landed == 1
    assert desk.landed[0]["submitted_at"] == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert desk.landed[0]["contact_date"] == date(2025, 3, 30)


def test_a_stated_period(tmp_path: Path) -> None:
    override = {"column": "golf", "map": {"2025-1": "2025-H1"}}
    desk = Desk(tmp_path).map(when={"period_override": override})
    header = f"{HEADER};golf"
    reading = desk.lines(
        "r1;03-09-2025;7;4;;2025-1",
        "r2;;7;4;;2025-1",
        "r3;03-03-2025;7;4;;9",
        "r4;x;7;4;;2025-1",
        header=header,
    )
    assert [(row["period_id"], row["contact_date"]) for row in desk.landed] == [
        ("2025-H1", date(2025, 9, 3)),
        ("2025-H1", None),
    ]
    assert desk.quarantined == [(3, "MH-DATUM", "golf"), (4, "MH-DATUM", "datum")]
    assert reading.period_rows == {"2025-H1": 2}


def test_a_fixed_date(tmp_path: Path) -> None:
    desk = Desk(tmp_path).map(when={"column": None, "format": None, "const": "2025-05-05"})
    assert desk.lines("r1;;7;4;").period_rows == {"2025-05": 1}


_STAMPS = st.builds(
    "{:04}-{:02}-{:02}{}{:02}:{:02}{}{}".format,
    st.integers(1985, 2027),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from("T x"),
    st.integers(0, 25),
    st.integers(0, 60),
    st.sampled_from(["", ":00", ":59", ":60", ":30.5", ":30.123", ":30.123456", ":3"]),
    st.sampled_from(["", "Z", "+02:00", "-11:30", "+0200", " +01:00", "+25:00"]),
) | st.builds(
    "{}T{:02}:{:02}:00".format,
    st.sampled_from(["2025-03-30", "2025-10-26", "2024-03-31", "2025-11-02"]),
    st.integers(0, 23),
    st.integers(0, 59),
)


@settings(deadline=None)
@given(
    st.lists(_STAMPS, min_size=1, max_size=40),
    st.sampled_from(["Europe/Amsterdam", "source", "America/New_York"]),
)
def test_a_whole_column_gives_what_single_cells_give(stamps: list[str], zone: str) -> None:
    """The fast way through a column and the plain way per cell never differ."""
    found = decoder(type="timestamp", timezone=zone)
    column = (stamps * 600)[: max(600, len(stamps))]
    moments = found.decode(pa.array(column))
    for index in range(len(stamps)):
        one = found.one(column[index])
        assert moments.status[index] == one.status
        if one.status == OK:
            assert (moments.days[index], moments.micros[index]) == (one.day, one.micros)
            assert moments.is_repeated[index] == one.is_repeated
    assert np.array_equal(found.decode(pa.array(column).dictionary_encode()).status, moments.status)


@pytest.mark.parametrize(
    ("zone", "raw", "is_repeated"),
    [
        ("Europe/Amsterdam", "2025-10-26 02:00:00", True),
        ("Europe/Amsterdam", "2025-10-26 02:59:59", True),
        ("Europe/Amsterdam", "2025-10-26 01:59:59", False),
        ("Europe/Amsterdam", "2025-10-26 03:00:00", False),
        ("Europe/Amsterdam", "2025-10-26 02:30:00+02:00", False),
        ("America/New_York", "2025-11-02 01:30:00", True),
        ("Australia/Lord_Howe", "2025-04-06 01:45:00", True),
        ("Australia/Lord_Howe", "2025-04-06 01:15:00", False),
    ],
)
def test_an_hour_that_occurs_twice_is_noticed(zone: str, raw: str, is_repeated: bool) -> None:
    found = decoder(type="timestamp", timezone=zone)
    assert found.one(raw).is_repeated is is_repeated
    column = pa.array([raw, *["2025-11-20 12:00:00"] * 600])
    assert found.decode(column).is_repeated.tolist() == [is_repeated, *[False] * 600]


def test_the_receipt_counts_the_hours_that_occur_twice(tmp_path: Path) -> None:
    desk = Desk(tmp_path).map(when={"type": "timestamp", "format": "%d-%m-%Y %H:%M"})
    reading = desk.lines("r1;26-10-2025 02:30;7;4;", "r2;26-10-2025 03:30;7;4;")
    assert [(one.code, one.count, one.example_rows) for one in reading.problems] == [
        ("MH-TIJD-DUBBEL", 1, (1,))
    ]
    assert [row["submitted_at"] for row in desk.landed] == [
        datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
        datetime(2025, 10, 26, 2, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("layout", "raw", "code"),
    [
        ("%d/%m/%Y", "03/13/2025", "MH-DAGVOLGORDE"),
        ("%m/%d/%Y", "13/03/2025", "MH-DAGVOLGORDE"),
        ("%F", "2025-13-03", "MH-DAGVOLGORDE"),
        ("%d/%m/%Y", "13/13/2025", "MH-DATUM"),
        ("%d/%m/%Y", "31/02/2025", "MH-DATUM"),
        ("%d/%m/%Y", "2025-13-03", "MH-DATUM"),
        ("%d %B %Y", "13/03/2025", "MH-DATUM"),
    ],
)
def test_day_and_month_the_other_way_round_are_told_from_nonsense(
    tmp_path: Path, layout: str, raw: str, code: str
) -> None:
    desk = Desk(tmp_path).map(when={"format": layout})
    desk.lines(f"r1;{raw};7;4;", f"r2;{date(2025, 3, 2).strftime(layout)};7;4;")
    assert desk.quarantined == [(1, code, "datum")]
