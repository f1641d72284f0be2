"""Dagster's runs in a real PostgreSQL, on a port of 127.0.0.1, and what an operator reads when there is none."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.installation import ConfigurationError, dagster_home
from sources.bucket import StorageError
from tests.ports import free_port

PASSWORD = "alleen-voor-de-toets"
_FOUND = [
    *Path("/usr/lib/postgresql").glob("*/bin"),
    *([Path(p).parent] if (p := shutil.which("initdb")) else []),
]

needs_postgres = pytest.mark.skipif(not _FOUND, reason="PostgreSQL's server is not installed")


@dg.asset
def counted() -> None:
    """Something to remember."""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URI of a cluster of our own; its server refuses to be root."""
    folder, port = Path(tempfile.mkdtemp(prefix="meethuis-pg-")), free_port()
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    password = folder / "password"
    password.write_text(PASSWORD, encoding="ascii")
    for path in (folder, password):
        os.chown(path, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        as_user = (
            {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        )
        subprocess.run(
            [_FOUND[-1] / program, *arguments], cwd=folder, check=True, timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user,
        )  # fmt: skip

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-A", "scram-sha-256", "-U", "dagster", f"--pwfile={password}", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://dagster:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@needs_postgres
def test_runs_are_kept_there_and_the_password_nowhere(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("MEETHUIS_DAGSTER_POSTGRES", database)
    home = dagster_home(tmp_path)
    with dg.DagsterInstance.get() as instance:
        run_id = dg.materialize([counted], instance=instance).run_id
    with dg.DagsterInstance.get() as again:
        found = again.get_run_by_id(run_id)
        assert found is not None
        assert found.status == dg.DagsterRunStatus.SUCCESS
        assert again.fetch_materializations(dg.AssetKey("counted"), limit=1).records
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".db"]
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]
    assert "env: MEETHUIS_DAGSTER_POSTGRES" in (home / "dagster.yaml").read_text(encoding="utf-8")
    monkeypatch.delenv("MEETHUIS_DAGSTER_POSTGRES")
    assert "KeptStorage" in (dagster_home(tmp_path) / "dagster.yaml").read_text(encoding="utf-8")


@needs_postgres
def test_a_wrong_password_is_a_storage_error_that_does_not_repeat_it(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETHUIS_DAGSTER_POSTGRES", database.replace(PASSWORD, "niet-dit"))
    with pytest.raises(StorageError, match="password authentication failed") as raised:
        dagster_home(tmp_path)
    assert "niet-dit" not in str(raised.value)


def test_no_server_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETHUIS_DAGSTER_POSTGRES", f"postgresql://dagster:geheim@127.0.0.1:{free_port()}/x")
    with pytest.raises(StorageError, match="no connection") as raised:
        dagster_home(tmp_path)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("uri", ["mysql://a:geheim@host/x", "postgresql://a:geheim@host:poort/x"])
def test_another_uri_is_a_configuration_error(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETHUIS_DAGSTER_POSTGRES", uri)
    with pytest.raises(ConfigurationError) as raised:
        dagster_home(tmp_path)
    assert "geheim" not in str(raised.value)
