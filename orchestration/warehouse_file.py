"""The warehouse as a file: whether it is the one that the last build closed, and throwing it away when it is not.

Belongs here: the note beside it and the write-ahead log. Does not belong here: building it (`warehouse`).

DuckDB opens a file whose write-ahead log was cut short and says nothing of what is lost, and notices a damaged block
only when it reads it. `warehouse.json` therefore names the sha256 of the closed file. It is removed before a build
begins: a file without its note is the work of a run that died, and is made anew from the landed files.
"""

import json
import shutil
from pathlib import Path

from sources import durable
from sources.workfolder import WorkFolder


def begin(work: WorkFolder) -> bool:
    """Make ready for a build; returns whether a file had to be thrown away. Raises OSError."""
    is_lost = work.warehouse.exists() and not is_sound(work)
    if is_lost:
        discard(work)
    _wal(work).unlink(missing_ok=True)
    _note(work).unlink(missing_ok=True)
    durable.synchronise(work.root)
    return is_lost


def end(work: WorkFolder) -> bool:
    """Note the file that a build has closed; False when it could not be closed whole. Raises OSError."""
    if not work.warehouse.exists() or _wal(work).exists():
        return False
    durable.synchronise(work.warehouse)
    _write(work, {"sha256": durable.file_sha256(work.warehouse), "snapshot_id": ""})
    return True


def led_to(work: WorkFolder, snapshot_id: str) -> None:
    """Note which snapshot was made of it. Raises OSError."""
    noted = _read(work)
    if noted:
        _write(work, noted | {"snapshot_id": snapshot_id})


def is_sound(work: WorkFolder) -> bool:
    """Whether the file is the one that the last build closed."""
    sha256 = _read(work).get("sha256")
    has_both = work.warehouse.exists() and not _wal(work).exists()
    return bool(sha256) and has_both and durable.file_sha256(work.warehouse) == sha256


def is_source_of(work: WorkFolder, snapshot_id: str) -> bool:
    """Whether it still holds exactly what this snapshot was made of."""
    return bool(snapshot_id) and _read(work).get("snapshot_id") == snapshot_id and is_sound(work)


def discard(work: WorkFolder) -> None:
    """Throw it away with everything beside it; the next build makes it anew."""
    for path in (work.warehouse, _wal(work), _note(work)):
        path.unlink(missing_ok=True)
    shutil.rmtree(work.warehouse.with_name(f"{work.warehouse.name}.tmp"), ignore_errors=True)


def _wal(work: WorkFolder) -> Path:
    return work.warehouse.with_name(f"{work.warehouse.name}.wal")


def _note(work: WorkFolder) -> Path:
    return work.warehouse.with_suffix(".json")


def _read(work: WorkFolder) -> dict[str, str]:
    try:
        found = json.loads(_note(work).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(work: WorkFolder, noted: dict[str, str]) -> None:
    durable.write_text(_note(work), json.dumps(noted, sort_keys=True) + "\n", "warehouse")
