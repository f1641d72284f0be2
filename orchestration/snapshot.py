"""A snapshot: the file of its own that readers get, made from the marts, and what it says in hashes.

Belongs here: copying marts, leaving alone what stands in the last snapshot already, hashing content. Does not belong
here: which snapshot is the published one (`publication`), and any figure; the marts are copied as dbt built them.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from disclosure import parts
from orchestration.content_hash import digest_of

STORAGE_VERSION = "v1.5.0"
VOLATILE_COLUMNS = frozenset({"snapshot_id", "published_at", "run_id", "processed_at", "received_at"})
ORGANISATION_TABLES = ("kpi", "trend", "distribution", "catalogue")
_SNAPSHOT = "snapshot"
_GROUP = "organisation_id"
# The marts that are worth reusing: they hold nearly all rows, and dbt keeps the state that their rows come from.
_REUSED, _STATES = ("breakdown", "kpi", "trend"), "intermediate.int_kpi"
# Copying and hashing take the same memory whatever the size of the marts.
_ROWS_AT_ONCE = 200_000
_MEMORY_LIMIT = "512MB"


@dataclass(frozen=True)
class Contents:
    """The manifest's part about content: rows and hash per table, and per organisation a hash per table.

    `reusable` has the hash per organisation of each mart that the next snapshot may take over.
    """

    tables: dict[str, Any]
    organisations: dict[str, dict[str, str]]
    reusable: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, str]:
        """The hash of every table but `snapshot`, which says the same in one hash."""
        return {
            name: entry["content_sha256"] for name, entry in sorted(self.tables.items()) if name != _SNAPSHOT
        }


@dataclass(frozen=True)
class Former:
    """An earlier snapshot, the organisations whose state has not changed since, and per mart the hashes of its rows."""

    path: Path
    unchanged: frozenset[str]
    digests: dict[str, dict[str, str]]


@dataclass(frozen=True)
class _TableContent:
    """What a table says: its number of rows, and a hash of it whole and of each organisation's rows."""

    entry: dict[str, Any]
    organisations: dict[str, str] = field(default_factory=dict)


def states_of(warehouse: Path) -> dict[str, str]:
    """The state that the figures of each organisation were computed from; empty where dbt keeps none."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        try:
            found = connection.execute(
                f"select distinct organisation_id, state_fingerprint from warehouse.{_STATES}"
            ).fetchall()
        except duckdb.CatalogException:
            return {}
    return dict(sorted(found))


def make(warehouse: Path, target: Path, former: Former | None = None) -> Contents:
    """Write the marts to `target`; the figures that `former` holds already are taken over from it."""
    target.unlink(missing_ok=True)
    with _connection() as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        reused = _start_from(connection, former, target) if former is not None else {}
        stays = former.unchanged if former is not None and reused else frozenset()
        if not reused:
            connection.execute(f"attach {_text(target)} as published (storage_version '{STORAGE_VERSION}')")
            connection.execute("create schema published.marts")
        contents: dict[str, _TableContent] = {}
        for name in sorted(_mart_names(connection, "warehouse"), key=lambda mart: mart == _SNAPSHOT):
            _copy_rows(connection, name, stays if name in reused else frozenset())
            _copy_comments(connection, name)
            contents[name] = _content_of(connection, name, reused.get(name))
        if _SNAPSHOT in contents:
            contents[_SNAPSHOT] = _sealed(connection, _contents(contents).identity)
        connection.execute("detach warehouse")
        connection.execute("checkpoint published")
        connection.execute("detach published")
    return _contents(contents)


def contents_of(snapshot: Path) -> Contents:
    """Rows and hashes recomputed from a snapshot."""
    with _connection() as connection:
        connection.execute(f"attach {_text(snapshot)} as published (read_only)")
        return _contents(
            {name: _content_of(connection, name) for name in _mart_names(connection, "published")}
        )


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set memory_limit = '{_MEMORY_LIMIT}'")
    return connection


def _start_from(
    connection: duckdb.DuckDBPyConnection, former: Former, target: Path
) -> dict[str, dict[str, str]]:
    """Begin with a copy of the former snapshot, with nothing in it but the figures that stay; returns their hashes.

    Empty, and nothing is attached, when no mart has the columns of today.
    """
    shutil.copyfile(former.path, target)
    connection.execute(f"attach {_text(target)} as published")
    taken = [
        name
        for name in _REUSED
        if name in former.digests
        and (columns := _columns(connection, "published", name))
        and columns == _columns(connection, "warehouse", name)
    ]
    if not taken:
        connection.execute("detach published")
        target.unlink()
        return {}
    for name in _mart_names(connection, "published"):
        if name not in taken:
            connection.execute(f"drop table {_mart('published', name)}")
    stays = f"organisation_id in {_text_list(sorted(former.unchanged))}"
    for name in taken:
        connection.execute(f"delete from {_mart('published', name)} where not {stays}")
    return {
        name: {one: digest for one, digest in former.digests[name].items() if one in former.unchanged}
        for name in taken
    }


def _copy_rows(connection: duckdb.DuckDBPyConnection, name: str, stays: frozenset[str]) -> None:
    source, target = _mart("warehouse", name), _mart("published", name)
    if stays:
        news = f"organisation_id not in {_text_list(sorted(stays))}"
        connection.execute(f"insert into {target} select * from {source} where {news}")
    else:
        connection.execute(f"create table {target} as select * from {source}")


def _sealed(connection: duckdb.DuckDBPyConnection, identity: dict[str, str]) -> _TableContent:
    """Let the table `snapshot` say in one hash what the other tables say."""
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    connection.execute("update published.marts.snapshot set content_sha256 = ?", [digest])
    return _content_of(connection, _SNAPSHOT)


def _copy_comments(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    (comment,) = connection.execute(
        "select comment from ("
        " select database_name, schema_name, table_name as name, comment from duckdb_tables()"
        " union all select database_name, schema_name, view_name as name, comment from duckdb_views()"
        ") where database_name = 'warehouse' and schema_name = 'marts' and name = ?", [name]
    ).fetchone() or (None,)  # fmt: skip
    if comment:
        connection.execute(f"comment on table {_mart('published', name)} is {_text(comment)}")
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = 'warehouse'"
        " and schema_name = 'marts' and table_name = ? and comment is not null", [name]
    ).fetchall()  # fmt: skip
    for column, text in columns:
        connection.execute(f"comment on column {_mart('published', name)}.{_quoted(column)} is {_text(text)}")


def _content_of(
    connection: duckdb.DuckDBPyConnection, name: str, known: dict[str, str] | None = None
) -> _TableContent:
    """Hash a published table's rows, organisation by organisation, each in a total order.

    `known` are the hashes of organisations whose rows need not be read again.
    """
    table, digests = _mart("published", name), dict(known or {})
    columns = [
        column for column, _ in _columns(connection, "published", name) if column not in VOLATILE_COLUMNS
    ]
    order = ", ".join(_quoted(column) for column in _organisation_first(columns))
    for condition in _batches(connection, name, digests):
        rows = connection.sql(f"select * from {table} where {condition} order by {order}").to_arrow_table()
        digests |= {group: digest_of(part) for group, part in _by_organisation(rows.select(columns))}
    whole = hashlib.sha256(json.dumps(columns).encode())
    for _, digest in sorted(digests.items()):
        whole.update(digest.encode())
    (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return _TableContent({"rows": count, "content_sha256": whole.hexdigest()}, digests)


def _organisation_first(columns: list[str]) -> list[str]:
    return sorted(columns, key=lambda column: column != _GROUP)


def _by_organisation(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each organisation, which lie together; all rows under "" where there is no such column."""
    if _GROUP not in rows.column_names:
        yield "", rows
        return
    start = 0
    for group in pc.value_counts(rows[_GROUP]).to_pylist():
        yield group["values"], rows.slice(start, group["counts"])
        start += group["counts"]


def _contents(contents: dict[str, _TableContent]) -> Contents:
    organisations: dict[str, dict[str, str]] = {}
    for name in ORGANISATION_TABLES:
        for organisation_id, digest in contents[name].organisations.items() if name in contents else ():
            organisations.setdefault(organisation_id, {})[name] = digest
    tables = {name: content.entry for name, content in sorted(contents.items())}
    reusable = {name: contents[name].organisations for name in _REUSED if name in contents}
    return Contents(tables, dict(sorted(organisations.items())), reusable)


def _batches(connection: duckdb.DuckDBPyConnection, name: str, known: dict[str, str]) -> list[str]:
    """Conditions that divide a published table by whole organisations, without those in `known`."""
    if _GROUP not in dict(_columns(connection, "published", name)):
        return ["true"]
    counts = connection.execute(
        f"select organisation_id, count(*) from {_mart('published', name)} group by 1 order by 1"
    ).fetchall()
    news = [(organisation_id, rows) for organisation_id, rows in counts if organisation_id not in known]
    return [f"organisation_id in {part}" for part in parts(news, _ROWS_AT_ONCE)]


def _mart_names(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = 'marts'"
        " order by table_name",
        [database],
    ).fetchall()
    return [name for (name,) in found]


def _columns(connection: duckdb.DuckDBPyConnection, database: str, name: str) -> list[tuple[str, str]]:
    """Name and type of every column, in order."""
    return connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? and schema_name = 'marts'"
        " and table_name = ? order by column_index",
        [database, name],
    ).fetchall()


def _mart(database: str, name: str) -> str:
    return f"{database}.marts.{_quoted(name)}"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _text_list(values: Iterable[str]) -> str:
    return f"({', '.join(_text(value) for value in values)})"
