"""Weighting: from the groups of a sample and the targets in force to a weight per group.

Belongs here: which targets hold for a period, which groups have one, the choice between post-stratification and
raking, and the reasons why a sample stays unweighted. Does not belong here: the two methods themselves
(`poststratification`, `raking`), reading files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from estimation.poststratification import post_stratified
from estimation.raking import Margin, RakingError, rake

NO_TARGETS = "no targets in force on the first day of the period"
NO_TARGET = "respondents in a group without target"
UNKNOWN = "unknown"

# The column of a response for every dimension that weights may have.
COLUMNS = {
    "service": "service_id", "channel": "channel", "touchpoint": "touchpoint_id", "life_event": "life_event_id",
    "audience": "audience", "age_band": "age_band",
}  # fmt: skip

Codes = tuple[str, ...]


@dataclass(frozen=True)
class TargetLine:
    """One line of targets: first and last day (both included, None is open), code per dimension, population."""

    valid_from: date | None
    valid_to: date | None
    codes: Mapping[str, str]
    population: int

    def holds_on(self, day: date) -> bool:
        """Whether the line is in force on a day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Weighting:
    """Weights of one sample: per group (in the order given) its stratum and weight, or why there are none.

    `n_collapsed` counts target groups that had too few respondents to stand alone.
    """

    strata: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    pending_reason: str | None = None
    n_collapsed: int = 0


def weigh(
    method: str,
    dimensions: Sequence[str],
    groups: Sequence[Codes],
    n: Sequence[int],
    lines: Sequence[TargetLine],
    first_day: date,
) -> Weighting:
    """Weights of a sample of `n` respondents per group; a group is one code per dimension of the weighting."""
    valid = [line for line in lines if line.holds_on(first_day)]
    if not valid:
        return Weighting(pending_reason=NO_TARGETS)
    if method == "rake":
        return _raked(dimensions, groups, n, valid)
    return _post_stratified(dimensions, groups, n, valid)


def _post_stratified(
    dimensions: Sequence[str], groups: Sequence[Codes], n: Sequence[int], lines: Sequence[TargetLine]
) -> Weighting:
    place = {tuple(line.codes[name] for name in dimensions): index for index, line in enumerate(lines)}
    if any(group not in place or UNKNOWN in group for group in groups):
        return Weighting(pending_reason=NO_TARGET)
    counts = np.zeros(len(lines), np.intp)
    for group, count in zip(groups, n, strict=True):
        counts[place[group]] += count
    strata, weights = post_stratified(counts, np.array([line.population for line in lines], np.intp))
    found = [place[group] for group in groups]
    return Weighting(
        strata=tuple(int(strata[index]) + 1 for index in found),
        weights=tuple(float(weights[index]) for index in found),
        n_collapsed=len(lines) - len(set(strata.tolist())),
    )


def _raked(
    dimensions: Sequence[str], groups: Sequence[Codes], n: Sequence[int], lines: Sequence[TargetLine]
) -> Weighting:
    margins = []
    for position, name in enumerate(dimensions):
        population: dict[str, float] = {}
        for line in lines:
            if name in line.codes:
                code = line.codes[name]
                population[code] = population.get(code, 0.0) + line.population
        if any(group[position] not in population or group[position] == UNKNOWN for group in groups):
            return Weighting(pending_reason=NO_TARGET)
        place = {code: index for index, code in enumerate(population)}
        category = np.array([place[group[position]] for group in groups], np.intp)
        margins.append(Margin(category, np.array(list(population.values()))))
    # Totals may differ by as little as is allowed; fitted are shares of the first one.
    total = margins[0].population.sum()
    margins = [Margin(one.category, one.population * (total / one.population.sum())) for one in margins]
    try:
        weights = rake(np.array(n, np.float64), margins)
    except RakingError as error:
        return Weighting(pending_reason=str(error))
    return Weighting(tuple(range(1, len(groups) + 1)), tuple(weights.tolist()))
