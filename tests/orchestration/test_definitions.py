"""What may run unattended: declared here, and nothing else."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import defs

CLONE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


def test_three_jobs_one_schedule_one_sensor(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    jobs = {name for name in repository.job_names if not name.startswith("__")}
    assert jobs == {"nightly", "intake_only", "one_organisation"}
    schedules = {one.name: (one.cron_schedule, one.execution_timezone) for one in repository.schedule_defs}
    assert schedules == {"nightly_at_two": ("0 2 * * *", "Europe/Amsterdam")}
    sensors = {one.name: (one.job_name, one.minimum_interval_seconds) for one in repository.sensor_defs}
    assert sensors == {"drop_zone_sensor": ("intake_only", 120)}


def test_only_the_night_publishes(definitions: dg.Definitions) -> None:
    intake = definitions.resolve_job_def("intake_only")
    touched = {key.to_user_string() for key in intake.asset_layer.executable_asset_keys}
    assert touched == {
        "sighted_deliveries", "landed_responses", "judged_deliveries", "settled_deliveries", "receipts"
    }  # fmt: skip


def test_every_mart_comes_before_the_snapshot(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    parents = graph.get(dg.AssetKey("published_snapshot")).parent_keys
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert marts
    assert parents == marts | {dg.AssetKey("disclosure_audit")}


def test_every_asset_says_what_it_is(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    silent = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).description]
    assert not silent


def test_the_workspace_file_loads() -> None:
    program = Path(sys.executable).with_name("dagster")
    done = subprocess.run(
        [program, "definitions", "validate", "-w", "workspace.yaml"], cwd=CLONE, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_dg_loads_the_project() -> None:
    program = Path(sys.executable).with_name("dg")
    done = subprocess.run(
        [program, "list", "defs", "--json"], cwd=CLONE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "nightly_at_two" in done.stdout
