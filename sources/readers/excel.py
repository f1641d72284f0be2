"""Excel workbooks (.xlsx): one declared sheet, header, range and footer.

Belongs here: cells as values, through calamine with openpyxl as fallback and as judge of a disputed row
count. Does not belong here: the file's outside (`workbook`). Macros never run, formulas are read as the
result Excel stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from sources.limits import Limits
from sources.mapping.fields import folded
from sources.readers.headers import HeaderSpec, column_names, meaningful_width
from sources.readers.table import (
    NOT_ONE_VALUE,
    Batch,
    OpenTable,
    RefusedRow,
    Rejection,
    cell_text,
    frame_columns,
)
from sources.readers.workbook import Sheet, SheetScan, check_directory, column_number, list_sheets, scan_sheet

if TYPE_CHECKING:
    from sources.mapping.parts import Source

_BATCH_ROWS = 20_000
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]*):\$?([A-Z]{1,3})\$?([0-9]*)")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_ERROR_TEXTS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


@dataclass(frozen=True)
class Area:
    """The declared part of a sheet, 1-based and inclusive."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True)
class _Line:
    """One row of the area: its row in the sheet and its cells as text."""

    row: int
    cells: list[str]

    @property
    def is_filled(self) -> bool:
        return any(cell and not cell.isspace() for cell in self.cells)


def open_workbook(path: Path, file_name: str, source: Source, limits: Limits) -> OpenTable:
    """Check a workbook and read its header; the lines come with `batches`.

    Raises Rejection: those of `check_directory`, `list_sheets` and `scan_sheet`; MH-FORMAAT when the sheet
    is absent; MH-LEEG without a header or a line; MH-TELLING when the counts of lines stay in dispute.
    """
    check_directory(path, file_name, limits)
    sheet = _chosen_sheet(list_sheets(path), source.sheet)
    scan = scan_sheet(path, sheet, limits)
    area = declared_area(source.range)
    first_header = (
        source.header_row if source.header_row >= area.first_row else area.first_row + source.header_row - 1
    )
    spec = HeaderSpec(first_header, source.header_rows, source.profile)
    lines = _lines(path, sheet, scan, area)
    header = spec.header_of(_header_rows(lines, spec))
    width = meaningful_width(header)
    if not width:
        raise Rejection("MH-LEEG", rows_in_file=0)
    names = column_names([row[:width] for row in header], source.profile)
    after = first_header + len(header) - 1
    filled = _agreed_rows(path, sheet, scan, area, after)
    numbers = filled[: max(len(filled) - source.skip_footer, 0)]
    if not numbers:
        raise Rejection("MH-LEEG", rows_in_file=0)
    refused: list[RefusedRow] = []

    def batches(coded: Sequence[str], plain: Sequence[str]) -> Iterator[Batch]:
        wanted = [name for name in dict.fromkeys((*coded, *plain)) if name in names]
        positions = [names.index(name) for name in wanted]
        columns = {position + area.first_column for position in positions}
        unread = {row for row, column in scan.no_result if column in columns and row in set(numbers)}
        refused.extend(RefusedRow(row - after, "MH-VELDEN") for row in sorted(unread))
        chosen = set(numbers) - unread
        rows: list[list[str]] = []
        found: list[int] = []
        for line in _lines(path, sheet, scan, area):
            if line.row in chosen:
                cells = line.cells
                rows.append([cells[position] if position < len(cells) else "" for position in positions])
                found.append(line.row - after)
                if len(rows) == _BATCH_ROWS:
                    yield _batch(found, rows, wanted)
                    rows, found = [], []
        if rows:
            yield _batch(found, rows, wanted)

    return OpenTable(names=names, rows_in_file=len(numbers), refused=refused, batches=batches)


def declared_area(declared: str | None) -> Area:
    """The area of a range such as `B4:H200` or `A:H`; the whole sheet without one."""
    match = _RANGE.fullmatch(declared) if declared else None
    if match is None:
        return Area(1, _LAST_ROW, 1, _LAST_COLUMN)
    first_column, first_row, last_column, last_row = match.groups()
    return Area(
        int(first_row or 1),
        int(last_row or _LAST_ROW),
        column_number(first_column),
        column_number(last_column),
    )


def _batch(numbers: Sequence[int], rows: Sequence[Sequence[str]], names: Sequence[str]) -> Batch:
    frame = pd.DataFrame(rows, columns=list(names), dtype=object)
    columns: dict[str, pa.Array] = frame_columns(frame)
    return Batch(np.array(numbers, dtype=np.int64), columns)


def _chosen_sheet(sheets: Sequence[Sheet], declared: str | None) -> Sheet:
    """The declared sheet, hidden or not; else the first that is visible."""
    wanted = [sheet for sheet in sheets if declared is not None and folded(sheet.name) == folded(declared)]
    visible = [sheet for sheet in sheets if sheet.is_visible] if declared is None else []
    chosen = (wanted or visible)[:1]
    if not chosen:
        raise Rejection("MH-FORMAAT")
    return chosen[0]


def _header_rows(lines: Iterator[_Line], spec: HeaderSpec) -> list[list[str]]:
    found = {}
    for line in lines:
        if line.row > spec.last_possible:
            break
        found[line.row] = line.cells
    width = max((len(cells) for cells in found.values()), default=0)
    return [(found.get(row, []) + [""] * width)[:width] for row in range(spec.first, spec.last_possible + 1)]


def _agreed_rows(path: Path, sheet: Sheet, scan: SheetScan, area: Area, after: int) -> list[int]:
    """Rows below the header that hold anything: the XML's own and the library's, which must be the same.

    They may differ over cells that hold an empty text; then openpyxl decides.
    """
    low, high = max(after + 1, area.first_row), area.last_row
    is_whole_width = area.first_column == 1 and area.last_column == _LAST_COLUMN
    loaded = [
        line.row for line in _lines(path, sheet, scan, area) if low <= line.row <= high and line.is_filled
    ]
    if is_whole_width and loaded == [row for row in scan.filled_rows if low <= row <= high]:
        return loaded
    judged = [
        line.row for line in _openpyxl_lines(path, sheet, area) if low <= line.row <= high and line.is_filled
    ]
    if judged != loaded:
        raise Rejection("MH-TELLING", rows_in_file=len(judged))
    return loaded


def _lines(path: Path, sheet: Sheet, scan: SheetScan, area: Area) -> Iterator[_Line]:
    """The rows of the area through calamine, or through openpyxl where calamine cannot read the file."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        # Reads the whole sheet, so that a failure comes before the first row.
        found = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet.name)
    except (CalamineError, OSError, ValueError):
        yield from _openpyxl_lines(path, sheet, area)
        return
    if found.start is None:
        return
    error_rows = {row for row, _ in scan.errors}
    for row, values in enumerate(found.iter_rows(), start=1):
        if row > area.last_row:
            return
        if row >= area.first_row:
            cells = [""] * found.start[1] + [cell_text(value) for value in values]
            if row in error_rows:
                cells = _with_errors(cells, row, scan)
            yield _Line(row, cells[area.first_column - 1 : area.last_column])


def _with_errors(cells: list[str], row: int, scan: SheetScan) -> list[str]:
    # calamine hands over an error value as an empty cell, but nobody left it empty.
    width = max(len(cells), *(column for found, column in scan.errors if found == row))
    padded = cells + [""] * (width - len(cells))
    return [
        NOT_ONE_VALUE if (row, column) in scan.errors else cell for column, cell in enumerate(padded, start=1)
    ]


def _openpyxl_lines(path: Path, sheet: Sheet, area: Area) -> Iterator[_Line]:
    import openpyxl

    # openpyxl raises many kinds of errors for damaged files, some with cell values in them. It gets a stream, since it
    # refuses a path that does not end in .xlsx.
    with path.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            worksheet = book[sheet.name]
            # The stated dimension is wrong in files of some makers, and would cut off rows.
            worksheet.reset_dimensions()
            for row, values in enumerate(worksheet.iter_rows(values_only=True), start=1):
                if row > area.last_row:
                    return
                if row >= area.first_row:
                    cells = [NOT_ONE_VALUE if value in _ERROR_TEXTS else cell_text(value) for value in values]
                    yield _Line(row, cells[area.first_column - 1 : area.last_column])
        except Exception:
            raise Rejection("MH-FORMAAT") from None
