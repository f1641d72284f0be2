"""Tests of differences: golden numbers of R and SciPy, and laws that hold for every input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_overlap_takes_the_covariance_off() -> None:
    """The paired test of x = 1 2 4 and y = 2 2 3: differences 1 0 -1, variance 1, error sqrt(1 / 3)."""
    x, y = np.array([1.0, 2, 4]), np.array([2.0, 2, 3])
    covariance = np.cov(x, y)[0, 1] / 3
    errors = x.std(ddof=1) / math.sqrt(3), y.std(ddof=1) / math.sqrt(3)
    found = significance.standard_error_of_difference(*one(*errors, covariance))
    assert found[0] == pytest.approx(math.sqrt(1 / 3), rel=1e-12)


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
