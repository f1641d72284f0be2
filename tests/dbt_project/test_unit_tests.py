"""Runs dbt's own unit tests: rows worked out by hand, beside each model."""

from __future__ import annotations

import json
from pathlib import Path

from orchestration.project import manifest_path
from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Survey, responses_of

# Models that only hand through what another table holds.
WITHOUT_CASES = {
    "breakdown",
    "code_label",
    "kpi",
    "trend",
    "expected_delivery",
    "snapshot",
    "response",
    "organisation",
    "stg_organisation_state",
    "stg_weight_target",
    "stg_weighting",
}
# The rules are those of the packages disclosure and estimation.
ELSEWHERE = {
    "int_benchmark",
    "int_government",
    "int_process_protection",
    "int_driver_analysis",
    "int_driver_protection",
    "int_response_protection",
    "int_revision",
    "int_trend_test",
    "int_weight",
    "int_weight_variance",
}


def test_every_hand_computed_case_holds(work: Path) -> None:
    landed.write(work, [Survey(responses_of([1, 2, 3, 4, 5] * 6))])
    warehouse.transform(work)
    result = warehouse.build(work, "test", "--select", "test_type:unit")
    warehouse.succeed(result)
    assert len(result.result.results) >= 25


def test_every_model_with_a_rule_has_a_case() -> None:
    manifest = json.loads(manifest_path().read_text())
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    with_cases = {case["model"] for case in manifest["unit_tests"].values()}
    assert models - with_cases == WITHOUT_CASES | ELSEWHERE
