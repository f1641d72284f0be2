"""Seals: whether the ledger is still what was written to it, and the copy that replaces a damaged one.

Belongs here: a digest over every transaction and the one before it, the head noted beside the ledger, the kept copy,
and checking all three. Does not belong here: what an entry says (`ledger`).

SQLite notices a broken page, not a changed byte inside a text, and drops the end of a write-ahead log that was cut
short. Every append therefore adds a seal over its entries and the seal before, and `<ledger>.head` names the last seal
before a receipt or a publication that rests on it leaves the house. `<ledger>.copy` is made when a run ends well.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from sources import durable

_COLUMNS = "entry_id, kind, organisation_id, subject, run_id, at, body"
_TOGETHER = ("", "-wal", "-shm")


def close(connection: sqlite3.Connection) -> None:
    """Seal the entries that no seal covers yet; inside the transaction that wrote them."""
    last_entry_id, digest = _last(connection)
    rows = connection.execute(
        f"select {_COLUMNS} from entry where entry_id > ? order by entry_id", (last_entry_id,)
    ).fetchall()
    if rows:
        connection.execute("insert into seal values (?, ?)", (rows[-1][0], _digest(digest, rows)))


def note_head(connection: sqlite3.Connection, ledger: Path) -> None:
    """Write the last seal to the file beside the ledger, with nothing before it left in a log. Raises OSError."""
    connection.execute("pragma wal_checkpoint(truncate)")
    last_entry_id, digest = _last(connection)
    noted = [last_entry_id, digest]
    content = {"seal": noted, "check": _check_of(noted)}
    durable.write_text(_head_of(ledger), json.dumps(content) + "\n", "ledger_head")


def keep_copy(connection: sqlite3.Connection, ledger: Path) -> None:
    """Write a copy of the whole ledger beside it. Raises OSError or sqlite3.Error."""
    copy = copy_of(ledger)
    temporary = durable.temporary_of(copy)
    temporary.unlink(missing_ok=True)
    connection.execute("vacuum into ?", (str(temporary),))
    durable.put(temporary, copy, "ledger_copy")


def copy_of(ledger: Path) -> Path:
    """Where the copy of a ledger is kept."""
    return ledger.with_name(f"{ledger.name}.copy")


def fault(ledger: Path) -> str | None:
    """What is wrong with a ledger, in a few words; None when it is what was written, or is not there yet.

    A ledger from before there were seals has none; it is sealed as it stands by the next append.
    """
    head = _noted_head(ledger)
    if not ledger.exists():
        return "it is gone" if head is not None else None
    return _fault_of(ledger, head)


def restore(ledger: Path, stamp: str) -> Path | None:
    """Put the copy in the place of a damaged ledger if it holds everything that the house was told of.

    The damaged files are kept as `<ledger>.damaged-<stamp>`; returns that name, or None when the copy will not do.
    """
    copy, head = copy_of(ledger), _noted_head(ledger)
    if head is None or not copy.exists() or _fault_of(copy, head, is_last=True) is not None:
        return None
    aside = ledger.with_name(f"{ledger.name}.damaged-{stamp}")
    for ending in _TOGETHER:
        part = ledger.with_name(f"{ledger.name}{ending}")
        if part.exists():
            part.replace(aside.with_name(f"{aside.name}{ending}"))
    durable.write_bytes(ledger, copy.read_bytes(), "ledger_copy")
    return aside


def _fault_of(ledger: Path, head: tuple[int, str] | None, is_last: bool = False) -> str | None:
    try:
        with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
            found = connection.execute("pragma integrity_check").fetchall()
            if found != [("ok",)]:
                return "SQLite finds its pages damaged"
            return _broken_seal(connection, head, is_last)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return f"SQLite cannot read it ({type(error).__name__})"


def _broken_seal(connection: sqlite3.Connection, head: tuple[int, str] | None, is_last: bool) -> str | None:
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if "entry" not in tables:
        return "it is empty" if head is not None else None
    seals = connection.execute("select * from seal order by 1").fetchall() if "seal" in tables else []
    if not seals:
        return "its seals are gone" if head is not None else None
    former, first = "", 0
    for last_entry_id, digest in seals:
        rows = connection.execute(
            f"select {_COLUMNS} from entry where entry_id between ? and ? order by entry_id",
            (first, last_entry_id),
        )
        former, first = _digest(former, rows), last_entry_id + 1
        if former != digest:
            return f"entries up to {last_entry_id} are not those that were written"
    if connection.execute("select count(*) from entry where entry_id >= ?", (first,)).fetchone() != (0,):
        return "entries at its end carry no seal"
    if head is not None and head not in ([seals[-1]] if is_last else seals):
        return "its last entries are gone"
    return None


def _last(connection: sqlite3.Connection) -> tuple[int, str]:
    found = connection.execute("select last_entry_id, digest from seal order by 1 desc limit 1").fetchone()
    return found or (0, "")


def _digest(former: str, rows: Iterable[tuple[Any, ...]]) -> str:
    digest = hashlib.sha256(former.encode())
    for row in rows:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()


def _head_of(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}.head")


def _noted_head(ledger: Path) -> tuple[int, str] | None:
    """The noted seal; None when nothing is noted, or the note itself was damaged."""
    try:
        content = json.loads(_head_of(ledger).read_text(encoding="utf-8"))
        noted = content["seal"]
        if content["check"] != _check_of(noted):
            return None
        return int(noted[0]), str(noted[1])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _check_of(noted: list[Any]) -> str:
    return hashlib.sha256(json.dumps(noted).encode()).hexdigest()
