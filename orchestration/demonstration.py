"""The verb `demo`: options to an order, and what was written as a summary.

Belongs here: checking the options, calling `synthetic`, choosing what a person needs to see. Does not belong here: what
the synthetic government consists of.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from orchestration.console import console_for_people
from orchestration.installation import SEEDS, ConfigurationError
from orchestration.progress import progress
from orchestration.settings import CLONE, Settings, SettingsError
from sources.bucket import StorageError
from sources.periods import AMSTERDAM
from sources.reference import Reference, assemble, load
from synthetic.folders import TRUTH, Demo, FolderError
from synthetic.government import MOST_ORGANISATIONS, Order, Roll, roll
from synthetic.process import MAPPING_ID
from synthetic.truth import Truth

# Two weeks after the last month that is generated without a clock of its own.
DEFAULT_NOW = datetime(2026, 2, 16, tzinfo=AMSTERDAM)
_FIRST_YEAR = 1970
_MOST = {"count": MOST_ORGANISATIONS, "responses": 100_000, "months": 120}


def demonstrate(
    settings: Settings,
    *,
    is_placed: bool,
    count: int,
    responses: int,
    months: int,
    seed: int,
    has_traps: bool,
) -> dict[str, Any]:
    """Write a synthetic government and return its summary.

    Raises SettingsError or ConfigurationError (exit code 3), with nothing touched, and StorageError (4).
    """
    for name, value in (("count", count), ("responses", responses), ("months", months)):
        if not 1 <= value <= _MOST[name]:
            raise SettingsError(f"--{name}: expected a whole number from 1 to {_MOST[name]}")
    if seed < 0:
        raise SettingsError("--seed: expected a whole number of 0 or more")
    bucket = _bucket(settings, is_placed)
    order = Order(count, responses, months, seed, _now(settings), has_traps)
    reference = _reference(settings)
    on_roll = roll(order, reference)
    _require_nodes(on_roll, reference)
    truth = Truth(order, reference)
    demo = Demo(bucket, settings.organisations)
    try:
        _write(demo, order, on_roll, truth)
    except FolderError as error:
        raise ConfigurationError(str(error)) from error
    except OSError as error:
        raise StorageError(f"{error.filename} cannot be written: {error.strerror}") from error
    return _summary(settings, bucket, order, on_roll, truth)


def _write(demo: Demo, order: Order, on_roll: Roll, truth: Truth) -> None:
    demo.claim([
        f"{organisation_id}/{mapping_id}.yml"
        for organisation_id, survey in on_roll.surveys.items()
        for mapping_id in (survey.mapping["mapping_id"], *([MAPPING_ID] if survey.process_services else []))
    ])  # fmt: skip
    with progress("write", len(on_roll.surveys)) as advance:
        demo.write(order, on_roll, truth, advance)


def _require_nodes(on_roll: Roll, reference: Reference) -> None:
    asked = {
        question.node_id
        for survey in on_roll.surveys.values()
        for question in survey.questions
        if not question.is_own
    }
    if lacking := sorted(asked - reference.node_ids):
        raise ConfigurationError(
            f"--model: the surveys of a demo measure {', '.join(lacking)}, which this model lacks;"
            " use the product's model"
        )


def _bucket(settings: Settings, is_placed: bool) -> Path:
    if not is_placed:
        raise SettingsError(
            "demo: give both --bucket and --organisations; nothing is written to a default place"
        )
    if "://" in settings.bucket:
        raise SettingsError("--bucket: a demo is written to a folder of this machine, not to a store")
    if settings.organisations.resolve() == CLONE / "sources" / "organisations":
        raise SettingsError(
            "--organisations: the product's own mappings are not for a demo; give another folder"
        )
    if settings.is_sample_bucket:
        raise SettingsError("--bucket: the sample's bucket is not for a demo; give another folder")
    bucket = Path(settings.bucket)
    if settings.organisations.resolve().is_relative_to(bucket.resolve()):
        raise SettingsError(
            "--organisations: a mapping inside the bucket would be taken for a delivery; give a folder outside it"
        )
    return bucket


def _now(settings: Settings) -> datetime:
    now = (settings.now or DEFAULT_NOW).astimezone(AMSTERDAM)
    if now.year < _FIRST_YEAR:
        raise SettingsError(f"--now: a demo takes place in {_FIRST_YEAR} or later")
    return now


def _reference(settings: Settings) -> Reference:
    if settings.model is not None and not settings.model.is_dir():
        raise ConfigurationError(f"--model: {settings.model} is not a folder of reference tables")
    with tempfile.TemporaryDirectory() as folder:
        assemble(SEEDS, settings.model, Path(folder) / "model")
        return load(Path(folder) / "model")


def _summary(settings: Settings, bucket: Path, order: Order, on_roll: Roll, truth: Truth) -> dict[str, Any]:
    return {
        "bucket": str(bucket),
        "organisations_dir": str(settings.organisations),
        "truth": str(bucket / TRUTH),
        "seed": order.seed,
        "months": [f"{day:%Y-%m}" for day in order.first_days],
        "now": order.now.astimezone(UTC).isoformat(),
        "organisations": len(on_roll.surveys),
        "deliveries": sum(one.deliveries for one in truth.surveys.values()),
        "rows": sum(one.rows for one in truth.surveys.values()),
        "surveys": {name: vars(one) for name, one in sorted(truth.surveys.items())},
        "traps": {trap["trap_id"]: trap["organisation_id"] for trap in truth.traps},
        "traps_left_out": on_roll.left_out if order.has_traps else [],
    }


def show_demo(summary: dict[str, Any]) -> None:
    """Print what was written for people."""
    console = console_for_people()
    table = Table(title="Surveys", title_justify="left")
    for name in ("survey", "format", "profile"):
        table.add_column(name)
    for name in ("organisations", "deliveries", "rows"):
        table.add_column(name, justify="right")
    for name, one in summary["surveys"].items():
        numbers = (one["organisations"], one["deliveries"], one["rows"])
        table.add_row(name, one["format"], one["profile"], *(f"{number:,}" for number in numbers))
    console.print(table)
    console.print(
        f"{summary['organisations']} organisations, {summary['months'][0]} to {summary['months'][-1]}:"
        f" {summary['deliveries']} deliveries with {summary['rows']:,} rows in {summary['bucket']}",
        markup=False,
    )
    console.print(f"The truth behind them is in {summary['truth']}", markup=False)
    if summary["traps"]:
        console.print(
            f"{len(summary['traps'])} traps planted, see {summary['truth']}/traps.json", markup=False
        )
    if summary["traps_left_out"]:
        console.print(
            f"Not planted: {', '.join(summary['traps_left_out'])}; give more --count, --responses or --months.",
            markup=False,
            style="yellow",
        )
