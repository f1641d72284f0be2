"""Receipts: the answer an organisation finds in its own folder for every file it dropped.

Belongs here: the receipt's content in JSON and Dutch, and writing it to `_ontvangst/`. Does not belong here: deciding
what became of a delivery (`settlement`). No cell value, name or answer ever stands in a receipt.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sources.bucket import Bucket
from sources.failpoints import reached
from sources.messages import Message
from sources.outcome import Outcome, Rows
from sources.periods import AMSTERDAM
from sources.readers.reading import Problem

SCHEMA_VERSION = "1.0"
FOLDER = "_ontvangst"
Texts = Callable[[str], Message]

_STATUS_NL = {
    "processed": "Uw bestand is verwerkt.",
    "partial": "Uw bestand is deels verwerkt: een aantal rijen telt niet mee.",
    "held": "Uw bestand wacht op een besluit en telt nog niet mee.",
    "rejected": "Uw bestand is afgekeurd en telt niet mee.",
    "duplicate": "Dit bestand hadden wij al: er is niets gewijzigd.",
    "waiting": "Uw bestand is ontvangen, maar nog niet gelezen.",
    "replaced": "Dit bestand is vervangen door een andere aanlevering en telt niet meer mee.",
    "withdrawn": "Dit bestand is ingetrokken en telt niet meer mee.",
}
_ROW_COUNTS = tuple(field.name for field in fields(Rows))
_ROWS_NL = (
    ("in_file", "rijen in het bestand"),
    ("processed", "verwerkt"),
    ("excluded", "  waarvan uitgesloten volgens uw vertaaltabel"),
    ("incomplete", "  waarvan niet afgemaakt"),
    ("quarantined", "in quarantaine"),
    ("duplicate", "dubbel"),
    ("erased", "gewist op verzoek"),
)


def receipts_of(
    outcome: Outcome, processed_at: str, snapshot_id: str | None, texts: Texts
) -> list[dict[str, Any]]:
    """The receipts that a delivery's outcome calls for: one for its status, one more when it was dropped again."""
    found = [_receipt(outcome, outcome.status, processed_at, snapshot_id, texts)]
    if outcome.repeats:
        found.append(_duplicate_receipt(outcome, processed_at, texts))
    return found


def _receipt(
    outcome: Outcome, status: str, processed_at: str, snapshot_id: str | None, texts: Texts
) -> dict[str, Any]:
    identity = f"{outcome.organisation_id}|{outcome.delivery_id}|{status}"
    return {
        "schema_version": SCHEMA_VERSION,
        "receipt_id": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "organisation_id": outcome.organisation_id,
        "mapping_id": outcome.mapping_id,
        "mapping_version": outcome.mapping_version,
        "files": list(outcome.files),
        "sha256": outcome.delivery_id,
        "bytes": outcome.bytes,
        "received_at": outcome.received_at,
        "processed_at": processed_at,
        "status": status,
        "periods": list(outcome.periods),
        "rows": _rows(outcome.rows),
        "invalid_cells": outcome.invalid_cells,
        "problems": [_problem(problem, texts) for problem in _ordered(outcome.problems)],
        "replaces": outcome.replaces,
        "replaced_by": outcome.replaced_by,
        "snapshot_id": snapshot_id if outcome.is_current else None,
    }


def _duplicate_receipt(outcome: Outcome, processed_at: str, texts: Texts) -> dict[str, Any]:
    receipt = _receipt(outcome, "duplicate", processed_at, None, texts)
    rows = outcome.rows
    receipt["rows"] = _rows(Rows(rows.in_file, duplicate=rows.in_file) if rows else None)
    receipt["invalid_cells"] = 0
    receipt["problems"] = [_problem(Problem(code="MH-DUBBEL", severity="info", count=1), texts)]
    return receipt


def _rows(rows: Rows | None) -> dict[str, int | None]:
    return {name: getattr(rows, name, None) for name in _ROW_COUNTS}


def _ordered(problems: Iterable[Problem]) -> list[Problem]:
    weight = {"error": 0, "warning": 1, "info": 2}
    return sorted(problems, key=lambda one: (weight.get(one.severity, 3), one.code, one.column or ""))


def _problem(problem: Problem, texts: Texts) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "count": problem.count,
        "column": problem.column,
        "example_rows": list(problem.example_rows),
        **texts(problem.code).filled(problem.count, problem.column, problem.line, problem.byte),
    }


def as_text(receipt: dict[str, Any]) -> str:
    """The receipt in plain Dutch, for people."""
    lines = [
        "Ontvangstbewijs Overheidsbreed Meethuis",
        "",
        _STATUS_NL[receipt["status"]],
        "",
        f"Bestand:       {', '.join(receipt['files'])}",
        f"Kenmerk:       {receipt['sha256'][:12]}",
        f"Ontvangen op:  {_moment(receipt['received_at'])}",
        f"Behandeld op:  {_moment(receipt['processed_at'])}",
    ]
    if receipt["periods"]:
        lines.append(f"Periode:       {', '.join(receipt['periods'])}")
    if receipt["mapping_id"]:
        lines.append(f"Vertaaltabel:  {receipt['mapping_id']} (versie {receipt['mapping_version']})")
    lines += _row_lines(receipt)
    lines += _problem_lines(receipt)
    if receipt["status"] == "held":
        lines += ["", how_to_decide(receipt["sha256"])]
    if receipt["replaced_by"]:
        lines += ["", f"Vervangen door aanlevering {receipt['replaced_by'][:12]}."]
    if receipt["replaces"]:
        lines += ["", f"Dit bestand vervangt aanlevering {receipt['replaces'][:12]}."]
    if receipt["snapshot_id"]:
        lines += ["", f"De cijfers staan in publicatie {receipt['snapshot_id']}."]
    return "\n".join(lines) + "\n"


def how_to_decide(delivery_id: str, marked: Callable[[str], str] = str) -> str:
    """How an organisation answers a hold, in Dutch; names of files as `marked` shows them."""
    agree, withdraw = (marked(f"_besluiten/{delivery_id[:12]}.{word}") for word in ("akkoord", "intrekken"))
    return f"Klopt het bestand, zet dan een leeg bestand {agree} in uw map; anders {withdraw}."


def _row_lines(receipt: dict[str, Any]) -> list[str]:
    rows = receipt["rows"]
    if rows["in_file"] is None:
        return ["", "Rijen: niet geteld."]
    width = max(len(str(value)) for value in rows.values())
    lines = ["", "Rijen:"]
    for name, label in _ROWS_NL:
        if name in ("in_file", "processed") or rows[name]:
            lines.append(f"  {rows[name]:>{width}}  {label}")
    if receipt["invalid_cells"]:
        answers = "antwoord" if receipt["invalid_cells"] == 1 else "antwoorden"
        lines.append(f"  {receipt['invalid_cells']:>{width}}  {answers} niet herkend (de rij telt wel mee)")
    return lines


def _problem_lines(receipt: dict[str, Any]) -> list[str]:
    lines = []
    for problem in receipt["problems"]:
        lines += ["", f"{problem['code']}: {problem['text_nl']}"]
        if problem["example_rows"]:
            lines.append(f"  Bijvoorbeeld rij {', '.join(str(row) for row in problem['example_rows'])}.")
        lines.append(f"  Wat kunt u doen: {problem['remedy_nl']}")
    return lines


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(AMSTERDAM).strftime("%d-%m-%Y %H:%M")


def write_receipt(bucket: Bucket, receipt: dict[str, Any]) -> bool:
    """Write both forms of a receipt; False when the folder already holds exactly these."""
    stem = f"{FOLDER}/{receipt['sha256'][:12]}.{receipt['status']}"
    organisation_id = receipt["organisation_id"]
    reached("receipt:unwritten")
    wrote = bucket.write_text(organisation_id, f"{stem}.txt", as_text(receipt))
    reached("receipt:half")
    text = json.dumps(receipt, ensure_ascii=False, indent=2) + "\n"
    return bucket.write_text(organisation_id, f"{stem}.json", text) or wrote
