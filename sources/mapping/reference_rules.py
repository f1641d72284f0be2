"""What a mapping may name: the nodes, scales, lists and organisations of the reference model.

Belongs here: every check of a document against `sources.reference` and against the file's own name and
folder. Does not belong here: contradictions inside the document (`rules`, `scale_rules`).
"""

from collections.abc import Iterable, Iterator

from sources.mapping.document import ItemEntry, ScaleEntry
from sources.mapping.issues import FieldPath, Finding, did_you_mean, quoted
from sources.mapping.parts import Organisation
from sources.mapping.response_parts import UNKNOWN, Dimension
from sources.mapping.scale_rules import ends, placed_scales
from sources.mapping.shape import Draft
from sources.reference import Reference, scale_id

OPEN_FLOOR = "open"


def place_findings(draft: Draft, mapping_id: str, organisation_id: str) -> Iterator[Finding]:
    """The ids that must equal the file's stem and its folder."""
    if draft.mapping_id is not None and draft.mapping_id != mapping_id:
        yield Finding(("mapping_id",), quoted(draft.mapping_id), f"{mapping_id}, the name of the file")
    if draft.organisation is not None:
        yield from _organisation_findings(draft.organisation, organisation_id)


def reference_findings(draft: Draft, reference: Reference) -> Iterator[Finding]:
    """Every name that the reference model does not know."""
    is_process = draft.source is not None and draft.source.delivery == "process"
    if draft.instrument is not None and not is_process:
        yield from _unknown(("instrument", "kind"), draft.instrument.kind, reference.instrument_kinds)
    if draft.design is not None and not is_process:
        yield from _unknown(("design", "sample"), draft.design.sample, reference.sample_designs)
        for mode in draft.design.mode:
            yield from _unknown(("design", "mode"), mode, reference.modes)
    for name, known in (("channel", reference.channels), ("audience", reference.audiences)):
        if name in draft.dimensions:
            yield from _dimension_findings(("dimensions", name), draft.dimensions[name], known)
    for index, metric in draft.metrics.items():
        yield from _unknown(("metrics", index, "metric"), metric.metric, reference.process_metrics)
    for index, item in draft.items.items():
        if not is_process:
            yield from _node_findings(("items", index), item, reference)
    used = {item.scale for item in draft.items.values() if isinstance(item.scale, str)}
    for path, scale in placed_scales(draft):
        if path[0] == "items" or path[1] in used:
            yield from _family_findings(path, scale, reference)


def _organisation_findings(organisation: Organisation, organisation_id: str) -> Iterator[Finding]:
    if organisation.org_id != organisation_id:
        found, allowed = quoted(organisation.org_id), f"{organisation_id}, the name of the folder"
        yield Finding(("organisation", "org_id"), found, allowed)
    if not organisation_id.startswith("gm"):
        return
    if organisation.cbs is not None and organisation.cbs.lower() != organisation_id:
        yield Finding(("organisation", "cbs"), quoted(organisation.cbs), organisation_id.upper())
    if (
        organisation.tooi
        and "/id/" in organisation.tooi
        and not organisation.tooi.endswith(f"/{organisation_id}")
    ):
        yield Finding(
            ("organisation", "tooi"), quoted(organisation.tooi), f"an address that ends in /{organisation_id}"
        )


def _dimension_findings(path: FieldPath, dimension: Dimension, known: Iterable[str]) -> Iterator[Finding]:
    allowed = {*known, UNKNOWN}
    if dimension.const is not None:
        yield from _unknown((*path, "const"), dimension.const, allowed)
    if dimension.default is not None:
        yield from _unknown((*path, "default"), dimension.default, allowed)
    for key, value in (dimension.map or {}).items():
        yield from _unknown((*path, "map", key), value, allowed)


def _node_findings(path: FieldPath, item: ItemEntry, reference: Reference) -> Iterator[Finding]:
    if item.item not in reference.node_ids:
        if item.comparability != "X":
            allowed = "comparability: X for an own item, or a node of the reference model: "
            yield Finding(
                (*path, "item"), quoted(item.item), allowed + did_you_mean(item.item, reference.node_ids)
            )
        return
    is_open = reference.node(item.item)["floor"] == OPEN_FLOOR
    if is_open and item.kind == "closed" and item.comparability != "impossible":
        yield Finding((*path, "kind"), f"a closed item for the open node {item.item}", "kind: open_text")
    if not is_open and item.kind == "open_text":
        yield Finding(
            (*path, "kind"), f"open text for {item.item}", f"open text only for nodes of floor {OPEN_FLOOR}"
        )


def _family_findings(path: FieldPath, scale: ScaleEntry, reference: Reference) -> Iterator[Finding]:
    low_high = ends(scale)
    if (
        low_high is None
        or low_high[0] >= low_high[1]
        or reference.scale_family(scale.kind, *low_high) is not None
    ):
        return
    if scale.kind not in reference.scale_kinds:
        allowed = "a kind in ref_scale; " + did_you_mean(scale.kind, reference.scale_kinds)
        yield Finding((*path, "kind"), quoted(scale.kind), allowed)
        return
    known = ", ".join(scale_id(scale.kind, low, high) for low, high in reference.scale_ranges(scale.kind))
    yield Finding(path, f"the scale {scale_id(scale.kind, *low_high)}", f"a scale in ref_scale: {known}")


def _unknown(path: FieldPath, value: str, known: Iterable[str]) -> Iterator[Finding]:
    if value not in set(known):
        yield Finding(path, quoted(value), did_you_mean(value, known))
