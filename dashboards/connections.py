"""Connections: what SQL that comes through Superset can reach, whoever wrote it.

Belongs here: refusing every database but the one of `database`, locking it, which snapshot a request reads. Does not
belong here: who may see which rows (`access`).
"""

from pathlib import Path
from typing import Any

import duckdb
from flask import g, has_app_context
from sqlalchemy.engine import URL

from dashboards import database, settings

# Refused before DuckDB sees them; the lock above would refuse them too.
REFUSED_FUNCTIONS = frozenset({
    "read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "parquet_metadata", "read_json", "read_json_auto",
    "read_ndjson", "read_text", "read_blob", "glob", "sniff_csv", "query", "query_table", "duckdb_secrets", "getenv",
})  # fmt: skip


class RefusedConnection(ValueError):
    """Somebody asks for another database than the published one."""


def current_snapshot() -> Path:
    """The snapshot this request reads: the published one when its first query began.

    The link is followed here and not by DuckDB, which would go on sharing a file that another thread has open under
    the link's name; and once per request, so that a chart of several queries never shows two publications.
    """
    if not has_app_context():
        return settings.published_link().resolve(strict=True)
    if "meethuis_snapshot" not in g:
        g.meethuis_snapshot = settings.published_link().resolve(strict=True)
    snapshot: Path = g.meethuis_snapshot
    return snapshot


def connect() -> duckdb.DuckDBPyConnection:
    """The published file, opened as Superset opens it."""
    return duckdb.connect(str(current_snapshot()), config=dict(database.LOCKED))


def validate_uri(uri: URL) -> None:
    """Superset's DB_SQLA_URI_VALIDATOR: refuse every database but the published file, to administrators too."""
    if str(uri) != database.URI:
        raise RefusedConnection("Alleen het gepubliceerde bestand van Meethuis is toegestaan")


def lock_connection(
    uri: URL, params: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[URL, dict[str, Any]]:
    """Superset's DB_CONNECTION_MUTATOR: the published file, read-only and locked, whatever the database row says."""
    validate_uri(uri)
    params["connect_args"] = {"config": dict(database.LOCKED)}
    return uri.set(database=str(current_snapshot())), params
