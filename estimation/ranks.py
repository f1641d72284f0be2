"""One organisation beside its peers: means and quartiles without itself, and the interval of its rank.

Belongs here: what is computed from the figures of one group of organisations. Does not belong here: who is whose peer,
tests (`significance`), figures over organisations as such (`combination`).

Arrays are of float64 with one element per member of the group, in the order of their ids; `counts` tells which members
count as a peer of the others. A member is never its own peer.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWS = 1000
_TAIL = DRAWS // 40


def mean_of_others(values: Floats, weights: Floats) -> Floats:
    """Weighted mean of the other members; null (NaN) where they have no weight."""
    others = weights.sum() - weights
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = ((weights * values).sum() - weights * values) / others
    return np.where(others > 0, mean, np.nan)


def error_of_mean_of_others(standard_errors: Floats, n_eff: Floats, counts: Flags) -> tuple[Floats, Floats]:
    """Standard error of the unweighted mean of the others, and its degrees of freedom (Satterthwaite).

    The peers are whom one compares with, not a sample of peers: only the errors of their own figures count.
    """
    variance = np.where(counts, standard_errors**2, 0.0)
    term = np.where(counts & (n_eff > 1), variance**2 / np.maximum(n_eff - 1, 1e-9), 0.0)
    others = counts.sum() - counts
    summed = np.maximum(variance.sum() - variance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = summed**2 / np.maximum(term.sum() - term, 0.0)
        return np.sqrt(summed) / others, freedom


def largest_part_of_others(weights: Floats) -> Floats:
    """The largest part that one of the other members has in their weight; null where they have none."""
    if len(weights) < 2:
        return np.full(len(weights), np.nan)
    order = np.sort(weights)
    largest = np.where(weights == order[-1], order[-1] if order[-2] == order[-1] else order[-2], order[-1])
    others = weights.sum() - weights
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(others > 0, largest / others, np.nan)


def quantile_of_others(values: Floats, counts: Flags, quantile: float) -> Floats:
    """Quantile of the peers' values by linear interpolation (type 7 of Hyndman and Fan); null without peers."""
    ordered = np.sort(values[counts])
    place = np.full(len(values), len(ordered))
    place[counts] = np.searchsorted(ordered, values[counts])
    n = len(ordered) - counts
    at = np.maximum(n - 1, 0) * quantile
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(n - 1, 0))

    def without_own(index: NDArray[np.int64]) -> Floats:
        return np.append(ordered, np.nan)[np.minimum(index + (index >= place), len(ordered))]

    found = without_own(low) + (at - low) * (without_own(high) - without_own(low))
    return np.where(n > 0, found, np.nan)


def draws_of(key: str) -> Floats:
    """A thousand standard normal draws that depend on the key alone."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(DRAWS)


def rank_interval(
    values: Floats, standard_errors: Floats, draws: Floats, is_higher_better: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The 95 % interval of each member's rank, 1 for the best, over draws of N(value, SE²).

    `draws`: standard normal, members × draws. Of equal values the first member has the better rank.
    """
    drawn = values[:, None] + standard_errors[:, None] * draws
    order = np.argsort(-drawn if is_higher_better else drawn, axis=0, kind="stable")
    ranks = np.empty(order.shape, np.int64)
    np.put_along_axis(ranks, order, np.arange(1, len(values) + 1)[:, None], axis=0)
    ranks.sort(axis=1)
    return ranks[:, _TAIL - 1], ranks[:, -_TAIL]
