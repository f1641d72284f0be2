"""Dagster's web interface as the units start it: it shows, refuses to start anything, and is heard on loopback only."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.installation import dagster_home
from tests.ports import free_port

CLONE = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# A code location of its own: the product's takes longer to load than this whole test.
LOCATION = '''"""One asset that leaves a mark when it runs."""

from pathlib import Path

import dagster as dg


@dg.asset
def mark() -> None:
    Path(__file__).with_name("ran").touch()


defs = dg.Definitions(assets=[mark], jobs=[dg.define_asset_job("nightly", "*")])
'''
LAUNCH = """
mutation($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on PythonError { message } }
}
"""


class Server:
    """A running web interface."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer to a GraphQL question, errors included."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("webserver"), free_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", "")
        home = dagster_home(folder / "work")
    (folder / "location.py").write_text(LOCATION, encoding="utf-8")
    (start,) = [
        line.partition("=")[2].split()
        for line in (CLONE / "deploy/systemd/meethuis-dagster.service")
        .read_text(encoding="utf-8")
        .splitlines()
        if line.startswith("ExecStart=")
    ]
    options = start[1 : start.index("-p")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dagster-webserver")),
                *options,
                "-p",
                str(port),
                "-f",
                "location.py",
            ],
            cwd=folder,
            env={**os.environ, "DAGSTER_HOME": str(home), "PYTHONPATH": str(CLONE)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, port, folder / "log")
        yield Server(process, port, folder)
    finally:
        process.terminate()
        process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8")[-2000:])


def _selector(server: Server) -> dict[str, str]:
    found = server.ask(
        "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
    )
    (node,) = found["data"]["repositoriesOrError"]["nodes"]
    return {"repositoryName": node["name"], "repositoryLocationName": node["location"]["name"]}


def test_it_shows_the_jobs(server: Server) -> None:
    selector = _selector(server)
    question = """
        query($one: RepositorySelector!) {
          repositoryOrError(repositorySelector: $one) { ... on Repository { jobs { name } } }
        }
    """
    jobs = server.ask(question, one=selector)["data"]["repositoryOrError"]["jobs"]
    assert "nightly" in [job["name"] for job in jobs]


def test_it_refuses_to_start_a_run(server: Server) -> None:
    params = {
        "selector": {**_selector(server), "jobName": "nightly"},
        "runConfigData": "{}",
        "mode": "default",
    }
    answer = server.ask(LAUNCH, params=params)
    assert answer["data"]["launchRun"]["__typename"] == "UnauthorizedError", answer
    assert server.ask("{ runsOrError { ... on Runs { count } } }")["data"]["runsOrError"]["count"] == 0
    assert not (server.folder / "ran").exists()


def test_it_listens_on_loopback_only(server: Server) -> None:
    listening = {
        address
        for table in ("tcp", "tcp6")
        for fields in map(
            str.split, Path(f"/proc/{server.process.pid}/net/{table}").read_text().splitlines()[1:]
        )
        for address, _, port in [fields[1].partition(":")]
        if fields[3] == "0A" and int(port, 16) == server.port
    }
    assert listening == {"0100007F"}
