"""Sightings and readings as the ledger holds them.

Belongs here: finding them and giving them their shape back. Does not belong here: what follows from them.
"""

from dataclasses import fields

from sources.frame_counts import FrameCount
from sources.ledger import Entry, Ledger
from sources.readers.reading import Problem, Reading


def sightings_by_delivery(ledger: Ledger) -> dict[tuple[str, str], list[Entry]]:
    """All sightings by `(organisation_id, delivery_id)`, each list in the order of the ledger."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in ledger.entries("sighting"):
        found.setdefault((entry.organisation_id, str(entry.body["sha256"])), []).append(entry)
    return found


def reading_of(entry: Entry) -> Reading:
    """The reading that a ledger entry holds."""
    body = dict(entry.body["reading"])
    body["problems"] = tuple(
        Problem(**{**problem, "example_rows": tuple(problem["example_rows"])}) for problem in body["problems"]
    )
    body["mapping_versions"] = tuple(body["mapping_versions"])
    body["decimals"] = tuple((version, seq, raw) for version, seq, raw in body["decimals"])
    body["frame_counts"] = tuple(FrameCount(**count) for count in body.get("frame_counts", ()))
    # An earlier release may have written more.
    known = {one.name for one in fields(Reading)}
    return Reading(**{name: value for name, value in body.items() if name in known})


def place_of(entry: Entry) -> tuple[str, str, str]:
    """Where an object lies: the same key may be in the bucket and in the organisation's own store."""
    return entry.organisation_id, entry.subject, entry.body.get("source", "")
