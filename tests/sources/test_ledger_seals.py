"""The ledger knows when it is no longer what was written, and its copy stands in for it when that loses nothing."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources import ledger_seals
from sources.ledger import Ledger

AT = datetime(2026, 2, 1, tzinfo=UTC)


def append(path: Path, *subjects: str) -> None:
    with Ledger(path, "run", AT) as ledger:
        for subject in subjects:
            ledger.append("sighting", [("uwv", subject, {"sha256": subject * 8, "size": 1})])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Path]:
    """A ledger of 60 entries, its head noted, its copy made."""
    path = tmp_path / "ledger.sqlite"
    append(path, *(f"key-{number:02d}" for number in range(60)))
    yield path


def entries(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "select kind, organisation_id, subject, at, body from entry order by 1"
        ).fetchall()


def test_what_was_written_is_sound(ledger: Path) -> None:
    assert ledger_seals.fault(ledger) is None
    assert ledger_seals.fault(ledger.with_name("other.sqlite")) is None


def test_a_changed_byte_is_found_or_changes_nothing(ledger: Path) -> None:
    chance, whole, told = random.Random(1), ledger.read_bytes(), entries(ledger)
    found = 0
    for _ in range(600):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        ledger.write_bytes(bytes(content))
        if ledger_seals.fault(ledger) is not None:
            found += 1
        else:
            assert entries(ledger) == told
        for log in ledger.parent.glob("ledger.sqlite-*"):
            log.unlink()
    assert found > 100


def test_a_changed_text_inside_a_sound_page_is_found(ledger: Path) -> None:
    ledger.write_bytes(ledger.read_bytes().replace(b"key-30key-30", b"key-31key-31"))
    assert "not those that were written" in str(ledger_seals.fault(ledger))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_cut_short_is_found(ledger: Path, share: float) -> None:
    with ledger.open("r+b") as file:
        file.truncate(int(ledger.stat().st_size * share))
    assert ledger_seals.fault(ledger) is not None


def test_entries_that_went_after_the_head_was_noted_are_missed(ledger: Path) -> None:
    earlier = ledger.read_bytes()
    append(ledger, "late")
    ledger.write_bytes(earlier)
    assert ledger_seals.fault(ledger) == "its last entries are gone"


def test_a_ledger_that_is_gone_is_missed(ledger: Path) -> None:
    ledger.unlink()
    assert ledger_seals.fault(ledger) == "it is gone"


def test_the_copy_takes_the_place_of_a_damaged_ledger(ledger: Path) -> None:
    told = entries(ledger)
    ledger.write_bytes(b"nothing")
    aside = ledger_seals.restore(ledger, "20260201")
    assert aside is not None and aside.read_bytes() == b"nothing"
    assert ledger_seals.fault(ledger) is None and entries(ledger) == told
    append(ledger, "goes on")
    assert ledger_seals.fault(ledger) is None


def test_a_copy_that_is_older_than_what_was_told_does_not(ledger: Path) -> None:
    with pytest.raises(InterruptedError), Ledger(ledger, "run", AT) as opened:
        opened.append("sighting", [("uwv", "late", {"size": 1})])
        opened.note_head()
        raise InterruptedError
    ledger.write_bytes(b"nothing")
    assert ledger_seals.restore(ledger, "20260201") is None
    assert ledger.read_bytes() == b"nothing"


def test_a_damaged_copy_does_not(ledger: Path) -> None:
    copy = ledger_seals.copy_of(ledger)
    copy.write_bytes(copy.read_bytes().replace(b"key-30key-30", b"key-31key-31"))
    ledger.write_bytes(b"nothing")
    assert ledger_seals.restore(ledger, "20260201") is None


def test_a_ledger_from_before_there_were_seals_is_sealed_by_the_next_entry(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript("drop table seal")
    for path in (ledger.with_name("ledger.sqlite.head"), ledger_seals.copy_of(ledger)):
        path.unlink()
    assert ledger_seals.fault(ledger) is None
    append(ledger, "first sealed")
    assert ledger_seals.fault(ledger) is None
    ledger.write_bytes(ledger.read_bytes().replace(b"key-30key-30", b"key-31key-31"))
    assert ledger_seals.fault(ledger) is not None


def test_entries_that_a_fault_took_back_leave_the_ledger_usable(ledger: Path) -> None:
    with Ledger(ledger, "run", AT) as opened:
        with pytest.raises(sqlite3.Error):
            opened.append("sighting", [("uwv", None, {})])  # type: ignore[list-item]
        opened.append("sighting", [("uwv", "after", {})])
    assert ledger_seals.fault(ledger) is None
