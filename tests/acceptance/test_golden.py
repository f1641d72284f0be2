"""The golden numbers of the domain reference (3.9), through `meethuis run`, to the printed digits."""

from __future__ import annotations

import math

import pytest

from tests.acceptance import golden
from tests.acceptance.conftest import Nights

MONTH = "2025-11"
GRADE, RECOMMENDATION = "kpi.tevredenheid", "kpi.aanbeveling"


def test_mean_and_t_interval(healthy: Nights) -> None:
    mean = healthy.first.figure("test0001", GRADE, "mean_grade", MONTH)
    assert mean["n"] == 240
    assert golden.agrees(mean["value"], golden.MEAN[0])
    assert golden.agrees(mean["standard_error"] * math.sqrt(240), golden.MEAN_SD)
    assert golden.agrees(mean["ci_low"], golden.MEAN[2])
    assert golden.agrees(mean["ci_high"], golden.MEAN[3])
    assert mean["interval_basis"] == "model"


def test_share_positive_and_wilson(healthy: Nights) -> None:
    share = healthy.first.figure("test0001", GRADE, "share_positive", MONTH)
    assert golden.agrees(share["value"], golden.POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.POSITIVE[2])
    assert golden.agrees(share["ci_high"], golden.POSITIVE[3])


def test_mean_pomp(healthy: Nights) -> None:
    assert golden.agrees(
        healthy.first.figure("test0001", GRADE, "mean_pomp", MONTH)["value"], golden.MEAN_POMP
    )


def test_nps_and_its_error(healthy: Nights) -> None:
    nps = healthy.first.figure("test0001", RECOMMENDATION, "nps", MONTH)
    assert golden.agrees(nps["value"], golden.NPS[0])
    assert golden.agrees(nps["standard_error"], golden.NPS[1])


def test_weighted_mean_error_and_effective_number(healthy: Nights) -> None:
    mean = healthy.first.figure("test0002", GRADE, "mean_grade", MONTH)
    assert mean["n"] == 240
    assert golden.agrees(mean["value"], golden.WEIGHTED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.WEIGHTED_MEAN[1])
    assert golden.agrees(mean["n_eff"], golden.WEIGHTED_N_EFF)
    assert golden.agrees(mean["value_unweighted"], golden.MEAN[0])
    assert mean["interval_basis"] == "design"


def test_weighted_share_and_wilson_on_the_effective_number(healthy: Nights) -> None:
    share = healthy.first.figure("test0002", GRADE, "share_positive", MONTH)
    assert golden.agrees(share["value"], golden.WEIGHTED_POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.WEIGHTED_POSITIVE[1])
    assert golden.agrees(share["ci_high"], golden.WEIGHTED_POSITIVE[2])


def test_weighted_nps(healthy: Nights) -> None:
    nps = healthy.first.figure("test0002", RECOMMENDATION, "nps", MONTH)
    assert golden.agrees(nps["value"], golden.WEIGHTED_NPS)


def test_post_stratified_mean_and_error(healthy: Nights) -> None:
    mean = healthy.first.figure("test0008", GRADE, "mean_grade", MONTH)
    assert golden.agrees(mean["value"], golden.POSTSTRATIFIED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.POSTSTRATIFIED_MEAN[1])
    assert golden.agrees(mean["n_eff"], golden.WEIGHTED_N_EFF)
    assert golden.agrees(mean["n"] / mean["n_eff"], golden.DESIGN_EFFECT)
    assert golden.agrees(mean["value_unweighted"], golden.MEAN[0])
    assert mean["interval_basis"] == "model"
    assert "weights_pending" not in mean["flags"]


def test_post_stratified_share_and_nps(healthy: Nights) -> None:
    share = healthy.first.figure("test0008", GRADE, "share_positive", MONTH)
    assert golden.agrees(share["value"], golden.POSTSTRATIFIED_SHARE[0])
    assert golden.agrees(share["standard_error"], golden.POSTSTRATIFIED_SHARE[1])
    assert golden.agrees(share["ci_low"], golden.WEIGHTED_POSITIVE[1])
    assert golden.agrees(share["ci_high"], golden.WEIGHTED_POSITIVE[2])
    nps = healthy.first.figure("test0008", RECOMMENDATION, "nps", MONTH)
    assert golden.agrees(nps["value"], golden.POSTSTRATIFIED_NPS[0])
    assert golden.agrees(nps["standard_error"], golden.POSTSTRATIFIED_NPS[1])


def test_a_stratum_alone_is_a_simple_sample(healthy: Nights) -> None:
    """Within one stratum weights are equal: figure and error are those without weights."""
    plain = healthy.first.figure("test0001", GRADE, "mean_grade", MONTH, channel="web")
    weighted = healthy.first.figure("test0008", GRADE, "mean_grade", MONTH, channel="web")
    for column in ("n", "n_eff", "value", "standard_error", "ci_low", "ci_high"):
        assert weighted[column] == pytest.approx(plain[column], rel=1e-9), column


def test_raked_mean_and_error(healthy: Nights) -> None:
    mean = healthy.first.figure("test0009", GRADE, "mean_grade", MONTH)
    assert golden.agrees(mean["value"], golden.RAKED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.RAKED_MEAN[1])
    assert golden.agrees(mean["n_eff"], golden.RAKED_N_EFF)
    assert golden.agrees(mean["n"] / mean["n_eff"], golden.RAKED_DESIGN_EFFECT)
    assert mean["interval_basis"] == "model"


def test_a_sample_drawn_within_strata_has_its_own_error(healthy: Nights) -> None:
    mean = healthy.first.figure("test0010", GRADE, "mean_grade", MONTH)
    assert golden.agrees(mean["value"], golden.POSTSTRATIFIED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.STRATIFIED_ERROR)
    assert mean["interval_basis"] == "design"


@pytest.mark.parametrize(("channel", "n"), [("web", 87), ("phone", 72), ("desk", 81)])
def test_channels_have_the_printed_sizes(healthy: Nights, channel: str, n: int) -> None:
    assert healthy.first.figure("test0001", GRADE, "mean_grade", MONTH, channel=channel)["n"] == n


@pytest.mark.parametrize("period", ["2025-11", "2025-Q4", "2025-H2", "2025"])
def test_a_contact_date_feeds_month_quarter_half_year_and_year(healthy: Nights, period: str) -> None:
    assert golden.agrees(
        healthy.first.figure("test0001", GRADE, "mean_grade", period)["value"], golden.MEAN[0]
    )


def test_importance_of_the_drivers(healthy: Nights) -> None:
    """Shares of R², so the printed shares of variance divided by it; published to six significant digits."""
    found = healthy.installation.query(
        "select * from marts.driver where organisation_id = 'test0001' and channel = 'all'"
        f" and outcome_id = '{GRADE}' and period_id = '2025'"
    ).set_index("driver_id")
    assert set(found["n"]) == {240}
    assert set(found["importance_method"]) == {"lmg"}
    assert found["r_squared"].to_numpy() == pytest.approx(float(golden.R_SQUARED), abs=1e-6)
    for driver, share in golden.LMG.items():
        expected = float(share) / float(golden.R_SQUARED)
        assert found.loc[driver, "importance"] == pytest.approx(expected, abs=1e-6), driver
    assert set(found["note_nl"]) == {"Samenhang is geen oorzaak."}
