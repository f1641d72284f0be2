"""Errors of figures with computed weights: what is left of answers when strata or margins are taken out.

Belongs here: the variance of linearised figures after post-stratification or raking, as R's package `survey` computes
it, written as sums that do not depend on the figure itself. Does not belong here: the weights (`raking`,
`poststratification`).

With strata c of constant weight w_c and n_c respondents, N of them in the sample, and u = x - M inside the cell and 0
outside it:

    V = n / (n - 1) / (sum of w)^2
        * (sum over c of w_c^2 (sum of u^2 - n_c mean_c^2 + n_c r_c^2) - (sum over c of w_c n_c r_c)^2 / N)

where mean_c is the mean of u in the stratum and r = 0 after post-stratification. After raking r is mean_c after ten
sweeps over the margins, each of which takes the mean of every category off (`svyrecvar`). V is quadratic in M, so that
three sums per cell give it for any M: a - 2 M b + M^2 c.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

SWEEPS = 10


@dataclass(frozen=True)
class Strata:
    """The sample of one survey in one period: respondents `n` and `weight` per stratum (strata,).

    `margins` are the categories of every stratum (strata,), one array per dimension that was raked; empty after
    post-stratification. `is_drawn_within` is true where the sample was drawn at random within the strata.
    """

    n: Floats
    weight: Floats
    margins: tuple[Indices, ...] = ()
    is_drawn_within: bool = False


def swept(means: Floats, n: Floats, margins: Sequence[Indices]) -> Floats:
    """`means` (..., strata) after ten sweeps over the margins; stratum c counts n_c times."""
    left = means.copy()
    for _ in range(SWEEPS):
        for category in margins:
            for chosen in (category == one for one in range(int(category.max()) + 1)):
                if chosen.any():
                    mean = (left[..., chosen] * n[chosen]).sum(-1, keepdims=True) / n[chosen].sum()
                    left[..., chosen] -= mean
    return left


def variance_sums(strata: Strata, counts: Floats, scores: Floats, squares: Floats, cell_n: Floats) -> Floats:
    """The sums a, b and c (cells, 3) of some cells, for scores and M on the same scale.

    `counts`, `scores` and `squares` (cells, strata) are the number of answers of a cell in a stratum, the sum of their
    scores and of the squares. `cell_n` (cells,) are the answers of the whole cell: a sample drawn within strata has a
    correction n_c / (n_c - 1) and 1 - n_c / N_c per stratum, in place of the n / (n - 1) that its user applies.
    """
    n, weight2 = strata.n, strata.weight**2
    if strata.margins:
        left_scores = swept(scores / n, n, strata.margins)
        left_counts = swept(counts / n, n, strata.margins)
    else:
        left_scores, left_counts = np.zeros_like(scores), np.zeros_like(counts)
    factor = np.ones((len(cell_n), len(n)))
    if strata.is_drawn_within:
        own = n / np.maximum(n - 1, 1) * np.maximum(1 - 1 / strata.weight, 0)
        factor = own * ((cell_n - 1) / cell_n)[:, None]
    offset_scores = (strata.weight * n * left_scores).sum(-1)
    offset_counts = (strata.weight * n * left_counts).sum(-1)
    total = n.sum()

    def left_over(squared: Floats, one: Floats, other: Floats, product: Floats) -> Floats:
        return (factor * weight2 * (squared - one * other / n + n * product)).sum(-1)

    a = left_over(squares, scores, scores, left_scores**2) - offset_scores**2 / total
    b = left_over(scores, scores, counts, left_scores * left_counts) - offset_scores * offset_counts / total
    c = left_over(counts, counts, counts, left_counts**2) - offset_counts**2 / total
    return np.stack([a, b, c], axis=-1)


def standard_error(sums: Floats, value: Floats, n: Floats, sum_w: Floats) -> Floats:
    """The standard error (cells,) of weighted means, from the sums of all samples of a cell (cells, 3)."""
    spread = sums[:, 0] - 2 * value * sums[:, 1] + value**2 * sums[:, 2]
    return np.asarray(np.sqrt(n / (n - 1) * np.maximum(spread, 0)) / sum_w)
