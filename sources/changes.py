"""Changes in the measuring: what an analyst must know before comparing two periods.

Belongs here: deriving dated changes from mapping versions and the organisation register. Does not belong here:
deciding whether a change breaks a series (the marts do, from the same mapping versions).
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sources.mapping import Mapping as MappingVersion
from sources.reference import Reference


def changes(
    organisation_id: str, versions: Sequence[MappingVersion], reference: Reference, today: date
) -> list[dict[str, Any]]:
    """Rows (organisation_id, change_date, kind, text_nl, text_en) up to today, in a fixed order."""
    found = [*_boundary_changes(organisation_id, reference)]
    by_mapping: dict[str, list[MappingVersion]] = {}
    for version in versions:
        by_mapping.setdefault(version.mapping_id, []).append(version)
    for mapping_id in sorted(by_mapping):
        ordered = sorted(
            by_mapping[mapping_id], key=lambda version: (version.valid_from, version.mapping_version)
        )
        first = ordered[0]
        found.append((
            first.valid_from, "instrument",
            f"Begin van de meting {first.instrument.id}.", f"Start of the survey {first.instrument.id}.",
        ))  # fmt: skip
        for before, after in pairwise(ordered):
            found += _version_changes(before, after)
    return [
        {"organisation_id": organisation_id, "change_date": day, "kind": kind, "text_nl": nl, "text_en": en}
        for day, kind, nl, en in sorted(set(found))
        if day <= today
    ]


def _version_changes(before: MappingVersion, after: MappingVersion) -> list[tuple[date, str, str, str]]:
    day = after.valid_from
    number = f"{before.mapping_version} → {after.mapping_version}"
    rows = [(
        day, "mapping",
        f"Nieuwe versie van de vertaaltabel {after.mapping_id}: {number}.",
        f"New version of mapping {after.mapping_id}: {number}.",
    )]  # fmt: skip
    if before.instrument.id != after.instrument.id:
        rows.append((
            day, "instrument",
            f"Nieuw meetinstrument: {before.instrument.id} → {after.instrument.id}.",
            f"New instrument: {before.instrument.id} → {after.instrument.id}.",
        ))  # fmt: skip
    scales = {
        item.node: item.scale.scale_id for item in before.items if item.scale and item.role == "primary"
    }
    for item in after.items:
        former = scales.get(item.node)
        if item.scale and item.role == "primary" and former not in (None, item.scale.scale_id):
            rows.append((
                day, "scale",
                f"Andere schaal voor {item.node}: {former} → {item.scale.scale_id}. Trendbreuk.",
                f"Other scale for {item.node}: {former} → {item.scale.scale_id}. Break in series.",
            ))  # fmt: skip
    return rows


def _boundary_changes(organisation_id: str, reference: Reference) -> list[tuple[date, str, str, str]]:
    rows = []
    for row in reference.tables["ref_organisation"]:
        former = row["predecessor_ids"]
        if row["organisation_id"] == organisation_id and former:
            ids = former.replace(";", ", ")
            rows.append((
                date.fromisoformat(row["valid_from"]), "boundary",
                f"Ontstaan uit {ids}.", f"Formed out of {ids}.",
            ))  # fmt: skip
    return rows
