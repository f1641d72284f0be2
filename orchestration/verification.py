"""Verification: does the ledger add up, and is the published file the one its manifest describes?

Belongs here: checks that anybody may repeat at any time, reading only. Does not belong here: repairing anything.
"""

import sqlite3
from pathlib import Path

import duckdb

from orchestration.publication import published_manifest
from orchestration.settings import Settings
from orchestration.snapshot import Contents, contents_of
from sources import ledger_seals
from sources.durable import file_sha256
from sources.ledger import Ledger, LedgerError
from sources.outcome import Outcome
from sources.workfolder import WorkFolder


def verify_installation(settings: Settings) -> list[str]:
    """Every fault in the ledger and the publication, as sentences; empty when all holds."""
    ledger_file = WorkFolder(settings.work).ledger
    if not ledger_file.exists():
        return ["there is no ledger in the work folder: nothing ran here yet"]
    fault = ledger_seals.fault(ledger_file)
    if fault is not None:
        return [f"the ledger is damaged: {fault}", *broken_manifest(settings.published)]
    try:
        with Ledger(ledger_file, "verify", settings.clock) as ledger:
            faults = broken_ledger(ledger)
    except (LedgerError, sqlite3.Error):
        faults = ["the ledger is damaged: it cannot be read"]
    return [*faults, *broken_manifest(settings.published)]


def broken_ledger(ledger: Ledger) -> list[str]:
    """Deliveries of the ledger whose rows do not add up, as sentences."""
    outcomes = (Outcome.from_body(entry.body) for entry in ledger.latest("outcome").values())
    return [
        f"{one.organisation_id}: rows of delivery {one.delivery_id[:12]} do not add up"
        for one in outcomes
        if one.rows and not one.rows.adds_up
    ]


def broken_manifest(published: Path) -> list[str]:
    """What the manifest says that the link, the published file and its content contradict, as sentences."""
    faults = broken_file(published)
    return faults or _broken_content(published)


def broken_file(published: Path) -> list[str]:
    """What the manifest says that the link and the bytes of the published file contradict, as sentences."""
    manifest = published_manifest(published)
    if manifest is None:
        return ["nothing is published: manifest.json is missing or no manifest"]
    link, snapshot = published / "meethuis.duckdb", published / manifest["file"]
    if not snapshot.exists():
        return [f"the snapshot {manifest['snapshot_id']} is missing"]
    if link.resolve() != snapshot.resolve():
        return ["meethuis.duckdb does not point to the snapshot that the manifest names"]
    if file_sha256(snapshot) != manifest["sha256"]:
        return ["the published file differs from the manifest's sha256"]
    return []


def _broken_content(published: Path) -> list[str]:
    manifest = published_manifest(published) or {}
    said = Contents(manifest["tables"], manifest["organisations"])
    try:
        found = contents_of(published / manifest["file"])
    except duckdb.Error:
        return ["the published file cannot be opened as a DuckDB database"]
    faults = [
        f"table {name} differs from the manifest"
        for name in sorted(set(found.tables) | set(said.tables))
        if found.tables.get(name) != said.tables.get(name)
    ]
    if found.organisations != said.organisations:
        faults.append("the hashes per organisation differ from the manifest")
    return faults
