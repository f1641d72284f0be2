"""Disks that fill up at every stage of a night, or cannot be written at all. Nothing is deleted by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import IS_SOAK, House, deliveries
from tests.faults.reader import look

MEBIBYTE = 1024 * 1024
# What a disk has left beyond what stands on it, in MiB: from the first copy to the last file of a publication.
LADDER = (0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32) if IS_SOAK else (0, 4)


def _can_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None


needs_mount = pytest.mark.skipif(not _can_mount(), reason="mounting a small disk needs root")


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a size of its own, large to begin with."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=2g", "tmpfs", str(place))
    except subprocess.CalledProcessError:
        pytest.skip("this machine does not let a test mount a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@needs_mount
@pytest.mark.timeout(1800)
def test_a_full_disk_stops_the_run_and_more_room_is_all_it_takes(
    whole: tuple[House, float], disk: Path, tmp_path: Path
) -> None:
    shutil.copytree(whole[0].root, disk / "house", symlinks=True)
    house = House(disk / "house", nights=whole[0].nights, outside=tmp_path)
    content, published = house.content(), os.readlink(house.published / "meethuis.duckdb")  # noqa: PTH115
    # Without its warehouse and with one more delivery there is something to copy, to compute and to publish.
    (house.work / "warehouse.json").unlink()
    extra = deliveries(("test0009",))
    house.furnish(("test0009",)).take(*extra)
    full = 0
    for left in LADDER:
        used = shutil.disk_usage(disk).used
        _mount("-o", f"remount,size={max(used + left * MEBIBYTE, 4096)}", str(disk))
        stopped = house.night("--threads", "2")
        if stopped.code == 0:
            break
        full += 1
        assert stopped.code == 4, (
            f"{left} MiB left: exit {stopped.code}\n{stopped.stderr[-2000:]}{stopped.stdout[-500:]}"
        )
        assert "Traceback" not in stopped.stderr, stopped.stderr[-3000:]
        assert os.readlink(house.published / "meethuis.duckdb") == published  # noqa: PTH115
        assert look(house.published)
        assert house.content() == content
    assert full > 1
    _mount("-o", "remount,size=2g", str(disk))
    house.night().expect(0)
    house.night().expect(0)
    unrelated = {name: house.content()["organisations"][name] for name in content["organisations"]}
    assert unrelated == content["organisations"]
    house.verify().expect(0)
    house.check_receipts([*deliveries(), *extra])
    assert house.orphans() == []


@needs_mount
@pytest.mark.parametrize("name", ["work", "published"])
def test_a_read_only_folder_stops_the_run(copy: House, name: str) -> None:
    folder, content = copy.root / name, copy.content()
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        stopped = copy.night().expect(4)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    assert "Traceback" not in stopped.stderr
    assert name in stopped.stderr and "cannot be" in stopped.stderr
    assert copy.content() == content


def test_a_place_for_the_publication_that_cannot_be_made_stops_the_run(copy: House) -> None:
    (copy.root / "file").write_text("in the way")
    stopped = copy.meethuis("run", "--published", str(copy.root / "file" / "published")).expect(4)
    assert "Traceback" not in stopped.stderr and "cannot be" in stopped.stderr


def test_a_bucket_that_is_not_there_stops_the_run(copy: House) -> None:
    content = copy.content()
    copy.bucket.rename(copy.root / "elsewhere")
    stopped = copy.night()
    assert stopped.code == 4
    assert "Traceback" not in stopped.stderr
    assert copy.content() == content
