"""Jobs and the schedule: what may run unattended.

One job is the night; one only takes in and answers; one re-runs a single organisation. Each is one process: a step
costs milliseconds, an import of the framework seconds.
"""

import dagster as dg

from orchestration.assets import INTAKE

NIGHTLY, INTAKE_JOB, ORGANISATION = "nightly", "intake_only", "one_organisation"

nightly_job = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all(),
    description="Take in what changed, check, transform, publish, write receipts.",
)

intake_job = dg.define_asset_job(
    INTAKE_JOB,
    selection=dg.AssetSelection.groups(INTAKE),
    description="Take in what changed, check it and answer; only the night publishes.",
)

organisation_job = dg.define_asset_job(
    ORGANISATION,
    selection=dg.AssetSelection.all(),
    description="The night for one organisation: set resources.night.config.organisation_id.",
    config={"resources": {"night": {"config": {"organisation_id": ""}}}},
)

nightly_schedule = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly_job,
    cron_schedule="0 2 * * *",
    execution_timezone="Europe/Amsterdam",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
