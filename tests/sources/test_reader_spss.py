"""SPSS: codes, user-missing values, dates, the header's case count."""

import struct
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from sources.readers.spss import header_case_count
from tests.sources.reader_desk import Desk, codes

FRAME = pd.DataFrame(
    {
        "id": ["a1", "b2", "c3"],
        "datum": [date(2025, 3, 3), date(2025, 3, 4), None],
        "cijfer": [7.0, 98.0, float("nan")],
        "eens": [4.0, 9.0, 2.0],
        "tekst": ["mooi é", "", "zo"],
    }
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    scales = {"cijfer10": {"missing": {"98": "not_applicable"}}}
    return Desk(tmp_path).map(source={"format": "sav"}, scales=scales)


def write(path: Path, frame: pd.DataFrame = FRAME, **options: Any) -> Path:
    pyreadstat.write_sav(
        frame,
        str(path),
        missing_ranges={"cijfer": [98]},
        variable_value_labels={"eens": {1: "helemaal oneens", 9: "weet niet"}},
        **options,
    )
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_codes_land_and_user_missing_values_survive(desk: Desk, tmp_path: Path, compressed: bool) -> None:
    reading = desk.read(write(tmp_path / "l.sav", compress=compressed), "l.sav")
    assert (reading.rows_in_file, reading.rows_landed) == (3, 2)
    assert desk.answers == [["7", "4", None], ["98", "9", None]]
    assert [row["contact_date"] for row in desk.landed] == [date(2025, 3, 3), date(2025, 3, 4)]
    assert desk.quarantined == [(3, "MH-DATUM", "datum")]
    assert desk.comments[0]["text_redacted"] == "mooi é"


def test_a_blank_code_is_an_empty_cell(desk: Desk, tmp_path: Path) -> None:
    frame = FRAME.assign(datum=date(2025, 3, 3))
    desk.read(write(tmp_path / "l.sav", frame), "l.sav")
    assert desk.answers[2] == ["", "2", None]


def test_times(desk: Desk, tmp_path: Path) -> None:
    desk.map(source={"format": "sav"}, when={"type": "timestamp", "format": None})
    frame = FRAME.assign(datum=[datetime(2025, 7, 1, 0, 30), datetime(2025, 3, 30, 2, 30), None])
    desk.read(write(tmp_path / "l.sav", frame), "l.sav")
    assert [(row["contact_date"], row["submitted_at"].hour) for row in desk.landed] == [
        (date(2025, 7, 1), 22)
    ]
    assert [code for _, code, _ in desk.quarantined] == ["MH-TIJD", "MH-DATUM"]


def test_the_count_is_the_headers_own(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "l.sav")
    assert header_case_count(path) == 3
    content = bytearray(path.read_bytes())
    content[80:84] = struct.pack("<i", 5)
    reading = desk.read(bytes(content), "l.sav")
    assert reading.outcome == "rejected"
    assert codes(reading) in (["MH-AFGEKAPT"], ["MH-FORMAAT"])


def test_a_file_that_breaks_off(desk: Desk, tmp_path: Path) -> None:
    content = write(tmp_path / "l.sav", pd.concat([FRAME] * 200)).read_bytes()
    reading = desk.read(content[: len(content) * 3 // 4], "l.sav")
    assert codes(reading) == ["MH-AFGEKAPT"]
    assert reading.rows_in_file == 600


@pytest.mark.parametrize("content", [b"", b"geen spss", b"$FL2" + bytes(200)])
def test_files_that_are_none(desk: Desk, content: bytes) -> None:
    assert codes(desk.read(content, "l.sav"))[0] in ("MH-LEEG", "MH-FORMAAT")
