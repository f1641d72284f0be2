"""What the fault tests share: one uninterrupted night over all deliveries, and what it published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.house import House, uninterrupted


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, float]:
    """A house after an uninterrupted night, and the seconds that it took. Not to be changed: `copy` is for that."""
    return uninterrupted(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(whole: tuple[House, float], tmp_path: Path) -> House:
    """A copy of that house, to be damaged."""
    house, _ = whole
    shutil.copytree(house.root, tmp_path / "house", symlinks=True)
    return House(tmp_path / "house", nights=house.nights)
