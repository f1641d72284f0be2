"""Stores in which a file can be seen while it is being written, or is no file at all."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.bucket import Bucket, ObjectChanged, ObjectUnreadable, StorageError
from sources.delivery_source import StoredObject
from tests.stores.conftest import age, sftp_place
from tests.stores.servers import Place, SftpHost

NOBODY = 65534


def settling(place: Place, seconds: int | None) -> Bucket:
    environment = {
        name: value for name, value in place.environment.items() if name != "MEETHUIS_SETTLE_SECONDS"
    }
    if seconds is not None:
        environment["MEETHUIS_SETTLE_SECONDS"] = str(seconds)
    return Bucket(place.uri, environment)


def settled(bucket: Bucket) -> dict[str, bool]:
    return {item.key: item.is_settled for item in bucket.objects("uwv")}


def test_a_file_of_a_moment_ago_has_not_settled_unless_its_marker_says_so(file_like: Place) -> None:
    place = file_like
    place.put("uwv/new.csv", "x")
    age(place.put("uwv/old.csv", "x"), 70)
    place.put("uwv/done.csv", "x")
    place.put("uwv/done.csv.done", "")
    assert settled(settling(place, 60)) == {"done.csv": True, "new.csv": False, "old.csv": True}
    assert settled(settling(place, 0))["new.csv"]
    # By default a transfer is waited for where there can be one under way: not in a folder of this machine.
    assert settled(settling(place, None))["new.csv"] == (place.kind == "local")


def test_a_file_that_its_name_says_is_unfinished_is_told_after_a_day(file_like: Place) -> None:
    for name in ("a.csv.part", "b.tmp", "~$c.xlsx", ".~lock.d.ods#"):
        age(file_like.put(f"uwv/{name}", "x"), 25 * 3600)
    file_like.put("uwv/e.csv.filepart", "x")
    listing = Bucket(file_like.uri, file_like.environment).listing("uwv")
    assert listing.objects == ()
    assert listing.unfinished == (".~lock.d.ods#", "a.csv.part", "b.tmp", "~$c.xlsx")


def test_what_is_no_file_is_refused_unopened(file_like: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("x")
    file_like.put("uwv/good.csv", "x")
    folder = file_like.root / "uwv"
    (folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "good.csv.done")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "s.csv"))
        found = {
            item.key: item.refusal for item in Bucket(file_like.uri, file_like.environment).objects("uwv")
        }
    refused = dict.fromkeys(("link.csv", "linked", "pipe.csv", "good.csv.done", "s.csv"), "MH-SOORT")
    assert found == {"good.csv": None, **refused}


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_that_became_something_else_is_not_opened(file_like: Place, tmp_path: Path, kind: str) -> None:
    path = file_like.put("uwv/a.csv", "x")
    (tmp_path / "elsewhere.csv").write_text("x")
    bucket = Bucket(file_like.uri, file_like.environment)
    (item,) = bucket.objects("uwv")
    path.unlink()
    if kind == "link":
        path.symlink_to(tmp_path / "elsewhere.csv")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")
    with pytest.raises(ObjectChanged):
        bucket.read_small(item, 100)


def test_nothing_is_written_through_a_link(file_like: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (file_like.root / "uwv").mkdir()
    (file_like.root / "uwv" / "_ontvangst").symlink_to(elsewhere)
    file_like.put("svb/_ontvangst/other", "x")
    (file_like.root / "svb" / "_ontvangst" / "r.txt").symlink_to(elsewhere / "r.txt")
    (file_like.root / "svb" / "_ontvangst" / "r.txt.tmp").symlink_to(elsewhere / "t.txt")
    bucket = Bucket(file_like.uri, file_like.environment)
    with pytest.raises(StorageError, match="folder uwv cannot be written"):
        bucket.write_text("uwv", "_ontvangst/r.txt", "x")
    assert bucket.write_text("svb", "_ontvangst/r.txt", "x")
    assert not list(elsewhere.iterdir())
    assert not (file_like.root / "svb" / "_ontvangst" / "r.txt").is_symlink()


def test_an_organisations_folder_that_is_a_link_is_not_entered(file_like: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_text("x")
    (file_like.root / "uwv").symlink_to(tmp_path / "elsewhere")
    bucket = Bucket(file_like.uri, file_like.environment)
    assert bucket.organisation_folders() == ["uwv"]
    with pytest.raises(StorageError, match="folder uwv cannot be listed"):
        bucket.objects("uwv")


def test_a_copy_that_a_second_reading_contradicts_is_not_kept(sftp_host: SftpHost, tmp_path: Path) -> None:
    """Same size, same second: only the content tells."""
    place = sftp_place(sftp_host, tmp_path)
    path = place.put("uwv/a.csv", "id;v\n1;2\n")
    versions = iter(("id;v\n1;2\n", "id;v\n9;9\n"))

    def replace(opened: bytes) -> None:
        path.write_text(next(versions))
        os.utime(path, (1_768_900_000, 1_768_900_000))

    os.utime(path, (1_768_900_000, 1_768_900_000))
    sftp_host.at_opening = replace
    bucket = Bucket(place.uri, place.environment)
    (item,) = bucket.objects("uwv")
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")
    assert not list((tmp_path / "landing").iterdir())
    assert next(versions, None) is None


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A bucket that belongs to an account without rights, which this process takes on: root may read everything."""
    if os.geteuid() != 0:
        pytest.skip("needs root to take on another account")
    root = Path(tempfile.mkdtemp())
    os.chown(root, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield root
    finally:
        os.seteuid(0)
        shutil.rmtree(root)


def test_what_may_not_be_read_is_that_file_or_folder_alone(unprivileged: Path) -> None:
    for key in ("uwv/a.csv", "uwv/closed.csv", "uwv/shut/b.csv", "svb/a.csv"):
        path = unprivileged / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (unprivileged / "bucket" / "uwv" / "closed.csv").chmod(0)
    (unprivileged / "bucket" / "uwv" / "shut").chmod(0)
    (unprivileged / "bucket" / "svb").chmod(0)
    try:
        bucket = Bucket(str(unprivileged / "bucket"), {})
        listing = bucket.listing("uwv")
        items: dict[str, StoredObject] = {item.key: item for item in listing.objects}
        assert (sorted(items), listing.closed) == (["a.csv", "closed.csv"], ("shut",))
        with pytest.raises(ObjectUnreadable):
            bucket.copy_to_landing(items["closed.csv"], unprivileged / "landing")
        bucket.copy_to_landing(items["a.csv"], unprivileged / "landing")
        with pytest.raises(StorageError, match="folder svb cannot be listed"):
            bucket.objects("svb")
    finally:
        for name in ("uwv/shut", "svb"):
            (unprivileged / "bucket" / name).chmod(0o700)
