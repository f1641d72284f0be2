"""Post-stratification: weights that bring every stratum of a sample to its target.

Belongs here: strata too small to stand alone, their weights, and the stratified error that a random sample within
strata has. Does not belong here: several margins at once (`raking`) and the errors of weighted figures in general
(`residuals`).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

LEAST_N = 2


def collapsed(n: Indices) -> Indices:
    """The stratum (0, 1, ...) of every target group, in the order of the groups.

    `n` (groups,) are respondents. A group with fewer than 2 goes together with the one after it, and what is left at
    the end with the one before: a single respondent has no spread.
    """
    strata, number, gathered = np.empty(len(n), np.intp), 0, 0
    for place, count in enumerate(n):
        strata[place] = number
        gathered += int(count)
        if gathered >= LEAST_N:
            number, gathered = number + 1, 0
    return np.minimum(strata, max(number - 1, 0))


def post_stratified(n: Indices, population: Indices) -> tuple[Indices, Floats]:
    """Stratum and weight of every target group (groups,): people in the stratum over respondents in the stratum."""
    strata = collapsed(n)
    weights = np.bincount(strata, population) / np.bincount(strata, n)
    return strata, weights[strata]


def stratified_error(n: Indices, variance: Floats, population: Indices, has_correction: bool = True) -> float:
    """The standard error of a stratified mean: sqrt(sum of W_h^2 (1 - n_h / N_h) s_h^2 / n_h), W_h = N_h / N.

    `variance` (strata,) is the sample variance s_h^2; without the correction for finite populations 1 - n_h / N_h is 1.
    """
    share = population / population.sum()
    correction = 1 - n / population if has_correction else 1.0
    return float(np.sqrt(np.sum(share**2 * correction * variance / n)))
