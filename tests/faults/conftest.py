"""What the fault tests share: one uninterrupted night over all deliveries, and what it published."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests.faults.house import House, uninterrupted

# Minutes each; begun last, one of them would keep one core busy while the other waits.
LONGEST_FIRST = (
    "test_kills",
    "test_write_points",
    "test_damage",
    "test_disks",
    "test_clock",
    "test_many_files",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, and leave the others in their order."""
    rank = {name: at for at, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, float]:
    """A house after an uninterrupted night, and the seconds that it took. Not to be changed: `copy` is for that.

    One for all test processes: the first makes it, the others wait.
    """
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "whole"
    shared.mkdir(exist_ok=True)
    told = shared / "seconds"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            _, seconds = uninterrupted(shared / "house")
            told.write_text(repr(seconds))
    return House(shared / "house", nights=1), float(told.read_text())


@pytest.fixture
def copy(whole: tuple[House, float], tmp_path: Path) -> House:
    """A copy of that house, to be damaged."""
    house, _ = whole
    shutil.copytree(house.root, tmp_path / "house", symlinks=True)
    return House(tmp_path / "house", nights=house.nights)
