"""A store that is sick for one organisation: bounded time, nothing half taken in, the others served."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.bucket import Bucket, ObjectUnreadable, StorageError
from tests.stores.servers import BUCKET, Place, SftpHost, rclone, s3_environment
from tests.stores.sick_proxy import Sick, sick_proxy

TIMEOUTS = "1,1,3"
CONTENT = b"id;v\n" + b"1;2\n" * 500


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Sick]:
    """The proxy, in front of a bucket in which `uwv` and `svb` have a file each."""
    served = tmp_path / "s3"
    for name in ("uwv", "svb"):
        (served / BUCKET / name).mkdir(parents=True)
        (served / BUCKET / name / "a.csv").write_bytes(CONTENT)
    with rclone(served) as address, sick_proxy(address) as server:
        yield server


def bucket_behind(proxy: Sick, timeouts: str = TIMEOUTS) -> Bucket:
    return Bucket(f"s3://{BUCKET}", s3_environment(proxy.address) | {"MEETHUIS_STORE_TIMEOUTS": timeouts})


def take_in(bucket: Bucket, organisation_id: str, landing: Path) -> None:
    for item in bucket.objects(organisation_id):
        bucket.copy_to_landing(item, landing)


@pytest.mark.parametrize("fault", ["stalled", "cut", "slow", "forbidden", "stalled_listing", "second_page"])
def test_the_fault_is_told_in_time_and_nothing_is_left_of_it(proxy: Sick, tmp_path: Path, fault: str) -> None:
    proxy.faults["uwv"] = fault
    bucket, started = bucket_behind(proxy), time.monotonic()
    with pytest.raises(StorageError) as caught:
        take_in(bucket, "uwv", tmp_path / "landing")
    # Once the longest an organisation may lose, and the client's own pauses between attempts.
    assert time.monotonic() - started < 10
    assert isinstance(caught.value, ObjectUnreadable) == (fault == "forbidden")
    assert not (tmp_path / "landing").exists() or not list((tmp_path / "landing").iterdir())
    take_in(bucket, "svb", tmp_path / "landing")
    assert len(list((tmp_path / "landing").iterdir())) == 1


def test_a_store_that_is_busy_for_a_moment_is_asked_again(proxy: Sick, tmp_path: Path) -> None:
    proxy.faults["uwv"], proxy.busy["uwv"] = "busy", 2
    take_in(bucket_behind(proxy, "5,30,120"), "uwv", tmp_path / "landing")
    assert len(list((tmp_path / "landing").iterdir())) == 1


def test_a_store_that_stays_busy_is_asked_three_times(proxy: Sick, tmp_path: Path) -> None:
    proxy.faults["uwv"], proxy.busy["uwv"] = "busy", 1_000
    with pytest.raises(StorageError, match="SlowDown"):
        take_in(bucket_behind(proxy, "5,30,120"), "uwv", tmp_path / "landing")
    assert proxy.busy["uwv"] == 1_000 - 3


def test_a_store_that_answers_nobody_costs_less_each_time(proxy: Sick) -> None:
    names = [f"gm{number:04}" for number in range(12)]
    proxy.faults.update(dict.fromkeys(names, "stalled_listing"))
    bucket, started = bucket_behind(proxy, "3,3,4"), time.monotonic()
    for name in names:
        with pytest.raises(StorageError):
            bucket.objects(name)
    # Three seconds each would be 36.
    assert time.monotonic() - started < 15
    assert len(bucket.objects("svb")) == 1


def test_keys_that_no_file_may_have_do_not_stop_the_others(proxy: Sick) -> None:
    proxy.keys["uwv"] = [
        "../svb/x.csv", "a//b.csv", "./c.csv", "ta\tb.csv", "nul\0.csv", "folder/", "x/_ontvangst/y.csv",
        "/", "d" * 900, "new\nline.csv",
    ]  # fmt: skip
    found = {item.key: item.refusal for item in bucket_behind(proxy).objects("uwv")}
    assert found == {"a.csv": None, **dict.fromkeys(proxy.keys["uwv"], "MH-NAAM")}


def test_a_stalled_sftp_server_is_left_and_called_again_for_the_next(
    sftp_host: SftpHost, tmp_path: Path
) -> None:
    place = Place("sftp", tmp_path / "sftp" / BUCKET, f"{sftp_host.uri}/{BUCKET}", sftp_host.environment)
    place.put("uwv/a.csv", CONTENT)
    place.put("svb/a.csv", CONTENT)
    sftp_host.stalls.add(b"uwv/a.csv")
    bucket, started = (
        Bucket(place.uri, place.environment | {"MEETHUIS_STORE_TIMEOUTS": TIMEOUTS}),
        time.monotonic(),
    )
    with pytest.raises(StorageError, match="no answer within"):
        take_in(bucket, "uwv", tmp_path / "landing")
    take_in(bucket, "svb", tmp_path / "landing")
    assert time.monotonic() - started < 10
    assert len(list((tmp_path / "landing").iterdir())) == 1
    assert sftp_host.connections == 2


def test_a_server_whose_host_key_is_not_known_is_not_talked_to(sftp_host: SftpHost) -> None:
    other = sftp_host.known_hosts.with_name("other_hosts")
    other.write_text(
        "example.invalid ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7c1nRvVb0C4z0m5fQ6w5m3y4K2y8Qb0m9vYp1n6kq5\n"
    )
    bucket = Bucket(
        f"{sftp_host.uri}/{BUCKET}", sftp_host.environment | {"MEETHUIS_SFTP_KNOWN_HOSTS": str(other)}
    )
    with pytest.raises(StorageError, match="HostKeyNotVerifiable"):
        bucket.organisation_folders()
    assert sftp_host.connections == 0
