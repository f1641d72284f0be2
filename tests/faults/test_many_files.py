"""Ten thousand small files in one night, with 256 open files allowed: each gets its receipt, in linear time."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.acceptance.mappings import csv_text, mapping, source
from tests.faults.house import CHANNELS, IS_SOAK, ORGANISATIONS, House

SIZES = (1000, 10_000) if IS_SOAK else (500,)
# What a night takes whatever the number of files, and per file; far above what is measured.
NIGHT_SECONDS, FILE_SECONDS = 150, 0.5
RECORDS = 20
OPEN_FILES = ("prlimit", "--nofile=256:256")


def _filled(root: Path, files: int) -> House:
    """Each organisation drops its share, a file per day and batch; deliveries add up."""
    house = House(root)
    for organisation_id in ORGANISATIONS:
        house.map(
            organisation_id,
            mapping(organisation_id, source=source(snapshot="incremental"), dimensions=CHANNELS),
        )
    for number in range(files):
        organisation_id = ORGANISATIONS[number % len(ORGANISATIONS)]
        day = date(2025, 1, 1) + timedelta(days=number // len(ORGANISATIONS) % 365)
        rows = [
            (f"{number}-{at}", day.isoformat(), 4 + at % 6, "web" if at % 2 else "balie")
            for at in range(RECORDS)
        ]
        text = csv_text(rows, ("id", "datum", "cijfer", "kanaal"))
        house.drop(f"{organisation_id}/{number:05d}.csv", text, records=RECORDS)
    return house


@pytest.mark.timeout(3600)
def test_every_file_gets_its_receipt_in_linear_time(tmp_path: Path) -> None:
    seconds = {}
    for files in SIZES:
        house = _filled(tmp_path / str(files), files)
        began = time.monotonic()
        night = house.night("--threads", "2", prefix=OPEN_FILES).expect(0)
        seconds[files] = time.monotonic() - began
        assert night.json["deliveries"] == {"processed": files}
        receipts = house.receipts()
        assert len(receipts) == files == len({one["sha256"] for one in receipts})
        assert all(one["rows"]["in_file"] == one["rows"]["processed"] == RECORDS for one in receipts)
        house.verify().expect(0)
    print(f"seconds by files: {seconds}")  # noqa: T201
    assert all(taken < NIGHT_SECONDS + FILE_SECONDS * files for files, taken in seconds.items())
    if IS_SOAK:
        few, many = SIZES
        assert seconds[many] < seconds[few] * many / few
