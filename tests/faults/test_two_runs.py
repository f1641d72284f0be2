"""Two runs at once, a lock of a dead run, and being told to stop."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from tests.faults.house import IS_SOAK, House, Run, deliveries, kill

TWICE = 10 if IS_SOAK else 2
# What is there once a run has come so far.
STAGES = (
    "work/run.lock", "work/landed/test0001/*.parquet", "work/warehouse.duckdb.wal", "published/snapshots/.*.tmp",
)  # fmt: skip


def test_of_two_runs_one_ends_at_once(copy: House) -> None:
    for _ in range(TWICE):
        runs = [_timed(copy), _timed(copy)]
        codes = {}
        while len(codes) < 2:
            for run, began in runs:
                if run.poll() is not None:
                    codes.setdefault(run.pid, (run.returncode, time.monotonic() - began))
            time.sleep(0.01)
        (refused, seconds), (published, _) = sorted(codes.values(), reverse=True)
        assert (refused, published) == (5, 0)
        assert seconds < 2
        print(f"the second run gave up after {seconds:.2f} s")  # noqa: T201


def test_a_dead_run_blocks_nobody(copy: House) -> None:
    run = copy.start()
    while not (copy.work / "run.lock").exists() or time.sleep(0.5):
        pass
    kill(run)
    copy.night().expect(0)


@pytest.mark.parametrize("place", STAGES if IS_SOAK else ("work/warehouse.duckdb.wal",))
def test_told_to_stop_it_stops(copy: House, place: str) -> None:
    """While it takes in, reads, has dbt at work (whose models run in threads of their own), publishes."""
    content = copy.content()
    # Something to do: without a publication everything is computed.
    shutil.rmtree(copy.published)
    shutil.rmtree(copy.work / "landed")
    run = copy.start()
    while run.poll() is None and not any(copy.root.glob(place)):
        time.sleep(0.01)
    assert run.poll() is None
    os.kill(run.pid, signal.SIGTERM)
    began = time.monotonic()
    try:
        assert run.wait(10) == 143
    finally:
        kill(run)
    print(f"stopped {time.monotonic() - began:.2f} s after being told")  # noqa: T201
    copy.night().expect(0)
    copy.check_whole(deliveries(), content)


def _timed(house: House) -> tuple[Run, float]:
    return house.start(), time.monotonic()
