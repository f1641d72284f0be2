"""Tests of differences: golden numbers of R and SciPy, and laws that hold for every input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from estimation import significance
from tests.acceptance.golden import rows

# domain.md 3.9, by R 4.2.2 and SciPy 1.17.1 on the golden data.
P = np.array([0.001, 0.008, 0.012, 0.021, 0.034, 0.04, 0.051, 0.2, 0.44, 0.9])
HOLM = [0.01, 0.072, 0.096, 0.147, 0.204, 0.204, 0.204, 0.6, 0.88, 0.9]
BH = [0.01, 0.04, 0.04, 0.0525, 0.0666666667, 0.0666666667, 0.0728571429, 0.25, 0.4888888889, 0.9]


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value], dtype=np.float64) for value in values]


def summary(channel: str) -> tuple[float, float, float]:
    """Mean, standard error and number of the school marks of one channel of the golden data."""
    marks = np.array([row[3] for row in rows() if row[1] == channel], dtype=np.float64)
    return float(marks.mean()), float(marks.std(ddof=1) / math.sqrt(len(marks))), float(len(marks))


def test_welch_is_that_of_r() -> None:
    (web, web_error, web_n), (desk, desk_error, desk_n) = summary("web"), summary("balie")
    t, freedom, p = significance.welch(*one(web - desk, web_error, web_n, desk_error, desk_n))
    assert t[0] == pytest.approx(-3.02900046, abs=5e-9)
    assert freedom[0] == pytest.approx(155.857526, abs=5e-7)
    assert p[0] == pytest.approx(0.00287282149, abs=5e-12)


def test_two_shares_are_those_of_r() -> None:
    z, p = significance.two_proportions(*one(36 / 87, 87, 45 / 81, 81), min_expected=1)
    assert z[0] ** 2 == pytest.approx(3.3762275950, abs=5e-10)
    assert p[0] == pytest.approx(0.0661432869, abs=5e-11)


def test_net_shares_sum_their_variances() -> None:
    z, p = significance.summed_variances(*one(10, 3, 4))
    assert (z[0], p[0]) == (2, pytest.approx(0.04550026389635842, rel=1e-12))


def test_benjamini_hochberg_and_holm_are_those_of_r() -> None:
    assert significance.benjamini_hochberg(P) == pytest.approx(BH, abs=5e-11)
    assert significance.holm(P) == pytest.approx(HOLM, abs=5e-11)


def mean_and_error(x: np.ndarray) -> tuple[float, float]:
    return float(x.mean()), float(x.std(ddof=1) / math.sqrt(len(x)))


def test_the_same_people_twice_is_the_paired_t_test() -> None:
    chance = np.random.default_rng(5)
    level = chance.normal(60, 20, 45)
    earlier, later = (level + shift + chance.normal(0, 6, 45) for shift in (0, 3))
    (own, own_error), (other, other_error) = mean_and_error(later), mean_and_error(earlier)
    covariance = np.cov(earlier, later)[0, 1] / 45
    paired = stats.ttest_rel(later, earlier)
    numbers = one(own - other, own_error, 45, other_error, 45, covariance, 1)
    t, freedom, p = significance.welch(*numbers)
    assert t[0] == pytest.approx(paired.statistic, rel=1e-11)
    assert (freedom[0], p[0]) == (44, pytest.approx(paired.pvalue, rel=1e-11))
    # Taken for different people they tell nothing.
    assert p[0] < 0.05 < 0.3 < significance.welch(*numbers[:5])[2][0]
    error = significance.standard_error_of_difference(*one(own_error, other_error, covariance))
    assert error[0] == pytest.approx((own - other) / paired.statistic, rel=1e-11)


def test_some_people_twice_is_between_welch_and_the_paired_test() -> None:
    """Of 30 and 20 people 10 are common: 9 degrees of freedom for pairs, and for 30 others their share of Welch's."""
    numbers = one(3, 2, 30, 1.5, 20)
    of_others = significance.welch(*numbers)[1][0]
    t, freedom, _ = significance.welch(*numbers, covariance=1.0, common_share=20 / 50)
    # Derrick, Russ, Toher and White (2017): (n_c - 1) + (Welch - n_c + 1) / (n_a + n_b + 2 n_c) * (n_a + n_b).
    assert freedom[0] == pytest.approx(9 + (of_others - 10 + 1) / (20 + 10 + 20) * (20 + 10), rel=1e-12)
    assert t[0] == pytest.approx(3 / math.sqrt(4 + 2.25 - 2), rel=1e-12)


def test_the_same_people_twice_with_yes_or_no_is_the_test_of_mcnemar() -> None:
    """Of 400 people 27 went from yes to no and 12 the other way: z is close to 15 / sqrt(39)."""
    both, lost, won, n = 250, 27, 12, 400
    earlier, later = (both + lost) / n, (both + won) / n
    phi = (both / n - earlier * later) / math.sqrt(earlier * (1 - earlier) * later * (1 - later))
    z, _ = significance.two_proportions(*one(later, n, earlier, n), min_expected=1, correlation=phi)
    assert z[0] == pytest.approx((won - lost) / math.sqrt(won + lost), rel=1e-2)
    assert abs(z[0]) > 2 > abs(significance.two_proportions(*one(later, n, earlier, n), min_expected=1)[0][0])


def test_two_shares_with_some_common_people_are_those_of_derrick() -> None:
    """Of 24 and 21 people 15 are common, 8 of them yes twice, 3 no twice: the published example, p = .053 (2015)."""
    phi = (8 * 3 - 1 * 3) / math.sqrt(9 * 6 * 11 * 4)
    correlation = phi * 15 / math.sqrt(24 * 21)
    _, p = significance.two_proportions(
        *one(14 / 24, 24, 17 / 21, 21), min_expected=1, correlation=correlation
    )
    assert p[0] == pytest.approx(0.053, abs=5e-4)


def test_net_shares_take_twice_the_covariance_off() -> None:
    z, _ = significance.summed_variances(*one(10, 3, 4), covariance=4.5)
    assert z == 10 / 4


def test_a_correlation_needs_spread_and_stays_one() -> None:
    found = significance.correlation(
        np.array([3.0, 0.0, 7.0]), np.array([2.0, 0.0, 2.0]), np.array([3.0, 1, 3])
    )
    assert found.tolist() == [0.5, 0, 1]


def test_when_everybody_moves_alike_there_is_no_error_to_test_with() -> None:
    """All of 40 people went up one point: what rounding leaves of the error is none."""
    error, covariance = 2.123456789, 2.123456789**2 * (1 - 1e-11)
    assert significance.standard_error_of_difference(*one(error, error, covariance))[0] == 0
    assert math.isnan(significance.welch(*one(25, error, 40, error, 40, covariance, 1))[2][0])
    assert math.isnan(significance.summed_variances(*one(25, error, error, covariance))[1][0])


@pytest.mark.parametrize(("own", "other"), [(0.0, 0.0), (0.0, 2.0), (2.0, 0.0)])
def test_a_side_without_spread_cannot_be_tested(own: float, other: float) -> None:
    assert math.isnan(significance.welch(*one(5, own, 40, other, 40))[2][0])
    assert math.isnan(significance.summed_variances(*one(5, own, other))[1][0])


def test_shares_that_expect_less_than_one_cannot_be_tested() -> None:
    """2 of 20 against 0 of 10: a share of 1/15 expects 0.67 of 10; 3 against 0 expects exactly 1."""
    assert math.isnan(significance.two_proportions(*one(2 / 20, 20, 0, 10), min_expected=1)[1][0])
    assert 0 < significance.two_proportions(*one(3 / 20, 20, 0, 10), min_expected=1)[1][0] < 1
    assert math.isnan(significance.two_proportions(*one(1, 20, 1, 10), min_expected=1)[1][0])


chances = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.5, math.nan])), max_size=40)


@given(chances, st.randoms(use_true_random=False))
def test_order_and_other_families_do_not_matter(p: list[float], random: object) -> None:
    family = [random.randrange(4) for _ in p]  # type: ignore[attr-defined]
    order = list(range(len(p)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for adjust in (significance.benjamini_hochberg, significance.holm):
        whole = adjust(np.array(p, np.float64), np.array(family, np.int64))
        shuffled = adjust(
            np.array([p[i] for i in order], np.float64), np.array([family[i] for i in order], np.int64)
        )
        np.testing.assert_array_equal(whole[order], shuffled)
        for number in set(family):
            inside = [i for i, own in enumerate(family) if own == number]
            np.testing.assert_array_equal(whole[inside], adjust(np.array([p[i] for i in inside], np.float64)))


@given(chances)
def test_corrections_only_ever_raise_a_chance(p: list[float]) -> None:
    chance = np.array(p, np.float64)
    q, most = significance.benjamini_hochberg(chance), significance.holm(chance)
    tested = ~np.isnan(chance)
    assert (np.isnan(q) == ~tested).all() and (np.isnan(most) == ~tested).all()
    assert (chance[tested] <= q[tested]).all()
    assert (q[tested] <= most[tested]).all() and (most[tested] <= 1).all()
