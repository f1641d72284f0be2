"""A small government and its installation: 8 organisations, 3 months, one file each; runs that can be killed.

Belongs here: dropping the deliveries, starting runs as a process group, and looking at what they left. Does not belong
here: what is done to them (the `test_*` modules).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema

from tests.acceptance.harness import CLONE, MEETHUIS, Installation, Outcome
from tests.acceptance.mappings import Row, csv_text, grades, mapping
from tests.acceptance.warm import Fork

IS_SOAK = os.environ.get("MEETHUIS_FAULTS") == "soak"
ORGANISATIONS = tuple(f"test{number:04d}" for number in range(1, 9))
MONTHS = (date(2025, 11, 3), date(2025, 12, 1), date(2026, 1, 5))
ROWS = 48
FIRST_NIGHT = datetime.fromisoformat("2026-02-15T02:00:00+01:00")
RECEIPT_SCHEMA = json.loads(
    (CLONE / "sources" / "schema" / "receipt.schema.json").read_text(encoding="utf-8")
)
CHANNELS = {
    "service": {"const": "paspoort"},
    "channel": {"column": "kanaal", "map": {"web": "web", "balie": "desk"}},
    "audience": {"const": "citizen"},
}
NIGHT_SECONDS = 600
Run = subprocess.Popen[str] | Fork
# In the place of a clock: the machine's own.
MACHINE = ""


@dataclass(frozen=True)
class Delivery:
    """One file: where it goes, what is in it."""

    organisation_id: str
    key: str
    text: str

    @property
    def path(self) -> str:
        """Its place in the bucket."""
        return f"{self.organisation_id}/{self.key}"


def rows(month: date, shift: int = 0) -> list[Row]:
    """Grades 4 to 9 of one month, half of them by each channel."""
    plain = grades(ROWS, first_day=month, shift=shift)
    return [(f"{month:%y%m}{one[0]}", *one[1:], "web" if at % 2 else "balie") for at, one in enumerate(plain)]


def deliveries(
    organisations: Iterable[str] = ORGANISATIONS, months: Iterable[date] = MONTHS
) -> list[Delivery]:
    """Every organisation's file of every month, month by month."""
    header = ("id", "datum", "cijfer", "kanaal")
    return [
        Delivery(name, f"{month:%Y-%m}.csv", csv_text(rows(month, shift=index % 2), header))
        for month in months
        for index, name in enumerate(organisations)
    ]


@dataclass
class House(Installation):
    """An installation whose runs get a clock that goes on by a minute each, and may be killed."""

    nights: int = field(default=0)
    # Where a run's output is kept, when not beside the house.
    outside: Path | None = None

    @property
    def desk(self) -> Path:
        return self.outside or self.root

    def furnish(self, organisations: Iterable[str] = ORGANISATIONS) -> House:
        """Write the mappings."""
        for organisation_id in organisations:
            self.map(organisation_id, mapping(organisation_id, dimensions=CHANNELS))
        return self

    def take(self, *dropped: Delivery) -> House:
        """Drop deliveries."""
        for one in dropped:
            self.drop(one.path, one.text, records=ROWS)
        return self

    def next_now(self) -> str:
        """The clock of the next run."""
        self.nights += 1
        return (FIRST_NIGHT + timedelta(minutes=self.nights)).isoformat()

    def start(
        self, *arguments: str, now: str | None = None, prefix: Sequence[str] = (), **environment: str
    ) -> Run:
        """Start a run in a process group of its own; output goes to `run.out` and `run.err`.

        With the words of another program before it, in a process of its own; otherwise in a fork.
        """
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.root / "home"), **environment}
        variables.setdefault("MEETHUIS_PSEUDONYM_KEYS", self.keys or "")
        command = self.command(*arguments, now=self.next_now() if now is None else now)
        out, err = self.desk / "run.out", self.desk / "run.err"
        if not prefix:
            return Fork(command, variables, self.root, out, err)
        with out.open("w") as told, err.open("w") as logged:
            return subprocess.Popen(
                [*prefix, *command],
                cwd=self.root, env=variables, stdout=told, stderr=logged, text=True, start_new_session=True,
            )  # fmt: skip

    def command(self, *arguments: str, now: str) -> list[str]:
        """The words of a run."""
        places = ["--bucket", str(self.bucket), "--work", str(self.work), "--published", str(self.published)]
        places += ["--organisations", str(self.mappings), "--json"]
        return [str(MEETHUIS), "run", *places, *(["--now", now] if now else []), *arguments]

    def night(
        self, *arguments: str, prefix: Sequence[str] = (), now: str | None = None, **environment: str
    ) -> Outcome:
        """A run from beginning to end."""
        run = self.start(*arguments, prefix=prefix, now=now, **environment)
        try:
            code = run.wait(NIGHT_SECONDS)
        finally:
            kill(run)
        return Outcome(code, (self.desk / "run.out").read_text(), (self.desk / "run.err").read_text())

    def content(self) -> dict[str, Any]:
        """What the manifest says of content: the hashes of every table, and of every organisation's rows.

        Without the table that names the commit of the product and says the rest in one hash.
        """
        tables = {name: hashes for name, hashes in self.manifest["tables"].items() if name != "snapshot"}
        return {"tables": tables, "organisations": self.manifest["organisations"]}

    def verify(self) -> Outcome:
        """`meethuis verify`."""
        return self.meethuis("verify")

    def orphans(self) -> list[str]:
        """Everything in the three folders that only an interrupted write leaves."""
        endings = (".tmp", ".partial", ".wal", ".writable")
        found = [
            path
            for folder in (self.work, self.published, self.bucket)
            for path in folder.rglob("*")
            if path.name.endswith(endings) or path.name.startswith((".incoming-", ".model-"))
        ]
        snapshots = self.published / "snapshots"
        alone = {path.stem for path in snapshots.glob("*.duckdb")}
        alone ^= {path.name.removesuffix(".manifest.json") for path in snapshots.glob("*.manifest.json")}
        histories = {
            path.name for path in (self.work / "history").iterdir() if path.is_dir() and not path.is_symlink()
        }
        unknown = histories - {path.stem for path in snapshots.glob("*.duckdb")} - {"none"}
        return [str(path.relative_to(self.root)) for path in found] + sorted(alone | unknown)

    def check_receipts(self, dropped: Iterable[Delivery], status: str = "processed") -> None:
        """One receipt in both forms per delivery and no other, valid, telling every row and its publication."""
        found = {(one["organisation_id"], name): one for one in self.receipts() for name in one["files"]}
        wanted = {(one.organisation_id, one.key) for one in dropped}
        assert len(self.receipts()) == len(found)
        assert set(found) == wanted, sorted(set(found) ^ wanted)
        assert len(self.receipt_files(".txt")) == len(wanted)
        for receipt in found.values():
            jsonschema.validate(receipt, RECEIPT_SCHEMA)
            assert receipt["status"] == status
            assert receipt["rows"]["in_file"] == receipt["rows"]["processed"] == ROWS
            assert receipt["snapshot_id"]

    def check_whole(self, dropped: Iterable[Delivery], content: dict[str, Any]) -> None:
        """Everything that must hold once a run ended well: figures, law, manifest, receipts, no orphan."""
        assert self.content() == content
        self.verify().expect(0)
        self.check_receipts(dropped)
        assert self.orphans() == []


def kill(run: Run) -> None:
    """Kill a run with everything that it started, as a power cut would."""
    if run.poll() is None:
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:  # a fork so young that it has no group yet
            os.kill(run.pid, signal.SIGKILL)
    run.wait()


def uninterrupted(root: Path, dropped: Iterable[Delivery] | None = None) -> tuple[House, float]:
    """A house after one whole night over all deliveries, and the seconds that it took."""
    house = House(root).furnish().take(*(deliveries() if dropped is None else dropped))
    # The first fork waits for the libraries, which is no part of a night.
    house.meethuis("run", "--help").expect(0)
    began = time.monotonic()
    house.night().expect(0)
    return house, time.monotonic() - began


@contextmanager
def readers(published: Path) -> Iterator[dict[str, Any]]:
    """Poll the published link in a process of its own meanwhile; what it saw is in the mapping afterwards."""
    seen: dict[str, Any] = {}
    poller = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.reader", str(published)],
        cwd=CLONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield seen
    finally:
        out, _ = poller.communicate("", timeout=60)
        seen |= json.loads(out)
