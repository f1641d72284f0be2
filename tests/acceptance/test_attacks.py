"""Names, headers, cells and mapping texts that attack; secrets in the environment; connections nobody asked for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.harness import KEYS, MEETHUIS, NOW, Installation, Night, codes
from tests.acceptance.mappings import GRADE_ITEM, csv_text, grades, mapping
from tests.acceptance.search import bytes_of

SQL = 'x" from (select 1 as x); drop table marts.kpi; --'
JINJA = "{{ env_var('MEETHUIS_GEHEIM') }}{% set x = 1 %}"
FORMULA = '=HYPERLINK("http://127.0.0.1/";"klik")'
PERSON = "canaria-persoon"
SECRETS = {
    "MEETHUIS_GEHEIM": "canaria-omgeving",
    "AWS_SECRET_ACCESS_KEY": "canaria-opslag",
    "MEETHUIS_SUPERSET_ADMIN_PASSWORD": "canaria-beheer",
    "MEETHUIS_SFTP_PASSWORD": "canaria-sftp",
}
KEY = "5a" * 32
# Every attempt of a Python program to reach another one over the network, the readers' processes included.
WATCH = """
import os, sys
def heard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"):
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(event, arguments[1:] if event == "socket.connect" else arguments, file=file)
sys.addaudithook(heard)
"""


@dataclass
class Attacked:
    """The installation after a night under attack and one that was killed."""

    installation: Installation
    night: Night
    spoken: str
    connections: Path
    planted: tuple[str, ...] = field(default=(PERSON, *SECRETS.values(), KEY))

    def places(self) -> Iterator[str]:
        """`file: word` for every planted word outside landing, quarantine and the organisations' own files."""
        own = {path for path in self.installation.bucket.rglob("*.csv")}
        allowed = {self.installation.work / name for name in ("landing", "quarantine")}
        for path in sorted(self.installation.root.rglob("*")):
            if not path.is_file() or path.is_symlink() or path in own or allowed & set(path.parents):
                continue
            content = bytes_of(path) if path.suffix not in (".partial", ".tmp") else path.read_bytes()
            yield from (f"{path}: {word}" for word in self.planted if word.encode() in content)


def hostile_mapping() -> dict[str, object]:
    """A mapping whose every free text attacks a reader of it, with a column to match."""
    item = GRADE_ITEM | {"text_nl": f"{FORMULA} {JINJA} {SQL}"}
    described = mapping("test0001", items=[item | {"column": SQL}], ignore=[f"{JINJA}*", FORMULA])
    described["instrument"] = described["instrument"] | {"name_nl": f"'; drop table marts.kpi; -- {JINJA}"}
    return described


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    made = Installation(tmp_path_factory.mktemp("attacked"))
    (made.root / "watch").mkdir()
    (made.root / "watch" / "sitecustomize.py").write_text(WATCH)
    connections = made.root / "connections.txt"
    environment = SECRETS | {"PYTHONPATH": str(made.root / "watch"), "CONNECTIONS": str(connections)}

    made.map("test0001", hostile_mapping())
    header = ("id", "datum", SQL, JINJA, FORMULA, "x" * 300)
    rows = [(*row, JINJA, FORMULA, PERSON) for row in grades(40)]
    made.drop("test0001/'; drop table entry; --{{ 7 * 7 }}.csv", csv_text(rows, header), records=40)
    # What cannot be read is full of people as well: bad cells, bad rows, a bad file.
    made.map("test0002", mapping("test0002"))
    bad = [(f"{PERSON}-{row[0]}", row[1] if at % 8 else PERSON, PERSON if at % 5 == 1 else row[2]) for at, row in
           enumerate(grades(60))]  # fmt: skip
    made.drop("test0002/slecht.csv", csv_text(bad), records=60)
    made.drop("test0002/anders.csv", f"{PERSON};{PERSON}\n{PERSON};1\n", records=None)
    made.map("test0010", mapping("test0010"))
    (made.mappings / "test0010" / "organisation.yml").write_text("limits: {file_bytes: 2000, rows: 50}\n")
    made.drop("test0010/te-veel.csv", csv_text(grades(60)), records=None)
    made.drop("test0010/te-groot.csv", csv_text(grades(400)), records=None)
    made.drop("test0010/past.csv", csv_text(grades(40)), records=40)
    night = made.run(**environment)
    for number in range(3, 9):
        made.map(f"test000{number}", mapping(f"test000{number}"))
        made.drop(
            f"test000{number}/kto.csv",
            csv_text([(f"{PERSON}{row[0]}", *row[1:]) for row in grades(400)]),
            records=400,
        )
    spoken = night.outcome.stdout + night.outcome.stderr + killed(made, environment)
    return Attacked(made, night, spoken, connections)


def killed(made: Installation, environment: dict[str, str]) -> str:
    """A night that is killed as soon as something has landed; returns what it had said."""
    places = ["--bucket", made.bucket, "--work", made.work, "--published", made.published]
    log = made.root / "killed.log"
    before = len(list((made.work / "landed").rglob("*.parquet")))
    with log.open("w") as stream:
        process = subprocess.Popen(
            [MEETHUIS, "run", *map(str, places), "--organisations", str(made.mappings), "--now", NOW],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(made.root / "home"),
                "MEETHUIS_PSEUDONYM_KEYS": KEYS,
                **environment,
            },
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
        while process.poll() is None and len(list((made.work / "landed").rglob("*.parquet"))) == before:
            os.sched_yield()
        assert process.poll() is None, "the night ended before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = log.read_text()
    log.unlink()
    return said


def test_what_attacks_is_data(attacked: Attacked) -> None:
    assert attacked.night.figure("test0001", "kpi.tevredenheid", "mean_grade", "2025-11")["n"] == 40
    texts = attacked.installation.query(
        "select item_text_nl from marts.catalogue where organisation_id = 'test0001' and is_measured"
    )["item_text_nl"]
    assert f"{FORMULA} {JINJA} {SQL}" in set(texts)


def test_every_file_has_an_answer(attacked: Attacked) -> None:
    assert attacked.night.receipts_of("test0001", "processed")
    assert {one["status"] for one in attacked.night.receipts_of("test0002")} == {"held", "rejected"}


def test_an_organisation_may_have_limits_of_its_own(attacked: Attacked) -> None:
    told = {receipt["files"][0]: codes(receipt) for receipt in attacked.night.receipts_of("test0010")}
    assert told == {"te-veel.csv": {"MH-LIMIET"}, "te-groot.csv": {"MH-TEGROOT"}, "past.csv": set()}


def test_no_person_and_no_secret_is_anywhere(attacked: Attacked) -> None:
    assert list(attacked.places()) == []


def test_no_person_and_no_secret_was_spoken(attacked: Attacked) -> None:
    assert [word for word in attacked.planted if word in attacked.spoken] == []


def test_the_search_finds_what_is_planted(attacked: Attacked) -> None:
    landing = [path for path in (attacked.installation.work / "landing").iterdir() if path.is_file()]
    assert sum(PERSON.encode() in path.read_bytes() for path in landing) >= 3


def test_nobody_was_called(attacked: Attacked) -> None:
    told = attacked.connections.read_text() if attacked.connections.exists() else ""
    assert told == ""


def test_the_watch_hears_a_call(attacked: Attacked, tmp_path: Path) -> None:
    heard = tmp_path / "heard.txt"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(attacked.installation.root / "watch"),
        "CONNECTIONS": str(heard),
    }
    script = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\nexcept OSError:\n    pass"
    subprocess.run([MEETHUIS.with_name("python"), "-c", script], env=environment, check=True)
    assert "socket.connect" in heard.read_text()
