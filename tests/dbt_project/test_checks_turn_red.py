"""Every data test of the project is green on a sound warehouse and red on one that is spoilt for it.

Belongs here: per test the statements that spoil the warehouse. A data test without them fails this module. Tests of
dbt's own kinds (not_null, unique, relationships, accepted_values) are spoilt by their kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, State, Survey

TWICE = "insert into {table} select * from {table} limit 1"
# A view over files becomes a table, so that it can be spoilt.
AS_TABLE = "create table copied as from {table}; drop view {table}; create table {table} as from copied"
SPOILERS: dict[str, str] = {
    "answer_count_grain": TWICE,
    "answer_count_is_positive": "update {table} set n = 0",
    "answer_count_is_of_today": "update intermediate.int_answer_count set state_fingerprint = 'yesterday'",
    "breakdown_count_grain": TWICE,
    "weight_grain": TWICE,
    "weight_is_there_or_a_reason": "update {table} set weight = null where stratum_number = 1",
    "weights_pending": "update intermediate.int_weight set pending_reason = 'no targets'",
    "cell_stratum_grain": TWICE,
    "weight_variance_grain": TWICE,
    "respondent_sum_grain": TWICE,
    "wave_overlap_grain": TWICE,
    "trend_covariance_grain": (
        "insert into {table} (organisation_id, cell_number, compared_cell_number, statistic)"
        " values ('o', 1, 2, 'mean'), ('o', 1, 2, 'mean')"
    ),
    "cell_population_grain": f"{AS_TABLE}; insert into {{table}} values ('o', 1, 10), ('o', 1, 20)",
    "retained_period_grain": (
        f"{AS_TABLE}; insert into {{table}} values ('o', 'panel', 'year', '2025'), ('o', 'panel', 'year', '2025')"
    ),
    "period_grain": TWICE,
    "score_grain": TWICE,
    "score_stays_in_range": "update {table} set score = -0.1 where method <> 'net_share'",
    "cell_grain": TWICE,
    "revision_grain": TWICE,
    "protection_grain": TWICE,
    "every_cell_is_decided": "delete from intermediate.int_protection where cell_number = 1",
    "cells_add_up": "update intermediate.int_cell_candidate set n = n + 1 where channel = 'web'",
    "breakdowns_add_up": "update intermediate.int_cell_candidate set n = n + 1 where breakdown = 'age_band'",
    "periods_add_up": "update intermediate.int_cell_candidate set n = n + 1 where period_id = '2025-Q4'",
    "frame_count_grain": TWICE,
    "process_period_grain": TWICE,
    "process_candidate_grain": TWICE,
    "process_protection_grain": TWICE,
    "process_grain": TWICE,
    "process_hidden_rows_show_nothing": "update {table} set n = 4, is_suppressed = true",
    "response_count_grain": TWICE,
    "response_period_grain": TWICE,
    "response_candidate_grain": TWICE,
    "response_protection_grain": TWICE,
    "response_mart_grain": TWICE,
    "response_rate_is_a_share": "update {table} set response_rate = 58 where response_rate is not null",
    "response_has_no_small_counts": "update marts.response set completed = 4",
    "codebook_grain": f"{AS_TABLE}; {TWICE}",
    "codebook_value_or_reason": f"{AS_TABLE}; update {{table}} set missing_reason = 'invalid' where value = 3",
    "codebook_category_follows_the_score": f"{AS_TABLE}; update {{table}} set category = -category",
    "mapping_item_grain": f"{AS_TABLE}; {TWICE}",
    "instrument_grain": f"{AS_TABLE}; {TWICE}",
    "organisation_grain": f"{AS_TABLE}; {TWICE}",
    "kpi_grain": TWICE,
    "kpi_hidden_rows_show_nothing": "update {table} set n = 4 where is_suppressed",
    "kpi_intervals_hold_their_value": "update {table} set value = ci_high + 1 where ci_high is not null",
    "kpi_no_interval_without_basis": "update {table} set standard_error = 1 where interval_basis = 'none'",
    "kpi_sizes_follow_the_thresholds": "update intermediate.int_kpi set n = 9 where not is_suppressed",
    "kpi_values_stay_in_their_unit": "update intermediate.int_kpi set value = 58 where statistic = 'share_positive'",
    "breakdown_grain": "insert into {table} select * from {table} where breakdown = 'age_band' limit 1",
    "breakdown_hidden_rows_show_nothing": "update {table} set n = 4 where is_suppressed",
    "comparison_grain": TWICE,
    "peer_figure_grain": TWICE,
    "benchmark_grain": TWICE,
    "benchmark_few_peers_are_not_told": "update {table} set p50 = 1, reason = 'too_few_organisations'",
    "benchmark_ranks_and_quartiles_are_in_order": "update {table} set p25 = 2, p50 = 1, p75 = 1",
    "government_grain": TWICE,
    "government_says_why_there_is_no_figure": "update {table} set value = 1",
    "government_intervals_hold_their_value": "update {table} set value = 1, ci_low = 2, ci_high = 3, reason = null",
    "coverage_grain": TWICE,
    "life_event_grain": TWICE,
    "life_event_says_why_there_is_no_figure": "update {table} set reason = null, value = null",
    "trend_grain": TWICE,
    "trend_hidden_rows_show_nothing": "update {table} set delta = 1 where is_suppressed",
    "trend_arrows_rest_on_a_test": "update {table} set is_significant = true, q_value = null where delta <> 0",
    "trend_chances_are_in_order": "update {table} set p_value = q_value * 2 where q_value > 0",
    "driver_analysis_grain": "insert into {table} select * from {table} where analysis = 'importance' limit 1",
    "driver_protection_grain": TWICE,
    "driver_grain": TWICE,
    "driver_hidden_rows_show_nothing": "update {table} set n = 4 where is_suppressed",
    "driver_figures_stay_in_their_unit": "update {table} set importance = 1.2 where importance is not null",
    "driver_summary_grain": TWICE,
    "driver_summary_stays_in_its_unit": "update {table} set importance_high = 1.2, importance_low = -0.2",
    "reliability_grain": TWICE,
    "reliability_hidden_rows_show_nothing": "update {table} set alpha = 0.9 where is_suppressed",
    "reliability_no_mean_of_an_unreliable_construct": "update {table} set construct_mean = 50, is_reliable = false",
    "distribution_grain": TWICE,
    "distribution_hidden_rows_show_nothing": "update {table} set n = 3 where is_suppressed",
    "distribution_shown_rows_have_answers": "update {table} set n = 0 where not is_suppressed",
    "distribution_adds_up_to_kpi": "update marts.distribution set n = n + 1 where not is_suppressed",
    "delivery_grain": TWICE,
    "delivery_has_no_small_counts": "update marts.delivery set rows_quarantined = 3",
    "expected_delivery_grain": TWICE,
    "change_grain": TWICE,
    "catalogue_grain": TWICE,
    "catalogue_has_no_own_questions": "update {table} set comparability_grade = 'X'",
    "catalogue_measured_nodes_have_a_grade": "update {table} set comparability_grade = null",
    "catalogue_item_response_is_a_share": "update {table} set item_response_rate = 1.5",
    "snapshot_grain": TWICE,
    "code_label_grain": TWICE,
}
# What stands behind a mart that is a view.
STORED = {
    "kpi": "intermediate.int_kpi",
    "breakdown": "intermediate.int_kpi",
    "trend": "intermediate.int_trend",
    "response_mart": "marts.response",
}
BY_KIND: dict[str, str] = {
    "not_null": "update {table} set {column} = null",
    "unique": TWICE,
    "relationships": "update {table} set {column} = 'nobody'",
    "accepted_values": "update {table} set {column} = 'something else'",
}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shown and hidden cells, an aggregate, a self-selected survey, an expectation and a change."""
    folder = tmp_path_factory.mktemp("checks")
    drivers = (Question("drv.snelheid"), Question("drv.juistheid"), Question("drv.bereikbaarheid"))
    questions = (Question(), Question("kpi.aanbeveling", "nps", 0, 10), *drivers)
    responses = tuple(
        {
            "answers": [1 + number % 5, number % 11, 1 + number % 4, 1 + number % 3, 1 + number // 48],
            "channel": "phone" if number < 4 else "web",
            "age_band": "18-34" if number < 20 else "35+",
            "life_event_id": "kind-krijgen" if number % 2 else "unknown",
            "contact_date": date(2025, 10 + number % 3, 15),
        }
        for number in range(240)
    )
    expected = {"mapping_id": "survey", "period_type": "month", "period_id": "2025-12", "status": "green"}
    change = {"change_date": date(2025, 7, 1), "kind": "mapping", "text_nl": "Nieuw.", "text_en": "New."}
    key = {"organisation_id": "test0001"}
    frame = {"mapping_id": "survey", "instrument_id": "survey", "instrument_kind": "transactional"}
    process = {"delivery_id": "process", "mapping_id": "proces", "status": "processed", "is_current": True}
    line = {"period_id": "2025-10", "service_id": "paspoort", "metric": "cases", "value": Decimal(90)}
    count = {"base_period_id": "2025-10", "channel": "all", "measure": "invited", "value": 900}
    state = State(
        extra={
            "frame_count": [{**key, **frame, **count}],
            "delivery": [{**key, **process}],
            "delivery_period": [{**key, "delivery_id": "process", "period_id": "2025-10"}],
            "expected_delivery": [{**key, **expected, "due_at": date(2026, 1, 31)}],
            "change": [{**key, **change}],
        }
    )
    survey = Survey(responses, questions)
    surveys = [
        survey,
        replace(survey, organisation_id="test0002", sample="self_selected"),
        replace(survey, organisation_id="test0003", responses=responses[:6]),
        replace(
            survey,
            organisation_id="test0004",
            weight_method="poststratify",
            weight_by="channel",
            targets=({"channel": "web", "population": 900}, {"channel": "phone", "population": 100}),
        ),
        *(
            replace(survey, organisation_id=name, responses=responses[:230])
            for name in ("test0005", "test0006")
        ),
    ]
    landed.write(folder, surveys, state)
    landed.write_process(folder, "test0001", [line])
    return folder


@pytest.fixture(scope="module")
def checks(work: Path) -> list[Any]:
    """The data tests of the manifest as dbt ran them, all green."""
    result = warehouse.build(work)
    warehouse.succeed(result)
    return [node.node for node in result.result.results if node.node.resource_type == "test"]


@pytest.fixture
def connection(work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(work / "warehouse.duckdb")) as opened:
        yield opened


def test_every_check_turns_red(checks: list[Any], connection: duckdb.DuckDBPyConnection) -> None:
    silent = [check.name for check in checks if not turns_red(check, connection)]
    assert silent == []


def test_no_spoiler_is_left_over(checks: list[Any]) -> None:
    assert set(SPOILERS) <= {check.name for check in checks}


def test_there_are_checks(checks: list[Any]) -> None:
    assert len(checks) > 60


def turns_red(check: Any, connection: duckdb.DuckDBPyConnection) -> bool:
    """Spoil the warehouse for `check`, run its SQL, and put the warehouse back."""
    assert not rows_of(check, connection), f"{check.name} is red before anything is spoilt"
    connection.execute("begin")
    try:
        for statement in spoiler(check).split(";"):
            connection.execute(statement)
        return rows_of(check, connection)
    finally:
        connection.execute("rollback")


def spoiler(check: Any) -> str:
    """The statements for one check; KeyError for a check that nobody has spoilt yet."""
    table = getattr(check, "attached_node", None) or ""
    names = {"table": relation(table), "column": getattr(check, "column_name", None)}
    if check.name in SPOILERS:
        return SPOILERS[check.name].format(**names)
    statement = BY_KIND[check.test_metadata.name].format(**names)
    where = check.config.where
    return f"{statement} where {where}" if where and "update" in statement else statement


def relation(unique_id: str) -> str:
    """`model.meethuis.kpi` as schema and table."""
    if not unique_id:
        return ""
    kind, _, name = unique_id.split(".")[:3]
    if kind == "seed":
        return f"reference.{name}"
    if name in STORED:
        return STORED[name]
    (folder,) = (
        path.parent.name
        for path in (warehouse.PROJECT / "models").rglob(f"{name}.*")
        if path.suffix != ".yml"
    )
    return f"{folder}.{name}"


def rows_of(check: Any, connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute(check.compiled_code).fetchall())
