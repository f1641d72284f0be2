"""Changes in the measuring: what an analyst must know before comparing two periods.

Belongs here: deriving dated changes from mapping versions, targets of weights and the organisation register. Does not
belong here: deciding whether a change breaks a series (the marts do, from the same mapping versions).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sources.mapping import Mapping as MappingVersion
from sources.mapping.model import day_after
from sources.reference import Reference
from sources.targets import Target

Targets = Mapping[tuple[str, str], Sequence[Target]]
Change = tuple[date, str, str, str]
Codes = tuple[tuple[str, str], ...]
Lines = frozenset[tuple[Codes, int]]


def changes(
    organisation_id: str,
    versions: Sequence[MappingVersion],
    targets: Targets,
    reference: Reference,
    today: date,
) -> list[dict[str, Any]]:
    """Rows (organisation_id, change_date, kind, text_nl, text_en) up to today, in a fixed order.

    `targets` are those in force, by mapping and mapping version.
    """
    found = [*_boundary_changes(organisation_id, reference)]
    by_mapping: dict[str, list[MappingVersion]] = {}
    for version in versions:
        by_mapping.setdefault(version.mapping_id, []).append(version)
    for mapping_id in sorted(by_mapping):
        ordered = sorted(
            by_mapping[mapping_id], key=lambda version: (version.valid_from, version.mapping_version)
        )
        found.append(_beginning(ordered[0]))
        for before, after in pairwise(ordered):
            found += _version_changes(before, after)
        found += _weighting_changes(ordered, targets)
    return [
        {"organisation_id": organisation_id, "change_date": day, "kind": kind, "text_nl": nl, "text_en": en}
        for day, kind, nl, en in sorted(set(found))
        if day <= today
    ]


def _beginning(first: MappingVersion) -> Change:
    nl, en = (
        ("procesgegevens", "process data") if first.source.delivery == "process" else ("meting", "survey")
    )
    name = first.instrument.id
    return first.valid_from, "instrument", f"Begin van de {nl} {name}.", f"Start of the {en} {name}."


def _version_changes(before: MappingVersion, after: MappingVersion) -> list[Change]:
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


def _weighting_changes(ordered: Sequence[MappingVersion], targets: Targets) -> Iterator[Change]:
    """Days on which the targets of one mapping begin, change or end.

    Their numbers stay out of the text: with them a published figure tells more than its counts (decision 0014).
    """
    former: Lines = frozenset()
    ends = [*(version.valid_from for version in ordered[1:]), date.max]
    for version, end in zip(ordered, ends, strict=True):
        own = targets.get((version.mapping_id, version.mapping_version), ())
        for day, lines in _lines_by_day(version, own):
            if day < end and lines != former:
                yield day, "weighting", *_weighting_texts(version, bool(former), bool(lines))
                former = lines


def _weighting_texts(version: MappingVersion, was_weighted: bool, is_weighted: bool) -> tuple[str, str]:
    name = f"{version.mapping_id} ({version.design.weights.targets})"
    if was_weighted and is_weighted:
        return (
            f"Nieuwe populatieaantallen voor de weging van {name}.",
            f"New targets for the weighting of {name}.",
        )
    if is_weighted:
        return (
            f"Begin van de weging naar populatieaantallen van {name}.",
            f"Start of the weighting to targets of {name}.",
        )
    return (
        f"Einde van de weging van {version.mapping_id}: geen populatieaantallen meer.",
        f"End of the weighting of {version.mapping_id}: no targets any more.",
    )


def _lines_by_day(version: MappingVersion, targets: Sequence[Target]) -> list[tuple[date, Lines]]:
    """From which day on which lines are in force while the version holds; none at all: no targets."""
    spans: dict[tuple[date, date], list[tuple[Codes, int]]] = {}
    for target in targets:
        spans.setdefault(target.span, []).append((target.codes, target.population))
    found: dict[date, Lines] = {version.valid_from: frozenset()}
    for (first, last), lines in sorted(spans.items()):
        if last >= version.valid_from:
            found[max(first, version.valid_from)] = frozenset(lines)
            if last < date.max:
                found[day_after(last)] = frozenset()
    return [(day, lines) for day, lines in sorted(found.items()) if version.is_valid_on(day)]


def _boundary_changes(organisation_id: str, reference: Reference) -> list[Change]:
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
