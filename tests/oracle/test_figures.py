"""The oracle itself is right: its formulas give the golden numbers that R, scipy and statsmodels gave."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.acceptance import golden
from tests.oracle.figures import Statistic, cell_figures, figure, has_ended, periods_of, statistics_of

ROWS = golden.rows()
GRADES = np.array([row[3] for row in ROWS], dtype=float)
NPS = np.array([row[4] for row in ROWS], dtype=float)
WEIGHTS = np.array([golden.weight_of(str(row[1])) for row in ROWS])
ONES = np.ones(len(ROWS))


def statistic(scale_id: str, name: str) -> Statistic:
    (found,) = [s for s in statistics_of(scale_id) if s.name == name]
    return found


def of(chosen: Statistic, x: np.ndarray, weights: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    return figure(chosen.score(x), weights, counts, chosen.interval, has_interval=True)


def grade(name: str, weights: np.ndarray) -> dict[str, float]:
    return of(statistic("rapportcijfer_1_10", name), GRADES, weights, ONES)


def nps(weights: np.ndarray) -> dict[str, float]:
    return of(statistic("nps_0_10", "nps"), NPS, weights, ONES)


def test_the_data_set_is_the_references() -> None:
    assert golden.csv_text().startswith("id,channel,age,cijfer,nps,d1,d2,d3,d4\r\n")


def test_unweighted_golden_numbers() -> None:
    mean, share = grade("mean_grade", ONES), grade("share_positive", ONES)
    assert golden.agrees(mean["value"], golden.MEAN[0])
    assert golden.agrees(mean["standard_error"] * 240**0.5, golden.MEAN_SD)
    assert golden.agrees(mean["ci_low"], golden.MEAN[2])
    assert golden.agrees(mean["ci_high"], golden.MEAN[3])
    assert golden.agrees(share["value"], golden.POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.POSITIVE[2])
    assert golden.agrees(share["ci_high"], golden.POSITIVE[3])
    assert golden.agrees(grade("mean_pomp", ONES)["value"], golden.MEAN_POMP)
    assert golden.agrees(nps(ONES)["value"], golden.NPS[0])
    assert golden.agrees(nps(ONES)["standard_error"], golden.NPS[1])


def test_weighted_golden_numbers() -> None:
    mean, share = grade("mean_grade", WEIGHTS), grade("share_positive", WEIGHTS)
    assert golden.agrees(mean["value"], golden.WEIGHTED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.WEIGHTED_MEAN[1])
    assert golden.agrees(mean["n_eff"], golden.WEIGHTED_N_EFF)
    assert golden.agrees(share["value"], golden.WEIGHTED_POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.WEIGHTED_POSITIVE[1])
    assert golden.agrees(share["ci_high"], golden.WEIGHTED_POSITIVE[2])
    assert golden.agrees(nps(WEIGHTS)["value"], golden.WEIGHTED_NPS)


def test_a_wrong_cut_point_is_noticed() -> None:
    wrong = Statistic("nps", "nps", lambda x: 100.0 * ((x >= 8).astype(float) - (x <= 6).astype(float)))
    found = of(wrong, NPS, ONES, ONES)
    assert not golden.agrees(found["value"], golden.NPS[0])


def test_counts_and_rows_give_the_same_figure() -> None:
    values, counts = np.unique(GRADES, return_counts=True)
    chosen = statistic("rapportcijfer_1_10", "mean_grade")
    aggregated = of(chosen, values, np.ones(len(values)), counts.astype(float))
    assert aggregated == pytest.approx(grade("mean_grade", ONES), rel=1e-12)


def test_two_scales_in_a_cell_leave_only_the_mean_score() -> None:
    cell = pd.DataFrame(
        {"scale_id": ["ces2_1_7", "likert_agree_1_5"], "value": [7, 1], "weight": [1, 1], "count": [1, 1]}
    )
    found = {row.pop("statistic"): row for row in cell_figures(cell, has_interval=False)}
    assert found["mean_pomp"]["value"] == 50
    assert found["ces"] == found["share_positive"] == {"n": 2, "n_eff": 2}


@pytest.mark.parametrize(
    ("period", "today", "ended"),
    [
        (("month", "2026-01"), date(2026, 1, 31), False),
        (("month", "2026-01"), date(2026, 2, 1), True),
        (("quarter", "2025-Q4"), date(2026, 1, 1), True),
        (("half_year", "2026-H1"), date(2026, 6, 30), False),
        (("year", "2025"), date(2025, 12, 31), False),
    ],
)
def test_a_period_counts_from_the_day_after_its_last(
    period: tuple[str, str], today: date, ended: bool
) -> None:
    assert has_ended(*period, today) is ended


def test_a_month_feeds_four_periods_and_a_half_year_two() -> None:
    assert [p for _, p in periods_of("2025-11")] == ["2025-11", "2025-Q4", "2025-H2", "2025"]
    assert [p for _, p in periods_of("2025-H1")] == ["2025-H1", "2025"]
