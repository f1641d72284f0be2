"""The one shape in which every reader hands over what a file holds.

Belongs here: batches of text columns, the opened table, rows and files that are refused. Does not belong
here: any file format, and any meaning of a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

# Set before a date or time that the file itself holds as one (SPSS, Excel), followed by ISO 8601: the
# declared text formats do not apply to it.
NATIVE_TIME = "\x01"

# A cell that holds something other than one value (a JSON list or object). No codebook, map or format takes
# it.
NOT_ONE_VALUE = "\x02"

_LARGEST_EXACT_FLOAT = 1e15


class Rejection(Exception):
    """The file as a whole is refused. Carries a code, column NAMES of the mapping, and never a
    value.
    """

    def __init__(
        self,
        code: str,
        *,
        columns: Iterable[str | None] = (),
        rows_in_file: int | None = None,
        rows: Iterable[int] = (),
        line: int | None = None,
        byte: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.columns = tuple(columns) or (None,)
        self.rows_in_file = rows_in_file
        self.rows = tuple(rows)
        self.line = line
        self.byte = byte


@dataclass(frozen=True)
class RefusedRow:
    """A row that goes to quarantine before its meaning was looked at."""

    row_number: int
    code: str
    column: str | None = None


@dataclass(frozen=True)
class Batch:
    """Some rows: their numbers (int64, 1-based) and their columns by name.

    Each column is an Arrow string array, or a dictionary of strings, without nulls; a blank cell is "".
    """

    row_numbers: npt.NDArray[np.int64]
    columns: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.row_numbers)

    def column(self, name: str) -> pa.Array:
        """The column, or blanks where the file has no such column."""
        found = self.columns.get(name)
        return blanks(len(self)) if found is None else found


@dataclass(frozen=True)
class ToolColumns:
    """The columns that a survey tool adds by itself, which of them hold personal data, and in what zone times are."""

    own: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    zones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CodeLabels:
    """What a file says about the codes of one column: the label of each, and those that stand for no answer."""

    labels: Mapping[str, str]
    missing: frozenset[str]


@dataclass
class OpenTable:
    """A file whose structure has been checked.

    `notes` are (code, count) of what is odd about the file and keeps no row out.
    `rows_in_file` is counted independently of what `batches` yields. `batches(coded, plain)` yields the named
    columns; `coded` ones are expected to repeat few values. `names` is complete once the batches have been
    read (a JSON file knows its paths only then); `names_are_final` says whether it already is. `refused`
    likewise. `tool` says which columns the survey tool added by itself; `dictionary` is what
    an SPSS file says about the codes of a column.
    """

    names: list[str]
    rows_in_file: int
    refused: list[RefusedRow]
    batches: Callable[[Sequence[str], Sequence[str]], Iterator[Batch]]
    names_are_final: bool = True
    notes: Sequence[tuple[str, int]] = ()
    tool: ToolColumns = ToolColumns()
    dictionary: Mapping[str, CodeLabels] = field(default_factory=dict)


def blanks(count: int) -> pa.DictionaryArray:
    """A column of `count` blank cells."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), pa.array([""]))


def plain_text(text: str) -> str:
    """Text from a file that is not delimited text, without the markers that only a reader may set."""
    return text.lstrip(NATIVE_TIME + NOT_ONE_VALUE) if text[:1] in (NATIVE_TIME, NOT_ONE_VALUE) else text


def number_text(number: float) -> str:
    """A number as people write it: no exponent, no trailing zeros.

    Where a double cannot hold every digit the exponent stays, so that a damaged id shows.
    """
    if number != number:
        return ""
    if number == int(number) if abs(number) < float("inf") else False:
        return str(int(number)) if abs(number) < _LARGEST_EXACT_FLOAT else f"{number:.14E}"
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text and abs(number) < 1 else text


def cell_text(value: object) -> str:
    """One cell of a workbook as text; dates and times are marked as native."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_EXACT_FLOAT else number_text(float(value))
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, (datetime, date)):
        return NATIVE_TIME + value.isoformat()
    if isinstance(value, (time, timedelta)):
        return str(value)
    return NOT_ONE_VALUE


def frame_columns(frame: pd.DataFrame) -> dict[str, pa.Array]:
    """The columns of a delivery frame that holds only text."""
    return {str(name): pa.array(frame[name], type=pa.string(), from_pandas=False) for name in frame.columns}
