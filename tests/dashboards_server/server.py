"""A real Superset on a free port, started as an operator starts it, and the people who use it.

Belongs here: starting, stopping, users, questions. Does not belong here: what must come out.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import requests

from dashboards.client import Superset
from orchestration.publication import point_to
from tests.ports import free_port

CLONE = Path(__file__).resolve().parents[2]
PYTHON = CLONE / ".venv-superset" / "bin" / "python"
PASSWORD = "Alleen-voor-de-toets-1"
START_SECONDS = 300
# A fresh Superset numbers from one, and has no other database.
FIRST_DATABASE = 1


@dataclass(frozen=True)
class Server:
    """A running Superset over a publication of its own."""

    url: str
    published: Path
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def organisations(self) -> set[str]:
        """Whose figures the file holds."""
        manifest = json.loads((self.published / "manifest.json").read_text(encoding="utf-8"))
        return set(manifest["organisations"])

    def sign_in(self, username: str = "admin") -> Superset:
        """A signed-in user; every user of these tests has the same password."""
        return Superset(self.url, username, PASSWORD)


def environment(published: Path, home: Path, port: int, **given: str) -> dict[str, str]:
    """What an operator would set; nothing of the caller's own dashboards gets through."""
    kept = {name: value for name, value in os.environ.items() if "SUPERSET" not in name}
    return {
        **kept,
        "MEETHUIS_PUBLISHED": str(published),
        "MEETHUIS_SUPERSET_HOME": str(home),
        "MEETHUIS_SUPERSET_PORT": str(port),
        **given,
    }


def refused_start(published: Path, home: Path, **given: str) -> str:
    """The message of a start that must not succeed."""
    ended = subprocess.run(
        [PYTHON, "-m", "dashboards"],
        cwd=CLONE,
        env=environment(published, home, free_port(), **given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 3, (ended.returncode, ended.stderr[-2000:])
    assert "Traceback" not in ended.stderr
    return ended.stderr


@contextlib.contextmanager
def running(published: Path, home: Path, **given: str) -> Iterator[Server]:
    """A started server, ended at the end; fails when it does not come up."""
    port = free_port()
    given = {"MEETHUIS_SUPERSET_ADMIN_PASSWORD": PASSWORD, **given}
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [PYTHON, "-m", "dashboards"],
            cwd=CLONE,
            env=environment(published, home, port, **given),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", published, home, process)
    try:
        _await_health(server, log)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _await_health(server: Server, log: Path) -> None:
    for _ in range(START_SECONDS):
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{server.url}/health", timeout=5).ok:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(1)
            break
    raise AssertionError(f"Superset did not start:\n{log.read_text(errors='replace')[-3000:]}")


def add_user(admin: Superset, username: str, role: str) -> None:
    """A user with one role."""
    roles = admin.everything("security/roles")
    (role_id,) = [one["id"] for one in roles if one["name"] == role]
    admin.call("POST", "/api/v1/security/users/", {
        "username": username, "first_name": username, "last_name": "Toets", "email": f"{username}@localhost",
        "active": True, "roles": [role_id], "password": PASSWORD,
    })  # fmt: skip


def browse(url: str, username: str) -> requests.Session:
    """A session as a browser has one, signed in by the form: older pages of Superset take nothing else."""
    session = requests.Session()
    token = _token(session.get(f"{url}/login/", timeout=60).text)
    form = {"username": username, "password": PASSWORD, "csrf_token": token}
    page = session.post(f"{url}/login/", data=form, headers={"Referer": url}, timeout=60)
    session.headers.update({"X-CSRFToken": _token(page.text), "Referer": url})
    return session


def _token(page: str) -> str:
    found = re.search(r'id="csrf_token"\s+value="([^"]+)"', page)
    assert found, "a page without csrf_token"
    return found.group(1)


def dataset_id(admin: Superset, name: str) -> int:
    """The number that Superset gave a dataset."""
    (found,) = [one["id"] for one in admin.everything("dataset") if one["table_name"] == name]
    return int(found)


def question(dataset: int, columns: list[str], *queries: Mapping[str, Any], **context: Any) -> dict[str, Any]:
    """What a chart asks: one or more queries over a dataset."""
    base = {"columns": columns, "metrics": [], "filters": [], "row_limit": 10000, "orderby": []}
    return {
        "datasource": {"id": dataset, "type": "table"},
        "force": True,
        "result_format": "json",
        "result_type": "full",
        "queries": [{**base, **query} for query in queries or [{}]],
        **context,
    }


def sql(user: Superset, text: str) -> requests.Response:
    """One statement in SQL Lab."""
    return user.request("POST", "/api/v1/sqllab/execute/", {
        "database_id": FIRST_DATABASE, "sql": text, "schema": "marts", "runAsync": False, "queryLimit": 1000,
        "client_id": os.urandom(5).hex(),
    })  # fmt: skip


def copy_published(source: Path, target: Path) -> None:
    """A publication folder of the same content, link included."""
    shutil.copytree(source, target, symlinks=True)


def publish_variant(published: Path, snapshot_id: str, *statements: str) -> None:
    """A next publication: the present one with these changes, put in force as the pipeline does."""
    snapshots = published / "snapshots"
    current = (published / "meethuis.duckdb").resolve()
    file = snapshots / f"{snapshot_id}.duckdb"
    shutil.copyfile(current, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update marts.snapshot set snapshot_id = ?", [snapshot_id])
        for statement in statements:
            connection.execute(statement)
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    manifest.update(snapshot_id=snapshot_id, file=f"snapshots/{snapshot_id}.duckdb")
    (snapshots / f"{snapshot_id}.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point_to(published, snapshot_id)
