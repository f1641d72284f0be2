"""Events stored over open connections are the ones that Dagster's own storage reads, in the same files."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from orchestration.dagster_storage import KeptEventLog
from orchestration.installation import dagster_home

CHECK = dg.AssetCheckSpec("rows_add_up", asset="counted")


@dg.asset(check_specs=[CHECK])
def counted(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Two organisations, and a check that fails."""
    for organisation_id in ("gm0344", "gm0363"):
        metadata = {"organisation_id": organisation_id}
        context.log_event(dg.AssetMaterialization(asset_key=context.asset_key, metadata=metadata))
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(passed=False, check_name="rows_add_up")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", "")
        return dagster_home(work)


@pytest.fixture(scope="module")
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", str(home))
        with dg.DagsterInstance.get() as opened:
            yield opened


@pytest.fixture(scope="module")
def runs(instance: dg.DagsterInstance) -> list[str]:
    return [dg.materialize([counted], instance=instance).run_id for _ in range(6)]


def test_the_home_of_a_night_uses_it(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, KeptEventLog)


def test_dagsters_own_class_reads_the_same_events(home: Path, runs: list[str]) -> None:
    records = SqliteEventLogStorage(str(home / "history" / "runs")).get_records_for_run(runs[-1]).records
    events = [one.event_log_entry.dagster_event_type for one in records]
    assert events.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 3
    assert events.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION) == 1
    assert events[-1] == dg.DagsterEventType.RUN_SUCCESS


def test_assets_and_checks_are_found_across_runs(instance: dg.DagsterInstance, runs: list[str]) -> None:
    found = instance.fetch_materializations(dg.AssetKey("counted"), limit=100).records
    assert [one.run_id for one in found] == [run_id for run_id in reversed(runs) for _ in range(3)]
    checks = instance.event_log_storage.get_asset_check_execution_history(CHECK.key, limit=100)
    assert [(one.run_id, one.status.value) for one in checks] == [(one, "FAILED") for one in reversed(runs)]


def test_few_files_stay_open_however_many_runs_there_are(
    home: Path, instance: dg.DagsterInstance, runs: list[str]
) -> None:
    assert all(instance.all_logs(run_id) for run_id in runs)
    links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    events = {one for one in links if one.parent == home / "history" / "runs" and one.suffix == ".db"}
    assert home / "history" / "runs" / f"{runs[-1]}.db" in events
    assert len(events) <= 4


def test_a_deleted_history_is_begun_anew(instance: dg.DagsterInstance, runs: list[str]) -> None:
    instance.event_log_storage.wipe()
    assert not instance.all_logs(runs[0])
    again = dg.materialize([counted], instance=instance).run_id
    assert instance.all_logs(again)
