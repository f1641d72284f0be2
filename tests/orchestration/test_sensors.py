"""The drop-zone sensor: one run per change of the listing, none otherwise."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.lock import run_lock
from orchestration.sensors import drop_zone_sensor


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bucket" / "uwv"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("x")
    monkeypatch.setenv("MEETHUIS_BUCKET", str(folder.parent))
    monkeypatch.setenv("MEETHUIS_WORK", str(tmp_path / "work"))
    return folder.parent


def tick(cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    found = drop_zone_sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_a_new_file_starts_one_run(bucket: Path) -> None:
    first = tick(None)
    assert isinstance(first, dg.SensorResult)
    assert first.run_requests is not None
    assert len(first.run_requests) == 1
    assert isinstance(tick(first.cursor), dg.SkipReason)


@pytest.mark.parametrize("change", ["new", "overwritten", "marker"])
def test_any_change_of_the_listing_is_noticed(bucket: Path, change: str) -> None:
    first = tick(None)
    assert isinstance(first, dg.SensorResult)
    name = {"new": "b.csv", "overwritten": "a.csv", "marker": "a.csv.done"}[change]
    (bucket / "uwv" / name).write_text("{}" if change == "marker" else "longer")
    assert isinstance(tick(first.cursor), dg.SensorResult)


def test_our_own_receipts_start_nothing(bucket: Path) -> None:
    first = tick(None)
    assert isinstance(first, dg.SensorResult)
    (bucket / "uwv" / "_ontvangst").mkdir()
    (bucket / "uwv" / "_ontvangst" / "r.json").write_text("{}")
    assert isinstance(tick(first.cursor), dg.SkipReason)


def test_a_bucket_that_is_away_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETHUIS_BUCKET", str(tmp_path / "away"))
    assert isinstance(tick(None), dg.SkipReason)


def test_a_change_during_a_run_is_kept_for_the_next_tick(bucket: Path, tmp_path: Path) -> None:
    with run_lock(tmp_path / "work"):
        assert isinstance(tick(None), dg.SkipReason)
    assert isinstance(tick(None), dg.SensorResult)
