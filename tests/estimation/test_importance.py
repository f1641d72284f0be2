"""Relative importance and reliability: the golden numbers, laws for every answer, faults that must show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimation.importance import explain, johnson, lmg, r_squared
from estimation.moments import Floats, correlations, whole_moments
from estimation.reliability import reliability
from tests.acceptance import golden

R_SQUARED = 0.819460189
LMG = (0.193541948, 0.172569174, 0.282425015, 0.170924052)
JOHNSON = (0.192766322, 0.176460319, 0.282564137, 0.167669410)
ALPHA, ALPHA_STANDARDISED = 0.864247356, 0.864518596
ALPHA_IF_DROPPED = (0.820611232, 0.841273108, 0.831738908, 0.811708539)


def golden_answers() -> np.ndarray:
    """The mark and the four drivers, (240, 5)."""
    return np.array([[row[3], *row[5:]] for row in golden.rows()], dtype=np.int64)


def moments(values: np.ndarray, weights: np.ndarray | None = None) -> Floats:
    ones = np.ones(len(values), dtype=np.int64)
    found = whole_moments(np.asarray(values, dtype=np.int64), ones if weights is None else weights)
    return found.astype(float)


def grouped(values: np.ndarray, count: int = 20) -> Floats:
    return np.stack([moments(values[start::count]) for start in range(count)])


def test_r_squared_and_both_kinds_of_importance_are_the_printed_ones() -> None:
    correlation = correlations(moments(golden_answers()))
    assert float(r_squared(correlation)) == pytest.approx(R_SQUARED, abs=1e-9)
    assert lmg(correlation) == pytest.approx(LMG, abs=1e-9)
    assert johnson(correlation) == pytest.approx(JOHNSON, abs=1e-9)


def test_alpha_is_the_printed_one() -> None:
    found = reliability(moments(golden_answers()[:, 1:]))
    assert found.alpha == pytest.approx(ALPHA, abs=1e-9)
    assert found.alpha_standardised == pytest.approx(ALPHA_STANDARDISED, abs=1e-9)
    assert found.alpha_if_dropped == pytest.approx(ALPHA_IF_DROPPED, abs=1e-9)


def test_an_item_that_was_not_turned_round_breaks_alpha_and_beta() -> None:
    answers = golden_answers()
    answers[:, 1] = 6 - answers[:, 1]
    assert reliability(moments(answers[:, 1:])).alpha < 0.5
    assert explain(grouped(answers)).beta[0] < 0
    assert explain(grouped(answers)).correlation[0] < 0


def test_a_missing_answer_taken_for_a_zero_breaks_importance() -> None:
    answers = golden_answers()
    answers[::9, 3] = 0
    assert lmg(correlations(moments(answers))) != pytest.approx(LMG, abs=1e-2)


def test_item_rest_correlations_are_numpys() -> None:
    answers = golden_answers()[:, 1:].astype(float)
    expected = [np.corrcoef(answers[:, i], np.delete(answers, i, axis=1).sum(axis=1))[0, 1] for i in range(4)]
    assert reliability(moments(golden_answers()[:, 1:])).item_rest == pytest.approx(expected, rel=1e-9)


def test_beta_and_correlation_are_numpys() -> None:
    answers = golden_answers().astype(float)
    standard = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    beta = np.linalg.lstsq(standard[:, 1:], standard[:, 0], rcond=None)[0]
    found = explain(grouped(golden_answers()))
    assert found.beta == pytest.approx(beta, rel=1e-9)
    assert found.correlation == pytest.approx(np.corrcoef(answers.T)[0, 1:], rel=1e-9)
    assert found.importance == pytest.approx(np.array(LMG) / R_SQUARED, abs=1e-8)
    assert found.method == "lmg"


def test_the_interval_is_that_of_a_jackknife_written_out() -> None:
    answers = golden_answers()
    found = explain(grouped(answers))
    left_out = []
    for start in range(20):
        rest = np.delete(answers, slice(start, None, 20), axis=0)
        share = lmg(np.corrcoef(rest.T.astype(float)))
        left_out.append(share / share.sum())
    spread = np.sqrt(19 / 20 * ((left_out - np.mean(left_out, axis=0)) ** 2).sum(axis=0))
    centre = np.array(LMG) / sum(LMG)
    assert found.low == pytest.approx(centre - 2.093024054 * spread, abs=1e-8)
    assert found.high == pytest.approx(centre + 2.093024054 * spread, abs=1e-8)


def test_drivers_without_spread_and_twins_have_a_reason_and_no_figure() -> None:
    answers = golden_answers()
    flat = np.column_stack([answers[:, :3], np.full(240, 4)])
    found = explain(grouped(flat))
    assert found.reason == (None, None, "no_variance")
    assert np.isnan(found.importance[2]) and found.importance[:2].sum() == pytest.approx(1)
    twins = np.column_stack([answers[:, :3], answers[:, 2]])
    found = explain(grouped(twins))
    assert set(found.reason) == {"collinear"}
    assert np.isnan(found.importance).all() and np.isnan(found.r_squared)
    assert not np.isnan(found.correlation).any()
    content = np.column_stack([np.full(240, 7), answers[:, 1:3]])
    assert set(explain(grouped(content)).reason) == {"no_variance"}


def test_moments_are_exact_with_weights_beyond_double_precision() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(-100, 100, (500, 3))
    weights = rng.integers(1, 10**15, 500)
    expected = np.zeros((4, 4), dtype=object)
    for row, weight in zip(values.tolist(), weights.tolist(), strict=True):
        extended = [1, *row]
        for i, left in enumerate(extended):
            for j, right in enumerate(extended):
                expected[i, j] += weight * left * right
    assert (whole_moments(values, weights) == expected).all()
    huge = values * 10**6
    assert (whole_moments(huge, weights)[1:, 1:] == expected[1:, 1:] * 10**12).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(10, 60))
def test_shares_add_up_whatever_the_answers(seed: int, k: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    answers = np.clip(np.rint(3 + common + rng.normal(size=(n, k + 1))), 1, 5).astype(np.int64)
    correlation = correlations(moments(answers))
    if np.isnan(correlation).any() or np.linalg.eigvalsh(correlation[1:, 1:])[0] < 1e-6:
        return
    total = float(r_squared(correlation))
    assert lmg(correlation).sum() == pytest.approx(total, abs=1e-9)
    assert johnson(correlation).sum() == pytest.approx(total, abs=1e-9)
    assert (lmg(correlation) > -1e-12).all()
    found = explain(grouped(answers, 5))
    if not np.isnan(found.low).any():
        assert ((found.low <= found.importance + 1e-12) & (found.importance <= found.high + 1e-12)).all()
    shuffled = answers[rng.permutation(n)]
    assert (moments(shuffled) == moments(answers)).all()
    order = rng.permutation(k)
    turned = correlations(moments(answers[:, [0, *(order + 1)]]))
    assert lmg(turned) == pytest.approx(lmg(correlation)[order], abs=1e-9)
