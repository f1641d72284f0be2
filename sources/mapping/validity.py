"""When a version or an item holds, and where two of them meet.

Belongs here: the calendar of versions and items. Does not belong here: choosing a version for a response (a
reader does that by contact date).

Days are inclusive on both sides. Where one ends on the very day another begins, both conventions for an end
date are in use; the earlier one then ends the day before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sources.mapping.document import ItemEntry

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """First and last day, both included; None is open."""

    first: date | None
    last: date | None

    def overlaps(self, other: "Span") -> bool:
        """Whether a day belongs to both."""
        return (
            (self.first or date.min) <= (other.last or date.max)
            and (other.first or date.min) <= (self.last or date.max)
        )  # fmt: skip

    def ending_before(self, others: list["Span"]) -> "Span":
        """The same span, a day shorter where another one begins on its last day."""
        starts = {other.first for other in others if (other.first or date.min) > (self.first or date.min)}
        return Span(self.first, self.last - _DAY) if self.last is not None and self.last in starts else self

    def is_followed_by(self, others: list["Span"]) -> bool:
        """Whether another span begins on the day after the last one."""
        starts = [other.first for other in others if other.first not in (None, date.min)]
        return any(start - _DAY == self.last for start in starts if start is not None)


def item_spans(items: Mapping[int, ItemEntry]) -> dict[int, Span]:
    """When each item counts.

    A primary item without dates takes over from an earlier one for the same node that has only an end: a
    question that replaced another needs no `valid_from` of its own.
    """
    spans = {index: Span(item.valid_from, item.valid_to) for index, item in items.items()}
    for siblings in _primaries(items).values():
        ends = [spans[index].last for index in siblings if spans[index].first is None]
        ended = [end for end in ends if end is not None]
        for index in siblings:
            if ended and max(ended) < date.max and spans[index] == Span(None, None):
                spans[index] = Span(max(ended) + _DAY, None)
        own = {index: spans[index] for index in siblings}
        for index, span in own.items():
            spans[index] = span.ending_before([other for at, other in own.items() if at != index])
    return spans


def overlapping_primaries(items: Mapping[int, ItemEntry]) -> list[tuple[int, int]]:
    """Pairs of primary items that measure one node on one day, as positions in the list."""
    spans = item_spans(items)
    return [
        (first, second)
        for siblings in _primaries(items).values()
        for at, first in enumerate(siblings)
        for second in siblings[at + 1 :]
        if spans[first].overlaps(spans[second])
    ]


def _primaries(items: Mapping[int, ItemEntry]) -> dict[str, list[int]]:
    by_node: dict[str, list[int]] = {}
    for index, item in items.items():
        if item.role == "primary" and item.kind == "closed":
            by_node.setdefault(item.item, []).append(index)
    return by_node
