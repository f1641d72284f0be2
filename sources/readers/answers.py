"""Answers of a batch as one matrix of codes.

Belongs here: decoding closed items, validity in time, counting cells outside the codebook. Does not belong here: what a
raw value means (`sources.codebook`), open answers (`comments`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.codebook import INVALID, ItemCodebook
from sources.readers.codes import NULL, Codes, DistinctDecoder, Vocabulary
from sources.readers.table import Batch
from sources.readers.tally import Tally

if TYPE_CHECKING:
    from sources.mapping.model import Item

_EPOCH = date(1970, 1, 1)
_DAYS = npt.NDArray[np.int32]


class AnswerDecoder:
    """Decodes the closed items of one mapping version. The columns of the matrix are its items, in order."""

    def __init__(self, items: Sequence[Item], codebooks: Sequence[ItemCodebook]) -> None:
        self.items = tuple(items)
        self.codebooks = tuple(codebooks)
        self.vocabulary = Vocabulary(("", INVALID))
        self.used_columns: set[str] = set()
        self.decimals: set[tuple[int, str]] = set()
        self._invalid = self.vocabulary.code(INVALID)
        self._decoders = [DistinctDecoder(self._code_of(codebook)) for codebook in self.codebooks]
        # Cells outside the codebook.
        self.invalid_cells = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of closed items."""
        return tuple(item.column for item in self.items if item.column is not None and item.kind == "closed")

    def decode(self, batch: Batch, days: _DAYS, tally: Tally) -> Codes:
        """The matrix rows x items; NULL where an item was not offered. `days` decides on an item's
        validity.
        """
        matrix = np.full((len(batch), len(self.items)), NULL, dtype=np.int32)
        for index, item in enumerate(self.items):
            if item.column is None or item.kind != "closed" or self.codebooks[index].scale is None:
                continue
            offered = offered_on(item, days)
            if offered is not None and not offered.any():
                continue
            self.used_columns.add(item.column)
            codes = self._decoders[index](batch.column(item.column))
            if offered is not None:
                codes = np.where(offered, codes, NULL)
            matrix[:, index] = codes
            invalid = codes == self._invalid
            if invalid.any():
                self.invalid_cells += int(invalid.sum())
                tally.note("MH-ONGELDIG", item.column, int(invalid.sum()), batch.row_numbers[invalid])
        return matrix

    def code_of_answer(self, index: int, raw: str) -> int:
        """The code of an item's raw value, for answers that stand in a header rather than a cell."""
        return self._code_of(self.codebooks[index])(raw)

    def lists(self, matrix: Codes) -> pa.ListArray:
        """The matrix as one list of texts per row."""
        rows, width = matrix.shape
        offsets = (
            np.arange(0, rows * width + 1, width, dtype=np.int32) if width else np.zeros(rows + 1, np.int32)
        )
        return pa.ListArray.from_arrays(pa.array(offsets), self.vocabulary.array(matrix.reshape(-1)))

    def _code_of(self, codebook: ItemCodebook) -> Callable[[str], int]:
        def code(raw: str) -> int:
            canonical = codebook.decode(raw)
            if canonical is None:
                return NULL
            if canonical not in codebook.values and canonical not in codebook.reasons:
                self.decimals.add((codebook.item_seq, canonical))
            return self.vocabulary.code(canonical)

        return code


def offered_on(item: Item, days: _DAYS) -> npt.NDArray[np.bool_] | None:
    """On which rows the item holds by its own dates; None when on all."""
    first, last = _day(item.valid_from), _day(item.valid_to)
    if first is None and last is None:
        return None
    low = days >= first if first is not None else np.ones(len(days), dtype=np.bool_)
    return low & (days <= last) if last is not None else low


def _day(day: date | None) -> int | None:
    return None if day is None else (day - _EPOCH).days
