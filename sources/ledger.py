"""The ledger: an append-only record of what was seen, read, judged, decided and published.

Belongs here: the SQLite file, appending and reading entries. Does not belong here: what an entry means; state is always
derived from entries by the modules that own the rule (`currency`, `intake`, `receipts`). Whether it is still what was
written: `ledger_seals`.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sources import ledger_seals
from sources.failpoints import COMMITTED, UNCOMMITTED, reached

_SCHEMA = """
create table if not exists entry (
    entry_id integer primary key autoincrement,
    kind text not null,
    organisation_id text not null,
    subject text not null,
    run_id text not null,
    at text not null,
    body text not null
);
create index if not exists entry_by_subject on entry (kind, organisation_id, subject, entry_id);
create trigger if not exists entry_keeps before update on entry
begin select raise(abort, 'the ledger is append-only'); end;
create trigger if not exists entry_stays before delete on entry
begin select raise(abort, 'the ledger is append-only'); end;
create table if not exists seal (last_entry_id integer primary key, digest text not null);
create trigger if not exists seal_keeps before update on seal
begin select raise(abort, 'the ledger is append-only'); end;
create trigger if not exists seal_stays before delete on seal
begin select raise(abort, 'the ledger is append-only'); end;
"""

KINDS = frozenset({
    "sighting", "mapping", "reading", "verdict", "outcome", "decision", "run", "publication", "rollback",
    "erasure", "erased", "retained",
})  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: `subject` is what it is about (a key, a delivery id, a mapping id, a run id)."""

    entry_id: int
    kind: str
    organisation_id: str
    subject: str
    run_id: str
    at: str
    body: Mapping[str, Any]


class LedgerError(Exception):
    """The ledger cannot be opened: damaged, or its disk cannot be read or written (an operator's matter)."""


class Ledger:
    """Appends to and reads from `<work>/ledger.sqlite`; one writer at a time (the run lock sees to that).

    Whoever wrote to it and leaves the context without an error leaves a copy beside it as well.
    """

    def __init__(self, path: Path, run_id: str, at: datetime) -> None:
        self._run_id = run_id
        self._at = at.isoformat()
        self._path = path
        self._is_longer = False
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise LedgerError(f"{path} cannot be opened as a ledger: {type(error).__name__}") from error

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._is_longer:
                self.note_head()
                ledger_seals.keep_copy(self._connection, self._path)
        finally:
            self._connection.close()

    @property
    def run_id(self) -> str:
        """The run that this handle writes for."""
        return self._run_id

    @property
    def at(self) -> str:
        """The clock of that run, ISO 8601."""
        return self._at

    def note_head(self) -> None:
        """Note beside the ledger how far it is, before anything that it says leaves the house."""
        ledger_seals.note_head(self._connection, self._path)

    def append(self, kind: str, entries: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Append `(organisation_id, subject, body)` entries of one kind in one transaction."""
        if kind not in KINDS:
            raise ValueError(f"unknown ledger kind {kind!r}; one of {sorted(KINDS)}")
        rows = [
            (kind, organisation_id, subject, self._run_id, self._at, json.dumps(body, sort_keys=True))
            for organisation_id, subject, body in entries
        ]
        if not rows:
            return
        self._connection.execute("begin immediate")
        try:
            self._connection.executemany(
                "insert into entry (kind, organisation_id, subject, run_id, at, body) values (?, ?, ?, ?, ?, ?)",
                rows,
            )
            ledger_seals.close(self._connection)
            reached(f"ledger.{kind}:{UNCOMMITTED}")
            self._connection.execute("commit")
        except sqlite3.Error:
            # SQLite has rolled back already after some faults, such as a full disk.
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            raise
        self._is_longer = True
        reached(f"ledger.{kind}:{COMMITTED}")

    def entries(self, kind: str, organisation_id: str | None = None) -> Iterator[Entry]:
        """All entries of a kind in the order they were written."""
        yield from self._select(
            "select entry_id, kind, organisation_id, subject, run_id, at, body from entry"
            " where kind = ? and (? is null or organisation_id = ?) order by entry_id",
            (kind, organisation_id, organisation_id),
        )

    def latest(self, kind: str, organisation_id: str | None = None) -> dict[tuple[str, str], Entry]:
        """The newest entry of a kind for every `(organisation_id, subject)`."""
        found = self._select(
            "select entry_id, kind, organisation_id, subject, run_id, at, body from entry where entry_id in ("
            " select max(entry_id) from entry where kind = ? and (? is null or organisation_id = ?)"
            " group by organisation_id, subject) order by entry_id",
            (kind, organisation_id, organisation_id),
        )
        return {(entry.organisation_id, entry.subject): entry for entry in found}

    def _select(self, statement: str, parameters: tuple[object, ...]) -> Iterator[Entry]:
        for entry_id, kind, organisation_id, subject, run_id, at, body in self._connection.execute(
            statement, parameters
        ):
            yield Entry(entry_id, kind, organisation_id, subject, run_id, at, json.loads(body))
