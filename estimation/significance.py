"""Tests of a difference between two figures, and what many tests together allow one to say.

Belongs here: p-values from summaries (value, standard error, effective number of answers), Benjamini-Hochberg and
Holm. Does not belong here: which figures are compared, what counts as a large difference, any threshold.

Arrays are of float64, one element per comparison; shares are between 0 and 1, everything else is in the unit of its
statistic. A p-value is null (NaN) where no valid test exists: the normal and t approximations need spread on both
sides.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Families = NDArray[np.int64]


# Of published errors, ten digits are right: less than this part of their squares is no spread.
_NO_SPREAD = 1e-9


def standard_error_of_difference(
    standard_error: Floats, compared: Floats, covariance: Floats | float = 0.0
) -> Floats:
    """Of two estimates with this covariance, which is 0 for independent ones; 0 where nothing is left of the two."""
    summed = standard_error**2 + compared**2
    variance = summed - 2 * np.asarray(covariance)
    return np.sqrt(np.where(variance > _NO_SPREAD * summed, variance, 0.0))


def correlation(covariance: Floats, standard_error: Floats, compared: Floats) -> Floats:
    """Of two estimates, from their covariance and errors: between -1 and 1, and 0 where one of them has no spread."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = covariance / (standard_error * compared)
    return np.clip(np.where(np.isfinite(found), found, 0.0), -1.0, 1.0)


def welch(
    delta: Floats,
    standard_error: Floats,
    n_eff: Floats,
    compared_standard_error: Floats,
    compared_n_eff: Floats,
    covariance: Floats | float = 0.0,
    common_share: Floats | float = 0.0,
) -> tuple[Floats, Floats, Floats]:
    """Test of two means of which some people may be in both: t, degrees of freedom and the two-sided p.

    Welch's where nobody is (Welch-Satterthwaite on n_eff - 1), the paired t test where everybody is. In between the
    degrees of freedom are theirs in proportion to `common_share`, the part of all people in both samples that are
    common, 2 n_c / (n_1 + n_2): Derrick, Russ, Toher and White (2017), T_new2. `covariance` of the two means is 0
    where nobody is common. Null where a side has no spread or fewer than two effective answers, or where nothing of
    their spread is left in the difference.
    """
    own, other, common_share = standard_error**2, compared_standard_error**2, np.asarray(common_share)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = standard_error_of_difference(standard_error, compared_standard_error, covariance)
        t = delta / error
        of_others = (own + other) ** 2 / (own**2 / (n_eff - 1) + other**2 / (compared_n_eff - 1))
        of_pairs = common_share * (n_eff + compared_n_eff) / 2 - 1
        freedom = (1 - common_share) * of_others + common_share * of_pairs
        is_valid = (own > 0) & (other > 0) & (n_eff > 1) & (compared_n_eff > 1) & (error > 0) & (freedom > 0)
        p = 2 * special.stdtr(freedom, -np.abs(t))
    return (
        np.where(is_valid, t, np.nan),
        np.where(is_valid, freedom, np.nan),
        np.where(is_valid, p, np.nan),
    )


def two_proportions(
    share: Floats,
    n_eff: Floats,
    compared_share: Floats,
    compared_n_eff: Floats,
    min_expected: float,
    correlation: Floats | float = 0.0,
) -> tuple[Floats, Floats]:
    """Pooled test of two shares: z (its square is chi-squared with 1 degree of freedom) and the two-sided p.

    `correlation` of the two shares where respondents overlap; where all of them do, the test is McNemar's. Null where,
    under the pooled share, a side expects fewer than `min_expected` with or without the property.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (n_eff * share + compared_n_eff * compared_share) / (n_eff + compared_n_eff)
        errors = np.sqrt(pooled * (1 - pooled) / n_eff), np.sqrt(pooled * (1 - pooled) / compared_n_eff)
        error = standard_error_of_difference(*errors, np.asarray(correlation) * errors[0] * errors[1])
        expected = np.minimum(pooled, 1 - pooled) * np.minimum(n_eff, compared_n_eff)
        is_valid = (expected >= min_expected) & (error > 0)
        z = (share - compared_share) / error
    return np.where(is_valid, z, np.nan), np.where(is_valid, two_sided_normal(z), np.nan)


def summed_variances(
    delta: Floats,
    standard_error: Floats,
    compared_standard_error: Floats,
    covariance: Floats | float = 0.0,
) -> tuple[Floats, Floats]:
    """Test of a difference of net shares, or of a figure with a mean of many: z and the two-sided p.

    `covariance` of the two where respondents overlap. Null where a side has no spread, or the difference has none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        error = standard_error_of_difference(standard_error, compared_standard_error, covariance)
        z = delta / error
        is_valid = (standard_error > 0) & (compared_standard_error > 0) & (error > 0)
    return np.where(is_valid, z, np.nan), np.where(is_valid, two_sided_normal(z), np.nan)


def against_mean(
    value: Floats,
    standard_error: Floats,
    n_eff: Floats,
    mean: Floats,
    standard_error_of_mean: Floats,
    freedom_of_mean: Floats,
    is_share: NDArray[np.bool_],
    min_expected: float,
) -> Floats:
    """Two-sided p of one figure against a mean of others that it is no part of.

    Welch's t with the degrees of freedom of both sides; for shares the score test, where the figure has the variance
    that the others' share implies. Null where a side has no spread, or expects fewer than `min_expected` either way.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        own, other = standard_error**2, standard_error_of_mean**2
        freedom = (own + other) ** 2 / (own**2 / (n_eff - 1) + other**2 / freedom_of_mean)
        t = (value - mean) / np.sqrt(own + other)
        of_means = np.where(
            (own > 0) & (other > 0) & (n_eff > 1), 2 * special.stdtr(freedom, -np.abs(t)), np.nan
        )
        implied = mean * (1 - mean) / n_eff
        is_valid = (np.minimum(mean, 1 - mean) * n_eff >= min_expected) & (other > 0)
        of_shares = np.where(
            is_valid, two_sided_normal((value - mean) / np.sqrt(np.maximum(implied, 0) + other)), np.nan
        )
    return np.where(is_share, of_shares, of_means)


def two_sided_normal(z: Floats) -> Floats:
    """Chance of a standard normal figure at least as far from 0 as z."""
    return np.asarray(2 * special.ndtr(-np.abs(z)), dtype=np.float64)


def benjamini_hochberg(p: Floats, family: Families | None = None) -> Floats:
    """Adjusted p-values (q) that keep the false discovery rate: the least of m p / rank over the p's not smaller.

    Benjamini and Hochberg (1995). `family` numbers the family of each p; without it all are one. NaN stays NaN and
    does not count.
    """
    return _adjusted(p, family, is_holm=False)


def holm(p: Floats, family: Families | None = None) -> Floats:
    """Adjusted p-values that keep the chance of any false claim: the greatest of (m - rank + 1) p over the smaller p's.

    Holm (1979). Otherwise as `benjamini_hochberg`.
    """
    return _adjusted(p, family, is_holm=True)


def _adjusted(p: Floats, family: Families | None, is_holm: bool) -> Floats:
    adjusted = np.full(len(p), np.nan)
    rows = np.flatnonzero(np.isfinite(p))
    if not len(rows):
        return adjusted
    groups = np.zeros(len(rows), np.int64) if family is None else family[rows]
    order = np.lexsort((p[rows], groups))
    rows, groups = rows[order], groups[order]
    starts = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    sizes = np.diff(starts, append=len(rows))
    size = np.repeat(sizes, sizes)
    rank = np.arange(len(rows)) - np.repeat(starts, sizes) + 1
    number = np.repeat(np.arange(len(starts)), sizes)
    if is_holm:
        found = _running_maximum((size - rank + 1) * p[rows], number)
    else:
        found = -_running_maximum(-(size / rank * p[rows])[::-1], number[::-1].max() - number[::-1])[::-1]
    adjusted[rows] = np.minimum(found, 1.0)
    return adjusted


def _running_maximum(values: Floats, number: Families) -> Floats:
    """Of each value and those before it in its family; families lie together, numbered 0, 1, 2 and on."""
    # Families are lifted apart by rank, not by size of the values: an offset would cost digits.
    order = np.argsort(values, kind="stable")
    place = np.empty(len(values), np.int64)
    place[order] = np.arange(len(values))
    lifted = np.maximum.accumulate(place + number * len(values))
    return values[order][lifted - number * len(values)]
