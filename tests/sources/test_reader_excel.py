"""Excel: headers, dates, errors, stray cells, files that are none."""

import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineError, CalamineWorkbook

from sources.limits import Limits
from sources.readers.workbook import column_number
from tests.sources.reader_desk import HEADER, Desk, codes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).map(source={"format": "xlsx"})


COLUMNS = HEADER.split(";")
ROW = ["r1", date(2025, 3, 3), 7.5, 4, "mooi"]


def workbook(*rows: list[Any], sheet: str = "Blad1", **cells: Any) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    for place, value in cells.items():
        page[place] = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, text: bytes) -> bytes:
    """The workbook with one member of its zip file replaced or added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, text)
    return out.getvalue()


def sheet_xml(content: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def test_native_dates_and_numbers(desk: Desk) -> None:
    reading = desk.read(workbook(COLUMNS, ROW, ["r2", datetime(2025, 3, 4, 23, 59), 8.0, 9, None]), "l.xlsx")
    assert (reading.outcome, reading.rows_in_file) == ("landed", 2)
    assert [row["contact_date"] for row in desk.landed] == [date(2025, 3, 3), date(2025, 3, 4)]
    assert desk.answers == [["7.5", "4", None], ["8", "9", None]]


def test_text_dates_follow_the_declared_format(desk: Desk) -> None:
    desk.read(
        workbook(COLUMNS, ["r1", "03-03-2025", "7", "4", ""], ["r2", "2025-03-03", "7", "4", ""]), "l.xlsx"
    )
    assert desk.quarantined == [(2, "MH-DATUM", "datum")]


def test_a_date_where_an_answer_belongs_is_invalid(desk: Desk) -> None:
    desk.read(workbook(COLUMNS, ["r1", date(2025, 3, 3), date(2025, 3, 6), 4, ""]), "l.xlsx")
    assert desk.answers == [["!invalid", "4", None]]


def test_title_rows_blank_rows_and_footer(desk: Desk) -> None:
    desk.map(source={"format": "xlsx", "header_row": 3, "skip_footer": 1})
    rows = [["Rapport"], [], COLUMNS, ROW, [], ["r2", *ROW[1:]], [None, None, ""], ["Totaal", 2]]
    reading = desk.read(workbook(*rows), "l.xlsx")
    assert (reading.rows_in_file, [row["row_number"] for row in desk.landed]) == (2, [1, 3])


def test_declared_sheet_and_range(desk: Desk) -> None:
    desk.map(source={"format": "xlsx", "sheet": "blad1", "range": "B2:F4"})
    rows = [[], ["", *COLUMNS], ["x", *ROW], ["x", "r2", *ROW[1:]], ["x", "r3", *ROW[1:]]]
    assert desk.read(workbook(*rows), "l.xlsx").rows_in_file == 2
    desk.map(source={"format": "xlsx", "sheet": "Blad9"})
    assert codes(desk.read(workbook(COLUMNS, ROW), "l.xlsx")) == ["MH-FORMAAT"]


def test_two_header_rows(desk: Desk) -> None:
    desk.map(source={"format": "xlsx", "header_rows": 2}, keys={"response": {"column": "Respons | id"}})
    top = ["Respons", None, None, None, None]
    assert desk.read(workbook(top, COLUMNS, ROW), "l.xlsx").rows_landed == 1


def test_error_cells_are_invalid_and_not_blank(desk: Desk) -> None:
    content = workbook(COLUMNS, ROW)
    damaged = sheet_xml(content).replace(b'<c r="D2" t="n"><v>4</v>', b'<c r="D2" t="e"><v>#N/A</v>')
    desk.read(with_part(content, "xl/worksheets/sheet1.xml", damaged), "l.xlsx")
    assert desk.answers == [["7.5", "!invalid", None]]


def test_a_formula_without_a_stored_result_is_quarantined(desk: Desk) -> None:
    reading = desk.read(workbook(COLUMNS, ROW, ["r2", date(2025, 3, 3), "=3+4", 4, ""]), "l.xlsx")
    assert (reading.rows_in_file, desk.quarantined) == (2, [(2, "MH-VELDEN", None)])
    assert desk.read(workbook(COLUMNS, ROW, F2="=1+1"), "l.xlsx").rows_landed == 1


def test_long_ids(desk: Desk) -> None:
    desk.read(workbook(COLUMNS, [114070000000, *ROW[1:]], [12345678901234567, *ROW[1:]]), "l.xlsx")
    assert desk.quarantined == [(2, "MH-ID", "id")]


@pytest.mark.parametrize("place", ["XFD1048576", "XFD1", "SG2"])
def test_a_stray_cell_far_away_is_refused_at_once(desk: Desk, place: str) -> None:
    content = workbook(COLUMNS, ROW, **{place: "x"})
    assert codes(desk.read(content, "l.xlsx")) == ["MH-LIMIET"]


def test_a_wrong_dimension_does_not_hide_rows(desk: Desk) -> None:
    content = workbook(COLUMNS, *(["r" + str(number), *ROW[1:]] for number in range(20)))
    wrong = sheet_xml(content).replace(b'<dimension ref="A1:E21"', b'<dimension ref="A1"')
    assert wrong != sheet_xml(content)
    assert desk.read(with_part(content, "xl/worksheets/sheet1.xml", wrong), "l.xlsx").rows_landed == 20


def test_what_calamine_cannot_read_openpyxl_reads(desk: Desk) -> None:
    content = workbook(COLUMNS, ROW)
    odd = sheet_xml(content).replace(b"<v>7.5</v>", b"<v>7.5 </v>")
    (desk.folder / "odd.xlsx").write_bytes(with_part(content, "xl/worksheets/sheet1.xml", odd))
    with pytest.raises(CalamineError):
        CalamineWorkbook.from_path(str(desk.folder / "odd.xlsx")).get_sheet_by_name("Blad1")
    assert desk.read(with_part(content, "xl/worksheets/sheet1.xml", odd), "l.xlsx").rows_landed == 1


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "l.xlsx", "MH-LEEG"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "l.xlsx", "MH-FORMAAT"),
        (b"id;datum", "l.xlsx", "MH-FORMAAT"),
        (workbook(COLUMNS), "l.xlsx", "MH-LEEG"),
        (workbook([]), "l.xlsx", "MH-LEEG"),
        (workbook(COLUMNS, ROW), "l.xlsm", "MH-FORMAAT"),
        (with_part(workbook(COLUMNS, ROW), "xl/vbaProject.bin", b"x"), "l.xlsx", "MH-FORMAAT"),
        (with_part(workbook(COLUMNS, ROW), "../../x", b"x"), "l.xlsx", "MH-FORMAAT"),
        (with_part(workbook(COLUMNS, ROW), "xl/bom.xml", b" " * 20_000_000), "l.xlsx", "MH-LIMIET"),
        (workbook(COLUMNS, ROW)[:-400], "l.xlsx", "MH-FORMAAT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_are_refused(desk: Desk, content: bytes, name: str, code: str) -> None:
    assert codes(desk.read(content, name)) == [code]


def test_an_entity_in_the_directory_is_refused(desk: Desk) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'
    assert codes(desk.read(with_part(workbook(COLUMNS, ROW), "xl/workbook.xml", bomb), "l.xlsx")) == [
        "MH-FORMAAT"
    ]


def test_limits(desk: Desk) -> None:
    content = workbook(COLUMNS, ROW, ROW, ROW)
    assert codes(desk.read(content, "l.xlsx", limits=Limits(sheet_cells=10))) == ["MH-LIMIET"]
    assert codes(desk.read(content, "l.xlsx", limits=Limits(rows=2))) == ["MH-LIMIET"]


def test_column_numbers() -> None:
    assert [column_number(letters) for letters in ("A", "Z", "AA", "SF", "XFD")] == [1, 26, 27, 500, 16384]
