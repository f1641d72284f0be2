"""Waves that ask the same people: the mart `trend` tests them as pairs, as SciPy and a plain calculation do.

Belongs here: errors, tests and arrows where respondents overlap, through the models that publish them. Does not belong
here: the formulas alone (`tests/estimation`), and rows worked out by hand (`int_trend_covariance.unit.yml`).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey

N = 150
NOVEMBER, DECEMBER = "2025-11", "2025-12"
QUESTIONS = (
    Question(),
    Question("kpi.aanbeveling", "nps", 0, 10),
    Question("kpi.doel_bereikt", "yes_no", 0, 1),
)
PANEL, STRANGERS, WEIGHTED, STRATA, FEW, LONG, SAMPLE, SMALL_PART = (
    f"test00{number}" for number in range(10, 18)
)


def panel(seed: int, *shifts: float, n: int = N, steady: float = 0.9) -> list[np.ndarray]:
    """Opinions (n,) of the same people in as many waves as there are shifts; `steady` is their correlation."""
    chance = np.random.default_rng([20261127, seed])
    level = chance.normal(size=n)
    noise = math.sqrt(1 - steady)
    return [math.sqrt(steady) * level + noise * chance.normal(size=n) + shift for shift in shifts]


def answers_of(opinion: np.ndarray) -> np.ndarray:
    """Answers (n, 3) to the three questions of people with this opinion."""
    chance = stats.norm.cdf(opinion)
    five = np.clip(1 + np.floor(5 * chance), 1, 5)
    eleven = np.clip(np.floor(11 * chance) + 2, 0, 10)
    return np.column_stack([five, eleven, chance > 0.35]).astype(int)


def wave(period_id: str, answers: np.ndarray, keys: list[str] | None, **columns: Any) -> list[dict[str, Any]]:
    """One response per row of `answers`; `columns` are one value each, or a sequence of one per response."""
    return [
        {
            "period_id": period_id,
            "answers": [int(one) for one in row],
            "respondent_key": None if keys is None else keys[i],
            **{name: of[i] if isinstance(of, (list, np.ndarray)) else of for name, of in columns.items()},
        }
        for i, row in enumerate(answers)
    ]


KEYS = [f"k{number}" for number in range(N)]
# Opinion rises by an eighth of its spread: lost between 150 people and 150 others, clear in the same 150.
EARLIER, LATER = (answers_of(opinion) for opinion in panel(5, 0.0, 0.12))
WEIGHTS = np.round(np.random.default_rng(3).uniform(0.3, 3, (2, N)), 3)
CHANNELS = np.where(np.arange(N) % 3 == 0, "desk", "web")
# Of December's 150 there are 60 who were not asked in November.
OTHERS = KEYS[:90] + [f"new{number}" for number in range(60)]
POPULATION = 400


def surveys() -> list[Survey]:
    plain = wave(NOVEMBER, EARLIER, KEYS) + wave(DECEMBER, LATER, KEYS)
    strangers = wave(NOVEMBER, EARLIER, None) + wave(DECEMBER, LATER, None)
    weighted = wave(NOVEMBER, EARLIER, KEYS, weight=WEIGHTS[0], channel=CHANNELS)
    weighted += wave(DECEMBER, LATER, OTHERS, weight=WEIGHTS[1], channel=CHANNELS)
    strata = wave(NOVEMBER, EARLIER, KEYS, channel=CHANNELS) + wave(DECEMBER, LATER, KEYS, channel=CHANNELS)
    targets = tuple({"channel": name, "population": n} for name, n in (("web", 90_000), ("desk", 10_000)))
    # Seven of 150 are 4.7 %.
    few = wave(NOVEMBER, EARLIER, KEYS) + wave(
        DECEMBER, LATER, KEYS[:7] + [f"new{number}" for number in range(143)]
    )
    long = [
        row
        for number, month in enumerate(("2025-07", "2025-08", "2025-10", "2025-11"))
        for row in wave(month, EARLIER if number < 2 else LATER, KEYS[number * 10 :] + KEYS[: number * 10])
    ]
    sample = wave(NOVEMBER, EARLIER, KEYS) + wave(DECEMBER, LATER, OTHERS)
    # At the desk nine people come back, on the web all others.
    places = np.where(np.arange(N) < 9, "desk", "web")
    small = wave(NOVEMBER, EARLIER, KEYS, channel=places) + wave(DECEMBER, LATER, KEYS, channel=places)
    small += wave(NOVEMBER, EARLIER[:20], None, channel="desk") + wave(
        DECEMBER, LATER[:20], None, channel="desk"
    )
    return [
        Survey(tuple(plain), QUESTIONS, PANEL),
        Survey(tuple(strangers), QUESTIONS, STRANGERS),
        Survey(tuple(weighted), QUESTIONS, WEIGHTED, weight_method="delivered"),
        Survey(
            tuple(strata),
            QUESTIONS,
            STRATA,
            sample="census_with_nonresponse",
            weight_method="poststratify",
            weight_by="channel",
            targets=targets,
        ),
        Survey(tuple(few), QUESTIONS, FEW),
        Survey(tuple(long), QUESTIONS, LONG),
        Survey(tuple(sample), QUESTIONS, SAMPLE),
        Survey(tuple(small), QUESTIONS, SMALL_PART),
    ]


def state() -> landed.State:
    frame = {
        "organisation_id": SAMPLE,
        "mapping_id": "survey",
        "instrument_id": "survey",
        "instrument_kind": "transactional",
        "channel": "all",
        "measure": "population",
        "value": POPULATION,
    }
    counts = [{**frame, "base_period_id": period_id} for period_id in (NOVEMBER, DECEMBER)]
    return landed.State(extra={"frame_count": counts})


@pytest.fixture(scope="module")
def trend(bench: Path) -> pd.DataFrame:
    """The mart of all of them, one build."""
    landed.write(bench, surveys(), state())
    warehouse.succeed(warehouse.build(bench, "run", "--select", "+trend"))
    return warehouse.read(bench, "select * from marts.trend where comparison = 'previous_period'")


def change(trend: pd.DataFrame, organisation_id: str, statistic: str = "mean_pomp", **where: str) -> Any:
    """The one change of December against November in the total, unless `where` says otherwise."""
    kpi_id = {"nps": "kpi.aanbeveling", "rate": "kpi.doel_bereikt"}.get(statistic, "kpi.tevredenheid")
    wanted = {
        "organisation_id": organisation_id,
        "kpi_id": kpi_id,
        "statistic": statistic,
        "period_id": DECEMBER,
        **dict.fromkeys(("service_group", "channel", "audience"), "all"),
        **where,
    }
    found = trend[np.logical_and.reduce([trend[name] == value for name, value in wanted.items()])]
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return found.iloc[0]


def scores(answers: np.ndarray) -> np.ndarray:
    """The answers to the first question on 0 to 100."""
    return 25.0 * (answers[:, 0] - 1)


def influence(x: np.ndarray, w: np.ndarray, centre: np.ndarray | None = None) -> np.ndarray:
    """What each answer moves the weighted mean of x, with the correction n / (n - 1) of its error."""
    differences = x - (w @ x / w.sum() if centre is None else centre)
    return np.asarray(w * differences / w.sum() * math.sqrt(len(x) / (len(x) - 1)))


def paired_error(own: dict[str, float], other: dict[str, float]) -> float:
    """The error of a difference from the influence of every person on either side."""
    people = {*own, *other}
    return math.sqrt(sum((own.get(key, 0.0) - other.get(key, 0.0)) ** 2 for key in people))


def by_person(keys: list[str], values: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in zip(keys, values, strict=True):
        found[key] = found.get(key, 0.0) + float(value)
    return found


def test_the_same_people_show_what_different_people_would_not(trend: pd.DataFrame) -> None:
    pairs, others = (change(trend, name) for name in (PANEL, STRANGERS))
    assert pairs["delta"] == others["delta"] > 3
    assert (pairs["is_paired"], others["is_paired"]) == (True, False)
    assert pairs["q_value"] < 0.01 and pairs["is_significant"]
    assert others["p_value"] > 0.2 and not others["is_significant"]


def test_a_mean_of_the_same_people_has_the_paired_t_test_of_scipy(trend: pd.DataFrame) -> None:
    found, expected = change(trend, PANEL), stats.ttest_rel(scores(LATER), scores(EARLIER))
    differences = scores(LATER) - scores(EARLIER)
    assert found["se_delta"] == pytest.approx(differences.std(ddof=1) / math.sqrt(N), rel=1e-9)
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=6e-6)


def test_different_people_have_the_test_of_welch(trend: pd.DataFrame) -> None:
    found = change(trend, STRANGERS)
    expected = stats.ttest_ind(scores(LATER), scores(EARLIER), equal_var=False)
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=6e-6)


def test_a_share_of_the_same_people_has_the_test_of_mcnemar(trend: pd.DataFrame) -> None:
    found = change(trend, PANEL, "rate")
    won = int(((LATER[:, 2] == 1) & (EARLIER[:, 2] == 0)).sum())
    lost = int(((LATER[:, 2] == 0) & (EARLIER[:, 2] == 1)).sum())
    z = stats.norm.isf(found["p_value"] / 2)
    assert z == pytest.approx(abs(won - lost) / math.sqrt(won + lost), rel=2e-2)
    assert z > 1.1 * stats.norm.isf(change(trend, STRANGERS, "rate")["p_value"] / 2)
    differences = (LATER[:, 2] - EARLIER[:, 2]).astype(float)
    assert found["se_delta"] == pytest.approx(differences.std(ddof=1) / math.sqrt(N), rel=1e-9)


def test_an_nps_of_the_same_people_has_the_error_of_its_differences(trend: pd.DataFrame) -> None:
    found = change(trend, PANEL, "nps")
    net = [100.0 * ((one[:, 1] >= 9).astype(int) - (one[:, 1] <= 6)) for one in (LATER, EARLIER)]
    error = (net[0] - net[1]).std(ddof=1) / math.sqrt(N)
    assert found["se_delta"] == pytest.approx(error, rel=1e-9)
    assert found["p_value"] == pytest.approx(2 * stats.norm.sf(abs(found["delta"]) / error), rel=6e-6)


@pytest.mark.parametrize("channel", ["all", "web", "desk"])
def test_weights_and_people_who_were_there_once(trend: pd.DataFrame, channel: str) -> None:
    found = change(trend, WEIGHTED, channel=channel)
    chosen = (channel == CHANNELS) | (channel == "all")
    keys = [[key for key, is_in in zip(names, chosen, strict=True) if is_in] for names in (OTHERS, KEYS)]
    own = influence(scores(LATER)[chosen], WEIGHTS[1][chosen])
    other = influence(scores(EARLIER)[chosen], WEIGHTS[0][chosen])
    expected = paired_error(by_person(keys[0], own), by_person(keys[1], other))
    assert found["se_delta"] == pytest.approx(expected, rel=1e-9)
    assert expected < 0.95 * math.hypot(np.linalg.norm(own), np.linalg.norm(other))


def test_strata_of_computed_weights_are_taken_out(trend: pd.DataFrame) -> None:
    """As R's survey has it for the difference of two post-stratified means of the same people."""
    found = change(trend, STRATA)
    weight = np.where(
        CHANNELS == "web", 90_000 / (CHANNELS == "web").sum(), 10_000 / (CHANNELS == "desk").sum()
    )
    sides = []
    for answers in (LATER, EARLIER):
        x = scores(answers)
        centre = np.where(CHANNELS == "web", x[CHANNELS == "web"].mean(), x[CHANNELS == "desk"].mean())
        sides.append(by_person(KEYS, influence(x, weight, centre)))
    assert found["is_paired"]
    # Weights have nine decimals.
    assert found["se_delta"] == pytest.approx(paired_error(*sides), rel=1e-8)


def test_longer_periods_have_the_same_rule(trend: pd.DataFrame) -> None:
    """Everybody answers twice in the third quarter and twice in the fourth: the error is that of 150 people."""
    found = change(trend, LONG, period_id="2025-Q4")
    orders = [KEYS[number * 10 :] + KEYS[: number * 10] for number in range(4)]
    own, other = (
        by_person(
            orders[first] + orders[first + 1],
            influence(np.tile(scores(answers), 2), np.ones(2 * N))
            * math.sqrt((2 * N - 1) / (2 * N) * N / (N - 1)),
        )
        for first, answers in ((2, LATER), (0, EARLIER))
    )
    assert found["is_paired"] and found["compared_period_id"] == "2025-Q3"
    assert found["se_delta"] == pytest.approx(paired_error(own, other), rel=1e-9)


def test_a_small_population_shares_people_by_chance(trend: pd.DataFrame) -> None:
    """Of 400 people 150 are drawn twice, 90 of them both times; by chance it would be 150 * 150 / 400 = 56."""
    found = change(trend, SAMPLE)
    own, other = (influence(scores(answers), np.ones(N)) for answers in (LATER, EARLIER))
    variance = (1 - N / POPULATION) * (own @ own + other @ other)
    variance -= 2 * (own[:90] @ other[:90]) * (1 - N * N / POPULATION / 90)
    assert found["se_delta"] == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_under_five_per_cent_nothing_changes(trend: pd.DataFrame) -> None:
    compared = ["delta", "se_delta", "p_value", "q_value", "p_holm", "is_significant", "is_paired"]
    cell = ["kpi_id", "statistic", "period_id", "service_group", "channel", "audience"]
    few, others = (
        trend[trend["organisation_id"] == name].set_index(cell).sort_index()[compared]
        for name in (FEW, STRANGERS)
    )
    pd.testing.assert_frame_equal(few, others, check_exact=True)


def test_fewer_than_ten_people_in_both_leave_no_trace(trend: pd.DataFrame) -> None:
    """At the desk nine of 29 come back: there the two months are different people."""
    desk, web = (change(trend, SMALL_PART, channel=channel) for channel in ("desk", "web"))
    assert (desk["is_paired"], web["is_paired"]) == (False, True)
    sides = [scores(np.concatenate([answers[:9], answers[:20]])) for answers in (LATER, EARLIER)]
    errors = [one.std(ddof=1) / math.sqrt(29) for one in sides]
    assert desk["se_delta"] == pytest.approx(math.hypot(*errors), rel=1e-9)


def unchanging(number: int) -> Survey:
    """A panel whose opinion stays: three waves, in which most people answer again."""
    chance = np.random.default_rng([20261128, number])
    n = int(chance.choice((40, 90, 200)))
    shift = float(chance.choice((0.0, 1.2)))
    opinions = panel(1000 + number, shift, shift, shift, n=n, steady=float(chance.choice((0.3, 0.7, 0.95))))
    rows: list[dict[str, Any]] = []
    for period_id, opinion in zip(("2025-10", NOVEMBER, DECEMBER), opinions, strict=True):
        stays = chance.random(n) < 0.8
        keys = [f"k{i}" if stays[i] else f"{period_id}-{i}" for i in range(n)]
        # Somebody new has another opinion, of the same kind.
        opinion = np.where(stays, opinion, shift + chance.normal(size=n))
        rows += wave(period_id, answers_of(opinion), keys, channel=chance.choice(["web", "phone"], n))
    return Survey(tuple(rows), QUESTIONS, f"test{1000 + number:04d}")


def test_panels_in_which_nothing_changes_hardly_ever_get_an_arrow(work: Path) -> None:
    landed.write(work, [unchanging(number) for number in range(120)])
    warehouse.succeed(warehouse.build(work, "run", "--select", "+trend"))
    found = warehouse.read(work, "select * from marts.trend where p_value is not null")
    assert found["is_paired"].mean() > 0.8
    family = found.groupby(["organisation_id", "period_id", "comparison"])
    false, uncorrected = (family["q_value"].min() <= 0.05), found["p_value"] <= 0.05
    assert len(false) >= 230
    assert false.mean() <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / len(false))
    # Not by being blind: of all tests one in twenty is below 5 %, as of independent samples.
    assert 0.035 < uncorrected.mean() < 0.06
