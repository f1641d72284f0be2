"""Files that a failing disk cut short or changed: found out before they are used, and made anew without anybody."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sources.failpoints import COMMITTED, VARIABLE
from tests.faults.house import IS_SOAK, ROWS, House, deliveries, kill

Damage = Callable[[Path], None]


def cut(path: Path) -> None:
    """Half of the file is gone."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip(path: Path) -> None:
    """A byte in the middle is another one; in text, another digit or letter."""
    content = bytearray(path.read_bytes())
    at = len(content) // 2
    while path.suffix == ".json" and not chr(content[at]).isdigit():
        at += 1
    content[at] ^= 1
    path.write_bytes(bytes(content))


# What a run makes anew, by the pattern of its files under the house; the first that matches is damaged.
REMADE = {
    "warehouse": "work/warehouse.duckdb",
    "landed file": "work/landed/test0001/*.parquet",
    "row exceptions": "work/exceptions/test0001.parquet",
    "kept resolution": "work/resolved/test0002/current.parquet",
    "state": "work/state/codebook.parquet",
    "empty landed file": "work/landed/_empty/schema.parquet",
    "mapping copy": "work/mappings/*/test0003/kto.yml",
    "reference table": "work/model/ref_scale.csv",
    "memory of the last publication": "work/published_states.json",
    "history of cells": "work/history/2*/test0001/cell_answer.parquet",
    "history of counts": "work/history/2*/_counts/response.parquet",
    "snapshot": "published/snapshots/*.duckdb",
    "manifest": "published/manifest.json",
    "manifest beside the snapshot": "published/snapshots/*.manifest.json",
    "runs of Dagster": "work/dagster/history/runs.db",
    "events of Dagster": "work/dagster/history/runs/index.db",
}
_FIGURES = ("warehouse", "snapshot")
_ALL = {
    "everything": tuple(REMADE),
    "all but the figures": tuple(name for name in REMADE if name not in _FIGURES),
}
CASES = (
    [((name,), damage) for name in REMADE for damage in (cut, flip)]
    if IS_SOAK
    else [(_ALL["everything"], cut), (_ALL["all but the figures"], flip)]
)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("names", "damage"), CASES, ids=lambda one: one.__name__ if callable(one) else f"{one[0]}-{len(one)}"
)
def test_what_is_damaged_is_made_anew(copy: House, names: tuple[str, ...], damage: Damage) -> None:
    content, digests = copy.content(), _digests(copy)
    for name in names:
        damage(_first(copy.root, REMADE[name]))
    # One more organisation: so everything is used in this night.
    extra = deliveries(("test0009",))
    copy.furnish(("test0009",)).take(*extra)
    copy.night("--threads", "2").expect(0)
    organisations = copy.content()["organisations"]
    assert {name: organisations[name] for name in content["organisations"]} == content["organisations"]
    if not set(_FIGURES) & set(names):
        assert _digests(copy) == digests, "the history is written from the warehouse as it was"
    copy.verify().expect(0)
    copy.check_receipts([*deliveries(), *extra])
    assert copy.orphans() == []


def _digests(house: House) -> str:
    """What the oldest history that is kept says of its files."""
    found = sorted((house.work / "history").glob("2*/digests.json"))
    return found[0].read_text() if found else ""


@pytest.mark.parametrize("damage", [cut, flip] if IS_SOAK else [cut])
def test_a_damaged_ledger_is_replaced_by_its_copy(copy: House, damage: Damage) -> None:
    content = copy.content()
    damage(copy.work / "ledger.sqlite")
    assert "ledger is damaged" in copy.verify().stdout
    summary = copy.night().expect(2).json
    assert Path(summary["recovered"]["ledger"]).exists()
    assert copy.content() == content
    copy.verify().expect(0)
    copy.night().expect(0)
    copy.check_receipts(deliveries())


def test_a_ledger_beyond_repair_stops_the_run(copy: House) -> None:
    manifest = copy.manifest
    for name in ("ledger.sqlite", "ledger.sqlite.copy"):
        cut(copy.work / name)
    stopped = copy.night().expect(4)
    assert "ledger.sqlite is damaged" in stopped.stderr and "backup" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert copy.manifest == manifest


@pytest.mark.skipif(not IS_SOAK, reason="takes three nights: make test-soak")
@pytest.mark.parametrize("damage", [cut, flip])
def test_a_damaged_write_ahead_log_is_never_believed(copy: House, damage: Damage) -> None:
    """What SQLite and DuckDB had not folded into their files when the run died."""
    content = copy.content()
    # A new content for a place whose file stays: every entry of this run is in the log when it dies.
    again = next(one for one in deliveries() if one.path == "test0001/2026-01.csv")
    copy.drop("test0001/again.csv", again.text, records=ROWS)
    assert copy.night(**{VARIABLE: f"ledger.verdict:{COMMITTED}"}).code == -signal.SIGKILL
    _damage_log(copy.work / "ledger.sqlite-wal", damage)
    shutil.rmtree(copy.published)
    run, log = copy.start(), copy.work / "warehouse.duckdb.wal"
    while run.poll() is None and not (log.exists() and log.stat().st_size > 1000):
        time.sleep(0.001)
    kill(run)
    _damage_log(log, damage)
    copy.night().expect(0)
    assert copy.content()["organisations"] == content["organisations"]
    copy.verify().expect(0)
    assert not log.exists()


def _damage_log(log: Path, damage: Damage) -> None:
    assert log.stat().st_size
    damage(log)


def _first(root: Path, pattern: str) -> Path:
    return sorted(root.glob(pattern))[0]
