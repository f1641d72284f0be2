"""Relative importance: which part of what a regression explains belongs to each driver.

Belongs here: shares of R² after Lindeman, Merenda and Gold (LMG, the Shapley value of R²) and after Johnson (relative
weights), standardised coefficients, and their intervals by a grouped jackknife. Does not belong here: which answers
take part (`cases`), moment matrices (`moments`), what is shown.

Everything starts from a correlation matrix whose first variable is the outcome and whose others are the drivers. All
functions take stacks of matrices: (..., k + 1, k + 1) for k drivers.
"""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from scipy.special import stdtrit

from estimation.moments import Floats, correlations

# All subsets of the drivers are tried up to this number; 2^k regressions each.
EXACT_UP_TO = 6
# Drivers whose correlation matrix has a smaller eigenvalue than this say the same thing twice.
_COLLINEAR = 1e-8


@dataclass(frozen=True)
class Explanation:
    """What the drivers explain of the outcome; arrays have one entry per driver.

    `importance` are shares of R² that add up to 1, `low` and `high` the ends of their 95 % intervals. NaN where there
    is no answer: a driver without spread has nothing, collinear drivers have a correlation only. `reason` says why.
    """

    r_squared: float
    importance: Floats
    low: Floats
    high: Floats
    beta: Floats
    correlation: Floats
    method: str
    reason: tuple[str | None, ...]


def r_squared(correlation: Floats) -> Floats:
    """Share of the outcome's variance that all drivers together explain. Returns (...)."""
    return np.asarray((_beta(correlation) * correlation[..., 1:, 0]).sum(axis=-1))


def lmg(correlation: Floats) -> Floats:
    """Shares of the variance after Lindeman, Merenda and Gold (1980): the gain in R² of a driver, averaged over orders.

    Exact, from 2^k regressions; the shares add up to R². Returns (..., k).
    """
    k = correlation.shape[-1] - 1
    explained: dict[tuple[int, ...], Floats] = {(): np.zeros(correlation.shape[:-2])}
    for size in range(1, k + 1):
        for subset in combinations(range(1, k + 1), size):
            kept = np.ix_([0, *subset], [0, *subset])
            explained[subset] = r_squared(correlation[..., kept[0], kept[1]])
    share = np.zeros((*correlation.shape[:-2], k))
    for subset, value in explained.items():
        size = len(subset)
        for driver in range(1, k + 1):
            if driver in subset:
                share[..., driver - 1] += value * factorial(size - 1) * factorial(k - size) / factorial(k)
            else:
                share[..., driver - 1] -= value * factorial(size) * factorial(k - size - 1) / factorial(k)
    return share


def johnson(correlation: Floats) -> Floats:
    """Relative weights after Johnson (2000), which add up to R². Returns (..., k)."""
    eigenvalues, vectors = np.linalg.eigh(correlation[..., 1:, 1:])
    root = np.sqrt(np.maximum(eigenvalues, 0.0))
    half = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    on_axes = np.linalg.solve(half, correlation[..., 1:, :1])[..., 0]
    return np.asarray(((half**2) @ (on_axes**2)[..., None])[..., 0])


def explain(groups: Floats) -> Explanation:
    """Importance of k drivers for an outcome from the moment matrices of separate groups of responses.

    `groups` (g, k + 2, k + 2): moment matrices of outcome and drivers. The importance comes from all groups together,
    the interval from leaving out one group at a time (delete-a-group jackknife: variance (g - 1)/g Σ (θ_i - mean)², t
    with g - 1 degrees of freedom); groups without responses do not count.
    """
    groups = groups[groups[:, 0, 0] > 0]
    total = groups.sum(axis=0)
    whole = correlations(total)
    k = len(whole) - 1
    nothing = np.full(k, np.nan)
    has_spread = ~np.isnan(np.diagonal(whole))
    if not has_spread[0]:
        return Explanation(
            np.nan, nothing, nothing, nothing, nothing, nothing, _method(k), ("no_variance",) * k
        )
    used = np.flatnonzero(has_spread[1:])
    reason: list[str | None] = [None if spread else "no_variance" for spread in has_spread[1:]]
    found = {name: nothing.copy() for name in ("importance", "low", "high", "beta")}
    correlation = whole[1:, 0]
    method = _method(len(used))
    kept = np.concatenate([[0], used + 1])
    matrix = whole[np.ix_(kept, kept)]
    if not len(used) or np.linalg.eigvalsh(matrix[1:, 1:])[0] < _COLLINEAR:
        reason = [known or "collinear" for known in reason]
        return Explanation(np.nan, nothing, nothing, nothing, nothing, correlation, method, tuple(reason))
    found["importance"][used] = _shares(matrix, method)
    found["beta"][used] = _beta(matrix)
    in_total = np.concatenate([[0], kept + 1])
    ends = _jackknife(total[np.ix_(in_total, in_total)], groups[:, in_total][:, :, in_total], method)
    if ends is not None:
        found["low"][used], found["high"][used] = ends
    explained = float(r_squared(matrix))
    return Explanation(explained, **found, correlation=correlation, method=method, reason=tuple(reason))


def _jackknife(total: Floats, groups: Floats, method: str) -> tuple[Floats, Floats] | None:
    """Ends of the 95 % intervals, within 0 and 1; None where a group cannot be missed."""
    if len(groups) < 2:
        return None
    without = correlations(total - groups)
    if np.isnan(without).any() or np.linalg.eigvalsh(without[:, 1:, 1:])[:, 0].min() < _COLLINEAR:
        return None
    count = len(groups)
    shares = _shares(without, method)
    spread = np.sqrt((count - 1) / count * ((shares - shares.mean(axis=0)) ** 2).sum(axis=0))
    centre = _shares(correlations(total), method)
    margin = float(stdtrit(count - 1, 0.975)) * spread
    return np.maximum(centre - margin, 0.0), np.minimum(centre + margin, 1.0)


def _shares(correlation: Floats, method: str) -> Floats:
    found = lmg(correlation) if method == "lmg" else johnson(correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(found / found.sum(axis=-1, keepdims=True))


def _beta(correlation: Floats) -> Floats:
    """Standardised regression coefficients of the drivers. Returns (..., k)."""
    return np.asarray(np.linalg.solve(correlation[..., 1:, 1:], correlation[..., 1:, :1])[..., 0])


def _method(k: int) -> str:
    return "lmg" if k <= EXACT_UP_TO else "johnson"
