"""From a sound document to the mapping that the rest of the product uses.

Belongs here: looking up scales, numbering items, filling in validity, the digest of the content. Does not
belong here: checks; a document that comes here has passed all of them.
"""

import hashlib
import json
from datetime import date

from sources.mapping.document import ItemEntry, MappingDocument, ScaleEntry
from sources.mapping.model import Item, Mapping, Scale
from sources.mapping.scale_rules import ends, point_count, takes_numbers
from sources.mapping.validity import Span, item_spans
from sources.reference import Reference, scale_id

_OWN_SHAPE = {"scales", "items", "meethuis_mapping"}


def resolve(
    document: MappingDocument, valid_to: date | None, is_succeeded: bool, reference: Reference
) -> Mapping:
    """The mapping of a document.

    `valid_to` is the last day it holds beside the file's other versions; `is_succeeded` when one of them begins the
    day after.
    """
    shared = {
        name: getattr(document, name) for name in MappingDocument.model_fields if name not in _OWN_SHAPE
    }
    spans = item_spans(dict(enumerate(document.items)))
    items = [
        _item(index + 1, item, document.scales, spans[index], reference)
        for index, item in enumerate(document.items)
    ]
    scales = {
        name: _scale(scale, reference)
        for name, scale in document.scales.items()
        if _family(scale, reference) is not None
    }
    # An end that a next version brings with it is no change of this one: a steward who adds a version may close the
    # one before it without giving that a new number.
    left_out = {"valid_to"} if is_succeeded else set()
    return Mapping(
        **shared | {"valid_to": valid_to},
        scales=scales,
        items=tuple(items),
        digest=_digest(document, left_out),
    )


def content_digest(mapping: Mapping) -> str:
    """SHA-256 (hex) over what the document says.

    Comments, layout, defaults written out and an end on the eve of the file's next version do not count.
    """
    return mapping.digest


def _digest(document: MappingDocument, left_out: set[str]) -> str:
    content = document.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _item(
    seq: int, entry: ItemEntry, scales: dict[str, ScaleEntry], span: Span, reference: Reference
) -> Item:
    scale = scales.get(entry.scale) if isinstance(entry.scale, str) else entry.scale
    return Item(
        seq=seq,
        column=entry.column,
        counts=dict(entry.counts or {}),
        node=entry.item,
        kind=entry.kind,
        scale=None if scale is None or entry.comparability == "impossible" else _scale(scale, reference),
        role=entry.role,
        comparability=entry.comparability,
        reason=entry.reason,
        text_nl=entry.text_nl,
        text_en=entry.text_en,
        language=entry.language,
        valid_from=span.first,
        valid_to=span.last,
    )


def _family(scale: ScaleEntry, reference: Reference) -> str | None:
    low_high = ends(scale)
    return None if low_high is None else reference.scale_family(scale.kind, *low_high)


def _scale(entry: ScaleEntry, reference: Reference) -> Scale:
    low_high, family = ends(entry), _family(entry, reference)
    assert low_high is not None and family is not None
    low, high = low_high
    return Scale(
        scale_id=scale_id(entry.kind, low, high),
        scale_family=family,
        kind=entry.kind,
        min=low,
        max=high,
        points=point_count(entry),
        direction=entry.direction,
        allow_decimals=entry.allow_decimals,
        takes_numbers=takes_numbers(entry),
        labels=dict(entry.labels),
        missing=dict(entry.missing),
    )
