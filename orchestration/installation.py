"""The installation: everything a run needs, opened and checked before anything is touched.

Belongs here: opening the bucket, the reference tables, the keys and the work folder, and the errors that stop a run
before it starts. Does not belong here: what a run does with them (`night`).
"""

import csv
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from orchestration.settings import CLONE, DBT_PROJECT, SAMPLE_BUCKET, Settings
from sources.bucket import Bucket, StorageError
from sources.pseudonyms import ENVIRONMENT_VARIABLE, KeyRing, development_key_ring, key_ring_from_environment
from sources.reference import Reference, assemble, load
from sources.workfolder import WorkFolder

# The URI of a PostgreSQL database for Dagster's runs, events and schedules, in the place of SQLite files.
DAGSTER_POSTGRES = "MEETHUIS_DAGSTER_POSTGRES"
_DATABASE_SECONDS = 10

SEEDS, SAMPLE = DBT_PROJECT / "seeds", CLONE / "sample"


class ConfigurationError(Exception):
    """The installation cannot run as it is configured; nothing was touched (exit code 3)."""


@dataclass(frozen=True)
class Installation:
    """An opened installation."""

    settings: Settings
    work: WorkFolder
    bucket: Bucket
    reference: Reference
    keys: KeyRing
    # A rehearsal knows one file, whatever lies in the stores of the organisations.
    is_pulling: bool = True

    @property
    def holds_invented_data(self) -> bool:
        """Whether names and publication must say that this is an example."""
        return self.keys.is_development or self.settings.is_sample_bucket or self.bucket.holds_demo()


def open_installation(settings: Settings) -> Installation:
    """Check the configuration, then the storage, then open both.

    Raises ConfigurationError, StoreConfigurationError, ReferenceError, KeyConfigurationError (exit code 3) or
    StorageError (4).
    """
    keys = check_configuration(settings)
    work, bucket = WorkFolder(settings.work), Bucket(settings.bucket)
    _prepare_storage(settings, work)
    assemble(SEEDS, settings.model, work.model)
    reference = load(work.model)
    return Installation(settings, work, bucket, reference, keys)


def check_configuration(settings: Settings) -> KeyRing:
    """The keys, once the folders of a configuration are found to be there; touches nothing.

    Raises ConfigurationError or KeyConfigurationError (exit code 3).
    """
    keys = _keys(settings)
    if not settings.organisations.is_dir():
        raise ConfigurationError(
            f"--organisations: {settings.organisations} is not a folder of mapping files"
        )
    if settings.model is not None and not settings.model.is_dir():
        raise ConfigurationError(f"--model: {settings.model} is not a folder of reference tables")
    # Reaches for nothing yet: an address that cannot be used says so here.
    Bucket(settings.bucket)
    return keys


def _keys(settings: Settings) -> KeyRing:
    keys = key_ring_from_environment()
    if keys is not None:
        return keys
    if settings.is_sample_bucket:
        return development_key_ring()
    raise ConfigurationError(
        f"{ENVIRONMENT_VARIABLE} is not set: give JSON or the path of a JSON file with a key per organisation"
        ' (or one for "*"); only the sample bucket runs without'
    )


def _prepare_storage(settings: Settings, work: WorkFolder) -> None:
    try:
        work.create()
        settings.published.mkdir(parents=True, exist_ok=True)
        for folder in (settings.work, settings.published):
            probe = folder / ".writable"
            probe.touch()
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename} cannot be written: {error.strerror}") from error


def fill_sample_bucket(settings: Settings) -> None:
    """For the sample bucket only: copy the repository's deliveries once, each with the time it was 'received'."""
    if not settings.is_sample_bucket or SAMPLE_BUCKET.exists():
        return
    temporary = SAMPLE_BUCKET.with_name(".bucket.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(SAMPLE / "bucket", temporary)
    with (SAMPLE / "received.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            moment = datetime.fromisoformat(row["received_at"]).timestamp()
            os.utime(temporary / row["key"], (moment, moment))
    temporary.replace(SAMPLE_BUCKET)


def git_commit() -> str | None:
    """The commit the code stands at; None outside a clone."""
    try:
        found = subprocess.run(
            ["git", "-C", str(CLONE), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def dagster_home(work: Path) -> Path:
    """The DAGSTER_HOME of a work folder, configured as this release and the environment say; sets the variable.

    Raises ConfigurationError or StorageError when MEETHUIS_DAGSTER_POSTGRES names no database that can be used.
    """
    if os.environ.get(DAGSTER_POSTGRES):
        _try_database(os.environ[DAGSTER_POSTGRES])
    home = work / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    target, text = home / "dagster.yaml", _dagster_configuration()
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        # Several services may start at once: none of them reads half a file.
        temporary = home / f".dagster.yaml.{os.getpid()}"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def _dagster_configuration() -> str:
    text = Path(__file__).with_name("dagster.yaml").read_text(encoding="utf-8")
    if not os.environ.get(DAGSTER_POSTGRES):
        return text
    # By the variable's name: the URI may hold a password and stands in no file.
    storage = {"postgres": {"postgres_url": {"env": DAGSTER_POSTGRES}}}
    return yaml.safe_dump(yaml.safe_load(text) | {"storage": storage}, sort_keys=False)


def _try_database(uri: str) -> None:
    import sqlalchemy as sa

    if not uri.startswith("postgresql://"):
        raise ConfigurationError(
            f"{DAGSTER_POSTGRES}: expected a URI such as postgresql://dagster@127.0.0.1/dagster"
        )
    try:
        sa.create_engine(uri, connect_args={"connect_timeout": _DATABASE_SECONDS}).connect().close()
    except sa.exc.OperationalError as error:
        raise StorageError(f"{DAGSTER_POSTGRES}: no connection: {str(error.orig).strip()}") from None
    except (sa.exc.ArgumentError, ValueError):
        # Their text repeats the URI, password included.
        raise ConfigurationError(f"{DAGSTER_POSTGRES}: this is no URI of PostgreSQL") from None
