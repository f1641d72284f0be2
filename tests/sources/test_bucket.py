"""The bucket: what is listed, how it is copied, how we write back."""

import hashlib
import os
from pathlib import Path

import pytest

from sources.bucket import Bucket, Marker, ObjectChanged, StorageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bucket" / "uwv" / "2025").mkdir(parents=True)
    (tmp_path / "bucket" / "uwv" / "2025" / "a.csv").write_bytes(b"id;v\n1;2\n")
    return tmp_path / "bucket"


def test_deliveries_are_listed_and_our_own_and_unfinished_files_are_not(folder: Path) -> None:
    uwv = folder / "uwv"
    for name in ("_ontvangst/r.json", ".git/x", "b.csv.part", "~$c.xlsx", "Thumbs.db", "2025/.hidden.csv"):
        (uwv / name).parent.mkdir(exist_ok=True)
        (uwv / name).write_text("x")
    assert [item.key for item in Bucket(str(folder)).objects("uwv")] == ["2025/a.csv"]


def test_a_marker_speaks_for_the_file_beside_it(folder: Path) -> None:
    (folder / "uwv" / "2025" / "a.csv.done").write_text('{"kind": "correction", "part": "1/2", "size": 9}')
    (item,) = Bucket(str(folder)).objects("uwv")
    assert item.marker == Marker(kind="correction", part="1/2", size=9)


@pytest.mark.parametrize(
    "text", ["", "klaar", "[1]", "null", '{"size": "9"}', "[" * 60_000, '{"size": ' + "9" * 5_000 + "}"]
)
def test_a_marker_without_usable_json_means_done(text: str) -> None:
    assert Marker.parse(text.encode()) == Marker()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_marker_may_be_written_by_any_editor(encoding: str) -> None:
    assert Marker.parse('{"kind": "correction"}'.encode(encoding)) == Marker(kind="correction")


def test_the_copy_has_the_name_of_its_content(folder: Path, tmp_path: Path) -> None:
    bucket = Bucket(str(folder))
    (item,) = bucket.objects("uwv")
    sha256 = bucket.copy_to_landing(item, tmp_path / "landing")
    assert sha256 == hashlib.sha256(b"id;v\n1;2\n").hexdigest()
    assert [path.name for path in (tmp_path / "landing").iterdir()] == [sha256]
    assert (tmp_path / "landing").stat().st_mode & 0o077 == 0


def test_an_object_that_changed_since_it_was_listed_is_left_for_the_next_run(
    folder: Path, tmp_path: Path
) -> None:
    bucket = Bucket(str(folder))
    (item,) = bucket.objects("uwv")
    (folder / "uwv" / "2025" / "a.csv").write_bytes(b"id;v\n1;2\n3;4\n")
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")
    assert not list((tmp_path / "landing").iterdir())


def test_an_object_that_vanished_is_left_too(folder: Path, tmp_path: Path) -> None:
    bucket = Bucket(str(folder))
    (item,) = bucket.objects("uwv")
    (folder / "uwv" / "2025" / "a.csv").unlink()
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")


def test_what_is_no_file_is_listed_as_refused_and_never_opened(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x")
    (folder / "uwv" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "uwv" / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "uwv" / "pipe.csv")
    found = {item.key: item.refusal for item in Bucket(str(folder)).objects("uwv")}
    assert found == {
        "2025/a.csv": None,
        "elsewhere": "MH-SOORT",
        "link.csv": "MH-SOORT",
        "pipe.csv": "MH-SOORT",
    }


def test_a_text_is_written_once(folder: Path) -> None:
    bucket = Bucket(str(folder))
    assert bucket.write_text("uwv", "_ontvangst/r.txt", "Uw bestand")
    assert not bucket.write_text("uwv", "_ontvangst/r.txt", "Uw bestand")
    assert [path.name for path in (folder / "uwv" / "_ontvangst").iterdir()] == ["r.txt"]


def test_a_bucket_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be listed"):
        Bucket(str(tmp_path / "absent")).organisation_folders()


def test_the_files_of_one_of_our_own_folders_are_listed_read_and_deleted(folder: Path) -> None:
    decisions = folder / "uwv" / "_besluiten"
    decisions.mkdir()
    (decisions / "0123456789ab.akkoord").write_text("j.jansen")
    (decisions / "deeper").mkdir()
    bucket = Bucket(str(folder))
    (item,) = bucket.special_files("uwv", "_besluiten")
    assert (item.key, bucket.read_small(item, 100)) == ("_besluiten/0123456789ab.akkoord", b"j.jansen")
    with pytest.raises(ObjectChanged):
        bucket.read_small(item, 7)
    bucket.delete("uwv", item.key)
    bucket.delete("uwv", item.key)
    assert (
        bucket.special_files("uwv", "_besluiten") == bucket.special_files("uwv", "_verwijderverzoeken") == []
    )
    with pytest.raises(ObjectChanged):
        bucket.read_small(item, 100)
