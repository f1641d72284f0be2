"""The code location: assets, jobs, the schedule, the sensor, assembled once."""

import json

import dagster as dg

from orchestration import assets
from orchestration.jobs import intake_job, nightly_job, nightly_schedule, organisation_job
from orchestration.project import manifest_path
from orchestration.resources import night_resource
from orchestration.sensors import drop_zone_sensor


@dg.definitions
def defs() -> dg.Definitions:
    """Everything that may run: three jobs, one schedule, one sensor."""
    manifest = json.loads(manifest_path().read_text(encoding="utf-8"))
    warehouse = assets.warehouse_assets(manifest)
    marts = [key for key in warehouse.keys if key.path[0] == "marts"]
    intake = [
        assets.sighted_deliveries, assets.landed_responses, assets.judged_deliveries,
        assets.settled_deliveries, assets.receipts,
    ]  # fmt: skip
    return dg.Definitions(
        assets=[*intake, warehouse, *assets.publication_assets(marts)],
        jobs=[nightly_job, intake_job, organisation_job],
        schedules=[nightly_schedule],
        sensors=[drop_zone_sensor],
        resources={"night": night_resource},
        executor=dg.in_process_executor,
    )
