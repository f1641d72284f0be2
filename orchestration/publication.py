"""Publication: the published file, its manifest and the link that readers follow.

Belongs here: the manifest, swapping the link atomically, pruning. Does not belong here: what is in a snapshot
(`snapshot`).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration import snapshot
from sources import durable
from sources.ledger import Ledger

SNAPSHOTS_KEPT = 14
_MOST_UNCHANGED = 0.9
# The snapshot id of a publication and the sha256 of its manifest.
Known = tuple[str, str] | None
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
    return _manifest_at(published / "manifest.json")


def _manifest_at(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _MANIFEST_FIELDS else None


def intact_manifest(published: Path, known: Known = None) -> dict[str, Any] | None:
    """The manifest in force, if link and file are those it names; else None, and it is time to publish anew.

    `known` is the last publication as the ledger has it: its manifest must be word for word that one.
    """
    manifest = published_manifest(published)
    if manifest is None or _contradicts(manifest, known):
        return None
    file, link = published / manifest["file"], published / "meethuis.duckdb"
    is_intact = file.exists() and link.resolve() == file.resolve()
    return manifest if is_intact and durable.file_sha256(file) == manifest["sha256"] else None


def manifest_sha256(manifest: dict[str, Any]) -> str:
    """What a manifest is known by in the ledger."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _contradicts(manifest: dict[str, Any], known: Known) -> bool:
    return known is not None and manifest["snapshot_id"] == known[0] and manifest_sha256(manifest) != known[1]


def publish(
    warehouse: Path,
    published: Path,
    snapshot_id: str,
    published_at: str,
    states_file: Path,
    keep_history: Callable[[dict[str, str]], None] = lambda states: None,
    known: Known = None,
) -> Publication:
    """Copy the marts to a new snapshot and make it the one readers see; nothing new when no content changed.

    `states_file` remembers what the last publication was computed from, so that a night with little news copies
    little; without it everything is copied. `keep_history` is called with the state of every organisation before
    readers get a new snapshot; `known` is as in `intact_manifest`. Raises PublicationError when the folder cannot be
    written; whatever fails, readers keep the last snapshot.
    """
    try:
        snapshots = published / "snapshots"
        snapshots.mkdir(parents=True, exist_ok=True)
        temporary = snapshots / f".{snapshot_id}.duckdb.tmp"
        manifest, states = intact_manifest(published, known), snapshot.states_of(warehouse)
        former = _former(published, manifest, states, states_file) if manifest is not None else None
        contents = snapshot.make(warehouse, temporary, former)
        if manifest is not None and snapshot.Contents(manifest["tables"], {}).identity == contents.identity:
            temporary.unlink()
            _write(states_file, _memory(manifest["snapshot_id"], states, contents), "published_states")
            return Publication(manifest["snapshot_id"], manifest, is_new=False)
        final = snapshots / f"{snapshot_id}.duckdb"
        manifest = {
            "snapshot_id": snapshot_id,
            "published_at": published_at,
            "file": f"snapshots/{final.name}",
            "sha256": durable.file_sha256(temporary),
            "tables": contents.tables,
            "organisations": contents.organisations,
        }
        keep_history(states)
        _write(snapshots / f"{snapshot_id}.manifest.json", manifest, "snapshot_manifest")
        durable.put(temporary, final, "snapshot")
        point_to(published, snapshot_id)
        _prune(snapshots, keep=snapshot_id)
        _write(states_file, _memory(snapshot_id, states, contents), "published_states")
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else "the disk may be full"
        raise PublicationError(f"{published} cannot be written: {reason}") from error
    return Publication(snapshot_id, manifest, is_new=True)


def _memory(snapshot_id: str, states: dict[str, str], contents: snapshot.Contents) -> dict[str, Any]:
    """What the next publication needs to know of this one."""
    memory = {"snapshot_id": snapshot_id, "states": states, "digests": contents.reusable}
    return {"memory": memory, "sha256": manifest_sha256(memory)}


def _former(
    published: Path, manifest: dict[str, Any], states: dict[str, str], states_file: Path
) -> snapshot.Former | None:
    """The published snapshot, if most organisations' figures still stand as they do in it."""
    try:
        sealed = json.loads(states_file.read_text(encoding="utf-8"))
        remembered = sealed["memory"]
        if (
            sealed["sha256"] != manifest_sha256(remembered)
            or remembered["snapshot_id"] != manifest["snapshot_id"]
        ):
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
    durable.point(published / "meethuis.duckdb", Path("snapshots") / f"{snapshot_id}.duckdb", "link")
    manifest = json.loads(
        (published / "snapshots" / f"{snapshot_id}.manifest.json").read_text(encoding="utf-8")
    )
    _write(published / "manifest.json", manifest, "manifest")


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
    manifest = _manifest_at(file.with_name(f"{snapshot_id}.manifest.json"))
    return manifest is not None and file.exists() and durable.file_sha256(file) == manifest["sha256"]


def snapshot_before(published: Path) -> str | None:
    """The newest kept snapshot that is older than the one in force."""
    manifest = published_manifest(published)
    current = manifest["snapshot_id"] if manifest else "~"
    return max((one for one in kept_snapshots(published) if one < current), default=None)


def repair(published: Path, known: Known = None) -> None:
    """Bring the manifest in line with the link after a run that died between the two, or when it was damaged.

    The manifest stands twice; where the two differ, that is the right one which `known`, the ledger, knows.
    """
    link = published / "meethuis.duckdb"
    if not link.is_symlink():
        return
    snapshot_id = link.readlink().name.removesuffix(".duckdb")
    beside = published / "snapshots" / f"{snapshot_id}.manifest.json"
    manifest, kept = _manifest_at(published / "manifest.json"), _manifest_at(beside)
    is_right = (
        manifest is not None and manifest["snapshot_id"] == snapshot_id and not _contradicts(manifest, known)
    )
    if is_right and manifest != kept:
        _write(beside, manifest or {}, "snapshot_manifest")
    elif not is_right and kept is not None and not _contradicts(kept, known):
        _write(published / "manifest.json", kept, "manifest")


def sweep(published: Path, known_ids: frozenset[str]) -> int:
    """Remove snapshots that a run put there but died before publishing; returns how many.

    Such a one is younger than the link, which does not name it, and the ledger does not know it. Nothing is judged by
    a ledger that knows no publication: it may be younger than the snapshots.
    """
    link, snapshots = published / "meethuis.duckdb", published / "snapshots"
    if link.is_symlink() and known_ids:
        in_force = link.readlink().name.removesuffix(".duckdb")
        moved_at = link.lstat().st_mtime_ns
        for path in list(snapshots.glob("*.duckdb")):
            if path.stem not in known_ids | {in_force} and path.stat().st_mtime_ns > moved_at:
                path.unlink()
    lonely = [one for one in snapshots.glob("*.manifest.json") if not _snapshot_of(one).exists()]
    for path in lonely:
        path.unlink()
    return len(lonely)


def _snapshot_of(manifest: Path) -> Path:
    return manifest.with_name(f"{manifest.name.removesuffix('.manifest.json')}.duckdb")


def _write(path: Path, content: dict[str, Any], what: str) -> None:
    durable.write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n", what)


def _prune(snapshots: Path, keep: str) -> None:
    found = sorted(snapshots.glob("*.duckdb"), key=lambda path: path.name)
    for path in found[:-SNAPSHOTS_KEPT]:
        if path.stem != keep:
            path.unlink()
            path.with_name(f"{path.stem}.manifest.json").unlink(missing_ok=True)
