"""Publication: the published file, its manifest and the link that readers follow.

Belongs here: copying the marts into a snapshot of their own, hashing, swapping the link atomically, pruning. Does not
belong here: any figure; the marts are copied as dbt built them.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

STORAGE_VERSION = "v1.5.0"
SNAPSHOTS_KEPT = 14
VOLATILE_COLUMNS = frozenset({"snapshot_id", "published_at", "run_id", "processed_at", "received_at"})
ORGANISATION_TABLES = ("kpi", "trend", "distribution", "catalogue")
_SNAPSHOT = "snapshot"
# Copying and hashing take the same memory whatever the size of the marts.
_ROWS_AT_ONCE = 200_000
_MEMORY_LIMIT = "512MB"
_MANIFEST_FIELDS = frozenset({"snapshot_id", "published_at", "file", "sha256", "tables", "organisations"})


class PublicationError(Exception):
    """The publication folder cannot be written; the last publication is intact (exit code 4)."""


@dataclass(frozen=True)
class Publication:
    """What readers get: the snapshot's id, its manifest, and whether it is a new one."""

    snapshot_id: str
    manifest: dict[str, Any]
    is_new: bool


def published_manifest(published: Path) -> dict[str, Any] | None:
    """The manifest in force; None when nothing was published, or what stands there is no manifest."""
    try:
        found = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _MANIFEST_FIELDS else None


def intact_manifest(published: Path) -> dict[str, Any] | None:
    """The manifest in force, if link and file are those it names; else None, and it is time to publish anew."""
    manifest = published_manifest(published)
    if manifest is None:
        return None
    snapshot, link = published / manifest["file"], published / "meethuis.duckdb"
    is_intact = snapshot.exists() and link.resolve() == snapshot.resolve()
    return manifest if is_intact and file_sha256(snapshot) == manifest["sha256"] else None


def publish(warehouse: Path, published: Path, snapshot_id: str, published_at: str) -> Publication:
    """Copy the marts to a new snapshot and make it the one readers see; nothing new when no content changed.

    Raises PublicationError when the folder cannot be written; whatever fails, readers keep the last snapshot.
    """
    try:
        snapshots = published / "snapshots"
        snapshots.mkdir(parents=True, exist_ok=True)
        _sweep(snapshots)
        temporary = snapshots / f".{snapshot_id}.duckdb.tmp"
        tables, organisations = _copy_marts(warehouse, temporary)
        former = intact_manifest(published)
        if former is not None and _content(former["tables"]) == _content(tables):
            temporary.unlink()
            return Publication(former["snapshot_id"], former, is_new=False)
        final = snapshots / f"{snapshot_id}.duckdb"
        manifest = {
            "snapshot_id": snapshot_id,
            "published_at": published_at,
            "file": f"snapshots/{final.name}",
            "sha256": file_sha256(temporary),
            "tables": tables,
            "organisations": organisations,
        }
        _synchronise(temporary)
        temporary.replace(final)
        _write(snapshots / f"{snapshot_id}.manifest.json", manifest)
        point_to(published, snapshot_id)
        _prune(snapshots, keep=snapshot_id)
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else "the disk may be full"
        raise PublicationError(f"{published} cannot be written: {reason}") from error
    return Publication(snapshot_id, manifest, is_new=True)


def point_to(published: Path, snapshot_id: str) -> None:
    """Make a snapshot the published one: the link first, which is what readers follow, then the manifest."""
    link = published / "meethuis.duckdb"
    temporary = published / ".meethuis.duckdb.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("snapshots") / f"{snapshot_id}.duckdb")
    temporary.replace(link)
    manifest = json.loads(
        (published / "snapshots" / f"{snapshot_id}.manifest.json").read_text(encoding="utf-8")
    )
    _write(published / "manifest.json", manifest)


def repair(published: Path) -> None:
    """Bring the manifest in line with the link after a run that died between the two."""
    link = published / "meethuis.duckdb"
    if not link.is_symlink():
        return
    snapshot_id = link.readlink().name.removesuffix(".duckdb")
    manifest = published_manifest(published)
    kept = published / "snapshots" / f"{snapshot_id}.manifest.json"
    if kept.exists() and (manifest is None or manifest["snapshot_id"] != snapshot_id):
        point_to(published, snapshot_id)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set memory_limit = '{_MEMORY_LIMIT}'")


def _copy_marts(warehouse: Path, target: Path) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Copy every mart and return the manifest's hashes."""
    target.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        _prepare(connection)
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        connection.execute(f"attach {_text(target)} as published (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema published.marts")
        names = _mart_names(connection, "warehouse")
        for name in names:
            _copy_rows(connection, name)
            _copy_comments(connection, name)
        contents = {name: _content_of(connection, name) for name in names if name != _SNAPSHOT}
        if _SNAPSHOT in names:
            tables = {name: content.entry for name, content in contents.items()}
            overall = hashlib.sha256(json.dumps(_content(tables), sort_keys=True).encode()).hexdigest()
            connection.execute("update published.marts.snapshot set content_sha256 = ?", [overall])
            contents[_SNAPSHOT] = _content_of(connection, _SNAPSHOT)
        connection.execute("detach warehouse")
        connection.execute("checkpoint published")
        connection.execute("detach published")
    tables = {name: content.entry for name, content in sorted(contents.items())}
    return tables, _organisation_hashes(contents)


def _copy_rows(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Each organisation's rows lie together, which is what a reader of one organisation's figures needs."""
    source, target = f"warehouse.marts.{_quoted(name)}", f"published.marts.{_quoted(name)}"
    connection.execute(f"create table {target} as select * from {source} limit 0")
    for condition in _batches(connection, "warehouse", name):
        connection.execute(f"insert into {target} select * from {source} where {condition}")


def _copy_comments(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    (comment,) = connection.execute(
        "select comment from ("
        " select database_name, schema_name, table_name as name, comment from duckdb_tables()"
        " union all select database_name, schema_name, view_name as name, comment from duckdb_views()"
        ") where database_name = 'warehouse' and schema_name = 'marts' and name = ?", [name]
    ).fetchone() or (None,)  # fmt: skip
    if comment:
        connection.execute(f"comment on table published.marts.{_quoted(name)} is {_text(comment)}")
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = 'warehouse'"
        " and schema_name = 'marts' and table_name = ? and comment is not null", [name]
    ).fetchall()  # fmt: skip
    for column, text in columns:
        target = f"published.marts.{_quoted(name)}.{_quoted(column)}"
        connection.execute(f"comment on column {target} is {_text(text)}")


def content_entries(snapshot: Path) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Rows and hashes per table and per organisation, recomputed from a published snapshot."""
    with duckdb.connect() as connection:
        _prepare(connection)
        connection.execute(f"attach {_text(snapshot)} as published (read_only)")
        contents = {name: _content_of(connection, name) for name in _mart_names(connection, "published")}
    return {name: content.entry for name, content in contents.items()}, _organisation_hashes(contents)


@dataclass(frozen=True)
class _Content:
    """What a published table says: its number of rows, and a hash of it whole and of each organisation's rows."""

    entry: dict[str, Any]
    organisations: dict[str, str]


def _content_of(connection: duckdb.DuckDBPyConnection, name: str) -> _Content:
    """Hash a table's rows in a total order: by organisation, and by their own hashes within it."""
    columns = [
        column for column in _column_names(connection, "published", name) if column not in VOLATILE_COLUMNS
    ]
    values = ", ".join(f"{_quoted(column)}::varchar" for column in columns)
    group = "organisation_id" if "organisation_id" in columns else "''"
    rows, whole, organisations = 0, hashlib.sha256(json.dumps(columns).encode()), {}
    for condition in _batches(connection, "published", name):
        found = connection.execute(
            f"select row_group, count(*), sha256(string_agg(row_hash, '' order by row_hash)) from ("
            f" select {group} as row_group, sha256(to_json([{values}])::varchar) as row_hash"
            f" from published.marts.{_quoted(name)} where {condition}) group by row_group order by row_group"
        ).fetchall()
        for organisation_id, count, digest in found:
            rows += count
            whole.update(digest.encode())
            organisations[organisation_id] = digest
    return _Content({"rows": rows, "content_sha256": whole.hexdigest()}, organisations)


def _organisation_hashes(contents: dict[str, _Content]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in ORGANISATION_TABLES:
        for organisation_id, digest in contents[name].organisations.items() if name in contents else ():
            found.setdefault(organisation_id, {})[name] = digest
    return dict(sorted(found.items()))


def _batches(connection: duckdb.DuckDBPyConnection, database: str, name: str) -> Iterator[str]:
    """Conditions that divide a mart by whole organisations, in their order, so that memory does not grow with it."""
    if "organisation_id" not in _column_names(connection, database, name):
        yield "true"
        return
    counts = connection.execute(
        f"select organisation_id, count(*) from {database}.marts.{_quoted(name)} group by 1 order by 1"
    ).fetchall()
    taken: list[str] = []
    rows = 0
    for organisation_id, count in counts:
        if taken and rows + count > _ROWS_AT_ONCE:
            yield f"organisation_id in ({', '.join(taken)})"
            taken, rows = [], 0
        taken.append(_text(organisation_id))
        rows += count
    if taken:
        yield f"organisation_id in ({', '.join(taken)})"


def _mart_names(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = 'marts'"
        " order by table_name",
        [database],
    ).fetchall()
    return [name for (name,) in found]


def _column_names(connection: duckdb.DuckDBPyConnection, database: str, name: str) -> list[str]:
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'marts'"
        " and table_name = ? order by column_index",
        [database, name],
    ).fetchall()
    return [column for (column,) in found]


def _content(tables: dict[str, Any]) -> dict[str, str]:
    return {name: entry["content_sha256"] for name, entry in sorted(tables.items()) if name != _SNAPSHOT}


def file_sha256(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    _synchronise(temporary)
    temporary.replace(path)


def _synchronise(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(snapshots: Path) -> None:
    for orphan in snapshots.glob(".*.tmp"):
        orphan.unlink()


def _prune(snapshots: Path, keep: str) -> None:
    found = sorted(snapshots.glob("*.duckdb"), key=lambda path: path.name)
    for path in found[:-SNAPSHOTS_KEPT]:
        if path.stem != keep:
            path.unlink()
            path.with_name(f"{path.stem}.manifest.json").unlink(missing_ok=True)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
