"""Currency: which of an organisation's deliveries count, which were replaced, which wait for a decision.

Belongs here: the resubmission rules of the drop-zone as one pure function over what was sighted, read and judged.
Does not belong here: which rows of current deliveries count (`resolution`) and how it is told (`receipts`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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

    @property
    def first_run(self) -> int:
        """The run that saw this content first."""
        return min(sighting.run_number for sighting in self.sightings)

    @property
    def part(self) -> str | None:
        """The part that the sender's marker names, such as `1/2`."""
        return next((sighting.part for sighting in self.sightings if sighting.part), None)


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


def standings(candidates: Iterable[Candidate]) -> dict[str, Standing]:
    """Standing of every candidate of one organisation, by delivery id: current, held or replaced.

    The same candidates give the same standings in whatever order they are passed.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.delivery_id)
    result = {candidate.delivery_id: Standing() for candidate in ordered}
    for group in _groups(ordered):
        if group[0].snapshot == "incremental":
            _add_up(group, result)
        else:
            _settle_group(group, result)
    return result


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
    parts = [candidate for candidate in group if candidate.part]
    whole = [candidate for candidate in group if not candidate.part]
    for candidate in parts:
        result[candidate.delivery_id].status = "current"
    for conflicting in _conflicts(whole):
        for candidate in conflicting:
            result[candidate.delivery_id].status = "held"
            result[candidate.delivery_id].codes["conflict"] = len(conflicting)
    _replay(whole, result)


def _conflicts(group: list[Candidate]) -> list[list[Candidate]]:
    """Unequal contents for one key, first seen in one run, none of them marked as the correction."""
    by_run: dict[int, list[Candidate]] = {}
    for candidate in group:
        if not candidate.sightings[0].is_correction:
            by_run.setdefault(candidate.first_run, []).append(candidate)
    return [together for _, together in sorted(by_run.items()) if len(together) > 1]


def _add_up(group: list[Candidate], result: Mapping[str, Standing]) -> None:
    """Every delivery counts. A correction takes the place of those before it; dropping one again undoes that."""
    by_id = {candidate.delivery_id: candidate for candidate in group}
    seen: set[str] = set()
    for delivery_id, sighting in _events(group):
        standing = result[delivery_id]
        if delivery_id in seen and standing.is_current:
            standing.repeats.append(sighting)
            continue
        if sighting.is_correction:
            for other in sorted(seen - {delivery_id}):
                if result[other].is_current:
                    _replace(result, other, delivery_id)
        elif delivery_id in seen and standing.replaced_by is not None:
            _replace(result, standing.replaced_by, delivery_id)
            standing.codes["MH-TERUGGEZET"] = 1
        seen.add(delivery_id)
        _make_current(by_id[delivery_id], None, result)


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


def _replay(group: list[Candidate], result: Mapping[str, Standing]) -> None:
    """Walk the sightings in the order of runs and store times; each may make its content the current one."""
    by_id = {candidate.delivery_id: candidate for candidate in group}
    current: Candidate | None = None
    current_since = ""
    for delivery_id, sighting in _events(group):
        candidate, standing = by_id[delivery_id], result[delivery_id]
        stored_at, is_first = sighting.stored_at, sighting.run_number == candidate.first_run
        if candidate is current:
            current_since = max(current_since, stored_at)
            standing.repeats.append(sighting)
            continue
        if standing.status == "held" and (is_first or not _settles(standing, sighting)):
            continue
        if current is None:
            current, current_since = _make_current(candidate, None, result), stored_at
        elif stored_at > current_since or sighting.is_correction:
            if is_first and candidate.rows < (1 - SHRINK_SHARE) * current.rows:
                standing.status = "held"
                standing.codes["MH-KRIMP"] = current.rows - candidate.rows
                continue
            if not is_first and "conflict" not in standing.codes:
                standing.codes["MH-TERUGGEZET"] = 1
            current, current_since = _make_current(candidate, current, result), stored_at
        else:
            standing.status = "replaced"
            standing.replaced_by = current.delivery_id


def _settles(standing: Standing, sighting: Sighting) -> bool:
    """Whether dropping a held content again answers the question: only where its marker names it the correction."""
    return "conflict" in standing.codes and sighting.is_correction


def _make_current(
    candidate: Candidate, previous: Candidate | None, result: Mapping[str, Standing]
) -> Candidate:
    standing = result[candidate.delivery_id]
    standing.status, standing.replaced_by = "current", None
    for settled in ("conflict", "MH-KRIMP"):
        standing.codes.pop(settled, None)
    if previous is not None:
        _replace(result, previous.delivery_id, candidate.delivery_id)
    return candidate
