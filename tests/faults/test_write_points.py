"""A crash before and after every step of every durable write; the run after it needs nobody.

The points are walked in the order of a night over one work folder: each run dies a little further than the one before.
A point that no run reaches fails the test.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sources.failpoints import COMMITTED, POINTS, RENAMED, VARIABLE
from tests.faults.house import IS_SOAK, House, deliveries

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


def _walk() -> list[str]:
    ordered = [point for write in ORDER for point in POINTS if point.startswith(f"{write}:")]
    assert sorted(ordered) == sorted(POINTS)
    return ordered if IS_SOAK else [point for point in ordered if point in QUICK]


def test_every_write_has_its_place_in_the_walk() -> None:
    assert {point.rpartition(":")[0] for point in POINTS} == set(ORDER)
    assert set(QUICK) <= set(POINTS)


@pytest.mark.timeout(7200 if IS_SOAK else 1800)
def test_a_crash_at_each_write_point_leaves_no_trace(whole: tuple[House, float], tmp_path: Path) -> None:
    house, dropped = House(tmp_path / "house").furnish(), deliveries()
    walk = _walk()
    first = dropped[: len(dropped) - len(walk)] if len(dropped) > len(walk) else dropped[:1]
    arriving = iter(dropped[len(first) :])
    house.take(*first)
    for point in walk:
        died = house.night(**{VARIABLE: point})
        assert died.code == -signal.SIGKILL, (
            f"{point} was not reached: exit {died.code}\n{died.stderr[-1500:]}"
        )
        late = next(arriving, None)
        if late is not None:
            house.take(late)
    house.take(*arriving)
    house.night().expect(0)
    house.night().expect(0)
    house.check_whole(dropped, whole[0].content())
