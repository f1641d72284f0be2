"""Quotes that cannot be trusted: signs that a record which parses is not the record that somebody wrote.

Belongs here: the dialect, and pure judgements on one parsed record and its lines. Does not belong here: going through
a file (`record_scan`).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import _reader

# In a narrower table a sentence may well have as many commas as a record.
_TELLING_WIDTH = 5


@dataclass(frozen=True)
class Dialect:
    """How records and fields are told apart; `quote` is "" where nothing is quoted."""

    delimiter: str
    quote: str

    def reader(self, lines: Iterable[str]) -> _reader:
        """Python's csv reader, strict about quotes."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote, doublequote=True, strict=True
        )


def swallows(lines: Sequence[str], width: int, dialect: Dialect, shapes: Mapping[int, str]) -> bool:
    """Whether a record over several lines looks like several records between two stray quotes.

    Every line then has the delimiters of a record of that width, which a sentence with line ends does not have. Or
    a line inside a cell begins as records do (`shapes`), which tells in a narrow table as well.
    """
    delimiter = dialect.delimiter
    if width >= _TELLING_WIDTH and all(line.count(delimiter) == width - 1 for line in lines):
        return True
    row = next(iter(dialect.reader(f"{line}\n" for line in lines)))
    return any(
        _begins_a_record(line.split(delimiter), shapes)
        for cell in row
        if "\n" in cell
        for line in cell.split("\n")[1:]
    )


def parts_quotes(row: Sequence[str], lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether a delimiter stands between two quotes that look like a pair, in cells that are not quoted."""
    if sum(cell.count(dialect.quote) % 2 for cell in row) < 2:
        return False
    text, at, loose = "\n".join(lines), 0, 0
    for cell in row:
        quotes = cell.count(dialect.quote)
        is_quoted = text.startswith(dialect.quote, at)
        loose += quotes % 2 if not is_quoted else 0
        at += len(cell) + (quotes + 2 if is_quoted else 0) + 1
    return loose > 1


def telling_shapes(rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """What cells look like, by column, of the columns in which most cells have digits and look the same."""
    found = {}
    for column, cells in enumerate(zip(*rows, strict=True)):
        shape, count = Counter(map(_shape, cells)).most_common(1)[0]
        if "0" in shape and "\n" not in shape and 2 * count > len(cells):
            found[column] = shape
    return found


def _begins_a_record(cells: Sequence[str], shapes: Mapping[int, str]) -> bool:
    reached = {column: shape for column, shape in shapes.items() if column < len(cells)}
    return len(reached) > 1 and all(_shape(cells[column]) == shape for column, shape in reached.items())


def _shape(cell: str) -> str:
    """0 for a run of digits, a for a run of letters, everything else as it is."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", cell.strip()))
