"""The database: the one there is, as Superset's metadata names it and as DuckDB opens it.

Belongs here: its address, what the interface offers on it, its lock. Values only, so that every environment can read
them. Does not belong here: opening it and refusing others (`connections`).
"""

from typing import Any

from dashboards import identity

NAME = "Meethuis"
# A name, not a path: every connection is led to the published file, wherever an installation keeps it.
URI = "duckdb:///meethuis"

# One configuration for every connection of the process: DuckDB refuses to open a file twice with two of them.
LOCKED = {
    "access_mode": "READ_ONLY",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
    # Otherwise large sorts would write beside the published file.
    "temp_directory": "",
    "lock_configuration": "true",
}


def asset() -> dict[str, Any]:
    """The YAML of the database. The lock is not in it: `connections` puts it on whatever stands here."""
    return {
        "database_name": NAME,
        "sqlalchemy_uri": URI,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": identity.DATABASE,
        "version": "1.0.0",
    }
