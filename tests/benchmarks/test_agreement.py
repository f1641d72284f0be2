"""At the smallest size: every way gives the floor's figures, and a difference does not pass."""

import filecmp
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import pytest

from benchmarks import agreement, deliveries, night, report, rounds
from benchmarks.deliveries import Deliveries
from benchmarks.measure import CommandFailed, measured
from benchmarks.sizes import SIZES

XS = SIZES["XS"]
WAYS = ("floor_counting_first", "pandas", "plain_dbt", "night", "cube")


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    return deliveries.kept(XS, tmp_path_factory.mktemp("deliveries"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round")


@pytest.fixture(scope="module")
def done(delivered: Deliveries, folder: Path) -> rounds.Round:
    found = rounds.Round(XS, responses=1)
    rounds.compute_all_ways(found, delivered, folder, lambda line: None)
    rounds.first_night(found, delivered, folder, lambda line: None)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_floors_figures(done: rounds.Round, folder: Path, way: str) -> None:
    cells = agreement.compare(folder / "floor.parquet", folder / f"{way}.parquet", way)
    assert cells == done.cells > 1000


@pytest.mark.parametrize(
    "change",
    [
        "n = n + 1",
        "mean_pomp = mean_pomp * (1 + 1e-8)",
        "mean_pomp = null",
        "variance = variance * (1 + 1e-6)",
        "share_positive = share_positive + 1e-8",
        "kpi_id = 'kpi.other'",
    ],
)
def test_one_changed_cell_is_a_disagreement(
    done: rounds.Round, folder: Path, tmp_path: Path, change: str
) -> None:
    changed = tmp_path / "changed.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table figure as from '{folder / 'night.parquet'}'")
        connection.execute(
            f"update figure set {change} where rowid = (select min(rowid) from figure where variance > 0)"
        )
        connection.execute(f"copy figure to '{changed}' (format parquet)")
    with pytest.raises(agreement.Disagreement, match="night"):
        agreement.compare(folder / "floor.parquet", changed, "night")


def test_a_missing_cell_is_a_disagreement(done: rounds.Round, folder: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (from '{folder / 'night.parquet'}' offset 1) to '{fewer}' (format parquet)")
    with pytest.raises(agreement.Disagreement, match="1 are absent"):
        agreement.compare(folder / "floor.parquet", fewer, "night")


def test_a_night_says_what_each_step_used(done: rounds.Round) -> None:
    steps = {step["step"]: step for step in done.nights["first"]["steps"]}
    assert steps.keys() == {
        "start", "take_in", "read", "judge", "settle", "receipts", "compare", "transform", "audit", "publish",
        "retain", "between",
    }  # fmt: skip
    assert steps["read"]["parts"].keys() == {"safety", "decode", "write"}
    assert sum(step["cpu_seconds"] for step in steps.values()) <= done.nights["first"]["cpu_seconds"]


def test_the_result_can_be_shown(done: rounds.Round, tmp_path: Path) -> None:
    document, picture = tmp_path / "performance.md", tmp_path / "performance.svg"
    document.write_text(f"before {report.BEGIN} old {report.END} after", encoding="utf-8")
    report.keep(done, tmp_path)
    report.write_document(report.kept(tmp_path), document, picture)
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before ") and text.endswith(" after") and " old " not in text
    assert "| the floor |" in text and "| publication |" in text
    assert ET.parse(picture).getroot().tag.endswith("svg")
    json.loads((tmp_path / "results" / "XS.json").read_text(encoding="utf-8"))


def test_the_same_size_gives_the_same_bytes(delivered: Deliveries, tmp_path: Path) -> None:
    again = deliveries.write(XS, tmp_path)
    for organisation_id in delivered.organisation_ids():
        for one, other in zip(delivered.files(organisation_id), again.files(organisation_id), strict=True):
            assert filecmp.cmp(one, other, shallow=False)
            assert one.stat().st_mtime == other.stat().st_mtime


def test_a_file_delivered_again_leaves_the_rivals_alone(delivered: Deliveries, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in delivered.bucket.rglob("*.csv")}
    installed = night.prepared(delivered, tmp_path / "night")
    changed = installed.deliver_again()
    original = delivered.bucket / changed.relative_to(installed.bucket)
    assert changed.stat().st_mtime > original.stat().st_mtime
    assert changed.read_bytes() != before[original]
    assert {path: path.read_bytes() for path in delivered.bucket.rglob("*.csv")} == before


def test_a_way_that_fails_stops_the_round(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="exit code 1"):
        measured(["false"], tmp_path / "false.log")
