"""The ledger: append-only, newest entry per subject."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.ledger import Ledger

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_newest_entry_of_a_subject_is_the_latest(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        ledger.append("reading", [("uwv", "a", {"n": 1}), ("uwv", "b", {"n": 2})])
        ledger.append("reading", [("uwv", "a", {"n": 3})])
        latest = ledger.latest("reading")
        assert {subject: entry.body["n"] for (_, subject), entry in latest.items()} == {"a": 3, "b": 2}
        assert [entry.body["n"] for entry in ledger.entries("reading", "uwv")] == [1, 2, 3]


@pytest.mark.parametrize("statement", ["update entry set body = '{}'", "delete from entry"])
def test_nothing_written_can_be_changed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path, "run", NOW) as ledger:
        ledger.append("reading", [("uwv", "a", {})])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(path).execute(statement)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger, pytest.raises(ValueError, match="unknown"):
        ledger.append("rumour", [])
