"""The outside of an Excel file: its zip directory, its sheets, and an independent look at one sheet's XML.

Belongs here: what must be known before a library may open the file, and the count of rows that the
library's result is held against. Does not belong here: cells as values (`excel`).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from sources.limits import MEBIBYTE, Limits
from sources.readers.table import Rejection

_MOST_MEMBERS = 5_000
_MOST_RATIO = 100
# Below this size a high compression ratio is harmless.
_RATIO_FROM_BYTES = 16 * MEBIBYTE
_DIRECTORY_XML_BYTES = 4 * MEBIBYTE
_CHUNK_BYTES = MEBIBYTE
_ENCRYPTED = 0x1
_MACROS = "vbaproject.bin"
_WORKBOOK = "xl/workbook.xml"

_PREFIX = rb"(?:[A-Za-z0-9_]+:)?"
_ROW_END = re.compile(rb"</" + _PREFIX + rb"row>")
_ROW_START = re.compile(rb"<" + _PREFIX + rb"row\b([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_CELL_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})\d{1,7}"')
_VALUE = re.compile(rb"<" + _PREFIX + rb"(?:v|t)(?:\s[^>]*)?>\s*[^<\s]")
_CELL = re.compile(rb"<" + _PREFIX + rb"c\b([^>]*?)(?:/>|>(.*?)</" + _PREFIX + rb"c>)", re.DOTALL)
_NO_RESULT = re.compile(
    rb"^<" + _PREFIX + rb"f\b[^>]*?(?:/>|>[^<]*</" + _PREFIX + rb"f>)(?:<" + _PREFIX + rb"v\s*/>|<v></v>)?$"
)


@dataclass
class SheetScan:
    """What the XML of a sheet says. Rows and columns are 1-based; `no_result` and `errors` hold (row,
    column).
    """

    filled_rows: list[int] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0
    no_result: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its name and the member of the zip file that holds it."""

    name: str
    member: str
    is_visible: bool


def check_directory(path: Path, file_name: str, limits: Limits) -> None:
    """Refuse what is no plain workbook, or would unpack to more than is allowed, before any library opens it.

    Raises Rejection MH-LEEG, MH-FORMAAT (no zip, protected, macros, odd members), MH-ARCHIEF (a zip file of other
    things) or MH-LIMIET.
    """
    size = path.stat().st_size
    if size == 0:
        raise Rejection("MH-LEEG", rows_in_file=0)
    if size > limits.file_bytes:
        raise Rejection("MH-LIMIET")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Rejection("MH-FORMAAT") from None
    names = [member.filename for member in members]
    lowered = [name.lower() for name in names]
    is_odd = (
        len(set(names)) != len(names)
        or any(member.flag_bits & _ENCRYPTED for member in members)
        or any(name.startswith("/") or ".." in PurePosixPath(name).parts for name in names)
        or any(name.endswith(_MACROS) for name in lowered)
        or file_name.lower().endswith((".xlsm", ".xltm", ".xlsb"))
    )
    if is_odd:
        raise Rejection("MH-FORMAAT")
    if _WORKBOOK not in lowered:
        raise Rejection("MH-ARCHIEF")
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or unpacked > limits.text_bytes:
        raise Rejection("MH-LIMIET")
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > limits.sheet_xml_bytes or (
            member.file_size > _RATIO_FROM_BYTES and ratio > _MOST_RATIO
        ):
            raise Rejection("MH-LIMIET")


def is_plain_archive(path: Path) -> bool:
    """Whether a file is a zip archive of other things than a workbook."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK not in (name.lower() for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def list_sheets(path: Path) -> list[Sheet]:
    """The worksheets in the order of the workbook. Raises Rejection MH-FORMAAT."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            workbook = _parsed(archive, names[_WORKBOOK])
            relations = _parsed(archive, names["xl/_rels/workbook.xml.rels"])
            targets = {node.get("Id"): node.get("Target", "") for node in relations}
            sheets = []
            for node in workbook.iter():
                if not node.tag.endswith("}sheet"):
                    continue
                relation = next((value for name, value in node.attrib.items() if name.endswith("}id")), None)
                member = names.get(_member(targets.get(relation, "")).lower())
                if member is not None and "worksheets" in member:
                    sheets.append(
                        Sheet(node.get("name", ""), member, node.get("state", "visible") == "visible")
                    )
            return sheets
    except (KeyError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, NotImplementedError, EOFError):
        raise Rejection("MH-FORMAAT") from None


def scan_sheet(path: Path, sheet: Sheet, limits: Limits) -> SheetScan:
    """Count the rows of a sheet that hold anything, from its XML.

    Raises Rejection MH-LIMIET when the used area is larger than allowed (also when one stray cell makes it
    so) or the XML is longer than the directory says, MH-FORMAAT when the member is damaged.
    """
    scan, previous = SheetScan(), 0
    for row in _rows(path, sheet.member, limits):
        start = _ROW_START.search(row)
        if start is None:
            continue
        stated = _ROW_NUMBER.search(start.group(1))
        previous = int(stated.group(1)) if stated else previous + 1
        content = row[start.end() :]
        last = content.rfind(b' r="')
        reference = _CELL_REFERENCE.search(content, last) if last >= 0 else None
        if reference is not None:
            scan.last_column = max(scan.last_column, column_number(reference.group(1).decode()))
        if scan.last_column > limits.columns or previous * max(scan.last_column, 1) > limits.sheet_cells:
            raise Rejection("MH-LIMIET")
        if _VALUE.search(content) is not None:
            scan.filled_rows.append(previous)
            scan.last_row = previous
        if b"<f" in content or b":f" in content or b't="e"' in content:
            _note_odd_cells(content, previous, scan)
    if len(scan.filled_rows) > limits.rows:
        raise Rejection("MH-LIMIET")
    return scan


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _note_odd_cells(content: bytes, row: int, scan: SheetScan) -> None:
    for cell in _CELL.finditer(content):
        reference = _CELL_REFERENCE.search(cell.group(1))
        if reference is None:
            continue
        place = (row, column_number(reference.group(1).decode()))
        if b't="e"' in cell.group(1):
            scan.errors.add(place)
        elif b't="str"' not in cell.group(1) and _NO_RESULT.match(cell.group(2) or b""):
            scan.no_result.add(place)


def _rows(path: Path, member: str, limits: Limits) -> Iterator[bytes]:
    """The XML of one row after another, unpacked as it goes."""
    rest, total = b"", 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                total += len(chunk)
                if total > limits.sheet_xml_bytes or len(rest) > 64 * limits.record_bytes:
                    raise Rejection("MH-LIMIET")
                *rows, rest = _ROW_END.split(rest + chunk)
                yield from rows
            # Rows without cells (`<row/>`) and the end of the sheet hold no values.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise Rejection("MH-FORMAAT") from None


def _parsed(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    with archive.open(member) as stream:
        content = stream.read(_DIRECTORY_XML_BYTES + 1)
    if len(content) > _DIRECTORY_XML_BYTES or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Rejection("MH-FORMAAT")
    return ElementTree.fromstring(content)


def _member(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
