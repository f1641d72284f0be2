"""Tombstones: who was erased is recognised at every later load, under every key, and by nothing but a pseudonym."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.ledger import Ledger
from sources.pseudonyms import Key
from sources.readers.erased_rows import Erased
from sources.tombstones import (
    Tombstones,
    of_delivery,
    of_respondent,
    of_response,
    tombstones_by_organisation,
)
from tests.sources.reader_desk import KEY, Desk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OLD, NEW = Key(1, KEY), Key(2, bytes(range(1, 33)))
ROWS = ("r1;05-11-2025;8;4;prima", "r2;05-11-2025;7;3;goed", "r3;32-11-2025;7;3;stuk")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def written(folder: Path, *bodies: dict[str, object]) -> Tombstones:
    with Ledger(folder / "ledger.sqlite", "run", NOW) as ledger:
        ledger.append("erasure", [("test0001", "one", body) for body in bodies])
        return tombstones_by_organisation(ledger.entries("erasure"))["test0001"]


def under(key: Key, found: Tombstones) -> tuple[Erased, ...]:
    respondents = found.respondents.get(key.version, frozenset())
    return (Erased(key.secret, respondents, found.responses.get(key.version, frozenset())),)


def test_a_response_is_left_out_with_its_comment(desk: Desk, tmp_path: Path) -> None:
    found = written(tmp_path, of_response("test0001", "r1", [OLD]))
    reading = desk.lines(*ROWS, erased=under(OLD, found))
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_quarantined, reading.rows_erased) == (
        3,
        1,
        1,
        1,
    )
    assert [row["row_number"] for row in desk.landed] == [2]
    assert [row["row_number"] for row in desk.comments] == [2]


def test_a_row_that_could_not_be_read_is_erased_rather_than_quarantined(desk: Desk, tmp_path: Path) -> None:
    found = written(tmp_path, of_response("test0001", "r3", [OLD]))
    reading = desk.lines(*ROWS, erased=under(OLD, found))
    assert (reading.rows_quarantined, reading.rows_erased) == (0, 1)
    assert reading.is_free_of_erased is False


def test_a_file_without_anybody_else_is_erased(desk: Desk, tmp_path: Path) -> None:
    found = written(tmp_path, of_response("test0001", "r1", [OLD]))
    reading = desk.lines(ROWS[0], erased=under(OLD, found))
    assert (reading.outcome, reading.rows_erased) == ("erased", 1)
    assert desk.written() == b""


def test_who_was_erased_under_an_old_key_is_recognised_after_a_rotation(desk: Desk, tmp_path: Path) -> None:
    desk.map(keys={"respondent": {"column": "eens"}})
    found = written(tmp_path, of_respondent("test0001", "4", [OLD, NEW]))
    assert found.key_versions == {1, 2}
    for key in (OLD, NEW):
        reading = desk.lines(*ROWS, erased=under(key, found), key=NEW.secret, key_version=2)
        assert reading.rows_erased == 1


def test_without_any_of_its_keys_nobody_can_be_recognised(tmp_path: Path) -> None:
    found = written(tmp_path, of_respondent("test0001", "4", [OLD]))
    assert found.checkable([OLD, NEW]) and not found.checkable([NEW])
    assert Tombstones(deliveries=frozenset({"a"})).checkable([])


def test_an_id_of_several_parts_is_erased_as_a_whole_and_by_its_parts(tmp_path: Path) -> None:
    found = written(tmp_path, of_response("test0001", "a|b", [OLD]))
    assert len(found.responses[1]) == 2


def test_tombstones_add_up_and_hold_no_raw_id(tmp_path: Path) -> None:
    raw = "klant-4711"
    bodies = (
        of_respondent("test0001", raw, [OLD]),
        of_response("test0001", raw, [OLD]),
        of_delivery("ab" * 32),
    )
    found = written(tmp_path, *bodies)
    assert found.digest != written(tmp_path, of_respondent("test0001", "another", [OLD])).digest
    assert found.deliveries == {"ab" * 32}
    assert raw.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("ledger*"))


def test_erased_deliveries_change_no_reading() -> None:
    assert Tombstones(deliveries=frozenset({"a"})).digest == ""
