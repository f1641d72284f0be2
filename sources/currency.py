"""Currency: which of an organisation's deliveries count, which were replaced, which wait for a decision.

Belongs here: the resubmission rules of the drop-zone as one pure function over what was sighted, read and judged.
Does not belong here: which rows of current deliveries count (`resolution`) and how it is told (`receipts`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

SHRINK_SHARE = 0.20


@dataclass(frozen=True)
class Sighting:
    """One time a content was seen in the store: `run_number` orders runs, `stored_at` is the store's own time."""

    run_number: int
    stored_at: str
    key: str
    kind: str | None = None
    part: str | None = None

    @property
    def is_correction(self) -> bool:
        """Whether the sender's marker says that this content corrects an earlier one."""
        return self.kind == "correction"


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a delivery. `order` compares with the run numbers of sightings: what was seen in a
    run is older than what was decided in it. A release holds for the `codes` that stood there.
    """

    order: int
    is_release: bool
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A delivery that was read and may become current.

    `rows` counts rows that would be processed; `sightings` are in the order of runs and store times.
    """

    delivery_id: str
    instrument_id: str
    snapshot: str
    periods: frozenset[str]
    rows: int
    is_aggregate: bool
    sightings: tuple[Sighting, ...]
    decisions: tuple[Decision, ...] = ()

    @property
    def release(self) -> Decision | None:
        """The release that is in force."""
        return release_in_force(self.decisions)

    @property
    def first_run(self) -> int:
        """The run that saw this content first."""
        return min(sighting.run_number for sighting in self.sightings)

    @property
    def part(self) -> str | None:
        """The part that the sender's marker names, such as `1/2`."""
        return next((sighting.part for sighting in self.sightings if sighting.part), None)

    @property
    def division(self) -> str | None:
        """Into how many parts the whole was divided, such as `2`; None for a whole."""
        return self.part.rpartition("/")[2] if self.part else None


@dataclass
class Standing:
    """What became of a candidate: `codes` with a count each, and repeats of bytes that were current already."""

    status: str = "replaced"
    codes: dict[str, int] = field(default_factory=dict)
    replaces: str | None = None
    replaced_by: str | None = None
    repeats: list[Sighting] = field(default_factory=list)

    @property
    def is_current(self) -> bool:
        """Whether its rows count."""
        return self.status == "current"


def release_in_force(decisions: Sequence[Decision]) -> Decision | None:
    """The last decision, if it is a release."""
    last = _last(decisions)
    return last if last is not None and last.is_release else None


def _last(decisions: Sequence[Decision]) -> Decision | None:
    return max(decisions, key=lambda one: one.order, default=None)


def lifts(decisions: Sequence[Decision], codes: Iterable[str]) -> bool:
    """Whether a hold for these reasons was released: a reason that came up later asks for a decision of its own."""
    release = release_in_force(decisions)
    return release is not None and release.codes.issuperset(codes)


def standings(candidates: Iterable[Candidate]) -> dict[str, Standing]:
    """Standing of every candidate of one organisation, by delivery id: current, held, replaced or withdrawn.

    A withdrawn delivery counts as if it had never come, until it is released or dropped again. The same candidates
    give the same standings in whatever order they are passed.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.delivery_id)
    result = {candidate.delivery_id: Standing() for candidate in ordered}
    standing_ones = []
    for candidate in ordered:
        remaining = arrivals(candidate.sightings, candidate.decisions)
        if remaining:
            standing_ones.append(replace(candidate, sightings=remaining))
        else:
            result[candidate.delivery_id].status = "withdrawn"
    for group in _groups(standing_ones):
        if group[0].snapshot == "incremental":
            _add_up(group, result)
        else:
            _settle_group(group, result)
    return result


def arrivals(sightings: Sequence[Sighting], decisions: Sequence[Decision]) -> tuple[Sighting, ...]:
    """The sightings since the withdrawal that is in force; all of them when there is none."""
    last = _last(decisions)
    if last is None or last.is_release:
        return tuple(sightings)
    return tuple(one for one in sightings if one.run_number > last.order)


def _groups(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Candidates that compete for one business key: instrument × the set of periods they contain.

    Aggregates carry no response ids that could show a row to be counted already, so there a delivery competes with
    every one that shares a period with it.
    """
    groups: dict[tuple[str, frozenset[str]], list[Candidate]] = {}
    for candidate in candidates:
        key = (candidate.instrument_id, candidate.periods)
        if candidate.is_aggregate and candidate.snapshot != "incremental":
            overlapping = [
                other
                for other in groups
                if other[0] == candidate.instrument_id and other[1] & candidate.periods
            ]
            members = [member for other in overlapping for member in groups.pop(other)]
            periods = candidate.periods.union(*(other[1] for other in overlapping))
            groups[(candidate.instrument_id, periods)] = [*members, candidate]
        else:
            groups.setdefault(key, []).append(candidate)
    return [groups[key] for key in sorted(groups, key=lambda key: (key[0], sorted(key[1])))]


def _settle_group(group: list[Candidate], result: Mapping[str, Standing]) -> None:
    chosen: set[str] = set()
    passed_over: set[str] = set()
    for conflicting, parts in _conflicts(group):
        choice = _chosen(conflicting)
        if choice is None:
            for candidate in conflicting:
                standing = result[candidate.delivery_id]
                standing.status, standing.codes["conflict"] = "held", len(conflicting) + len(parts)
            continue
        chosen.add(choice.delivery_id)
        for candidate in [*conflicting, *parts]:
            if candidate is not choice:
                passed_over.add(candidate.delivery_id)
                result[candidate.delivery_id].replaced_by = choice.delivery_id
    _Replay({candidate.delivery_id: candidate for candidate in group}, result, chosen, passed_over).walk()


def _conflicts(group: list[Candidate]) -> list[tuple[list[Candidate], list[Candidate]]]:
    """Unequal wholes for one key, first seen in one run, none of them marked as the correction; and the parts of it.

    Parts belong together. Beside them even one whole leaves the question which applies.
    """
    by_run: dict[int, tuple[list[Candidate], list[Candidate]]] = {}
    for candidate in group:
        wholes, parts = by_run.setdefault(candidate.first_run, ([], []))
        if candidate.part:
            parts.append(candidate)
        elif not candidate.sightings[0].is_correction:
            wholes.append(candidate)
    return [found for _, found in sorted(by_run.items()) if len(found[0]) > (0 if found[1] else 1)]


def _chosen(conflicting: list[Candidate]) -> Candidate | None:
    """The one of them that somebody released last: with it the question which applies is answered."""
    released = [
        (release.order, candidate)
        for candidate in conflicting
        if (release := candidate.release) is not None and "conflict" in release.codes
    ]
    return max(released, key=lambda one: one[0])[1] if released else None


def _add_up(group: list[Candidate], result: Mapping[str, Standing]) -> None:
    """Every delivery counts. A correction takes the place of those before it; dropping one again undoes that."""
    by_id = {candidate.delivery_id: candidate for candidate in group}
    seen: set[str] = set()
    for delivery_id, sighting in _events(group):
        candidate, standing = by_id[delivery_id], result[delivery_id]
        if delivery_id in seen and standing.is_current:
            standing.repeats.append(sighting)
            continue
        if sighting.is_correction:
            former = [
                by_id[other]
                for other in sorted(seen - {delivery_id})
                if result[other].is_current and not _are_parts_of_one(by_id[other], candidate)
            ]
            if sighting.run_number == candidate.first_run and _is_held_as_shrunk([candidate], former, result):
                continue
            for other in former:
                _replace(result, other.delivery_id, delivery_id)
        elif delivery_id in seen and standing.replaced_by is not None:
            _replace(result, standing.replaced_by, delivery_id)
            standing.codes["MH-TERUGGEZET"] = 1
        seen.add(delivery_id)
        _make_current(candidate, result)


def _are_parts_of_one(one: Candidate, other: Candidate) -> bool:
    return one.part is not None and one.part != other.part and one.division == other.division


def _is_held_as_shrunk(
    coming: Sequence[Candidate], former: Sequence[Candidate], result: Mapping[str, Standing]
) -> bool:
    """Whether these have too few rows to take the place of the former without a decision; if so they are held."""
    missing = sum(one.rows for one in former) - sum(one.rows for one in coming)
    if missing <= SHRINK_SHARE * sum(one.rows for one in former):
        return False
    if any(lifts(one.decisions, ["MH-KRIMP"]) for one in coming):
        return False
    for one in coming:
        standing = result[one.delivery_id]
        standing.status, standing.codes["MH-KRIMP"] = "held", missing
    return True


def _replace(result: Mapping[str, Standing], former: str, by: str) -> None:
    result[former].status, result[former].replaced_by, result[former].replaces = "replaced", by, None
    result[by].replaces = former


def _events(group: list[Candidate]) -> list[tuple[str, Sighting]]:
    """Sightings in the order of runs and store times; within a run a correction comes after what it corrects."""
    return sorted(
        ((candidate.delivery_id, sighting) for candidate in group for sighting in candidate.sightings),
        key=lambda event: (
            event[1].run_number,
            event[1].is_correction,
            event[1].stored_at,
            event[0],
            event[1].key,
        ),
    )


@dataclass
class _Replay:
    """A walk over the sightings of one key in the order of runs and store times; each may make its content current.

    What is `current` is one whole, or parts of one division by their name; `since` is the newest store time of each.
    Of contents that came together, one that was `chosen` counts as a correction and those `passed_over` as not seen.
    """

    by_id: Mapping[str, Candidate]
    result: Mapping[str, Standing]
    chosen: set[str]
    passed_over: set[str]
    current: dict[str | None, Candidate] = field(default_factory=dict)
    since: dict[str | None, str] = field(default_factory=dict)
    # Parts that are held until they have, together, rows enough to take the place of what is current.
    gathered: list[Candidate] = field(default_factory=list)

    def walk(self) -> None:
        """Give every candidate its standing."""
        for delivery_id, sighting in _events(list(self.by_id.values())):
            self._meet(self.by_id[delivery_id], sighting)

    def _meet(self, candidate: Candidate, sighting: Sighting) -> None:
        delivery_id, standing = candidate.delivery_id, self.result[candidate.delivery_id]
        is_first = sighting.run_number == candidate.first_run
        if self.current.get(candidate.part) is candidate:
            self.since[candidate.part] = max(self.since[candidate.part], sighting.stored_at)
            standing.repeats.append(sighting)
            return
        if standing.status == "held" and (is_first or not _settles(standing, sighting)):
            return
        if is_first and delivery_id in self.passed_over:
            return
        former = self._in_the_way(candidate)
        is_newer = all(sighting.stored_at > self.since[one.part] for one in former)
        if not is_newer and not sighting.is_correction and delivery_id not in self.chosen:
            standing.status, standing.replaced_by = "replaced", former[-1].delivery_id
            return
        coming = [*(one for one in self.gathered if _are_parts_of_one(one, candidate)), candidate]
        if is_first and _is_held_as_shrunk(coming, former, self.result):
            self.gathered = coming if candidate.part else self.gathered
            return
        if former and not is_first and "conflict" not in standing.codes:
            standing.codes["MH-TERUGGEZET"] = 1
        self._put(coming, former, sighting.stored_at)

    def _in_the_way(self, candidate: Candidate) -> list[Candidate]:
        """What would no longer be current: the same part, or everything that is not of the same division."""
        if candidate.part in self.current:
            return [self.current[candidate.part]]
        return [one for one in self.current.values() if not _are_parts_of_one(one, candidate)]

    def _put(self, coming: Sequence[Candidate], former: Sequence[Candidate], stored_at: str) -> None:
        for one in former:
            del self.current[one.part]
            _replace(self.result, one.delivery_id, coming[-1].delivery_id)
        for one in coming:
            self.current[one.part], self.since[one.part] = one, stored_at
            _make_current(one, self.result)
        self.gathered = []


def _settles(standing: Standing, sighting: Sighting) -> bool:
    """Whether dropping a held content again answers the question: only where its marker names it the correction."""
    return "conflict" in standing.codes and sighting.is_correction


def _make_current(candidate: Candidate, result: Mapping[str, Standing]) -> None:
    standing = result[candidate.delivery_id]
    standing.status, standing.replaced_by = "current", None
    for settled in ("conflict", "MH-KRIMP"):
        standing.codes.pop(settled, None)
