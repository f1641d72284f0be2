"""A crash before and after every step of every durable write; the run after it needs nobody.

The points are walked in the order of a night over one work folder: each run dies a little further than the one before.
A point that no run reaches fails the test. A second walk is over the writes of nights in which rows go.
"""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.failpoints import COMMITS, COMMITTED, POINTS, RENAMED, UNCOMMITTED, VARIABLE
from sources.ledger import KINDS
from tests.acceptance.mappings import mapping
from tests.faults.house import CHANNELS, IS_SOAK, ORGANISATIONS, ROWS, House, deliveries

# As a night reaches them. `in_force`, `basis` and others come more than once: the first time counts.
ORDER = (
    "ledger.run", "landing", "ledger.sighting", "mapping", "ledger.mapping", "landed", "ledger.reading",
    "ledger.verdict", "resolved", "exceptions", "ledger.outcome", "ledger_head", "receipt", "state", "in_force",
    "basis", "warehouse", "history", "snapshot_manifest", "snapshot", "link", "manifest", "published_states",
    "ledger.publication", "ledger_copy",
)  # fmt: skip
# What ordinary runs try: the one moment of a write at which most stands and least is known of it.
QUICK = (
    f"landing:{RENAMED}", f"landed:{RENAMED}", f"ledger.outcome:{COMMITTED}", "receipt:half", f"history:{RENAMED}",
    f"snapshot:{RENAMED}", f"link:{RENAMED}",
)  # fmt: skip
# After the publication of one night, and in another to which a request came.
TERM_ENDS, ERASED = ("ledger.retained",), ("ledger.erasure", "ledger.erased")
# Of verbs between two nights.
DECIDED, ROLLED_BACK = ("ledger.decision",), ("ledger.rollback",)
BY = ("--by", "j.visser", "--reason", "test")
QUICK_WHILE_ROWS_GO = (
    f"ledger.retained:{UNCOMMITTED}", f"ledger.erasure:{COMMITTED}", f"ledger.erased:{UNCOMMITTED}",
)  # fmt: skip


def _walk(order: Iterable[str], quick: Sequence[str] = POINTS) -> list[str]:
    ordered = [point for write in order for point in POINTS if point.startswith(f"{write}:")]
    return ordered if IS_SOAK else [point for point in ordered if point in quick]


def test_every_write_has_its_place_in_one_walk() -> None:
    walks = ORDER + TERM_ENDS + ERASED + DECIDED + ROLLED_BACK
    assert sorted({point.rpartition(":")[0] for point in POINTS}) == sorted(walks)
    assert set(COMMITS) == KINDS
    assert set(QUICK + QUICK_WHILE_ROWS_GO) <= set(POINTS)


@pytest.mark.timeout(7200 if IS_SOAK else 1800)
def test_a_crash_at_each_write_point_leaves_no_trace(whole: tuple[House, float], tmp_path: Path) -> None:
    house, dropped = House(tmp_path / "house").furnish(), deliveries()
    walk = _walk(ORDER, QUICK)
    first = dropped[: len(dropped) - len(walk)] if len(dropped) > len(walk) else dropped[:1]
    arriving = iter(dropped[len(first) :])
    house.take(*first)
    for point in walk:
        _die_at(house, point)
        late = next(arriving, None)
        if late is not None:
            house.take(late)
    house.take(*arriving)
    house.night().expect(0)
    house.night().expect(0)
    house.check_whole(dropped, whole[0].content())


@pytest.mark.timeout(1800)
def test_a_crash_while_rows_go_leaves_none_of_them(tmp_path: Path) -> None:
    """The term of November is over, and somebody of December asks to be erased."""
    house, twin = (_with_a_term(House(tmp_path / name)) for name in ("house", "twin"))
    for point in _walk(TERM_ENDS, QUICK_WHILE_ROWS_GO):
        _die_at(house, point)
    for one in (house, twin):
        one.night().expect(0)
        _ask(one)
    for point in _walk(ERASED, QUICK_WHILE_ROWS_GO):
        _die_at(house, point)
    for one in (house, twin):
        one.night().expect(0)
    assert house.content() == twin.content()
    assert _left(house) == _left(twin)
    assert _law(house) == _law(twin)
    assert sorted(row[1:] for row in _law(house)) == [(ROWS, ROWS - 1, 1), *[(ROWS, ROWS, 0)] * 5]
    house.verify().expect(0)
    assert house.orphans() == []
    _decide(house, twin)


def _decide(house: House, twin: House) -> None:
    """A delivery is taken back, and then the publication without it: who decides again after a crash gets his way."""
    before = house.content()
    december = next(one for one in deliveries([ORGANISATIONS[1]]) if one.key == "2025-12.csv")
    withdraw = ("withdraw", hashlib.sha256(december.text.encode()).hexdigest(), *BY)
    for point in _walk(DECIDED):
        assert house.meethuis(*withdraw, **{VARIABLE: point}).code == -signal.SIGKILL, point
    twin.meethuis(*withdraw).expect(0)
    for one in (house, twin):
        one.night().expect(0)
    assert house.content() == twin.content() != before
    for point in _walk(ROLLED_BACK):
        assert house.meethuis("rollback", *BY, **{VARIABLE: point}).code == -signal.SIGKILL, point
    house.meethuis("rollback", *BY).expect(0)
    assert house.content() == before
    house.verify().expect(0)
    assert house.orphans() == []


def _die_at(house: House, point: str) -> None:
    died = house.night(**{VARIABLE: point})
    assert died.code == -signal.SIGKILL, f"{point} was not reached: exit {died.code}\n{died.stderr[-1500:]}"


def _with_a_term(house: House) -> House:
    """Two organisations whose rows may stay for two months."""
    legal = {"purpose": "test", "retention_months": 2, "contains_free_text": False}
    keys = {"response": {"column": "id"}, "respondent": {"column": "id"}}
    for organisation_id in ORGANISATIONS[:2]:
        house.map(organisation_id, mapping(organisation_id, dimensions=CHANNELS, legal=legal, keys=keys))
    return house.take(*deliveries(ORGANISATIONS[:2]))


def _ask(house: House) -> None:
    """A request for the first respondent of the first organisation's December."""
    organisation_id = ORGANISATIONS[0]
    asked = next(one for one in deliveries([organisation_id]) if one.key == "2025-12.csv")
    respondent_id = asked.text.splitlines()[1].partition(",")[0]
    folder = house.bucket / organisation_id / "_verwijderverzoeken"
    folder.mkdir()
    (folder / "verzoek.csv").write_text(
        "organisation_id,respondent_id,request_id,received_at\n"
        f"{organisation_id},{respondent_id},Z-1,2026-02-01\n"
    )


def _left(house: House) -> dict[str, Any]:
    """The rows of every file that holds some, and the names of all copies."""
    rows = {
        str(path.relative_to(house.work)): pq.read_table(path).to_pylist()
        for folder in ("landed", "comments", "quarantine", "resolved")
        for path in (house.work / folder).rglob("*.parquet")
    }
    return {**rows, "landing": sorted(path.name for path in (house.work / "landing").iterdir())}


def _law(house: House) -> list[tuple[str, int, int, int]]:
    """What the receipts say of rows: in the file, processed, erased."""
    return sorted(
        (one["files"][0], one["rows"]["in_file"], one["rows"]["processed"], one["rows"]["erased"])
        for one in house.receipts()
    )
