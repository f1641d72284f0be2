"""One installation in a temporary folder, driven through the command line as an operator would.

Belongs here: dropping deliveries, writing mappings, running verbs, reading what came out. Does not belong
here: what must come out, and any import from the product.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from tests.acceptance.warm import Fork

CLONE = Path(__file__).resolve().parents[2]
MEETHUIS = Path(sys.executable).with_name("meethuis")
NOW = "2026-02-15T02:00:00+01:00"
DELIVERED_AT = datetime(2026, 1, 20, 9, tzinfo=UTC)
KEYS = json.dumps({"*": {"1": "5a" * 32}})
ROTATED_KEYS = json.dumps({"*": {"1": "5a" * 32, "2": "b7" * 32}})
# The interpreter looks at these when it starts.
_SET_AT_START = ("TZ", "LC_", "LANG", "PYTHON")
TOTAL = {"service_group": "all", "channel": "all", "audience": "all"}


@dataclass(frozen=True)
class Outcome:
    """What a command left on its exit code and its two streams."""

    code: int
    stdout: str
    stderr: str

    def expect(self, code: int) -> Outcome:
        """This outcome, or a failure that shows the end of the log."""
        assert self.code == code, (
            f"exit {self.code}, expected {code}\n{self.stderr[-3000:]}\n{self.stdout[-2000:]}"
        )
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Night:
    """What stood there after one run."""

    outcome: Outcome
    manifest: dict[str, Any]
    receipts: tuple[dict[str, Any], ...]
    kpi: pd.DataFrame
    delivery: pd.DataFrame

    def receipts_of(self, organisation_id: str, status: str | None = None) -> list[dict[str, Any]]:
        """The organisation's receipts, of one status or of all."""
        return [
            receipt
            for receipt in self.receipts
            if receipt["organisation_id"] == organisation_id and status in (None, receipt["status"])
        ]

    def receipt(self, organisation_id: str, status: str) -> dict[str, Any]:
        """The one receipt with that status."""
        found = self.receipts_of(organisation_id, status)
        assert len(found) == 1, (
            f"{organisation_id}: {[r['status'] for r in self.receipts_of(organisation_id)]}"
        )
        return found[0]

    def figure(
        self, organisation_id: str, kpi_id: str, statistic: str, period_id: str, **cell: str
    ) -> pd.Series:
        """The one kpi row of a cell; dimensions not given are `all`."""
        chosen = {
            "organisation_id": organisation_id,
            "kpi_id": kpi_id,
            "statistic": statistic,
            "period_id": period_id,
            **TOTAL,
            **cell,
        }
        rows = self.kpi
        for column, value in chosen.items():
            rows = rows[rows[column] == value]
        assert len(rows) == 1, f"{len(rows)} rows for {chosen}"
        return rows.iloc[0]

    def hashes(self, *organisation_ids: str) -> dict[str, dict[str, str]]:
        """The manifest's content hashes of these organisations."""
        return {name: self.manifest["organisations"][name] for name in organisation_ids}


def codes(receipt: dict[str, Any]) -> set[str]:
    """The problem codes of a receipt."""
    return {problem["code"] for problem in receipt["problems"]}


def cold(command: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    """Run a command in a process of its own."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def forked(command: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    """Run a command in a fork of a process that has loaded the libraries."""
    out, err = folder / ".stdout", folder / ".stderr"
    code = Fork(command, environment, folder, out, err).wait()
    told = Outcome(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
    out.unlink()
    err.unlink()
    return told


@dataclass
class Installation:
    """Bucket, work folder, published folder and mappings under one temporary root."""

    root: Path
    keys: str | None = KEYS
    organisations: Path | None = None
    published_name: str = "published"
    # Every command in a process of its own, as an operator runs it.
    is_cold: bool = False
    # sha256 of every dropped delivery -> number of records in it, counted by whoever wrote it.
    records: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket.mkdir(parents=True, exist_ok=True)
        (self.root / "home").mkdir(exist_ok=True)
        if self.organisations is None:
            self.mappings.mkdir(exist_ok=True)

    @property
    def bucket(self) -> Path:
        return self.root / "bucket"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def published(self) -> Path:
        return self.root / self.published_name

    @property
    def mappings(self) -> Path:
        """The folder with one folder of mappings per organisation."""
        return self.organisations or self.root / "organisations"

    def drop(
        self, key: str, content: bytes | str, *, records: int | None, at: datetime = DELIVERED_AT
    ) -> str:
        """Put a delivery in the bucket with the store's time `at`; the sha256 of its content."""
        path = self.bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(raw)
        os.utime(path, (at.timestamp(), at.timestamp()))
        sha256 = hashlib.sha256(raw).hexdigest()
        if records is not None:
            self.records[sha256] = records
        return sha256

    def map(self, organisation_id: str, *documents: dict[str, Any] | str, mapping_id: str = "kto") -> None:
        """Write the organisation's mapping file: one or more documents, or literal text."""
        texts = [
            part if isinstance(part, str) else yaml.safe_dump(part, allow_unicode=True, sort_keys=False)
            for part in documents
        ]
        path = self.mappings / organisation_id / f"{mapping_id}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\n".join(texts), encoding="utf-8")

    def target(self, organisation_id: str, name: str, text: str) -> Path:
        """Write a file of targets beside the organisation's mappings."""
        path = self.mappings / organisation_id / "targets" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def meethuis(self, *arguments: str, now: str = NOW, **environment: str | None) -> Outcome:
        """Run one verb in an otherwise empty environment and an empty home."""
        places = ["--bucket", str(self.bucket), "--work", str(self.work), "--published", str(self.published)]
        places += ["--organisations", str(self.mappings), "--now", now]
        given = {item.split("=")[0] for item in arguments if item.startswith("--")}
        chosen = [
            word
            for flag, value in zip(places[::2], places[1::2], strict=True)
            if flag not in given
            for word in (flag, value)
        ]
        variables: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "MEETHUIS_PSEUDONYM_KEYS": self.keys,
            # Two test processes share two cores; figures do not depend on it (`test_determinism`).
            "MEETHUIS_THREADS": "1",
            **environment,
        }
        command = [str(MEETHUIS), *arguments, *chosen]
        given_variables = {name: value for name, value in variables.items() if value is not None}
        if self.is_cold or any(name.startswith(_SET_AT_START) for name in given_variables):
            return cold(command, given_variables, self.root)
        return forked(command, given_variables, self.root)

    def run(self, *arguments: str, now: str = NOW, **environment: str | None) -> Night:
        """The nightly run, and everything it left behind."""
        outcome = self.meethuis("run", "--json", *arguments, now=now, **environment)
        assert outcome.code in (0, 2), (
            f"exit {outcome.code}\n{outcome.stderr[-4000:]}\n{outcome.stdout[-2000:]}"
        )
        return Night(
            outcome=outcome,
            manifest=self.manifest,
            receipts=tuple(self.receipts()),
            kpi=self.query("select * from marts.kpi"),
            delivery=self.query("select * from marts.delivery"),
        )

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.published / "manifest.json").read_text())
        return found

    def receipt_files(self, suffix: str) -> list[Path]:
        """Every receipt file of one kind in every organisation's folder."""
        return sorted(self.bucket.glob(f"*/_ontvangst/*{suffix}"))

    def receipts(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in self.receipt_files(".json")]

    def query(self, sql: str) -> pd.DataFrame:
        """A read-only look at the published file, as any analyst has."""
        with duckdb.connect(str(self.published / "meethuis.duckdb"), read_only=True) as connection:
            return connection.execute(sql).df()
