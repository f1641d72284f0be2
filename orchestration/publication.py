"""Publication: the published file, its manifest and the link that readers follow.

Belongs here: the manifest, swapping the link atomically, pruning. Does not belong here: what is in a snapshot
(`snapshot`).
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration import snapshot
from sources.ledger import Ledger

SNAPSHOTS_KEPT = 14
_MOST_UNCHANGED = 0.9
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
    return _manifest(published / "manifest.json")


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _MANIFEST_FIELDS else None


def intact_manifest(published: Path) -> dict[str, Any] | None:
    """The manifest in force, if link and file are those it names; else None, and it is time to publish anew."""
    manifest = published_manifest(published)
    if manifest is None:
        return None
    file, link = published / manifest["file"], published / "meethuis.duckdb"
    is_intact = file.exists() and link.resolve() == file.resolve()
    return manifest if is_intact and file_sha256(file) == manifest["sha256"] else None


def publish(
    warehouse: Path,
    published: Path,
    snapshot_id: str,
    published_at: str,
    states_file: Path,
    keep_history: Callable[[dict[str, str]], None] = lambda states: None,
) -> Publication:
    """Copy the marts to a new snapshot and make it the one readers see; nothing new when no content changed.

    `states_file` remembers what the last publication was computed from, so that a night with little news copies
    little; without it everything is copied. `keep_history` is called with the state of every organisation before
    readers get a new snapshot. Raises PublicationError when the folder cannot be written; whatever fails, readers
    keep the last snapshot.
    """
    try:
        snapshots = published / "snapshots"
        snapshots.mkdir(parents=True, exist_ok=True)
        _sweep(snapshots)
        temporary = snapshots / f".{snapshot_id}.duckdb.tmp"
        manifest, states = intact_manifest(published), snapshot.states_of(warehouse)
        former = _former(published, manifest, states, states_file) if manifest is not None else None
        contents = snapshot.make(warehouse, temporary, former)
        if manifest is not None and snapshot.Contents(manifest["tables"], {}).identity == contents.identity:
            temporary.unlink()
            _write(states_file, _memory(manifest["snapshot_id"], states, contents))
            return Publication(manifest["snapshot_id"], manifest, is_new=False)
        final = snapshots / f"{snapshot_id}.duckdb"
        manifest = {
            "snapshot_id": snapshot_id,
            "published_at": published_at,
            "file": f"snapshots/{final.name}",
            "sha256": file_sha256(temporary),
            "tables": contents.tables,
            "organisations": contents.organisations,
        }
        _synchronise(temporary)
        temporary.replace(final)
        _write(snapshots / f"{snapshot_id}.manifest.json", manifest)
        keep_history(states)
        point_to(published, snapshot_id)
        _prune(snapshots, keep=snapshot_id)
        _write(states_file, _memory(snapshot_id, states, contents))
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else "the disk may be full"
        raise PublicationError(f"{published} cannot be written: {reason}") from error
    return Publication(snapshot_id, manifest, is_new=True)


def _memory(snapshot_id: str, states: dict[str, str], contents: snapshot.Contents) -> dict[str, Any]:
    """What the next publication needs to know of this one."""
    return {"snapshot_id": snapshot_id, "states": states, "digests": contents.reusable}


def _former(
    published: Path, manifest: dict[str, Any], states: dict[str, str], states_file: Path
) -> snapshot.Former | None:
    """The published snapshot, if most organisations' figures still stand as they do in it."""
    try:
        remembered = json.loads(states_file.read_text(encoding="utf-8"))
        if remembered["snapshot_id"] != manifest["snapshot_id"]:
            return None
        unchanged = frozenset(
            organisation_id
            for organisation_id, state in states.items()
            if remembered["states"].get(organisation_id) == state
        )
        digests = remembered["digests"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # Replaced rows leave gaps in the file: much news, and every new month, is written afresh.
    if not unchanged or len(unchanged) < _MOST_UNCHANGED * len(states):
        return None
    return snapshot.Former(published / manifest["file"], unchanged, digests)


def put_back(published: Path, snapshot_id: str) -> None:
    """Make a kept snapshot the published one again; raises PublicationError when the folder cannot be written."""
    try:
        point_to(published, snapshot_id)
    except OSError as error:
        raise PublicationError(f"{published} cannot be written: {error.strerror}") from error


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


@dataclass(frozen=True)
class HeldPublication:
    """A snapshot that was put back: it stays in force, whatever comes in, until somebody releases it."""

    snapshot_id: str
    by: str
    reason: str


def held_publication(ledger: Ledger) -> HeldPublication | None:
    """The snapshot that a rollback put back, if that was not released since."""
    last = max(ledger.entries("rollback"), key=lambda entry: entry.entry_id, default=None)
    if last is None or last.body["event"] != "rolled_back":
        return None
    return HeldPublication(last.subject, last.body["by"], last.body["reason"])


def kept_snapshots(published: Path) -> list[str]:
    """Ids of the snapshots that are kept, oldest first."""
    return sorted(path.stem for path in (published / "snapshots").glob("[!.]*.duckdb"))


def is_kept(published: Path, snapshot_id: str) -> bool:
    """Whether a snapshot is kept as it was published."""
    file = published / "snapshots" / f"{snapshot_id}.duckdb"
    manifest = _manifest(file.with_name(f"{snapshot_id}.manifest.json"))
    return manifest is not None and file.exists() and file_sha256(file) == manifest["sha256"]


def snapshot_before(published: Path) -> str | None:
    """The newest kept snapshot that is older than the one in force."""
    manifest = published_manifest(published)
    current = manifest["snapshot_id"] if manifest else "~"
    return max((one for one in kept_snapshots(published) if one < current), default=None)


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
