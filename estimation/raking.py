"""Raking: weights that bring several margins of a sample to their targets at once.

Belongs here: iterative proportional fitting over strata of equal weight, and trimming. Does not belong here: one margin
alone (`poststratification`), reading targets (`weighting`) and the errors of raked figures (`residuals`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

TOLERANCE, ROUNDS = 1e-6, 50
LOWEST, HIGHEST = 0.2, 5.0
_EXACT = 1e-13


class RakingError(Exception):
    """The margins cannot be met; the text says why, without any value."""


@dataclass(frozen=True)
class Margin:
    """One dimension: `category` (strata,) is the place of every stratum in `population` (categories,)."""

    category: Indices
    population: Floats


def rake(n: Floats, margins: Sequence[Margin]) -> Floats:
    """Weights per stratum (strata,), for n > 0 respondents each, whose margins are the targets to 1e-6.

    Iterative proportional fitting (Deming and Stephan 1940) from equal weights; then weights outside 0.2 to 5 times
    the mean weight are trimmed and the others fitted again, until both hold. Raises RakingError for a category without
    respondents and where 50 rounds are not enough.
    """
    for margin in margins:
        if (_totals(n, margin) == 0).any():
            raise RakingError("a target group has no respondents")
    weights = _fitted(n, np.ones_like(n), margins)
    mean = margins[0].population.sum() / n.sum()
    for _ in range(ROUNDS):
        trimmed = np.clip(weights, LOWEST * mean, HIGHEST * mean)
        if np.abs(trimmed / weights - 1).max() < TOLERANCE:
            return weights
        weights = _fitted(n, trimmed, margins)
    raise RakingError("weights between 0.2 and 5 times their mean do not meet the targets")


def _fitted(n: Floats, weights: Floats, margins: Sequence[Margin]) -> Floats:
    """Weights after at most 50 rounds; below the tolerance the rounds go on while they still gain.

    Stopping at the tolerance would leave the last margin exact and the first one off by as much as is allowed, and
    with it every published figure.
    """
    error = np.inf
    for _ in range(ROUNDS):
        before = error
        for margin in margins:
            weights = weights * (margin.population / _totals(n * weights, margin))[margin.category]
        error = max(
            float(np.abs(_totals(n * weights, margin) / margin.population - 1).max()) for margin in margins
        )
        if error <= _EXACT or (error < TOLERANCE and error >= before):
            break
    if error >= TOLERANCE:
        raise RakingError("the targets of the dimensions cannot be met together in 50 rounds")
    return weights


def _totals(values: Floats, margin: Margin) -> Floats:
    return np.bincount(margin.category, values, len(margin.population)).astype(np.float64)
