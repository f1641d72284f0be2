"""What an installation may differ in: names of folders, reference tables, and who opens the warehouse afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Survey, responses_of

SURVEY = Survey(responses_of([2, 3, 4, 5] * 10))
WITHOUT_TESTS = ("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    work = tmp_path / "it's {a} [b] 100% * work"
    landed.write(work, [SURVEY])
    warehouse.succeed(warehouse.build(work, *WITHOUT_TESTS))
    assert warehouse.cell(work)["n"] == 40


def test_another_process_reads_the_harmonised_views(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The views name files by their full path: they work from any folder, without dbt's environment."""
    landed.write(work, [SURVEY])
    warehouse.transform(work)
    monkeypatch.chdir("/")
    found = warehouse.read(work, "select count(*) as n, sum(pomp_score) as total from harmonised.answer")
    assert (found["n"][0], found["total"][0]) == (40, 10 * (25 + 50 + 75 + 100))
    assert warehouse.read(work, "select count(*) as n from harmonised.response")["n"][0] == 40


def test_the_operators_reference_tables_are_used_and_left_as_they_are(tmp_path: Path) -> None:
    model = tmp_path / "model's"
    shutil.copytree(warehouse.PROJECT / "seeds", model)
    threshold = model / "ref_threshold.csv"
    threshold.write_text(threshold.read_text().replace("suppression_min_n,10,", "suppression_min_n,50,"))
    before = threshold.read_bytes()
    work = tmp_path / "work"
    landed.write(work, [SURVEY])
    warehouse.succeed(warehouse.build(work, *WITHOUT_TESTS, model=model))
    assert warehouse.read(work, "select is_suppressed from marts.kpi")["is_suppressed"].all()
    assert threshold.read_bytes() == before


def test_the_warehouse_is_closed_after_success_and_failure(work: Path) -> None:
    landed.write(work, [SURVEY])
    warehouse.transform(work)
    assert warehouse.cell(work)["n"] == 40
    (work / "state" / "run.parquet").write_bytes(b"not a parquet file")
    assert not warehouse.build(work, "run").success
    with duckdb.connect() as connection:
        connection.execute(f"attach '{work / 'warehouse.duckdb'}' as warehouse (read_only)")


def test_an_empty_installation_publishes_empty_marts(work: Path) -> None:
    landed.write(work, [])
    warehouse.succeed(warehouse.build(work))
    for name in ("kpi", "distribution", "catalogue", "delivery"):
        assert warehouse.read(work, f"select * from marts.{name}").empty
    assert len(warehouse.read(work, "select * from marts.snapshot")) == 1
