"""Excel workbooks (.xlsx): one declared sheet, header, range and footer.

Belongs here: cells as values, through calamine with openpyxl as fallback and as judge of a disputed row
count. Does not belong here: the file's outside (`workbook`). Macros never run, formulas are read as the
result Excel stored.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sources.limits import Limits
from sources.mapping.fields import folded
from sources.readers.header_rows import HeaderSpec
from sources.readers.headers import column_names, meaningful_width, tool_columns
from sources.readers.summary_report import is_summary
from sources.readers.table import (
    NOT_ONE_VALUE,
    Batch,
    OpenTable,
    RefusedRow,
    Rejection,
    cell_text,
    frame_columns,
)
from sources.readers.workbook import Sheet, check_directory, column_number, list_sheets, scan_sheet

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

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
    is absent; MH-SAMENVATTING for a report of counts; MH-LEEG without a header or a line; MH-TELLING when
    the counts of lines stay in dispute.
    """
    check_directory(path, file_name, limits)
    sheets = list_sheets(path)
    chosen = _chosen_sheet(sheets, source.sheet)
    first = chosen or _chosen_sheet(sheets, None)
    if first is None:
        raise Rejection("MH-FORMAAT")
    page = _Page(path, first, declared_area(source.range), limits)
    if source.delivery == "respondent" and _is_summary(page, source.profile):
        raise Rejection("MH-SAMENVATTING")
    if chosen is None:
        raise Rejection("MH-FORMAAT")
    first_header = source.header_row
    if first_header < page.area.first_row:
        first_header += page.area.first_row - 1
    spec = HeaderSpec(first_header, source.header_rows, source.profile)
    header = spec.header_of(_header_rows(page.lines(), spec))
    width = meaningful_width(header)
    if not width:
        raise Rejection("MH-LEEG", rows_in_file=0)
    names = column_names([row[:width] for row in header], source.profile)
    after = first_header + len(header) - 1
    filled = page.agreed_rows(after)
    numbers = filled[: max(len(filled) - source.skip_footer, 0)]
    if not numbers:
        raise Rejection("MH-LEEG", rows_in_file=0)
    refused: list[RefusedRow] = []

    def batches(coded: Sequence[str], plain: Sequence[str]) -> Iterator[Batch]:
        wanted = [name for name in dict.fromkeys((*coded, *plain)) if name in names]
        positions = [names.index(name) for name in wanted]
        chosen = set(numbers)
        unread = chosen & page.rows_without_result(
            {position + page.area.first_column for position in positions}
        )
        refused.extend(RefusedRow(row - after, "MH-VELDEN") for row in sorted(unread))
        lines = (line for line in page.lines() if line.row in chosen and line.row not in unread)
        while block := list(itertools.islice(lines, _BATCH_ROWS)):
            yield _batch(block, after, wanted, positions)

    from_tool = tool_columns(header, names, source.profile)
    return OpenTable(names=names, rows_in_file=len(numbers), refused=refused, batches=batches, tool=from_tool)


class _Page:
    """One sheet of a workbook, parsed once; its lines can be gone through any number of times."""

    def __init__(self, path: Path, sheet: Sheet, area: Area, limits: Limits) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        self.area = area
        self._path = path
        self._sheet = sheet
        self._scan = scan_sheet(path, sheet, limits)
        self._parsed: CalamineSheet | None = None
        try:
            self._parsed = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet.name)
        except (CalamineError, OSError, ValueError):
            return

    def lines(self) -> Iterator[_Line]:
        """The rows of the area; through openpyxl where calamine cannot read the sheet."""
        if self._parsed is None:
            yield from self._openpyxl_lines()
            return
        if self._parsed.start is None:
            return
        before = [""] * self._parsed.start[1]
        error_rows = {row for row, _ in self._scan.errors}
        for row, values in enumerate(self._parsed.iter_rows(), start=1):
            if row > self.area.last_row:
                return
            if row >= self.area.first_row:
                cells = before + [cell_text(value) for value in values]
                yield self._line(row, self._with_errors(row, cells) if row in error_rows else cells)

    def agreed_rows(self, after: int) -> list[int]:
        """Rows below the header that hold anything: the XML's own and the library's, which must be the same.

        They may differ over cells that hold an empty text, and over what lies outside a range; then
        openpyxl decides.
        """
        loaded = self._filled(self.lines(), after)
        stated = [row for row in self._scan.filled_rows if after < row <= self.area.last_row]
        if loaded == stated or loaded == self._filled(self._openpyxl_lines(), after):
            return loaded
        raise Rejection("MH-TELLING", rows_in_file=len(stated))

    def rows_without_result(self, columns: set[int]) -> set[int]:
        """Rows in which a formula in one of these columns (1-based) has no stored result."""
        return {row for row, column in self._scan.no_result if column in columns}

    def _filled(self, lines: Iterator[_Line], after: int) -> list[int]:
        return [line.row for line in lines if line.row > after and line.is_filled]

    def _line(self, row: int, cells: list[str]) -> _Line:
        return _Line(row, cells[self.area.first_column - 1 : self.area.last_column])

    def _with_errors(self, row: int, cells: list[str]) -> list[str]:
        # calamine hands over an error value as an empty cell, but nobody left it empty.
        places = {column for found, column in self._scan.errors if found == row}
        padded = cells + [""] * (max(places) - len(cells))
        return [NOT_ONE_VALUE if column in places else cell for column, cell in enumerate(padded, start=1)]

    def _openpyxl_lines(self) -> Iterator[_Line]:
        import openpyxl

        # openpyxl raises many kinds of errors for damaged files, some with cell values in them. It gets a
        # stream, since it refuses a path that does not end in .xlsx.
        with self._path.open("rb") as stream:
            try:
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
                worksheet = book[self._sheet.name]
                # The stated dimension is wrong in files of some makers, and would cut off rows.
                worksheet.reset_dimensions()
                for row, values in enumerate(worksheet.iter_rows(values_only=True), start=1):
                    if row > self.area.last_row:
                        return
                    if row >= self.area.first_row:
                        cells = [
                            NOT_ONE_VALUE if value in _ERROR_TEXTS else cell_text(value) for value in values
                        ]
                        yield self._line(row, cells)
            except Exception:
                raise Rejection("MH-FORMAAT") from None


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


def _batch(block: Sequence[_Line], after: int, names: Sequence[str], positions: Sequence[int]) -> Batch:
    rows = [[line.cells[place] if place < len(line.cells) else "" for place in positions] for line in block]
    frame = pd.DataFrame(rows, columns=list(names), dtype=object)
    numbers = np.array([line.row - after for line in block], dtype=np.int64)
    return Batch(numbers, frame_columns(frame))


def _is_summary(page: _Page, profile: str | None) -> bool:
    return is_summary((line.cells for line in page.lines()), profile)


def _chosen_sheet(sheets: Sequence[Sheet], declared: str | None) -> Sheet | None:
    """The declared sheet, hidden or not; without one the first that is visible."""
    wanted = [sheet for sheet in sheets if declared is not None and folded(sheet.name) == folded(declared)]
    visible = [sheet for sheet in sheets if sheet.is_visible] if declared is None else []
    return next(iter(wanted or visible), None)


def _header_rows(lines: Iterator[_Line], spec: HeaderSpec) -> list[list[str]]:
    found = {}
    for line in lines:
        if line.row > spec.last_possible:
            break
        found[line.row] = line.cells
    width = max((len(cells) for cells in found.values()), default=0)
    return [(found.get(row, []) + [""] * width)[:width] for row in range(spec.first, spec.last_possible + 1)]
