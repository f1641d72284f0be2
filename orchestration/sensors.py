"""The drop-zone sensor: takes in and answers between nights, so that nobody waits until morning.

Belongs here: noticing that the bucket holds something unsighted. Does not belong here: reading it; the intake job does.
"""

import hashlib

import dagster as dg

from orchestration.jobs import intake_job
from orchestration.lock import RunActive, run_lock
from orchestration.settings import Settings, settings_from
from sources.bucket import Bucket, StorageError

INTERVAL_SECONDS = 120


@dg.sensor(
    job=intake_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the intake job when the listing of the bucket differs from the one seen last.",
)
def drop_zone_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run per changed listing; the cursor is a digest, so it never grows."""
    settings = settings_from({})
    try:
        listing = listing_digest(settings)
        with run_lock(settings.work):
            pass
    except (StorageError, RunActive) as error:
        return dg.SkipReason(str(error))
    if listing == context.cursor:
        return dg.SkipReason("nothing new in the bucket")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=listing)], cursor=listing)


def listing_digest(settings: Settings) -> str:
    """Changes with any name, size, store time or marker in the bucket; our own receipts do not count."""
    bucket, digest = Bucket(settings.bucket), hashlib.sha256()
    for organisation_id in bucket.organisation_folders():
        try:
            objects = bucket.objects(organisation_id)
        except StorageError:
            continue
        for item in objects:
            digest.update(
                f"{organisation_id}/{item.key}\0{item.size}\0{item.stored_at}\0{item.marker}\0{item.is_settled}\n".encode(
                    "utf-8", "backslashreplace"
                )
            )
    return digest.hexdigest()
