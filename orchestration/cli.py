"""The command line: `meethuis VERB`, its options and its exit codes.

Belongs here: parsing options and printing results. Does not belong here: what a verb does. Imports stay inside the
verbs: `--help` must not load Dagster.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from orchestration.settings import CLONE, Settings, SettingsError, settings_from

MISCONFIGURED, STORAGE, ACTIVE, UNVERIFIED = 3, 4, 5, 6


def _options(verb: Callable[..., None]) -> Callable[..., None]:
    """The options that every verb has; each also reads `MEETHUIS_<NAME>`."""
    described = (
        ("--bucket", "Bucket of organisation folders: a path, s3://bucket/prefix or sftp://host/path."),
        ("--work", "Folder for landing, ledger, warehouse and DAGSTER_HOME."),
        ("--published", "Folder of the published snapshots."),
        ("--organisations", "Folder of mapping files, one folder per organisation."),
        ("--model", "Folder of reference tables that replace the product's (docs/model.md)."),
        ("--now", "The run's clock, ISO 8601; the machine's clock when absent."),
        ("--threads", "Threads and reader processes."),
    )
    verb = click.option(
        "--json", "as_json", is_flag=True, envvar="MEETHUIS_JSON", help="Summary as JSON on standard output."
    )(verb)
    for name, text in reversed(described):
        verb = click.option(name, envvar=f"MEETHUIS_{name[2:].upper()}", help=text)(verb)
    return verb


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Meethuis: take in survey exports, check them, compute comparable figures, publish them."""


def _settings(options: dict[str, Any]) -> Settings:
    return settings_from({name: options.get(name) for name in (
        "bucket", "work", "published", "organisations", "model", "now", "threads"
    )})  # fmt: skip


@cli.command(epilog="Example: meethuis run --bucket /srv/meethuis/bucket --work /srv/meethuis/work")
@click.option("--organisation", help="Take in this organisation only.")
@_options
def run(organisation: str | None, as_json: bool, **options: Any) -> None:
    """The nightly run: take in what changed, check, transform, publish, write receipts."""
    from orchestration.lock import run_lock
    from orchestration.stopping import stop_when_told

    stop_when_told()
    settings = _settings(options)
    if not settings.work.is_dir():
        # A first run makes no folder before its configuration is found to be in order.
        _check(settings)
    # Before the libraries of a run are loaded: a second run is told so at once.
    with run_lock(settings.work):
        summary = _run(settings, organisation)
    _show_run(summary, as_json)
    sys.exit(summary["exit_code"])


def _check(settings: Settings) -> None:
    from orchestration.installation import check_configuration

    check_configuration(settings)


def _run(settings: Settings, organisation: str | None) -> dict[str, Any]:
    from orchestration.installation import ConfigurationError, fill_sample_bucket, open_installation
    from orchestration.run import run_night
    from orchestration.summary import run_summary

    installation = open_installation(settings)
    fill_sample_bucket(settings)
    if organisation and not installation.reference.knows_organisation(organisation):
        raise ConfigurationError(f"--organisation: {organisation} is not in the register")
    return run_summary(run_night(installation, organisation))


def _show_run(summary: dict[str, Any], as_json: bool) -> None:
    from orchestration.summary import show_run

    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        show_run(summary)


@cli.command(epilog="Example: meethuis check kto/2026-01.csv --organisation gm0344")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Whose file it is.")
@click.option("--mapping", help="Read it with this mapping, whatever its name is.")
@_options
def check(file: Path, organisation: str, mapping: str | None, as_json: bool, **options: Any) -> None:
    """What would happen to this file: the receipt on standard output, nothing stored."""
    from orchestration.rehearsal import rehearse
    from sources.receipts import as_text

    rehearsal = rehearse(_settings(options), file, organisation, mapping)
    for issue in rehearsal.mapping_issues:
        click.echo(issue, err=True)
    receipt = rehearsal.receipt
    click.echo(json.dumps(receipt, ensure_ascii=False, indent=2) if as_json else as_text(receipt))
    sys.exit(0 if receipt["status"] == "processed" else 2)


@cli.command(epilog="Example: meethuis status --healthy")
@click.option("--healthy", is_flag=True, help="Exit 6 when the last publication is older than 26 hours.")
@_options
def status(healthy: bool, as_json: bool, **options: Any) -> None:
    """What is current, held, rejected, late and expected, per organisation."""
    from orchestration.summary import show_status, status_summary

    summary = status_summary(_settings(options))
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        show_status(summary)
    sys.exit(UNVERIFIED if healthy and not summary["is_healthy"] else 0)


@cli.command(name="explain", epilog="Example: meethuis explain uwv kpi.tevredenheid 2025-H2")
@click.argument("organisation_id", metavar="ORGANISATION")
@click.argument("kpi_id", metavar="KPI")
@click.argument("period_id", metavar="PERIOD")
@_options
def explain_figure(organisation_id: str, kpi_id: str, period_id: str, as_json: bool, **options: Any) -> None:
    """Lead a published figure back to its formula, mapping and model versions, deliveries and receipts; no rows."""
    from orchestration.explanation import explain, show_explanation

    found = explain(_settings(options), organisation_id, kpi_id, period_id)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show_explanation(found)


@cli.command(epilog="Example: meethuis release 3f6c0f5a9d21 --by j.visser")
@click.argument("what", metavar="SHA256|SNAPSHOT")
@click.option("--by", required=True, help="Who decides.")
@_options
def release(what: str, by: str, as_json: bool, **options: Any) -> None:
    """Approve a held delivery, or let publications go on after a rollback; the next run acts on it."""
    from orchestration import interventions

    _told(interventions.release(_settings(options), what, by), as_json)


@cli.command(epilog='Example: meethuis withdraw 3f6c0f5a9d21 --by j.visser --reason "verkeerde bron"')
@click.argument("sha256", metavar="SHA256")
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; kept in the ledger.")
@_options
def withdraw(sha256: str, by: str, reason: str, as_json: bool, **options: Any) -> None:
    """Take a delivery back: it counts as if it had never come. The next run acts on it."""
    from orchestration import interventions

    _told(interventions.withdraw(_settings(options), sha256, by, reason), as_json)


@cli.command(epilog='Example: meethuis rollback --by j.visser --reason "fout in de vertaaltabel van uwv"')
@click.argument("snapshot_id", metavar="[SNAPSHOT]", required=False)
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; kept in the ledger.")
@_options
def rollback(snapshot_id: str | None, by: str, reason: str, as_json: bool, **options: Any) -> None:
    """Put an earlier snapshot back, the one before by default; it stays until `release SNAPSHOT`."""
    from orchestration import interventions

    _told(interventions.rollback(_settings(options), snapshot_id, by, reason), as_json)


@cli.command(epilog="Example: meethuis erase --organisation uwv --respondent 4711")
@click.option("--organisation", required=True, help="Whose data it is.")
@click.option("--respondent", metavar="RAWID", help="The respondent's id as the organisation writes it.")
@click.option("--delivery", metavar="SHA256", help="A whole delivery.")
@_options
def erase(
    organisation: str, respondent: str | None, delivery: str | None, as_json: bool, **options: Any
) -> None:
    """Erase a person or a delivery from every layer, for good; the next run publishes what follows."""
    from orchestration.erase import erase as erase_now
    from orchestration.erase import show_erased

    receipt = erase_now(_settings(options), organisation, respondent, delivery)
    click.echo(json.dumps(receipt, ensure_ascii=False, indent=2) if as_json else show_erased(receipt))


def _told(sentence: str, as_json: bool) -> None:
    click.echo(json.dumps({"done": sentence}, ensure_ascii=False) if as_json else sentence)


@cli.command(epilog="Example: meethuis verify --published /srv/meethuis/published")
@_options
def verify(as_json: bool, **options: Any) -> None:
    """Check that every delivery's rows add up and that the published file is the one its manifest describes."""
    from orchestration.verification import verify_installation

    faults = verify_installation(_settings(options))
    if as_json:
        click.echo(json.dumps({"is_verified": not faults, "faults": faults}, indent=2))
    else:
        click.echo(
            "\n".join(faults)
            or "verified: the ledger adds up, the publication is the one its manifest describes"
        )
    sys.exit(UNVERIFIED if faults else 0)


@cli.command(
    epilog="Example: meethuis demo --bucket /tmp/demo/bucket --organisations /tmp/demo/organisations --traps"
)
@click.option(
    "--count", default=60, show_default=True, help="Organisations: the register's first, then test0001 on."
)
@click.option("--responses", default=100, show_default=True, help="Responses per organisation and month.")
@click.option(
    "--months", default=3, show_default=True, help="Months; the last one is 2026-01, or ended before --now."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same files.")
@click.option("--traps", is_flag=True, help="Plant everything that goes wrong with deliveries, once each.")
@_options
def demo(
    count: int, responses: int, months: int, seed: int, traps: bool, as_json: bool, **options: Any
) -> None:
    """Write a synthetic government: deliveries and mappings of invented answers, and the truth behind them."""
    from orchestration.demonstration import demonstrate, show_demo

    settings = _settings(options)
    summary = demonstrate(
        settings,
        is_placed=bool(options.get("bucket") and options.get("organisations")),
        count=count,
        responses=responses,
        months=months,
        seed=seed,
        has_traps=traps,
    )
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        show_demo(summary)


@cli.command(epilog="Example: meethuis dagster --work /srv/meethuis/work")
@_options
def dagster(as_json: bool, **options: Any) -> None:
    """Dagster's web interface and daemon on 127.0.0.1:3000, schedule and sensor included."""
    from orchestration.installation import dagster_home, fill_sample_bucket, open_installation

    settings = _settings(options)
    fill_sample_bucket(settings)
    open_installation(settings)
    dagster_home(settings.work)
    os.environ.update(settings.as_environment())
    os.chdir(CLONE)
    program = Path(sys.executable).with_name("dagster")
    os.execv(program, [str(program), "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", "3000"])


def main() -> None:
    """Run a verb; errors that an operator can act on become one line on standard error and an exit code."""
    # Click's own 2 would say that figures were published.
    click.UsageError.exit_code = MISCONFIGURED
    try:
        cli(prog_name="meethuis")
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        from orchestration.log import record

        click.echo(f"meethuis: {_in_words(error)}", err=True)
        record("start", "meethuis", type(error).__name__, exit_code=code)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """The code for an error that an operator can act on; None for a mistake of ours.

    The classes are loaded here: a run that finds another one active must not wait for their libraries.
    """
    from orchestration.lock import RunActive

    if isinstance(error, RunActive):
        return ACTIVE
    from orchestration.explanation import ExplanationError
    from orchestration.faults import STORAGE_FAULTS
    from orchestration.installation import ConfigurationError
    from orchestration.publication import PublicationError
    from sources.bucket import StorageError, StoreConfigurationError
    from sources.decisions import DecisionError
    from sources.ledger import LedgerError
    from sources.pseudonyms import KeyConfigurationError
    from sources.reference import ReferenceError

    misconfigured = (
        SettingsError, ConfigurationError, StoreConfigurationError, ExplanationError, DecisionError, ReferenceError,
        KeyConfigurationError,
    )  # fmt: skip
    if isinstance(error, misconfigured):
        return MISCONFIGURED
    is_of_storage = isinstance(error, (StorageError, PublicationError, LedgerError, *STORAGE_FAULTS))
    return STORAGE if is_of_storage else None


def _in_words(error: Exception) -> str:
    """An error in words: our own as they are, a disk's with the place it is about."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a disk'} cannot be read or written: {error.strerror or type(error).__name__}"
    if type(error).__module__.partition(".")[0] in ("sqlite3", "duckdb", "_duckdb"):
        return f"a database cannot be read or written ({type(error).__name__}): the disk may be full"
    return str(error)


if __name__ == "__main__":
    main()
