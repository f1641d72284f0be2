"""The product on the benchmark's deliveries: a first night, a quiet one, and one with a single file delivered again.

Belongs here: a bucket of its own for the night, and calling `meethuis run` three times. Does not belong here: what a
night does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.deliveries import NOW, Deliveries
from benchmarks.measure import Usage, measured

# Not a secret: invented answers.
_KEYS = json.dumps({"*": {"1": "00" * 32}})
_CHANGED_ROWS = 5


@dataclass(frozen=True)
class Run:
    """One run: what it used, and the summary it printed."""

    usage: Usage
    summary: dict[str, Any]


@dataclass(frozen=True)
class Installation:
    """Folders of a night that starts from nothing."""

    root: Path
    organisations: Path

    @property
    def bucket(self) -> Path:
        """Links to the deliveries; receipts are written beside them."""
        return self.root / "bucket"

    @property
    def work(self) -> Path:
        """The work folder."""
        return self.root / "work"

    def run(self, name: str, nights_later: int) -> Run:
        """`meethuis run`, so many nights after the first."""
        now = (datetime.fromisoformat(NOW) + timedelta(days=nights_later)).isoformat()
        program = Path(sys.executable).with_name("meethuis")
        command = [str(program), "run", "--json", "--threads", "2", "--now", now]
        command += ["--bucket", str(self.bucket), "--organisations", str(self.organisations)]
        command += ["--work", str(self.work), "--published", str(self.root / "published")]
        usage, output = measured(
            command, self.root / f"{name}.log", {"MEETHUIS_PSEUDONYM_KEYS": _KEYS, "MEETHUIS_MODEL": ""}
        )
        return Run(usage, json.loads(output))

    def deliver_again(self) -> Path:
        """One organisation delivers its last month again, with a few answers corrected."""
        newest = sorted(self.bucket.glob("*/klantonderzoek/*.csv"))[0].parent
        delivery = sorted(newest.glob("*.csv"))[-1]
        received = delivery.stat().st_mtime + timedelta(days=9).total_seconds()
        text = delivery.read_text(encoding="utf-8")
        # The file in the bucket is a link: the one that the rivals read must stay as it is.
        delivery.unlink()
        delivery.write_text(corrected(text), encoding="utf-8")
        os.utime(delivery, (received, received))
        return delivery


def prepared(delivered: Deliveries, root: Path) -> Installation:
    """An empty installation over the deliveries."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    made = Installation(root, delivered.organisations)
    shutil.copytree(delivered.bucket, made.bucket, copy_function=_link)
    return made


def corrected(text: str, rows: int = _CHANGED_ROWS) -> str:
    """A delivery in which the first question of the first rows has another answer."""
    lines = text.splitlines(keepends=True)
    column = lines[0].split(";").index("v01")
    for number in range(1, rows + 1):
        cells = lines[number].split(";")
        cells[column] = "1" if cells[column] == "10" else "10"
        lines[number] = ";".join(cells)
    return "".join(lines)


def _link(source: str, target: str) -> str:
    os.link(source, target)
    return target
