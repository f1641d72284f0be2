"""The run launcher: Dagster's own, which also knows when the process of a run has died.

Dagster's default launcher cannot tell, so a killed run stays *started*, and as only one may run, nothing starts after
it. `dagster.yaml` names this one; run monitoring asks it. Belongs here: whether the process of a run lives. Does not
belong here: what happens to the run then (run monitoring and retries do that).
"""

from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.dagster_run import DagsterRun

from orchestration.lock import RunActive, run_lock
from orchestration.settings import settings_from


class LockedRunLauncher(DefaultRunLauncher):
    """A run lives as long as somebody holds the run lock of the work folder that `MEETHUIS_WORK` names.

    A run takes the lock a moment after it is *started* and gives it back a moment before it has ended: it counts as
    dead only when the lock was free twice in a row, a poll interval apart.
    """

    _without_lock: frozenset[str] = frozenset()

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """RUNNING, or FAILED when no process can be at work on this run."""
        try:
            with run_lock(settings_from({}).work):
                was_free, self._without_lock = (
                    run.run_id in self._without_lock,
                    self._without_lock | {run.run_id},
                )
        except RunActive:
            self._without_lock -= {run.run_id}
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        if was_free:
            return CheckRunHealthResult(
                WorkerStatus.FAILED, "nobody holds the run lock: its process has died"
            )
        return CheckRunHealthResult(WorkerStatus.RUNNING)
