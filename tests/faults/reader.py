"""A reader of the publication: opens the link every 50 ms until its standard input closes, and tells what it saw.

Belongs here: what any reader may rely on. Each look must find one whole snapshot: it opens, names one snapshot id, and
has as many rows in each table as the manifest of that snapshot says.
"""

from __future__ import annotations

import json
import select
import sys
from pathlib import Path

import duckdb

_EVERY_SECONDS = 0.05


def look(published: Path) -> str:
    """One look; returns the snapshot id, and raises when anything is amiss."""
    with duckdb.connect(str(published / "meethuis.duckdb"), read_only=True) as connection:
        ((snapshot_id,),) = connection.execute("select snapshot_id from marts.snapshot").fetchall()
        names = [name for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()]  # fmt: skip
        counted = " union all ".join(f"select '{name}', count(*) from marts.\"{name}\"" for name in names)
        counts = dict(connection.execute(counted).fetchall())
    manifest = json.loads(
        (published / "snapshots" / f"{snapshot_id}.manifest.json").read_text(encoding="utf-8")
    )
    said = {name: table["rows"] for name, table in manifest["tables"].items()}
    assert counts == said, "a mixture: other rows than the manifest of that snapshot says"
    return str(snapshot_id)


def main() -> None:
    """Look until told to stop; prints {looks, snapshots, errors}."""
    published, looks, snapshots, errors = Path(sys.argv[1]), 0, [], []
    while not select.select([sys.stdin], [], [], _EVERY_SECONDS)[0]:
        if not (published / "meethuis.duckdb").is_symlink():
            continue
        looks += 1
        try:
            snapshot_id = look(published)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
            continue
        if snapshot_id not in snapshots[-1:]:
            snapshots.append(snapshot_id)
    print(json.dumps({"looks": looks, "snapshots": snapshots, "errors": errors}))  # noqa: T201


if __name__ == "__main__":
    main()
