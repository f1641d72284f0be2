"""Recovery: what every run does before anything else, so that no crash and no damaged file asks for a person.

Belongs here: the order in which the ledger is checked, orphans are swept and the publication is set right, and telling
of it. Does not belong here: how each of them knows that it is whole (`ledger_seals`, `orphans`, `publication`).

What is missing is made anew by the run itself; so what is damaged is removed. Only the ledger cannot be made anew.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration import publication
from sources import ledger_seals
from sources.ledger import Ledger, LedgerError
from sources.orphans import sweep_published, sweep_work
from sources.workfolder import WorkFolder

_DAGSTER_RECORDS = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


@dataclass(frozen=True)
class Recovered:
    """What a run set right before it began; `ledger_aside` is the damaged ledger, if its copy took its place."""

    orphans: int = 0
    ledger_aside: Path | None = None


def recover(work: WorkFolder, published: Path, now: datetime) -> Recovered:
    """Set right what an earlier run or a failing disk left behind; the caller holds the run lock.

    Raises LedgerError when the ledger is damaged and its copy cannot stand in for it, OSError when the disk fails.
    """
    aside = _whole_ledger(work, now)
    _drop_broken_records(work.root / "dagster")
    return Recovered(sweep_work(work) + sweep_published(published), aside)


def recover_publication(published: Path, ledger: Ledger) -> publication.Known:
    """Set the publication right by what the ledger knows of it; returns the last publication that it knows.

    Raises OSError when the folder cannot be written.
    """
    entries = list(ledger.entries("publication"))
    last = entries[-1].body if entries else {}
    sha256 = last.get("manifest_sha256")
    known = (str(last["snapshot_id"]), str(sha256)) if sha256 else None
    publication.repair(published, known)
    publication.sweep(published, frozenset(entry.subject for entry in entries))
    return known


def _drop_broken_records(dagster_home: Path) -> None:
    """Remove databases of Dagster that SQLite cannot read: it makes new ones, and the ledger is the record."""
    for name in _DAGSTER_RECORDS:
        path = dagster_home / name
        if path.exists() and not _is_readable(path):
            for ending in ("", "-wal", "-shm"):
                path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def _is_readable(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("pragma quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False


def _whole_ledger(work: WorkFolder, now: datetime) -> Path | None:
    fault = ledger_seals.fault(work.ledger)
    if fault is None:
        return None
    aside = ledger_seals.restore(work.ledger, now.strftime("%Y%m%dT%H%M%SZ"))
    if aside is None:
        raise LedgerError(
            f"{work.ledger} is damaged: {fault}. It is the one record of what was decided, and the copy beside it"
            f" ({ledger_seals.copy_of(work.ledger).name}) is older than the last receipts. Put the newest backup of"
            " the whole work folder back and run again; nothing was changed, the last publication stands"
        )
    return aside
