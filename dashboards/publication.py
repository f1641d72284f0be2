"""Publication: what the start must know of the published file.

Belongs here: whether there is one, whether it is a sample, whose figures it holds. Does not belong here: a figure.
"""

from dataclasses import dataclass

import duckdb

from dashboards.connections import connect
from dashboards.settings import Settings, SettingsError


@dataclass(frozen=True)
class Publication:
    """The publication in force; organisation ids in order."""

    snapshot_id: str
    is_sample: bool
    organisations: tuple[str, ...]


def read_publication(settings: Settings) -> Publication:
    """The publication that readers get now; raises SettingsError when there is none."""
    link = settings.published / "meethuis.duckdb"
    if not link.exists():
        raise SettingsError(
            f"There is no publication yet: {link} does not exist. Run `make run` first, "
            "or set MEETHUIS_PUBLISHED to the folder that holds one"
        )
    try:
        with connect() as connection:
            return _read(connection)
    except duckdb.Error as error:
        raise SettingsError(
            f"{link} is not a publication of Meethuis that can be read ({type(error).__name__})"
        ) from error


def _read(connection: duckdb.DuckDBPyConnection) -> Publication:
    ((snapshot_id, is_sample),) = connection.sql(
        "select snapshot_id, is_sample from marts.snapshot"
    ).fetchall()
    tables = connection.sql(
        "select table_name from information_schema.columns "
        "where table_schema = 'marts' and column_name = 'organisation_id' order by table_name"
    ).fetchall()
    selects = " union ".join(f'select organisation_id from marts."{name}"' for (name,) in tables)
    organisations = connection.sql(
        f"from ({selects}) where organisation_id is not null order by all"
    ).fetchall()
    return Publication(snapshot_id, is_sample, tuple(one for (one,) in organisations))
