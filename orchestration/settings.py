"""Settings: where things stand and by which clock, from options or `MEETHUIS_*` environment variables.

Belongs here: reading and defaulting them. Does not belong here: opening anything.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sources.landing_term import DEFAULT_DAYS, TermError, landing_days
from sources.periods import AMSTERDAM

CLONE = Path(__file__).resolve().parent.parent
SAMPLE_BUCKET = CLONE / "data" / "bucket"
DBT_PROJECT = CLONE / "dbt_project"


class SettingsError(Exception):
    """An option or environment variable cannot be used (exit code 3)."""


@dataclass(frozen=True)
class Settings:
    """Options of every verb; `now` is None for the machine's clock."""

    bucket: str
    work: Path
    published: Path
    organisations: Path
    model: Path | None
    now: datetime | None
    threads: int
    landing_days: int = DEFAULT_DAYS

    @property
    def clock(self) -> datetime:
        """The run's clock in UTC."""
        return self.now or datetime.now(tz=UTC)

    @property
    def is_sample_bucket(self) -> bool:
        """Whether this is the bucket that `make run` fills from the repository."""
        return "://" not in self.bucket and Path(self.bucket).resolve() == SAMPLE_BUCKET

    def as_environment(self) -> dict[str, str]:
        """The settings as environment variables, for processes that Dagster starts."""
        found = {
            "MEETHUIS_BUCKET": self.bucket,
            "MEETHUIS_WORK": str(self.work),
            "MEETHUIS_PUBLISHED": str(self.published),
            "MEETHUIS_ORGANISATIONS": str(self.organisations),
            "MEETHUIS_THREADS": str(self.threads),
            "MEETHUIS_LANDING_DAYS": str(self.landing_days),
            "DAGSTER_HOME": str(self.work / "dagster"),
        }
        if self.model is not None:
            found["MEETHUIS_MODEL"] = str(self.model)
        if self.now is not None:
            found["MEETHUIS_NOW"] = self.now.isoformat()
        return found


def settings_from(options: Mapping[str, str | None], environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from given options, else `MEETHUIS_<NAME>`, else defaults inside the clone; raises SettingsError."""

    def value(name: str, default: str | None) -> str | None:
        return options.get(name) or environment.get(f"MEETHUIS_{name.upper()}") or default

    data = CLONE / "data"
    model = value("model", None)
    return Settings(
        bucket=_located(str(value("bucket", str(data / "bucket")))),
        work=Path(str(value("work", str(data / "work")))).absolute(),
        published=Path(str(value("published", str(data / "published")))).absolute(),
        organisations=Path(str(value("organisations", str(CLONE / "sources" / "organisations")))).absolute(),
        model=Path(model).absolute() if model else None,
        now=_moment(value("now", None)),
        landing_days=_landing_days(environment),
        threads=_threads(str(value("threads", str(min(2, os.cpu_count() or 1))))),
    )


def _located(bucket: str) -> str:
    return bucket if "://" in bucket else str(Path(bucket).absolute())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=AMSTERDAM)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SettingsError("--now: expected an ISO 8601 time such as 2026-02-01T02:00:00+01:00") from error


def _landing_days(environment: Mapping[str, str]) -> int:
    try:
        return landing_days(environment)
    except TermError as error:
        raise SettingsError(str(error)) from None


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 64:
        raise SettingsError("--threads: expected a whole number from 1 to 64")
    return int(text)
