"""Response and respondent ids of a batch, and the pseudonyms that replace them.

Belongs here: which ids are usable, and the step from id to key. Does not belong here: how a pseudonym is
computed and where keys come from (`sources.pseudonyms`). A raw id leaves this module only as a pseudonym.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.pseudonyms import (
    ID_SEPARATOR,
    KEY_LENGTH,
    Pseudonyms,
    respondent_pseudonyms,
    response_pseudonyms,
)
from sources.readers.codes import as_text
from sources.readers.effort import SAFETY, charged_to
from sources.readers.table import NATIVE_TIME, NOT_ONE_VALUE, Batch

if TYPE_CHECKING:
    from sources.mapping.parts import Key

# What a spreadsheet leaves of a long number: digits are lost, so several ids look the same.
DAMAGED = r"^[+-]?(\d[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+)$"
_PYTHON_WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@dataclass(frozen=True)
class Ids:
    """The joined ids of a batch; `is_blank` and `is_damaged` per row, and the column of the first fault."""

    texts: pa.StringArray
    is_blank: npt.NDArray[np.bool_]
    is_damaged: npt.NDArray[np.bool_]


def ids_of(batch: Batch, columns: Sequence[str]) -> Ids:
    """One id per row from its parts; a blank part makes the id blank, a damaged part makes it damaged."""
    parts = [_normalised(as_text(batch.column(column))) for column in columns]
    is_blank = np.zeros(len(batch), dtype=np.bool_)
    is_damaged = np.zeros(len(batch), dtype=np.bool_)
    for part in parts:
        is_blank |= _mask(pc.equal(part, ""))
        is_damaged |= _mask(pc.match_substring_regex(part, DAMAGED))
        for mark in (NATIVE_TIME, NOT_ONE_VALUE):
            is_damaged |= _mask(pc.starts_with(part, mark))
    texts = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, ID_SEPARATOR)
    return Ids(texts, is_blank, is_damaged)


@charged_to(SAFETY)
def response_keys(ids: pa.StringArray, key: bytes, organisation_id: str) -> pa.StringArray:
    """The pseudonym of every id."""
    return _keys(ids, response_pseudonyms(key, organisation_id))


@charged_to(SAFETY)
def respondent_keys(ids: pa.StringArray, key: bytes, organisation_id: str) -> pa.StringArray:
    """The pseudonym of every id; null for a blank one."""
    keys = _keys(ids, respondent_pseudonyms(key, organisation_id))
    is_blank = pc.equal(ids, "")
    return pc.if_else(is_blank, pa.scalar(None, pa.string()), keys) if pc.any(is_blank).as_py() else keys


def row_keys(delivery_id: str, row_numbers: npt.NDArray[np.int64]) -> pa.StringArray:
    """Keys of responses that have no id: unique within a delivery, and nothing personal in them."""
    numbers = pa.array(row_numbers).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(delivery_id[:26]), numbers, ":")


def needs_key(keys: Sequence[Key | None]) -> bool:
    """Whether a mapping with these keys needs a pseudonym key."""
    return any(key is not None for key in keys)


def _normalised(column: pa.StringArray) -> pa.StringArray:
    """As `pseudonyms.normalised_id`, for a whole column."""
    if not pc.all(pc.string_is_ascii(column)).as_py():
        column = pc.utf8_normalize(column, "NFC")
    trimmed = pc.utf8_trim(column, _PYTHON_WHITE_SPACE)
    if not pc.any(pc.ends_with(trimmed, ".0")).as_py():
        return trimmed
    return pc.replace_substring_regex(trimmed, r"^([0-9]+)\.0$", r"\1")


def _keys(ids: pa.StringArray, pseudonyms: Pseudonyms) -> pa.StringArray:
    text = pseudonyms(ids.cast(pa.binary()).to_pylist())
    ends = np.arange(0, KEY_LENGTH * len(ids) + 1, KEY_LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(len(ids), pa.py_buffer(ends.tobytes()), pa.py_buffer(text))


def _mask(column: pa.BooleanArray) -> npt.NDArray[np.bool_]:
    return column.to_numpy(zero_copy_only=False).astype(np.bool_)
