"""Random histories of deliveries against a small model of the resubmission rules, written the other way round.

The product replays sightings and looks decisions up; the model keeps one short state and walks the runs. The rules it
follows are those of the drop-zone: a newer full delivery replaces, unequal ones of one run conflict, a smaller one is
held, dropping an earlier one again puts it back, a withdrawn one never came, parts add up.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sources.currency import Candidate, Decision, Sighting, standings

ROWS = {"a": 100, "b": 100, "c": 95, "d": 75}
PERIODS = frozenset({"2025-05"})


@dataclass(frozen=True)
class Drop:
    """A content that lies in the store in a run, under a name, with the store's time and perhaps a marker."""

    run: int
    name: str
    day: int
    is_correction: bool

    @property
    def sighting(self) -> Sighting:
        kind = "correction" if self.is_correction else None
        return Sighting(
            self.run * 10, f"2025-06-{self.day:02d}T00:00:00+00:00", f"{self.name}{self.day}", kind
        )


@dataclass
class Model:
    """The one content that counts for the business key, since when, and what is held."""

    current: str | None = None
    since: int = 0
    seen: set[str] = field(default_factory=set)
    held: dict[str, str] = field(default_factory=dict)

    def run(self, drops: list[Drop]) -> None:
        ordered = sorted(drops, key=lambda one: (one.is_correction, one.day, one.name))
        first = {one.name: one for one in reversed(sorted(drops, key=lambda one: (one.day, one.name)))}
        unmarked = [name for name, one in first.items() if name not in self.seen and not one.is_correction]
        if len(unmarked) > 1:
            self.held |= dict.fromkeys(unmarked, "conflict")
        news = set(first) - self.seen
        self.seen |= news
        for drop in ordered:
            self._drop(drop, is_new=drop.name in news)

    def _drop(self, drop: Drop, is_new: bool) -> None:
        if drop.name == self.current:
            self.since = max(self.since, drop.day)
            return
        reason = self.held.get(drop.name)
        answers = reason == "conflict" and drop.is_correction and not is_new
        if reason is not None and not answers:
            return
        is_newer = self.current is None or drop.day > self.since or drop.is_correction
        if not is_newer:
            return
        if is_new and self.current is not None and ROWS[drop.name] < 0.8 * ROWS[self.current]:
            self.held[drop.name] = "shrunk"
            return
        self.held.pop(drop.name, None)
        self.current, self.since = drop.name, drop.day


def told(drops: Iterable[Drop], withdrawn_after: dict[str, int]) -> tuple[str | None, set[str], set[str]]:
    """By the model: what counts, what is held, what is withdrawn."""
    remaining = [one for one in drops if one.run > withdrawn_after.get(one.name, -1)]
    model = Model()
    for run in sorted({one.run for one in remaining}):
        model.run([one for one in remaining if one.run == run])
    gone = {one.name for one in drops} - {one.name for one in remaining}
    return model.current, set(model.held), gone


def found(drops: Iterable[Drop], withdrawn_after: dict[str, int]) -> tuple[str | None, set[str], set[str]]:
    """The same by the product."""
    by_name: dict[str, list[Drop]] = {}
    for one in drops:
        by_name.setdefault(one.name, []).append(one)
    candidates = [
        Candidate(
            name,
            "survey",
            "full",
            PERIODS,
            ROWS[name],
            False,
            tuple(one.sighting for one in sorted(own, key=lambda one: (one.run, one.day))),
            (Decision(withdrawn_after[name] * 10 + 5, is_release=False),) if name in withdrawn_after else (),
        )
        for name, own in by_name.items()
    ]
    random.Random(len(candidates)).shuffle(candidates)
    result = standings(candidates)
    current = [name for name, one in result.items() if one.is_current]
    assert len(current) <= 1
    held, withdrawn = (
        {name for name, one in result.items() if one.status == status} for status in ("held", "withdrawn")
    )
    return (current[0] if current else None), held, withdrawn


_DROPS = st.lists(
    st.builds(Drop, st.integers(1, 5), st.sampled_from("abcd"), st.integers(1, 20), st.booleans()),
    min_size=1,
    max_size=14,
    unique_by=lambda one: (one.name, one.day),
)


@settings(max_examples=1_000, deadline=None)
@given(_DROPS, st.dictionaries(st.sampled_from("abcd"), st.integers(1, 5), max_size=2))
def test_the_product_and_the_model_agree(drops: list[Drop], withdrawn_after: dict[str, int]) -> None:
    assert found(drops, withdrawn_after) == told(drops, withdrawn_after)
