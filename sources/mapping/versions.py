"""Several versions of one mapping in one file.

Belongs here: what the documents of a file must have in common and how their validity fits together. Does not
belong here: whether a changed file has a higher version than the one seen before (`sources.configuration`).
"""

from collections.abc import Iterator, Sequence

from sources.mapping.document import MappingDocument
from sources.mapping.issues import Finding, quoted
from sources.mapping.validity import Span


def version_spans(documents: Sequence[MappingDocument]) -> list[Span]:
    """First and last day of every version, in the order of the file."""
    spans = [Span(document.valid_from, document.valid_to) for document in documents]
    return [span.ending_before(spans) for span in spans]


def version_findings(documents: Sequence[MappingDocument]) -> Iterator[tuple[int, Finding]]:
    """Faults between the versions, each with the position of the document it stands in."""
    spans = version_spans(documents)
    for position, document in enumerate(documents):
        for earlier in range(position):
            other = documents[earlier]
            if spans[position].overlaps(spans[earlier]):
                found = f"days that version {other.mapping_version} covers too"
                yield (
                    position,
                    Finding(("valid_from",), found, "versions with disjoint valid_from and valid_to"),
                )
            elif _falls(document, other):
                allowed = "a version that rises with valid_from"
                yield position, Finding(("mapping_version",), quoted(document.mapping_version), allowed)
        for name in ("source", "when"):
            if getattr(document, name) != getattr(documents[0], name):
                allowed = f"the same {name} in every version; another file layout needs a mapping of its own"
                yield position, Finding((name,), f"another {name} than in the first version", allowed)


def _falls(one: MappingDocument, other: MappingDocument) -> bool:
    is_later = one.valid_from > other.valid_from
    return is_later != (ordinal(one.mapping_version) > ordinal(other.mapping_version))


def ordinal(version: str) -> tuple[int, ...]:
    """A mapping version in the order of versions: 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))
