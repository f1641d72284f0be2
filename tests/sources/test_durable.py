"""A name is given to what is whole; what is half written is found and removed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sources import durable
from sources.failpoints import POINTS, VARIABLE
from sources.orphans import sweep_published, sweep_work
from sources.workfolder import WorkFolder

WRITE = "from pathlib import Path; import sys; from sources import durable; " \
    "durable.write_text(Path(sys.argv[1]), 'new', 'manifest')"  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "left"),
    [("written", "old"), ("synchronised", "old"), ("renamed", "new"), ("elsewhere", "new")],
)
def test_a_crash_leaves_the_old_or_the_new(tmp_path: Path, moment: str, left: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    died = subprocess.run(
        [sys.executable, "-c", WRITE, str(path)],
        env=os.environ | {VARIABLE: f"manifest:{moment}"},
        start_new_session=True,
        check=False,
    )
    assert died.returncode == (0 if moment == "elsewhere" else -signal.SIGKILL)
    assert path.read_text() == left


def test_no_point_is_named_twice() -> None:
    assert len(set(POINTS)) == len(POINTS)


def test_a_link_points_to_the_new_place(tmp_path: Path) -> None:
    for target in ("a", "b"):
        durable.point(tmp_path / "link", target, "link")
        assert (tmp_path / "link").readlink() == Path(target)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_orphans_go_and_nothing_else_does(tmp_path: Path) -> None:
    work, published = WorkFolder(tmp_path / "work"), tmp_path / "published"
    work.create()
    (published / "snapshots").mkdir(parents=True)
    for folder in (
        "landed/uwv",
        "mappings/ab/uwv",
        "resolved/uwv",
        "history/.20260101.tmp",
        ".model-x1/fresh",
    ):
        (work.root / folder).mkdir(parents=True)
    kept = [
        work.landing / "ab12", work.root / "landed/uwv/1.parquet", work.root / "mappings/ab/uwv/kto.yml",
        work.warehouse, published / "snapshots/1.duckdb", published / "manifest.json",
    ]  # fmt: skip
    gone = [
        work.landing / ".incoming-x", work.root / "landed/uwv/.1.parquet.partial", work.state / ".run.parquet.tmp",
        work.root / "mappings/ab/uwv/.kto.yml.tmp", work.root / "resolved/uwv/.current.parquet.tmp",
        work.root / "history/.20260101.tmp/cell.parquet", work.root / ".model-x1/fresh/a.csv",
        published / "snapshots/.2.duckdb.tmp", published / "snapshots/.2.duckdb.tmp.wal",
        published / ".manifest.json.tmp",
    ]  # fmt: skip
    for path in (*kept, *gone):
        path.write_text("x")
    assert sweep_work(work) + sweep_published(published) == len(gone)
    assert [path for path in kept if not path.exists()] == []
    assert [path for path in gone if path.exists()] == []
    assert not (work.root / ".model-x1").exists()
