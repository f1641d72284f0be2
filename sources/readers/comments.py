"""Open answers of a batch, redacted.

Belongs here: which open answers are kept and in what shape. Does not belong here: redaction itself
(`sources.redaction`). The text as delivered never leaves this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.readers.codes import as_coded
from sources.readers.content_hash import Lanes, lane_table
from sources.readers.effort import SAFETY, charged_to
from sources.readers.table import NATIVE_TIME, NOT_ONE_VALUE, Batch
from sources.redaction import REDACTION_VERSION, redact

if TYPE_CHECKING:
    from sources.mapping.model import Item


@dataclass(frozen=True)
class Comments:
    """The non-blank answers to one open item: the rows of the batch they stand in, the redacted text and
    counts.

    `codes` and `lanes` feed the content hash: the delivered text of every row of the batch, -1 where it is
    blank.
    """

    item: Item
    rows: npt.NDArray[np.int64]
    texts: pa.Array
    pii_counts: pa.Array
    codes: npt.NDArray[np.int64]
    lanes: Lanes


@charged_to(SAFETY)
def read_comments(item: Item, batch: Batch, offered: npt.NDArray[np.bool_] | None) -> Comments:
    """Redact the open answers in one column, each distinct text once; `offered` limits the rows (None:
    all).
    """
    assert item.column is not None
    coded = as_coded(batch.column(item.column))
    delivered = [_without_markers(text) for text in coded.dictionary.to_pylist()]
    redacted = [redact(text) for text in delivered]
    is_filled = np.array([bool(text) for text, _ in redacted], dtype=np.bool_)
    index = coded.indices.to_numpy(zero_copy_only=False)
    kept = is_filled[index] if len(is_filled) else np.zeros(len(batch), dtype=np.bool_)
    if offered is not None:
        kept = kept & offered
    rows = np.flatnonzero(kept)
    chosen = pa.array(index[rows])
    texts = pa.array([text for text, _ in redacted], type=pa.string())
    counts = pa.array([json.dumps(dict(found), sort_keys=True) for _, found in redacted], type=pa.string())
    codes = np.where(kept, index, -1).astype(np.int64)
    return Comments(item, rows, texts.take(chosen), counts.take(chosen), codes, lane_table(delivered))


def comment_rows(
    comments: Comments,
    row_numbers: npt.NDArray[np.int64],
    response_keys: pa.Array,
    languages: pa.Array,
    constants: Callable[[int], dict[str, pa.Array]],
) -> dict[str, pa.Array]:
    """Columns of the comments file for one open item. `constants` repeats the delivery's own columns."""
    count = len(comments.rows)
    chosen = pa.array(comments.rows)
    item = comments.item
    language = pa.array([item.language] * count, pa.string()) if item.language else languages.take(chosen)
    return constants(count) | {
        "row_number": pa.array(row_numbers[comments.rows]),
        "response_key": response_keys.take(chosen),
        "item_seq": pa.array(np.full(count, item.seq, dtype=np.int32)),
        "node_id": repeated(item.node, count),
        "language": language,
        "text_redacted": comments.texts,
        "pii_counts": comments.pii_counts,
        "redaction_version": repeated(REDACTION_VERSION, count),
    }


def repeated(text: str | None, count: int) -> pa.Array:
    """The same text, or null, in every row."""
    if text is None:
        return pa.nulls(count, pa.string())
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(count, dtype=np.int32)), pa.array([text], pa.string())
    )


def _without_markers(text: str) -> str:
    return text.lstrip(NATIVE_TIME + NOT_ONE_VALUE)
