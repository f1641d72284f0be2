"""A run whose process died is noticed, ended and tried again; one that lives is left alone."""

import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from orchestration.installation import dagster_home
from orchestration.lock import run_lock
from orchestration.run_launcher import LockedRunLauncher


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEETHUIS_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("MEETHUIS_DAGSTER_POSTGRES", raising=False)
    dagster_home(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def instance(work: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as opened:
        yield opened


def _started(instance: dg.DagsterInstance) -> DagsterRun:
    return create_run_for_test(instance, job_name="nightly", status=dg.DagsterRunStatus.STARTED)


def _monitor(instance: dg.DagsterInstance) -> None:
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as context:
        errors = list(execute_run_monitoring_iteration(context, logging.getLogger("monitoring")))
    assert errors == [None]


def _status(instance: dg.DagsterInstance, run: DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_the_home_of_a_night_uses_it(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_launcher, LockedRunLauncher)
    assert instance.run_monitoring_enabled
    assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 1)


def test_a_run_without_a_process_is_ended_at_the_second_look(instance: dg.DagsterInstance) -> None:
    run = _started(instance)
    _monitor(instance)
    assert _status(instance, run) == dg.DagsterRunStatus.STARTED
    _monitor(instance)
    assert _status(instance, run) == dg.DagsterRunStatus.FAILURE
    retried = instance.get_run_by_id(run.run_id)
    assert retried is not None
    assert retried.tags["dagster/will_retry"] == "true"


def test_a_run_that_lives_is_left_alone(instance: dg.DagsterInstance, work: Path) -> None:
    run = _started(instance)
    with run_lock(work):
        _monitor(instance)
        _monitor(instance)
    assert _status(instance, run) == dg.DagsterRunStatus.STARTED


def test_a_look_between_two_steps_of_a_run_is_forgotten(instance: dg.DagsterInstance, work: Path) -> None:
    run, launcher = _started(instance), instance.run_launcher
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    with run_lock(work):
        assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    assert launcher.check_run_worker_health(run).status == WorkerStatus.FAILED


def test_every_job_is_tried_again_from_its_first_step_and_has_an_end() -> None:
    from orchestration.jobs import intake_job, nightly_job, organisation_job

    for job in (nightly_job, intake_job, organisation_job):
        assert job.tags is not None
        assert job.tags["dagster/retry_strategy"] == "ALL_STEPS"
        assert 0 < int(job.tags["dagster/max_runtime"]) < 24 * 3600
