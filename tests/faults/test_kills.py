"""Kill -9 at random moments: readers see whole snapshots all the while, and in the end nothing tells of it."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.faults.house import IS_SOAK, House, deliveries, kill, readers

# Over two houses, so that two processes share the work.
KILLS = 50 if IS_SOAK else 15
SEED = int(os.environ.get("MEETHUIS_FAULTS_SEED", "20261128"))
# After so many kills a run may end; every other of those is killed as well, a little later.
RECOVER_EVERY = 5 if IS_SOAK else 10


@pytest.mark.timeout(7200 if IS_SOAK else 1800)
@pytest.mark.parametrize("house_number", [1, 2])
def test_kills_leave_no_trace(whole: tuple[House, float], tmp_path: Path, house_number: int) -> None:
    reference, seconds = whole
    seed = SEED + house_number
    chance = random.Random(seed)
    print(f"seed {seed}: {KILLS} kills within the {seconds:.0f} s of a night")  # noqa: T201
    house, waiting = House(tmp_path / "house").furnish(), deliveries()
    chance.shuffle(waiting)
    dropped, killed = [], 0
    house.published.mkdir()
    with readers(house.published) as seen:
        for number in range(1, KILLS + 1):
            arriving = waiting[: -(-len(waiting) // max(1, KILLS - number))]
            waiting = waiting[len(arriving) :]
            house.take(*arriving)
            dropped += arriving
            killed += _killed(house, chance.uniform(0, 1.05 * seconds))
            if number % (2 * RECOVER_EVERY) == RECOVER_EVERY:
                house.night().expect(0)
            elif number % (2 * RECOVER_EVERY) == 0:
                killed += _killed(house, chance.uniform(0, 1.05 * seconds))
        house.night().expect(0)
    print(f"{killed} runs died, {seen['looks']} looks at {len(seen['snapshots'])} snapshots")  # noqa: T201
    assert waiting == []
    assert seen["errors"] == []
    assert seen["looks"] > KILLS
    assert killed > KILLS / 2
    house.night().expect(0)
    house.check_whole(dropped, reference.content())


def _killed(house: House, after_seconds: float) -> bool:
    """Whether a run was still going when it was killed."""
    run = house.start("--threads", "2")
    try:
        run.wait(after_seconds)
    except subprocess.TimeoutExpired:
        kill(run)
        return True
    assert run.returncode == 0, (house.desk / "run.err").read_text()[-2000:]
    return False
