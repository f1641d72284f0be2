"""Summaries: what a run did and where things stand, as plain data and as a table.

Belongs here: choosing what a person needs to see. Does not belong here: deriving it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from orchestration.console import console_for_people
from orchestration.publication import HeldPublication, held_publication, published_manifest
from orchestration.run import Ended
from orchestration.settings import Settings
from sources.ledger import Entry, Ledger
from sources.outcome import Outcome

_ATTENTION = ("held", "rejected", "waiting", "partial")
HEALTHY_WITHIN = timedelta(hours=26)
_STATUSES = ("processed", "partial", "held", "rejected", "waiting", "replaced")
_STYLE = {"held": "yellow", "partial": "yellow", "waiting": "yellow", "rejected": "red"}


def run_summary(ended: Ended) -> dict[str, Any]:
    """What a run did: exit code, publication, and per organisation the deliveries by status."""
    night = ended.night
    manifest = published_manifest(night.installation.settings.published)
    return {
        "exit_code": ended.exit_code,
        "fault": ended.fault,
        "run_id": night.ledger.run_id,
        "snapshot_id": manifest["snapshot_id"] if manifest else None,
        "held_publication": _held(ended.held_publication),
        "is_new_snapshot": bool(night.published and night.published.is_new),
        "published": str(night.installation.settings.published / "meethuis.duckdb"),
        "deliveries": _by_status([one for own in ended.outcomes.values() for one in own]),
        "handled": [_delivery(one) for one in night.handled],
        "organisations": {
            organisation_id: _organisation(outcomes)
            for organisation_id, outcomes in sorted(ended.outcomes.items())
        },
        "mapping_issues": ended.mapping_issues,
        "erasure_requests": dict(sorted(night.inbox.answered.items())),
        "unregistered_folders": list(night.discovery.unregistered),
        "unreachable": night.unreachable,
        "store_faults": _by_organisation(night.discovery.faults),
        "unfinished_files": _by_organisation(night.discovery.unfinished),
        "recovered": {
            "orphans": night.recovered.orphans,
            "ledger": str(night.recovered.ledger_aside) if night.recovered.ledger_aside else None,
        },
        "tables": manifest["tables"] if manifest else {},
        "suppression": ended.suppression,
        "steps": night.usage.as_list(),
    }


def _held(found: HeldPublication | None) -> dict[str, str] | None:
    return asdict(found) if found else None


def _show_held(console: Console, found: dict[str, str] | None) -> None:
    if found:
        console.print(
            f"Rolled back to {found['snapshot_id']} by {found['by']} ({found['reason']}): nothing new is published"
            f" until `meethuis release {found['snapshot_id']} --by NAME`",
            markup=False,
            style="yellow",
        )


def _by_organisation(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for organisation_id, text in pairs:
        found.setdefault(organisation_id, []).append(text)
    return found


def _organisation(outcomes: list[Outcome]) -> dict[str, Any]:
    current = [one.rows for one in outcomes if one.kind != "frame" and one.is_current and one.rows]
    return {
        "deliveries": _by_status(outcomes),
        "rows_processed": sum(rows.processed for rows in current),
        "rows_quarantined": sum(rows.quarantined for rows in current),
        "rows_duplicate": sum(rows.duplicate for rows in current),
    }


def _by_status(outcomes: list[Outcome]) -> dict[str, int]:
    return dict(sorted(Counter(one.status for one in outcomes if _is_listed(one)).items()))


def _is_listed(one: Outcome) -> bool:
    """A file of frame counts is no delivery: it is told of only when somebody should look at it."""
    return one.kind != "frame" or one.status in _ATTENTION


def _delivery(one: Outcome) -> dict[str, Any]:
    return {
        "organisation_id": one.organisation_id,
        "sha256": one.delivery_id,
        "files": list(one.files),
        "status": one.status,
        "codes": sorted({problem.code for problem in one.problems}),
    }


def show_run(summary: dict[str, Any]) -> None:
    """Print a run's summary for people."""
    console = console_for_people()
    console.print(_organisations_table(summary["organisations"]))
    for one in summary["handled"]:
        if one["status"] in _ATTENTION:
            codes = ", ".join(one["codes"])
            console.print(
                f"  {one['organisation_id']}  {one['sha256'][:12]}  {one['files'][0]}  {one['status']}: {codes}",
                markup=False,
            )
    for word, number in summary["erasure_requests"].items():
        console.print(f"  erasure requests {word}: {number}", markup=False)
    for organisation_id, issues in summary["mapping_issues"].items():
        for issue in issues:
            console.print(f"  {organisation_id}  mapping: {issue}", markup=False)
    if summary["recovered"]["ledger"]:
        console.print(
            f"  THE LEDGER WAS DAMAGED: its copy took its place, nothing is lost; see {summary['recovered']['ledger']}",
            markup=False,
            style="red",
        )
    if summary["unreachable"]:
        console.print(f"  not reachable: {', '.join(summary['unreachable'])}", markup=False)
    for organisation_id, faults in summary["store_faults"].items():
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        console.print(f"  {organisation_id}  {faults[0]}{more}", markup=False)
    for organisation_id, keys in summary["unfinished_files"].items():
        more = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
        console.print(f"  {organisation_id}  unfinished for over a day: {keys[0]}{more}", markup=False)
    if summary["unregistered_folders"]:
        console.print(
            f"  folders not in the register: {', '.join(summary['unregistered_folders'])}", markup=False
        )
    _show_publication(console, summary)


def _show_publication(console: Console, summary: dict[str, Any]) -> None:
    if summary["fault"]:
        console.print(f"Nothing new is published: {summary['fault']}", markup=False, style="red")
    _show_held(console, summary["held_publication"])
    if summary["snapshot_id"] is None:
        return
    word = "Published" if summary["is_new_snapshot"] else "Unchanged since"
    rows = summary["tables"].get("kpi", {}).get("rows", 0)
    console.print(f"{word} {summary['snapshot_id']}: {rows} figures in {summary['published']}", markup=False)
    for one in summary["suppression"]:
        added = 100 * (one["hidden_share"] - one["hidden_primary_share"])
        console.print(
            f"Hidden in {one['table']}: {one['hidden']} of {one['cells']} cells ({one['hidden_share']:.1%});"
            f" {one['hidden_primary_share']:.1%} for their own sake, {added:.1f} points more to protect those",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _organisations_table(organisations: dict[str, Any]) -> Table:
    table = Table(title="Deliveries per organisation", title_justify="left")
    table.add_column("organisation")
    for name in _STATUSES:
        table.add_column(name, justify="right", style=_STYLE.get(name))
    for name in ("rows", "quarantined", "duplicate"):
        table.add_column(name, justify="right")
    for organisation_id, one in organisations.items():
        counts = [str(one["deliveries"].get(name, "")) for name in _STATUSES]
        rows = (one["rows_processed"], one["rows_quarantined"], one["rows_duplicate"])
        table.add_row(organisation_id, *counts, *(f"{number:,}" for number in rows))
    return table


def status_summary(settings: Settings) -> dict[str, Any]:
    """Where things stand, from the ledger and the publication; reads only."""
    manifest = published_manifest(settings.published)
    ledger_file = settings.work / "ledger.sqlite"
    outcomes: dict[str, list[Outcome]] = {}
    finished: datetime | None = None
    held: HeldPublication | None = None
    if ledger_file.exists():
        with Ledger(ledger_file, "status", settings.clock) as ledger:
            for entry in ledger.latest("outcome").values():
                outcomes.setdefault(entry.organisation_id, []).append(Outcome.from_body(entry.body))
            finished = _last_finished(list(ledger.entries("run")))
            held = held_publication(ledger)
    is_healthy = manifest is not None and finished is not None and settings.clock - finished <= HEALTHY_WITHIN
    return {
        "snapshot_id": manifest["snapshot_id"] if manifest else None,
        "published_at": manifest["published_at"] if manifest else None,
        "last_run_at": finished.isoformat() if finished else None,
        "is_healthy": is_healthy,
        "held_publication": _held(held),
        "organisations": {key: _organisation(own) for key, own in sorted(outcomes.items())},
        "attention": [_delivery(one) for own in outcomes.values() for one in own if one.status in _ATTENTION],
        "late": [
            _delivery(one) for own in outcomes.values() for one in own if one.is_late and one.is_current
        ],
        "expected": _expected(settings.work),
    }


def _last_finished(entries: list[Entry]) -> datetime | None:
    """When a run last ended with its publication in force: a quiet night confirms the one before."""
    moments = [
        entry.at
        for entry in entries
        if entry.body.get("event") == "finished" and entry.body.get("is_published")
    ]
    return datetime.fromisoformat(moments[-1]) if moments else None


def _expected(work: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    path = work / "state" / "expected_delivery.parquet"
    if not path.exists():
        return []
    rows = pq.read_table(path).to_pylist()
    return [
        {**row, "due_at": row["due_at"].isoformat()}
        for row in rows
        if row["status"] in ("red", "yellow", "not_yet")
    ]


def show_status(summary: dict[str, Any]) -> None:
    """Print the status for people."""
    console = console_for_people()
    console.print(_organisations_table(summary["organisations"]))
    for one in summary["attention"]:
        console.print(
            f"  {one['organisation_id']}  {one['sha256'][:12]}  {one['files'][0]}  {one['status']}:"
            f" {', '.join(one['codes'])}",
            markup=False,
        )
    for one in summary["late"]:
        console.print(f"  {one['organisation_id']}  {one['files'][0]}  late", markup=False)
    missing: dict[tuple[str, str], list[str]] = {}
    for row in summary["expected"]:
        if row["status"] == "red":
            missing.setdefault((row["organisation_id"], row["mapping_id"]), []).append(row["period_id"])
    for (organisation_id, mapping_id), periods in missing.items():
        span = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]} ({len(periods)} periods)"
        console.print(f"  {organisation_id}  {mapping_id}  nothing received for {span}", markup=False)
    _show_held(console, summary["held_publication"])
    console.print(
        f"Publication {summary['snapshot_id'] or 'none'}, last run {summary['last_run_at'] or 'never'}"
    )
