"""What every store must do, whatever its protocol."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from sources.bucket import Bucket, Marker, ObjectChanged, StorageError
from tests.stores.conftest import age, s3_place, sftp_place
from tests.stores.servers import Place

CONTENT = b"id;v\n1;2\n"


def bucket_of(place: Place) -> Bucket:
    return Bucket(place.uri, place.environment)


def keys(place: Place, organisation_id: str = "uwv") -> list[str]:
    return [item.key for item in bucket_of(place).objects(organisation_id)]


def test_folders_and_deliveries_are_listed_and_what_is_ours_is_not(place: Place) -> None:
    for key in ("uwv/2025/a.csv", "uwv/b c+d%20é.csv", "svb/x.csv", "_truth/population.csv", ".git/x"):
        place.put(key, CONTENT)
    for key in ("_ontvangst/r.json", "_besluiten/x.akkoord", ".git/x", "2025/.hidden.csv", "Thumbs.db"):
        place.put(f"uwv/{key}", "x")
    for key in ("e.csv.part", "~$f.xlsx", ".~lock.g.ods#", "h.crdownload"):
        place.put(f"uwv/{key}", "x")
    bucket = bucket_of(place)
    assert bucket.organisation_folders() == ["svb", "uwv"]
    assert keys(place) == ["2025/a.csv", "b c+d%20é.csv"]
    assert bucket.holds_demo()


def test_a_listing_is_more_than_one_page(place: Place) -> None:
    for number in range(1_001):
        place.put(f"uwv/{number:04}.csv", "x")
    assert len(keys(place)) == 1_001


def test_a_marker_speaks_for_the_file_beside_it(place: Place) -> None:
    place.put("uwv/a.csv", CONTENT)
    place.put("uwv/a.csv.done", json.dumps({"kind": "correction", "size": 9}))
    (item,) = bucket_of(place).objects("uwv")
    assert item.marker == Marker(kind="correction", size=9)


def test_the_copy_has_the_name_of_its_content(place: Place, tmp_path: Path) -> None:
    content = os.urandom(700_000)
    place.put("uwv/2025/a.csv", content)
    bucket = bucket_of(place)
    (item,) = bucket.objects("uwv")
    assert bucket.copy_to_landing(item, tmp_path / "landing") == hashlib.sha256(content).hexdigest()
    (copy,) = (tmp_path / "landing").iterdir()
    assert copy.read_bytes() == content


def test_the_stores_time_is_kept(place: Place) -> None:
    os.utime(place.put("uwv/a.csv", CONTENT), (1_768_900_000, 1_768_900_000))
    (item,) = bucket_of(place).objects("uwv")
    assert item.stored_at == "2026-01-20T09:06:40+00:00"


@pytest.mark.parametrize("other", [b"id;v\n1;2\n3;4\n", b"id;v\n9;9\n"])
def test_an_object_that_changed_since_it_was_listed_is_left_for_the_next_run(
    place: Place, tmp_path: Path, other: bytes
) -> None:
    age(place.put("uwv/a.csv", CONTENT), 10)
    bucket = bucket_of(place)
    (item,) = bucket.objects("uwv")
    place.put("uwv/a.csv", other)
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")
    assert not list((tmp_path / "landing").iterdir())


def test_an_object_that_vanished_is_left_too(place: Place, tmp_path: Path) -> None:
    path = place.put("uwv/a.csv", CONTENT)
    bucket = bucket_of(place)
    (item,) = bucket.objects("uwv")
    path.unlink()
    with pytest.raises(ObjectChanged):
        bucket.copy_to_landing(item, tmp_path / "landing")
    assert not list((tmp_path / "landing").iterdir())


def test_a_text_is_written_once_and_whole(place: Place) -> None:
    bucket = bucket_of(place)
    assert bucket.write_text("uwv", "_ontvangst/r.txt", "Uw bestand")
    assert not bucket.write_text("uwv", "_ontvangst/r.txt", "Uw bestand")
    assert bucket.write_text("uwv", "_ontvangst/r.txt", "Uw bestand é")
    assert [path.name for path in (place.root / "uwv" / "_ontvangst").iterdir()] == ["r.txt"]
    assert (place.root / "uwv" / "_ontvangst" / "r.txt").read_text() == "Uw bestand é"


def test_our_own_folders_are_listed_read_and_emptied(place: Place) -> None:
    bucket = bucket_of(place)
    place.put("uwv/a.csv", CONTENT)
    assert bucket.special_files("uwv", "_besluiten") == []
    place.put("uwv/_besluiten/0123456789ab.akkoord", "j.jansen")
    place.put("uwv/_besluiten/deeper/x", "x")
    (item,) = bucket.special_files("uwv", "_besluiten")
    assert (item.key, bucket.read_small(item, 100)) == ("_besluiten/0123456789ab.akkoord", b"j.jansen")
    with pytest.raises(ObjectChanged):
        bucket.read_small(item, 7)
    bucket.delete("uwv", item.key)
    bucket.delete("uwv", item.key)
    assert not (place.root / "uwv" / item.key).exists()
    with pytest.raises(ObjectChanged):
        bucket.read_small(item, 100)


def test_names_that_deceive_are_refused_and_the_others_are_listed(place: Place) -> None:
    place.put("uwv/good.csv", CONTENT)
    hostile = [
        "ta\tb.csv",
        "bell\a.csv",
        "rtl\u202egpj.csv",
        "2025/_ontvangst/x.csv",
        f"{'/'.join(['d' * 200] * 5)}/e.csv",
    ]
    for key in hostile:
        place.put(f"uwv/{key}", "x")
    found = {item.key: item.refusal for item in bucket_of(place).objects("uwv")}
    assert found.pop("good.csv") is None
    if place.kind == "s3":
        # rclone gives control characters in a file's name as other characters.
        hostile, found = (
            hostile[2:],
            {key: code for key, code in found.items() if not key.startswith(("ta", "be"))},
        )
    else:
        # A folder that is too deep is not entered: it stands for what is in it.
        hostile[-1] = "/".join(["d" * 200] * 4)
    assert found == dict.fromkeys(hostile, "MH-NAAM")


def test_a_bucket_that_is_not_there_is_a_storage_error(place: Place) -> None:
    absent = Bucket("s3://absent" if place.kind == "s3" else f"{place.uri}-absent/x", place.environment)
    with pytest.raises(StorageError, match=r"bucket .* cannot be listed"):
        absent.organisation_folders()
    with pytest.raises(StorageError, match="folder uwv cannot be listed"):
        absent.objects("uwv")


@pytest.mark.parametrize("kind", ["s3", "sftp"])
def test_wrong_credentials_are_named_without_showing_them(kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "s3":
        place = s3_place(request.getfixturevalue("s3_server"))
        environment = place.environment | {"AWS_SECRET_ACCESS_KEY": "another-canary"}
    else:
        place = sftp_place(request.getfixturevalue("sftp_host"), request.getfixturevalue("tmp_path"))
        environment = place.environment | {"MEETHUIS_SFTP_PASSWORD": "another-canary"}
    with pytest.raises(StorageError) as caught:
        Bucket(place.uri, environment).organisation_folders()
    assert "canary" not in str(caught.value)
    assert "cannot be listed: " in str(caught.value)
