"""The environment file names what the code reads, and a secret file becomes its variable."""

import os
import re
import subprocess
from pathlib import Path

from dashboards.settings import read_settings

CLONE = Path(__file__).resolve().parents[2]
EXAMPLE = CLONE / "deploy" / "meethuis.env.example"
WITH_SECRET_FILES = CLONE / "deploy" / "with-secret-files"
ROOMS = (
    "sources", "expectations", "disclosure", "estimation", "dbt_project", "orchestration", "dashboards", "synthetic",
)  # fmt: skip
# A test sets it to have a night die at a chosen place.
FOR_TESTS = {"MEETHUIS_FAILPOINT"}
NAME = re.compile(r"MEETHUIS_[A-Z]+(?:_[A-Z]+)*")


def read_by_the_code() -> set[str]:
    """Every variable that a file of the product names."""
    files = [
        path
        for room in ROOMS
        for path in (CLONE / room).rglob("*")
        if path.suffix in (".py", ".sql", ".yml", ".yaml") and not {"target", "logs"} & set(path.parts)
    ]
    return {name for path in files for name in NAME.findall(path.read_text(encoding="utf-8"))} - FOR_TESTS


def test_the_example_names_every_variable_and_no_other() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    offered = set(re.findall(r"^#?(MEETHUIS_[A-Z_]+)=", text, re.M))
    assert offered == read_by_the_code()


def test_the_example_holds_no_secret_and_systemd_can_read_it() -> None:
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or re.fullmatch(r"MEETHUIS_[A-Z_]+=[\w/.:-]*", line), line
        assert not re.match(r"#?\w*PASSWORD=.", line)


def _run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WITH_SECRET_FILES, *command],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=10,
    )


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a 'quoted' $HOME secret\n", encoding="utf-8")
    shown = _run({"PGPASSWORD_FILE": str(secret)}, "env").stdout.splitlines()
    assert "PGPASSWORD=a 'quoted' $HOME secret" in shown
    assert not [line for line in shown if line.startswith("PGPASSWORD_FILE")]


def test_a_secret_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    ended = _run({"SUPERSET_SECRET_KEY_FILE": str(tmp_path / "none")}, "echo", "started")
    assert ended.returncode != 0
    assert "started" not in ended.stdout


def test_the_dashboards_are_heard_on_loopback_unless_told_otherwise() -> None:
    assert read_settings({}).address == "127.0.0.1"
    assert read_settings({"MEETHUIS_SUPERSET_ADDRESS": "0.0.0.0"}).address == "0.0.0.0"
