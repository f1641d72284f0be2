"""A 256-bit hash of what a row says, for a whole batch at once.

Belongs here: the hash alone. Does not belong here: what counts as content (`version_reader`).

The hash is the sum, modulo 2^64 in each of four lanes, of the SHA-256 of every text times a factor of its
field, and of a mix of every number and its field. Equal content gives equal hashes in any file and any
order of columns; other content gives another hash but for a chance of about 2^-256. It is no protection
against forged collisions, and none is needed: the rows of one organisation are compared with each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LANES = 4
HASH_BYTES = 32
Lanes = npt.NDArray[np.uint64]


def text_lanes(text: str) -> tuple[int, ...]:
    """The SHA-256 of a text as four whole numbers of 64 bits."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return tuple(int.from_bytes(digest[at : at + 8], "little") for at in range(0, 32, 8))


def lane_table(texts: Iterable[str]) -> Lanes:
    """Lanes per text, and zeros at the end for a missing one (code -1)."""
    return np.array([*(text_lanes(text) for text in texts), (0,) * LANES], dtype=np.uint64)


class RowHashes:
    """Adds up the content of the rows of one batch, field by field."""

    def __init__(self, rows: int) -> None:
        self._sum: Lanes = np.zeros((rows, LANES), dtype=np.uint64)

    def add_texts(self, field: str, codes: npt.NDArray[np.integer], table: Lanes) -> None:
        """Add texts by their codes in a lane table; -1 adds nothing."""
        self._sum += (table * _factor(field))[codes]

    def add_numbers(self, field: str, numbers: npt.NDArray[np.int64]) -> None:
        """Add whole numbers; every number counts, zero too."""
        bits = numbers.astype(np.int64).view(np.uint64)[:, None] ^ _factor(field)
        # The finaliser of SplitMix64: neighbouring numbers get unrelated bits.
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self._sum += bits ^ (bits >> np.uint64(31))

    def column(self) -> pa.FixedSizeBinaryArray:
        """The hashes as HASH_BYTES bytes per row."""
        text = self._sum.astype("<u8").tobytes()
        return pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(HASH_BYTES), len(self._sum), [None, pa.py_buffer(text)]
        )


def _factor(field: str) -> Lanes:
    return np.array(text_lanes(f"field|{field}"), dtype=np.uint64) | np.uint64(1)
