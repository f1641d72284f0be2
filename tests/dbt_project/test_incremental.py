"""Only organisations whose state changed are computed again, and the outcome is that of a full build."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import State, Survey, responses_of

ONE = Survey(responses_of([1, 2, 4, 5] * 10), organisation_id="test0001")
TWO = Survey(responses_of([3, 4, 5, 5] * 10), organisation_id="test0002")
KPI = "select * from marts.kpi order by all"
CUBE = "select * exclude (state_fingerprint) from intermediate.int_answer_count order by all"


def build(work: Path, surveys: list[Survey], state: State) -> None:
    landed.write(work, surveys, state)
    warehouse.transform(work)


@pytest.fixture
def built(work: Path) -> Path:
    build(work, [ONE, TWO], State("1"))
    return work


def test_an_unchanged_organisation_is_left_alone(built: Path) -> None:
    before = warehouse.read(built, KPI)
    build(built, [replace(ONE, responses=responses_of([1] * 40)), TWO], State("1"))
    pd.testing.assert_frame_equal(warehouse.read(built, KPI), before)


def test_a_changed_organisation_is_replaced_as_a_full_build_would(built: Path) -> None:
    changed = replace(ONE, responses=responses_of([5, 4] * 25))
    landed.write(built, [changed, TWO], State("1"))
    landed.replace_table(built, "organisation_state", fingerprints(test0001="2", test0002="1"))
    warehouse.transform(built)
    queries = (KPI, CUBE, "select * from marts.distribution order by all")
    found = [warehouse.read(built, query) for query in queries]
    shutil.copy(built / "reference.duckdb", built / "warehouse.duckdb")
    warehouse.transform(built)
    for query, frame in zip(queries, found, strict=True):
        pd.testing.assert_frame_equal(frame, warehouse.read(built, query))


def test_a_vanished_organisation_leaves_no_trace(built: Path) -> None:
    build(built, [TWO], State("1"))
    for table in (
        "int_answer_count",
        "int_cell_answer",
        "int_cell",
        "int_cell_quality",
        "int_statistic",
        "int_kpi",
    ):
        found = warehouse.read(built, f"select distinct organisation_id from intermediate.{table}")
        assert list(found["organisation_id"]) == ["test0002"], table
    assert set(warehouse.read(built, KPI)["organisation_id"]) == {"test0002"}


def test_a_withdrawn_delivery_takes_its_figures_along(built: Path) -> None:
    build(built, [replace(ONE, is_current=False), TWO], State("2"))
    assert set(warehouse.read(built, KPI)["organisation_id"]) == {"test0002"}


def test_a_broken_table_repairs_itself(built: Path) -> None:
    """A run that stopped halfway leaves a table without an organisation; the next run computes it."""
    before = warehouse.read(built, KPI)
    warehouse.write(built, "delete from intermediate.int_statistic where organisation_id = 'test0001'")
    warehouse.transform(built)
    pd.testing.assert_frame_equal(warehouse.read(built, KPI), before)


def test_a_period_is_published_once_it_has_ended(work: Path) -> None:
    build(work, [ONE], State("1", today=date(2025, 11, 30)))
    assert warehouse.read(work, KPI).empty
    build(work, [ONE], State("1", today=date(2025, 12, 1)))
    assert set(warehouse.read(work, KPI)["period_id"]) == {"2025-11"}
    build(work, [ONE], State("1", today=date(2026, 1, 1)))
    assert set(warehouse.read(work, KPI)["period_id"]) == {"2025-11", "2025-Q4", "2025-H2", "2025"}


def test_only_the_files_of_changed_organisations_are_opened(built: Path) -> None:
    """A file that is no Parquet would stop the build if it were opened."""
    path = built / "landed" / TWO.organisation_id / f"{TWO.delivery_id}.parquet"
    path.write_bytes(b"not a parquet file")
    landed.replace_table(built, "organisation_state", fingerprints(test0001="2", test0002="1"))
    warehouse.succeed(warehouse.build(built, "run", "--select", "int_answer_count"))
    landed.replace_table(built, "organisation_state", fingerprints(test0001="2", test0002="2"))
    assert not warehouse.build(built, "run", "--select", "int_answer_count").success


def fingerprints(**state: str) -> list[dict[str, str]]:
    return [{"organisation_id": name, "state_fingerprint": value} for name, value in state.items()]
