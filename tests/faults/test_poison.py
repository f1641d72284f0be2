"""Hostile deliveries of one organisation among eight: the other seven's figures do not change by a bit."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.mappings import mapping, source
from tests.faults.house import CHANNELS, MONTHS, ORGANISATIONS, ROWS, House, deliveries

POISONED = ORGANISATIONS[-1]
EXTRA_SECONDS = 60
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
)
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
    '"/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Blad1" '
    'sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": "<Relationships "
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(sheet: bytes) -> bytes:
    """An xlsx with one sheet of this XML."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return content.getvalue()


def far_cells() -> bytes:
    """Only the first and the last cell that a sheet can have: readers that fill the rest ask for 549 GB."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook(_SHEET.format(rows=cells).encode())


def zip_bomb() -> bytes:
    """A megabyte that unpacks to a gigabyte."""
    row = b'<row><c t="inlineStr"><is><t>' + b"a" * 1000 + b"</t></is></c></row>"
    return workbook(_SHEET.format(rows="@").encode().replace(b"@", row * 1_000_000))


def wide() -> str:
    """Ten thousand columns."""
    names = [f"k{number}" for number in range(10_000)]
    return ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"


def long_line() -> str:
    """One record of 60 MB."""
    return "id,datum,cijfer,kanaal\n1,2026-01-05,7," + "w" * 60_000_000 + "\n"


@pytest.mark.timeout(1800)
def test_seven_organisations_do_not_notice_the_eighth(whole: tuple[House, float], tmp_path: Path) -> None:
    reference = whole[0]
    house = House(tmp_path / "house").furnish()
    house.map(
        POISONED,
        mapping(
            POISONED, mapping_id="werkmap", source=source(format="xlsx", match="*.xlsx"), dimensions=CHANNELS,
            instrument={"id": "werkmap", "name_nl": "Werkmap", "kind": "transactional", "languages": ["nl"]},
        ),
        mapping_id="werkmap",
    )  # fmt: skip
    others = [one for one in deliveries() if one.organisation_id != POISONED]
    house.take(*others)
    poison: dict[str, Any] = {
        "ver.xlsx": far_cells(), "bom.xlsx": zip_bomb(), "breed.csv": wide(), "lang.csv": long_line(),
        "a%2f..%2f..%2ftest0001%2fx.csv": "id,datum,cijfer,kanaal\n", "a..b\\..\\x.csv": "id,datum,cijfer,kanaal\n",
    }  # fmt: skip
    for name, content in poison.items():
        house.drop(f"{POISONED}/{name}", content, records=None)
    night = house.night().expect(2).json
    taken = {step["step"]: step["wall_seconds"] for step in night["steps"]}
    print(f"taking in and reading everything took {taken['take_in'] + taken['read']:.0f} s")  # noqa: T201
    assert taken["take_in"] + taken["read"] < EXTRA_SECONDS
    for organisation_id in ORGANISATIONS[:-1]:
        assert (
            house.manifest["organisations"][organisation_id]
            == reference.manifest["organisations"][organisation_id]
        )
    answered = [one for one in house.receipts() if one["organisation_id"] == POISONED]
    assert {name for one in answered for name in one["files"]} == set(poison)
    assert {one["status"] for one in answered} == {"rejected"}
    house.verify().expect(0)
    assert len(house.receipts()) - len(answered) == len(MONTHS) * (len(ORGANISATIONS) - 1)
    assert all(
        one["rows"]["processed"] == ROWS for one in house.receipts() if one["organisation_id"] != POISONED
    )
