"""The three stores, each over a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.servers import BUCKET, Place, SftpHost, rclone, s3_environment


@pytest.fixture
def s3_server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder of buckets and the address under which it is served."""
    served = tmp_path / "s3"
    served.mkdir()
    with rclone(served) as address:
        yield served, address


@pytest.fixture
def sftp_host(tmp_path: Path) -> Iterator[SftpHost]:
    """An SFTP server over `<tmp_path>/sftp`."""
    root = tmp_path / "sftp"
    (root / BUCKET).mkdir(parents=True)
    host = SftpHost(root, tmp_path)
    yield host
    host.close()


def local_place(tmp_path: Path) -> Place:
    root = tmp_path / BUCKET
    root.mkdir()
    return Place("local", root, str(root), {})


def s3_place(s3_server: tuple[Path, str]) -> Place:
    served, address = s3_server
    root = served / BUCKET / "prefix"
    root.mkdir(parents=True)
    return Place("s3", root, f"s3://{BUCKET}/prefix", s3_environment(address))


def sftp_place(host: SftpHost, tmp_path: Path) -> Place:
    environment = host.environment | {"MEETHUIS_SETTLE_SECONDS": "0"}
    return Place("sftp", tmp_path / "sftp" / BUCKET, f"{host.uri}/{BUCKET}", environment)


@pytest.fixture(params=["local", "s3", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """One store after the other."""
    if request.param == "local":
        return local_place(tmp_path)
    if request.param == "s3":
        return s3_place(request.getfixturevalue("s3_server"))
    return sftp_place(request.getfixturevalue("sftp_host"), tmp_path)


@pytest.fixture(params=["local", "sftp"])
def file_like(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The stores in which a file can be seen while it is being written."""
    if request.param == "local":
        return local_place(tmp_path)
    return sftp_place(request.getfixturevalue("sftp_host"), tmp_path)


def age(path: Path, seconds: float) -> None:
    """Make a file older than it is."""
    now = path.stat().st_mtime
    os.utime(path, (now - seconds, now - seconds))
