"""The three files a reading leaves behind: responses (or lines of a process), comments, quarantine.

Belongs here: their schemas, and writing a file so that it is there whole or not at all. Does not belong
here: what stands in the rows (`harmonise`).
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from sources import durable
from sources.readers.content_hash import HASH_BYTES
from sources.readers.effort import WRITE, charged_to

WEIGHT = pa.decimal128(18, 9)

RESPONSES = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("row_number", pa.int64()),
        ("organisation_id", pa.string()),
        ("mapping_id", pa.string()),
        ("mapping_version", pa.string()),
        ("instrument_id", pa.string()),
        ("response_key", pa.string()),
        ("response_hash", pa.binary(HASH_BYTES)),
        ("respondent_key", pa.string()),
        ("key_version", pa.int32()),
        ("contact_date", pa.date32()),
        ("submitted_at", pa.timestamp("us", tz="UTC")),
        ("period_id", pa.string()),
        ("service_id", pa.string()),
        ("channel", pa.string()),
        ("touchpoint_id", pa.string()),
        ("life_event_id", pa.string()),
        ("audience", pa.string()),
        ("age_band", pa.string()),
        ("language", pa.string()),
        ("weight", WEIGHT),
        ("multiplicity", pa.int64()),
        ("is_completed", pa.bool_()),
        ("exclusion_reason", pa.string()),
        ("answers", pa.list_(pa.string())),
    ]
)

COMMENTS = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("row_number", pa.int64()),
        ("organisation_id", pa.string()),
        ("mapping_id", pa.string()),
        ("mapping_version", pa.string()),
        ("response_key", pa.string()),
        ("item_seq", pa.int32()),
        ("node_id", pa.string()),
        ("language", pa.string()),
        ("text_redacted", pa.string()),
        ("pii_counts", pa.string()),
        ("redaction_version", pa.string()),
    ]
)

# Table lines of a process: one row per line and metric; a line without any figure has one row without a metric.
PROCESS = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("row_number", pa.int64()),
        ("organisation_id", pa.string()),
        ("mapping_id", pa.string()),
        ("mapping_version", pa.string()),
        ("period_id", pa.string()),
        ("service_id", pa.string()),
        ("metric", pa.string()),
        ("value", pa.decimal128(18, 6)),
        ("n", pa.int64()),
    ]
)

QUARANTINE = pa.schema(
    [("delivery_id", pa.string()), ("row_number", pa.int64()), ("code", pa.string()), ("column", pa.string())]
)

# Columns whose values differ per row gain nothing from a dictionary and pay for trying.
_UNREPEATED = frozenset(
    {"row_number", "response_key", "response_hash", "respondent_key", "submitted_at", "text_redacted"}
)


def landed_schema(delivery_kind: str) -> pa.Schema:
    """The schema of the landed rows of a kind of delivery."""
    return PROCESS if delivery_kind == "process" else RESPONSES


class LandedFile:
    """A Parquet file that appears under its own name only when `commit` is called, after fsync.

    Without any row no file is left, and an older one under that name is removed; `sha256` is then empty, else that of
    the file. Leaving the context without `commit` leaves nothing behind.
    """

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self._path = Path(path)
        self._partial = partial_path(path)
        self._schema = schema
        self._writer: pq.ParquetWriter | None = None
        self.sha256 = ""

    def __enter__(self) -> LandedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._partial.unlink(missing_ok=True)

    @charged_to(WRITE)
    def write(self, columns: dict[str, pa.Array]) -> None:
        """Add rows as a row group of their own; string columns may be dictionaries."""
        arrays = [_stored(name, columns[name]) for name in self._schema.names]
        table = pa.Table.from_arrays(arrays, names=self._schema.names)
        if table.num_rows == 0:
            return
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._opened(table.schema)
        self._writer.write_table(table, row_group_size=table.num_rows)

    @charged_to(WRITE)
    def commit(self) -> None:
        """Make the file visible under its name, whole and on disk."""
        if self._writer is None:
            self._path.unlink(missing_ok=True)
            return
        self._writer.close()
        self._writer = None
        self.sha256 = durable.file_sha256(self._partial)
        durable.put(self._partial, self._path, "landed")

    def _opened(self, schema: pa.Schema) -> pq.ParquetWriter:
        repeated = [name for name in self._schema.names if name not in _UNREPEATED]
        # What is worth its processor time: text shrinks well, keys and hashes hardly, codes are small already.
        codecs = {_leaf(name): "zstd" if name == "text_redacted" else "snappy" for name in self._schema.names}
        return pq.ParquetWriter(
            self._partial,
            schema,
            compression=codecs,
            use_dictionary=[_leaf(name) for name in repeated],
            store_schema=False,
            write_statistics=[
                "delivery_id",
                "organisation_id",
                "mapping_version",
                "contact_date",
                "row_number",
            ],
        )


def partial_path(path: str) -> Path:
    """Where a landed file is written before it is whole. Always the same: the next attempt takes its place."""
    return Path(path).with_name(f".{Path(path).name}.partial")


def _stored(name: str, column: pa.Array) -> pa.Array:
    """The column in the one type that every row group of the file has."""
    if not pa.types.is_string(column.type) or name in _UNREPEATED:
        return column
    return column.dictionary_encode()


def _leaf(name: str) -> str:
    return "answers.list.element" if name == "answers" else name
