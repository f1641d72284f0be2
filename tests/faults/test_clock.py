"""Clocks: the nights on which they jump, a leap day, a day back, ten years on. Nothing is read again, nothing lost."""

from __future__ import annotations

import shutil
import sqlite3

import duckdb
import pytest

from tests.faults.house import IS_SOAK, MACHINE, House, deliveries

FAKETIME = shutil.which("faketime")
# The machine's own clock, in UTC.
CLOCKS = {
    "a day back": "2026-02-14 01:00:00",
    "the night that skips an hour": "2026-03-29 00:59:58",
    "the night that has an hour twice": "2026-10-25 00:59:58",
    "leap day": "2028-02-29 01:00:00",
    "ten years on": "2036-02-15 01:00:00",
}
QUICK = ("a day back", "ten years on")

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="faketime (Debian) is not installed")


def test_no_clock_changes_what_was_read_or_published(whole: tuple[House, float], copy: House) -> None:
    readings = _readings(copy)
    for name, moment in CLOCKS.items():
        if IS_SOAK or name in QUICK:
            copy.night(prefix=[str(FAKETIME), moment], now=MACHINE, TZ="UTC").expect(0)
            assert _readings(copy) == readings, name
            assert _lost_figures(whole[0], copy) == 0, name
    copy.verify().expect(0)
    copy.check_receipts(deliveries())


def _readings(house: House) -> int:
    with sqlite3.connect(house.work / "ledger.sqlite") as connection:
        found = connection.execute(
            "select count(*) from entry where kind in ('reading', 'sighting')"
        ).fetchone()
    return int(found[0])


def _lost_figures(before: House, after: House) -> int:
    """Figures that stood and now read otherwise. New ones there may be: other periods have ended."""
    with duckdb.connect() as connection:
        for name, house in (("before", before), ("after", after)):
            file = (house.published / "meethuis.duckdb").resolve()
            connection.execute(f"attach '{file}' as {name} (read_only)")
        (lost,) = connection.execute(
            "select count(*) from (from before.marts.kpi except all from after.marts.kpi)"
        ).fetchone() or (1,)
        return int(lost)
