"""One organisation beside its peers: without itself, in every way of counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimation import ranks

VALUES = np.array([50.0, 60, 80, 90, 20])
COUNTS = np.array([True, True, True, True, False])


def test_the_mean_of_the_others_is_without_oneself() -> None:
    """(60 + 80 + 90) / 3 for the first; the last is no peer of anybody, but has all four."""
    found = ranks.mean_of_others(VALUES, COUNTS.astype(np.float64))
    assert found == pytest.approx([230 / 3, 220 / 3, 200 / 3, 190 / 3, 70], rel=1e-14)


def test_volumes_weigh_the_others() -> None:
    found = ranks.mean_of_others(VALUES, np.array([1.0, 2, 1, 0, 0]))
    assert found[0] == pytest.approx((2 * 60 + 80) / 3)
    assert np.isnan(ranks.mean_of_others(VALUES[:1], np.array([3.0]))[0])


def test_the_error_of_the_others_mean() -> None:
    """Errors 3 4 12 of the others: sqrt(9 + 16 + 144) / 3; with n of 10 each (81 + 256 + 20736) / 9 below."""
    errors, n = np.array([1.0, 3, 4, 12, 7]), np.full(5, 10.0)
    found, freedom = ranks.error_of_mean_of_others(errors, n, COUNTS)
    assert found[0] == pytest.approx(13 / 3)
    assert freedom[0] == pytest.approx(169**2 / ((81 + 256 + 20736) / 9))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [([5.0, 3, 2], [0.6, 5 / 7, 0.625]), ([4.0, 4, 2], [4 / 6, 4 / 6, 0.5]), ([4.0, 0, 0], [np.nan, 1, 1])],
)
def test_the_largest_part_of_the_others(weights: list[float], expected: list[float]) -> None:
    found = ranks.largest_part_of_others(np.array(weights))
    np.testing.assert_allclose(found, expected)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=12),
    st.sampled_from([0.25, 0.5, 0.75]),
)
def test_quartiles_are_those_of_numpy_over_the_others(group: list[tuple[int, bool]], quantile: float) -> None:
    values = np.array([value for value, _ in group], np.float64)
    counts = np.array([counted for _, counted in group])
    found = ranks.quantile_of_others(values, counts, quantile)
    for own in range(len(group)):
        others = [values[one] for one in range(len(group)) if one != own and counts[one]]
        if others:
            assert found[own] == pytest.approx(np.quantile(others, quantile), rel=1e-12)
        else:
            assert np.isnan(found[own])


def test_ranks_without_doubt_are_the_order() -> None:
    draws = np.array([ranks.draws_of(one) for one in "abc"])
    low, high = ranks.rank_interval(np.array([50.0, 90, 70]), np.full(3, 0.01), draws, is_higher_better=True)
    assert (low.tolist(), high.tolist()) == ([3, 1, 2], [3, 1, 2])
    low, high = ranks.rank_interval(np.array([50.0, 90, 70]), np.full(3, 0.01), draws, is_higher_better=False)
    assert (low.tolist(), high.tolist()) == ([1, 3, 2], [1, 3, 2])


def test_equal_figures_may_have_any_rank() -> None:
    draws = np.array([ranks.draws_of(str(one)) for one in range(5)])
    low, high = ranks.rank_interval(np.full(5, 70.0), np.full(5, 2.0), draws, is_higher_better=True)
    assert (set(low), set(high)) == ({1}, {5})


def test_draws_depend_on_the_key_alone() -> None:
    again = ranks.draws_of("gm0344")
    assert (ranks.draws_of("gm0344") == again).all() and (ranks.draws_of("gm0345") != again).all()
    assert abs(again.mean()) < 0.1 and abs(again.std() - 1) < 0.1
