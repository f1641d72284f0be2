"""Columns as whole numbers: each distinct text decoded once, the rest is array look-ups.

Belongs here: vocabularies and decoding by distinct value. Does not belong here: what any text means.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.readers.content_hash import LANES, Lanes, text_lanes

Codes = npt.NDArray[np.int32]
NULL = -1
_MOST_REMEMBERED = 200_000


class Vocabulary:
    """Texts and their codes, in the order in which they were first seen."""

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = []
        self._lanes: list[tuple[int, ...]] = []
        for text in texts:
            self.code(text)

    def code(self, text: str) -> int:
        """The code of a text, a new one if it has none."""
        known = self._codes.get(text)
        if known is None:
            known = self._codes[text] = len(self._codes)
            self._texts.append(text)
        return known

    def texts(self) -> list[str]:
        """Every text, by code."""
        return list(self._texts)

    def array(self, codes: Codes) -> pa.DictionaryArray:
        """Codes as an Arrow column of texts; NULL becomes null."""
        indices = pa.array(codes, mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self._texts, type=pa.string()))

    def lanes(self) -> Lanes:
        """The content hash of each text, by code; the last row is that of NULL."""
        while len(self._lanes) < len(self._codes):
            self._lanes.append(text_lanes(self._texts[len(self._lanes)]))
        return np.array([*self._lanes, (0,) * LANES], dtype=np.uint64)


class DistinctDecoder:
    """Applies a pure function to each distinct text of a column once, across batches."""

    def __init__(self, decode: Callable[[str], int]) -> None:
        self._decode = decode
        self._known: dict[str, int] = {}

    def __call__(self, column: pa.Array) -> Codes:
        """The function's value per row."""
        coded = as_coded(column)
        known, decode = self._known, self._decode
        table = np.empty(len(coded.dictionary), dtype=np.int32)
        for position, text in enumerate(coded.dictionary.to_pylist()):
            code = known.get(text)
            if code is None:
                code = known[text] = decode(text)
            table[position] = code
        if len(known) > _MOST_REMEMBERED:
            known.clear()
        return table[coded.indices.to_numpy(zero_copy_only=False)]


def as_coded(column: pa.Array) -> pa.DictionaryArray:
    """The column as a dictionary array."""
    return column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()


def as_text(column: pa.Array) -> pa.StringArray:
    """The column as plain text."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
