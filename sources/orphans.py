"""Orphans: what a run that died left half written, removed at the start of the next one.

Belongs here: the names under which files are written before they get their own, and removing those. Does not belong
here: files that are whole but of no use (`recovery`). Only the holder of the run lock may sweep.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from sources.workfolder import WorkFolder

_UNFINISHED = (".tmp", ".partial", ".tmp.wal")


def sweep_work(work: WorkFolder) -> int:
    """Remove everything half written in the work folder; returns how many files and folders that were."""
    deep = (work.landed, work.process, work.comments, work.quarantine, work.resolved, work.mappings)
    flat = (work.root, work.landing, work.exceptions, work.state, work.history)
    return _remove(
        path for folders, pattern in ((deep, "**/*"), (flat, "*")) for path in _listed(folders, pattern)
    )


def sweep_published(published: Path) -> int:
    """Remove everything half written in the publication folder; returns how many files that were."""
    return _remove(_listed((published, published / "snapshots"), "*"))


def _listed(folders: Iterable[Path], pattern: str) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from list(folder.glob(pattern))


def _remove(paths: Iterable[Path]) -> int:
    removed = 0
    for path in paths:
        if not _is_orphan(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        removed += 1
    return removed


def _is_orphan(name: str) -> bool:
    """Landing copies and reference tables are made under names of their own; DuckDB spills to `<file>.tmp`."""
    return name.endswith(_UNFINISHED) or name.startswith((".incoming-", ".model-")) or name == ".writable"
