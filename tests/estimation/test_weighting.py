"""Weights from targets: golden numbers, the laws of weighting, and the reasons to stay unweighted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimation.poststratification import collapsed, stratified_error
from estimation.raking import Margin, RakingError, rake
from estimation.residuals import Strata, standard_error, swept, variance_sums
from estimation.weighting import NO_TARGET, NO_TARGETS, TargetLine, weigh
from tests.acceptance import golden

DAY = date(2025, 11, 1)
ROWS = golden.rows()
CHANNELS, AGES = list(golden.POPULATION), list(golden.AGES)
GRADE = np.array([row[3] for row in ROWS], float)
RECOMMENDATION = np.array([row[4] for row in ROWS], float)
STRATA = [(str(row[1]), str(row[2])) for row in ROWS]


def lines(**margins: dict[str, int]) -> list[TargetLine]:
    return [
        TargetLine(None, None, {dimension: code}, population)
        for dimension, codes in margins.items()
        for code, population in codes.items()
    ]


def weighed(
    method: str, dimensions: tuple[str, ...], targets: list[TargetLine]
) -> tuple[np.ndarray, np.ndarray, list[tuple[str, ...]]]:
    """Stratum and weight of every golden respondent, and the groups."""
    keys = [
        tuple(dict(zip(("channel", "age_band"), one, strict=True))[name] for name in dimensions)
        for one in STRATA
    ]
    groups = sorted(set(keys))
    found = weigh(method, dimensions, groups, [keys.count(group) for group in groups], targets, DAY)
    assert found.pending_reason is None
    place = [groups.index(key) for key in keys]
    return np.array(found.strata)[place] - 1, np.array(found.weights)[place], groups


def estimated(x: np.ndarray, stratum: np.ndarray, weight: np.ndarray, strata: Strata) -> tuple[float, float]:
    """Weighted mean and standard error through the sums that the warehouse keeps."""
    k = len(strata.n)
    tables = [np.bincount(stratum, x**power, k)[None, :] for power in (0, 1, 2)]
    n = np.array([float(len(x))])
    mean = np.array([(weight * x).sum() / weight.sum()])
    sums = variance_sums(strata, *tables, n)
    return float(mean[0]), float(standard_error(sums, mean, n, np.array([weight.sum()]))[0])


def strata_of(stratum: np.ndarray, weight: np.ndarray, *margins: np.ndarray, drawn: bool = False) -> Strata:
    n = np.bincount(stratum).astype(float)
    first = [int(np.argmax(stratum == one)) for one in range(len(n))]
    return Strata(n, weight[first], tuple(margin[first] for margin in margins), drawn)


def test_post_stratified_golden_numbers() -> None:
    stratum, weight, _ = weighed("poststratify", ("channel",), lines(channel=golden.POPULATION))
    strata = strata_of(stratum, weight)
    for x, (value, error) in (
        (GRADE, golden.POSTSTRATIFIED_MEAN),
        ((GRADE >= 7).astype(float), golden.POSTSTRATIFIED_SHARE),
        (100.0 * ((RECOMMENDATION >= 9).astype(float) - (RECOMMENDATION <= 6)), golden.POSTSTRATIFIED_NPS),
    ):
        mean, found = estimated(x, stratum, weight, strata)
        assert golden.agrees(mean, value)
        assert golden.agrees(found, error)


def test_raked_golden_numbers() -> None:
    targets = lines(channel=golden.POPULATION, age_band=golden.AGES)
    stratum, weight, groups = weighed("rake", ("channel", "age_band"), targets)
    margins = [
        np.array([codes.index(groups[one][place]) for one in stratum])
        for place, codes in enumerate((CHANNELS, AGES))
    ]
    mean, error = estimated(GRADE, stratum, weight, strata_of(stratum, weight, *margins))
    assert golden.agrees(mean, golden.RAKED_MEAN[0])
    assert golden.agrees(error, golden.RAKED_MEAN[1])
    n_eff = weight.sum() ** 2 / (weight**2).sum()
    assert golden.agrees(n_eff, golden.RAKED_N_EFF)
    assert golden.agrees(len(ROWS) / n_eff, golden.RAKED_DESIGN_EFFECT)
    extremes = [float(one) for one in golden.RAKED_WEIGHTS]
    assert [weight.min(), weight.max()] == pytest.approx(extremes, abs=1e-6)


def test_weights_as_frequencies_would_be_noticed() -> None:
    """A weight of 690 is not 690 people who answered: the error would be 23 times too small."""
    stratum, weight, _ = weighed("poststratify", ("channel",), lines(channel=golden.POPULATION))
    mean, error = estimated(GRADE, stratum, weight, strata_of(stratum, weight))
    as_frequencies = np.sqrt((weight * (GRADE - mean) ** 2).sum() / (weight.sum() - 1) / weight.sum())
    assert golden.agrees(as_frequencies, ".00402564822")
    assert not golden.agrees(as_frequencies, golden.POSTSTRATIFIED_MEAN[1])
    assert error / as_frequencies == pytest.approx(22.9, abs=0.1)


def test_stratified_golden_numbers() -> None:
    channel = np.array([CHANNELS.index(one) for one, _ in STRATA])
    n = np.bincount(channel)
    variance = np.array([GRADE[channel == one].var(ddof=1) for one in range(3)])
    population = np.array(list(golden.POPULATION.values()))
    assert golden.agrees(stratified_error(n, variance, population), golden.STRATIFIED_ERROR)
    without = stratified_error(n, variance, population, has_correction=False)
    assert golden.agrees(without, golden.STRATIFIED_ERROR_INFINITE)
    stratum, weight, _ = weighed("poststratify", ("channel",), lines(channel=golden.POPULATION))
    _, error = estimated(GRADE, stratum, weight, strata_of(stratum, weight, drawn=True))
    assert golden.agrees(error, golden.STRATIFIED_ERROR)


def test_a_domain_is_measured_against_whole_strata() -> None:
    """Answers of the young alone: zero outside them, and the mean of the whole stratum taken off."""
    stratum, weight, _ = weighed("poststratify", ("channel",), lines(channel=golden.POPULATION))
    inside = np.array([age == "18-34" for _, age in STRATA])
    tables = [np.bincount(stratum[inside], GRADE[inside] ** power, 3)[None, :] for power in (0, 1, 2)]
    n, total = np.array([float(inside.sum())]), np.array([weight[inside].sum()])
    mean = (weight * GRADE)[inside].sum() / total
    sums = variance_sums(strata_of(stratum, weight), *tables, n)
    u = np.where(inside, GRADE - mean, 0.0)
    means = np.bincount(stratum, u) / np.bincount(stratum)
    z = weight * (u - means[stratum]) / total
    expected = np.sqrt(n / (n - 1) * (z**2).sum())
    assert standard_error(sums, mean, n, total)[0] == pytest.approx(expected[0], rel=1e-12)


@pytest.mark.parametrize(
    ("n", "strata"),
    [
        ([5, 2, 9], [0, 1, 2]),
        ([5, 1, 9], [0, 1, 1]),
        ([5, 9, 1], [0, 1, 1]),
        ([0, 1, 0, 3, 0], [0, 0, 0, 0, 0]),
        ([1, 0, 0], [0, 0, 0]),
    ],
)
def test_small_strata_go_together(n: list[int], strata: list[int]) -> None:
    assert collapsed(np.array(n)).tolist() == strata


def test_a_collapsed_stratum_has_the_people_of_both() -> None:
    found = weigh(
        "poststratify",
        ("channel",),
        [("a",), ("b",), ("c",)],
        [1, 3, 4],
        lines(channel={"a": 10, "b": 30, "c": 8}),
        DAY,
    )
    assert found.weights == (10.0, 10.0, 2.0)
    assert found.n_collapsed == 1


@pytest.mark.parametrize("method", ["poststratify", "rake"])
def test_without_a_target_there_are_no_weights(method: str) -> None:
    targets = lines(channel={"web": 10, "phone": 20})
    for stranger in ("desk", "unknown"):
        found = weigh(method, ("channel",), [("web",), (stranger,)], [5, 5], targets, DAY)
        assert (found.pending_reason, found.weights) == (NO_TARGET, ())
    past = [TargetLine(None, date(2025, 10, 31), line.codes, line.population) for line in targets]
    assert weigh(method, ("channel",), [("web",)], [5], past, DAY).pending_reason == NO_TARGETS


def test_targets_change_with_the_period() -> None:
    before = [TargetLine(None, date(2025, 10, 31), {"channel": "web"}, 10)]
    after = [TargetLine(date(2025, 11, 1), None, {"channel": "web"}, 30)]
    weights = [
        weigh("poststratify", ("channel",), [("web",)], [5], before + after, day).weights
        for day in (date(2025, 10, 1), DAY)
    ]
    assert weights == [(2.0,), (6.0,)]


def test_an_empty_category_is_said_aloud() -> None:
    targets = lines(channel={"web": 10, "phone": 20})
    found = weigh("rake", ("channel",), [("web",)], [5], targets, DAY)
    assert found.pending_reason == "a target group has no respondents"


def test_margins_that_contradict_the_sample_do_not_converge() -> None:
    """Only the old phone and only the young use the web, but the targets say otherwise."""
    groups = [("web", "young"), ("phone", "old")]
    targets = lines(channel={"web": 50, "phone": 50}, age_band={"young": 20, "old": 80})
    found = weigh("rake", ("channel", "age_band"), groups, [10, 10], targets, DAY)
    assert found.pending_reason is not None
    assert "50 rounds" in found.pending_reason


def test_weights_are_trimmed() -> None:
    """With one dimension a weight beyond five times the mean cannot be had: that is said, not hidden."""
    with pytest.raises(RakingError, match="5 times"):
        rake(np.array([99.0, 1.0]), [Margin(np.array([0, 1]), np.array([500.0, 500.0]))])


counts = st.lists(st.integers(2, 40), min_size=6, max_size=6)
populations = st.lists(st.integers(400, 1000), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(counts, populations, st.integers(1, 1000))
def test_raked_weights_meet_their_targets(n: list[int], population: list[int], scale: int) -> None:
    second = [sum(population) // 2, sum(population) - sum(population) // 2]
    margins = [
        Margin(np.repeat([0, 1, 2], 2), np.array(population, float)),
        Margin(np.tile([0, 1], 3), np.array(second, float)),
    ]
    try:
        weights = rake(np.array(n, float), margins)
    except RakingError:
        return
    for margin in margins:
        totals = np.bincount(margin.category, n * weights)
        assert np.abs(totals / margin.population - 1).max() < 1e-6
    mean = sum(population) / sum(n)
    assert weights.min() >= 0.2 * mean * (1 - 1e-6)
    assert weights.max() <= 5 * mean * (1 + 1e-6)
    scaled = rake(np.array(n, float), [Margin(one.category, one.population * scale) for one in margins])
    assert scaled / scale == pytest.approx(weights, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10**8)), min_size=2, max_size=8))
def test_post_stratified_weights_add_up_to_the_people(strata: list[tuple[int, int]]) -> None:
    codes = [f"c{place}" for place in range(len(strata))]
    present = [(code, n) for code, (n, _) in zip(codes, strata, strict=True) if n]
    if not present:
        return
    targets = lines(channel={code: people for code, (_, people) in zip(codes, strata, strict=True)})
    found = weigh(
        "poststratify", ("channel",), [(code,) for code, _ in present], [n for _, n in present], targets, DAY
    )
    total = sum(weight * n for weight, (_, n) in zip(found.weights, present, strict=True))
    assert total == pytest.approx(sum(people for _, people in strata), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6), counts)
def test_sweeping_leaves_nothing_that_margins_explain(means: list[float], n: list[int]) -> None:
    """Effects of the two dimensions that add up are taken off whole."""
    first, second = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    size = np.array(n, float)
    left = swept(np.array(means)[None, :], size, [first, second])
    moved = swept((np.array(means) + np.array([3.0, -1, 2])[first])[None, :], size, [first, second])
    assert np.bincount(second, left[0] * size) == pytest.approx(np.zeros(2), abs=1e-9)
    assert moved[0] == pytest.approx(left[0], abs=1e-2)
