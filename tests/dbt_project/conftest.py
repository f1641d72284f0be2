"""One work folder for many builds: dbt reads its project anew whenever a path changes, which costs seconds.

Belongs here: fixtures that several test modules share. Does not belong here: data.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dbt_project import landed, warehouse


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder with a warehouse of reference tables only, kept aside as `reference.duckdb`."""
    folder = tmp_path_factory.mktemp("bench")
    landed.write(folder, [])
    warehouse.succeed(warehouse.build(folder, "seed"))
    shutil.copy(folder / "warehouse.duckdb", folder / "reference.duckdb")
    return folder


@pytest.fixture
def work(bench: Path) -> Path:
    """The bench, cleared: reference tables, no landed files, no models."""
    shutil.rmtree(bench / "landed")
    shutil.copy(bench / "reference.duckdb", bench / "warehouse.duckdb")
    return bench
