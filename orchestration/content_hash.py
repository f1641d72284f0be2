"""A hash of what rows say, column by column.

Belongs here: the bytes that stand for a column. Does not belong here: the order of rows, which the caller fixes.
"""

import hashlib

import numpy as np
import pyarrow as pa


def digest_of(rows: pa.Table) -> str:
    """The sha256 over the columns in order: per column which rows have no value, and then the values there are."""
    digest = hashlib.sha256()
    for column in rows.columns:
        digest.update(np.packbits(column.is_null().to_numpy()).tobytes())
        for part in _bytes_of(column.drop_null().combine_chunks()):
            digest.update(part)
    return digest.hexdigest()


def _bytes_of(values: pa.Array) -> tuple[bytes, ...]:
    """Lengths and characters of texts, the little-endian numbers of anything else; types without such as text."""
    is_plain = pa.types.is_primitive(values.type) and not pa.types.is_decimal(values.type)
    if is_plain:
        numbers = values.to_numpy(zero_copy_only=False)
        return (np.ascontiguousarray(numbers).astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes(),)
    texts = values if pa.types.is_string(values.type) else values.cast(pa.string())
    if not len(texts):
        return ()
    _, ends, characters = texts.buffers()
    bounds = np.frombuffer(ends, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.diff(bounds).astype("<i4").tobytes(), characters[bounds[0] : bounds[-1]].to_pybytes()
