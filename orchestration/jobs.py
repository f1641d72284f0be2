"""Jobs and the schedule: what may run unattended.

One job is the night; one only takes in and answers; one re-runs a single organisation. Each is one process: a step
costs milliseconds, an import of the framework seconds.
"""

import dagster as dg

from orchestration.assets import INTAKE

NIGHTLY, INTAKE_JOB, ORGANISATION = "nightly", "intake_only", "one_organisation"

# Run monitoring ends a run that takes longer; the biggest night measured takes minutes (docs/performance.md).
_MAX_RUNTIME_SECONDS = 4 * 3600
# A retry from the step that failed would find a night in which nothing was taken in or read.
_UNATTENDED = {"dagster/max_runtime": str(_MAX_RUNTIME_SECONDS), "dagster/retry_strategy": "ALL_STEPS"}

nightly_job = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all(),
    description="Take in what changed, check, transform, publish, write receipts.",
    tags=_UNATTENDED,
)

intake_job = dg.define_asset_job(
    INTAKE_JOB,
    selection=dg.AssetSelection.groups(INTAKE),
    description="Take in what changed, check it and answer; only the night publishes.",
    tags=_UNATTENDED,
)

organisation_job = dg.define_asset_job(
    ORGANISATION,
    selection=dg.AssetSelection.all(),
    description="The night for one organisation: set resources.night.config.organisation_id.",
    tags=_UNATTENDED,
    config={"resources": {"night": {"config": {"organisation_id": ""}}}},
)

nightly_schedule = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly_job,
    cron_schedule="0 2 * * *",
    execution_timezone="Europe/Amsterdam",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
