"""One run of the nightly job in this process, and the exit code it deserves.

Belongs here: executing the Dagster job with an opened night and translating its end into the contract's exit codes.
Does not belong here: what the job does, and how it is shown (`summary`).
"""

import logging
import warnings
from dataclasses import dataclass
from typing import Any

from orchestration.faults import StepStorageError
from orchestration.installation import Installation, dagster_home
from orchestration.log import record
from orchestration.night import Night, night
from orchestration.publication import HeldPublication, PublicationError
from orchestration.suppression import suppression
from sources.bucket import StorageError
from sources.outcome import Outcome

PUBLISHED, NEEDS_LOOK, MISCONFIGURED, STORAGE, ACTIVE, UNVERIFIED = 0, 2, 3, 4, 5, 6
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    night: Night
    outcomes: dict[str, list[Outcome]]
    mapping_issues: dict[str, list[str]]
    exit_code: int
    fault: str | None
    suppression: list[dict[str, Any]]
    held_publication: HeldPublication | None


def run_night(installation: Installation, only: str | None) -> Ended:
    """Execute the nightly job; the caller holds the run lock of the work folder."""
    with night(installation, only, is_locked=True) as opened:
        record("run", opened.ledger.run_id, "started", organisation_id=only)
        fault = _execute(installation, opened)
        code = _exit_code(opened, fault)
        _log(opened)
        record("run", opened.ledger.run_id, "ended", exit_code=code)
        issues = {
            organisation_id: [str(issue) for found in one.issues.values() for issue in found]
            for organisation_id, one in sorted(opened.configurations.items())
            if one.issues
        }
        hidden = suppression(installation.work.warehouse) if opened.is_published else []
        # Now, while the ledger is open: a run that stopped early has not asked yet.
        held = opened.held_publication
        return Ended(opened, opened.outcomes, issues, code, str(fault) if fault else None, hidden, held)


def _log(opened: Night) -> None:
    for one in opened.handled:
        codes = ",".join(sorted({problem.code for problem in one.problems}))
        record("settle", one.delivery_id[:12], one.status, organisation_id=one.organisation_id, codes=codes)
    if opened.published is not None:
        word = "published" if opened.published.is_new else "unchanged"
        record("publish", opened.published.snapshot_id, word)


def _execute(installation: Installation, opened: Night) -> BaseException | None:
    """Run the job and return what stopped it, if anything did."""
    dagster_home(installation.settings.work)
    warnings.filterwarnings("ignore", category=Warning, module="dagster")
    # Not "dagster" itself: importing it may set that one's level again.
    logging.getLogger("dagster._core").setLevel(logging.CRITICAL)
    import dagster as dg
    import sqlalchemy as sa

    from orchestration.definitions import defs
    from orchestration.jobs import NIGHTLY

    job = defs().resolve_job_def(NIGHTLY)
    try:
        with dg.DagsterInstance.get() as instance:
            result = job.execute_in_process(
                run_config=_QUIET, instance=instance, raise_on_error=False, resources={"night": opened}
            )
    except (OSError, sa.exc.OperationalError) as fault:
        # Dagster could not write its own record of the run.
        work = installation.settings.work
        return _Fault(StepStorageError.__name__, f"{work} cannot be written: {type(fault).__name__}")
    if result.success:
        return None
    for event in result.get_step_failure_events():
        error = event.step_failure_data.error
        if error is not None:
            cause = error.cause or error
            return _Fault(str(cause.cls_name), cause.message.strip().partition(": ")[2])
    return _Fault("CheckFailed", "a blocking check failed; `make dagster` shows which")


class _Fault(Exception):
    """What stopped a step: the class and the message that Dagster recorded of it."""

    def __init__(self, cls_name: str, message: str) -> None:
        super().__init__(message)
        self.cls_name = cls_name


def _exit_code(opened: Night, fault: BaseException | None) -> int:
    if isinstance(fault, _Fault):
        storage = {one.__name__ for one in (StorageError, PublicationError, StepStorageError)}
        return STORAGE if fault.cls_name in storage else UNVERIFIED
    return NEEDS_LOOK if opened.needs_look else PUBLISHED
