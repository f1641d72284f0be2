"""The warehouse is believed only when it is the file that the last build closed."""

from pathlib import Path

import pytest

from orchestration import warehouse_file
from sources.workfolder import WorkFolder


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    """A work folder after a build that led to a snapshot."""
    work = WorkFolder(tmp_path)
    work.create()
    work.warehouse.write_bytes(b"figures" * 100)
    assert warehouse_file.end(work)
    warehouse_file.led_to(work, "S1")
    return work


def test_a_closed_warehouse_is_sound(work: WorkFolder) -> None:
    assert warehouse_file.is_sound(work)
    assert warehouse_file.is_source_of(work, "S1") and not warehouse_file.is_source_of(work, "S2")
    assert not warehouse_file.begin(work)
    assert work.warehouse.exists()


def test_a_build_that_died_leaves_nothing_to_believe(work: WorkFolder) -> None:
    warehouse_file.begin(work)
    assert not warehouse_file.is_sound(work)
    assert warehouse_file.begin(work)
    assert not work.warehouse.exists()


@pytest.mark.parametrize("content", [b"", b"figures" * 99, b"Figures" + b"figures" * 99])
def test_a_damaged_warehouse_is_thrown_away(work: WorkFolder, content: bytes) -> None:
    work.warehouse.write_bytes(content)
    assert not warehouse_file.is_source_of(work, "S1")
    assert warehouse_file.begin(work)
    assert not work.warehouse.exists()


def test_so_is_one_with_a_log_beside_it(work: WorkFolder) -> None:
    log = work.root / "warehouse.duckdb.wal"
    log.write_bytes(b"half")
    assert not warehouse_file.end(work)
    assert warehouse_file.begin(work)
    assert not log.exists()


def test_another_build_has_led_to_nothing_yet(work: WorkFolder) -> None:
    warehouse_file.begin(work)
    warehouse_file.end(work)
    assert warehouse_file.is_sound(work) and not warehouse_file.is_source_of(work, "S1")
