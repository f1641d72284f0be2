"""Looking for words in everything that an installation left on disk.

Belongs here: reading out files whose bytes do not show their texts. Does not belong here: what may be found where.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from tests.acceptance.harness import Installation


def bytes_of(path: Path) -> bytes:
    """What a file says: Parquet and DuckDB are compressed, so their texts are read out."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist()).encode()
    if path.suffix == ".duckdb":
        return b"".join(texts_of_database(path))
    return path.read_bytes()


def texts_of_database(path: Path) -> Iterator[bytes]:
    """Every row of every table; views read other files, which are looked at themselves."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select database_name, schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        for database, schema, table in tables:
            rows = connection.execute(f'select * from "{database}"."{schema}"."{table}"').fetchall()
            yield str(rows).encode()


def holding(made: Installation, *words: str) -> list[Path]:
    """Every file that holds one of these words, except the organisations' own files in the bucket."""
    needles = [needle for word in words for needle in (word.encode(), word.encode("utf-16-le"))]
    own = {path for path in made.bucket.glob("*/*.csv")}
    files = [path for path in made.root.rglob("*") if path.is_file() and path not in own]
    return [path for path in files if any(one in path.read_bytes() + bytes_of(path) for one in needles)]
