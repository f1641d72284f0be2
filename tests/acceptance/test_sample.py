"""Every published figure of the sample against the outside calculation of `tests/oracle/`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.acceptance.conftest import SAMPLE_BUCKET, Nights
from tests.oracle.deliveries import answers
from tests.oracle.figures import CELL, distributions, kpi_grid

TODAY = date(2026, 2, 15)
SELF_SELECTED = frozenset({"gm0855"})
KEY = [*CELL, "statistic"]
FIGURES = ["n", "n_eff", "value", "value_unweighted", "standard_error", "ci_low", "ci_high"]
INTERVAL_BASIS = {"uwv": "design", "kvk": "model", "gm0344": "model", "gm0855": "none"}
# Published figures carry ten significant digits.
CLOSE = 1e-9


@pytest.fixture(scope="module")
def oracle() -> pd.DataFrame:
    return kpi_grid(answers(SAMPLE_BUCKET), TODAY, SELF_SELECTED)


@pytest.fixture(scope="module")
def compared(sample: Nights, oracle: pd.DataFrame) -> pd.DataFrame:
    """Published rows beside the oracle's; `_merge` says where either is alone."""
    return sample.first.kpi.merge(
        oracle, on=KEY, how="outer", suffixes=("", "_oracle"), indicator=True, validate="one_to_one"
    )


def shown(compared: pd.DataFrame) -> pd.DataFrame:
    return compared[~compared["is_suppressed"].astype(bool)]


def test_the_grid_is_exactly_the_oracles(compared: pd.DataFrame) -> None:
    alone = compared[compared["_merge"] != "both"][[*KEY, "_merge"]]
    assert alone.empty, alone.head(20).to_string()


@pytest.mark.parametrize("column", FIGURES)
def test_every_shown_figure_is_the_oracles(compared: pd.DataFrame, column: str) -> None:
    rows = shown(compared)
    assert len(rows) > 3000
    found = rows[column].astype(float)
    expected = rows[f"{column}_oracle"].astype(float)
    close = np.isclose(found, expected, rtol=CLOSE, atol=1e-9, equal_nan=True)
    wrong = rows.assign(found=found, expected=expected)[~close]
    assert wrong.empty, wrong[[*KEY, "found", "expected"]].head(20).to_string()


def test_what_is_hidden_is_hidden_altogether(compared: pd.DataFrame) -> None:
    hidden = compared[compared["is_suppressed"].astype(bool)]
    assert not hidden.empty
    assert hidden[FIGURES].isna().all().all()
    assert set(hidden["flags"]) == {"suppressed_privacy"}
    assert set(hidden["suppression_reason"]) == {"disclosure"}


def test_no_small_cell_is_shown(compared: pd.DataFrame) -> None:
    assert shown(compared)["n_oracle"].min() >= 10


def test_complementary_cells_are_hidden_too(compared: pd.DataFrame) -> None:
    """UWV's small service group takes a larger one with it: else the total would give it away."""
    cell = compared.query(
        "organisation_id == 'uwv' and period_id == '2025-H1' and kpi_id == 'kpi.vertrouwen' "
        "and statistic == 'mean_pomp' and channel == 'all' and audience == 'all'"
    ).set_index("service_group")
    n, is_hidden = dict(cell["n_oracle"]), dict(cell["is_suppressed"])
    assert n["general"] < 10 <= n["justice"]
    assert is_hidden["general"]
    assert sum(is_hidden.values()) >= 2
    assert not is_hidden["all"]


def test_the_run_says_how_much_is_hidden_and_why(sample: Nights, compared: pd.DataFrame) -> None:
    """Hidden for its own sake is a small cell, and one below 30 without any spread in its answers."""
    cells = compared[compared["statistic"] == "mean_pomp"]
    hidden = cells[cells["is_suppressed"].astype(bool)]
    has_no_spread = (hidden["standard_error_oracle"] == 0) & (hidden["n_oracle"] < 30)
    primary = int(((hidden["n_oracle"] < 10) | has_no_spread).sum())
    told = {one.pop("table"): one for one in sample.first.outcome.json["suppression"]}
    assert told["kpi"] == {
        "cells": len(cells),
        "hidden": len(hidden),
        "hidden_primary": primary,
        "hidden_share": len(hidden) / len(cells),
        "hidden_primary_share": primary / len(cells),
    }
    assert 0 < primary < len(hidden)
    assert 0 < told["breakdown"]["hidden_primary"] < told["breakdown"]["hidden"]


def test_most_of_the_totals_are_shown(compared: pd.DataFrame) -> None:
    totals = compared.query("service_group == 'all' and channel == 'all' and audience == 'all'")
    assert not totals["is_suppressed"].any()


def test_all_statistics_of_a_cell_are_shown_or_hidden_together(compared: pd.DataFrame) -> None:
    assert compared.groupby(CELL)["is_suppressed"].nunique().max() == 1


@pytest.mark.parametrize(("organisation_id", "basis"), INTERVAL_BASIS.items())
def test_intervals_rest_on_the_design(compared: pd.DataFrame, organisation_id: str, basis: str) -> None:
    rows = shown(compared).query(f"organisation_id == '{organisation_id}'")
    assert set(rows["interval_basis"]) == {basis}


@pytest.mark.parametrize(
    ("organisation_id", "flag"),
    [
        ("uwv", "mode_mix"),
        ("gm0344", "grade_unreviewed"),
        ("gm0855", "self_selected"),
    ],
)
def test_flags_follow_the_mapping(compared: pd.DataFrame, organisation_id: str, flag: str) -> None:
    rows = shown(compared)
    has_flag = rows["flags"].str.split(",").map(lambda flags: flag in flags)
    assert set(rows.loc[has_flag, "organisation_id"]) == {organisation_id}
    assert has_flag[rows["organisation_id"] == organisation_id].all()


def test_effort_and_ease_are_a_break_and_never_mixed(compared: pd.DataFrame) -> None:
    """KVK asked effort in September and ease from October: only the mean score crosses that line."""
    ease = shown(compared).query("organisation_id == 'kvk' and kpi_id == 'kpi.gemak'")
    flags = ease["flags"].str.split(",")
    is_mixed = flags.map(lambda found: "scale_family_mixed" in found)
    assert set(ease.loc[is_mixed, "period_id"]) == {"2025-H2", "2025"}
    assert ease.loc[is_mixed & (ease["statistic"] != "mean_pomp"), "value"].isna().all()
    assert ease.loc[ease["statistic"] == "mean_pomp", "value"].notna().all()
    grade = ease.set_index("period_id")["comparability_grade"]
    assert set(grade.loc[["2025-09", "2025-Q3", "2025-H2", "2025"]]) == {"C"}
    assert set(grade.loc[["2025-10", "2025-Q4", "2026-01"]]) == {"A"}


def test_grade_c_is_flagged_where_it_counts(compared: pd.DataFrame) -> None:
    rows = shown(compared)
    has_flag = rows["flags"].str.split(",").map(lambda flags: "grade_c" in flags)
    assert (has_flag == (rows["comparability_grade"] == "C")).all()
    assert set(rows.loc[has_flag, "organisation_id"]) == {"gm0855", "kvk"}


@pytest.mark.parametrize(("flag", "at_least"), [("publishable", 100), ("burgerpeiling_norm", 475)])
def test_size_flags_follow_n(compared: pd.DataFrame, flag: str, at_least: int) -> None:
    rows = shown(compared).dropna(subset=["value"])
    has_flag = rows["flags"].str.split(",").map(lambda flags: flag in flags)
    assert (has_flag == (rows["n_oracle"] >= at_least)).all()


def test_small_cells_are_indicative(compared: pd.DataFrame) -> None:
    rows = shown(compared)
    has_flag = rows["flags"].str.split(",").map(lambda flags: "indicative" in flags)
    assert has_flag[(rows["n_oracle"] < 30) | (rows["n_eff_oracle"] < 30)].all()
    assert not has_flag[rows["n_eff_oracle"] > 2000].any()


def test_shares_and_scores_stay_on_their_scales(sample: Nights) -> None:
    kpi = sample.first.kpi
    shares = kpi[kpi["statistic"].str.startswith("share_") | (kpi["statistic"] == "rate")]
    for column in ("value", "ci_low", "ci_high"):
        assert shares[column].dropna().between(0, 1).all()
    assert kpi.loc[kpi["statistic"] == "mean_pomp", "value"].dropna().between(0, 100).all()
    nps = kpi[kpi["statistic"] == "nps"]
    for column in ("ci_low", "ci_high"):
        assert nps[column].dropna().between(-100, 100).all()


def test_every_distribution_is_the_oracles(sample: Nights) -> None:
    found = sample.installation.query("select * from marts.distribution")
    expected = distributions(answers(SAMPLE_BUCKET), TODAY).rename(columns={"value": "answer_value"})
    scale = ["organisation_id", "kpi_id", "period_id", "scale_id"]
    is_hidden = found["is_suppressed"].astype(bool)
    assert set(map(tuple, found[scale].to_numpy())) == set(map(tuple, expected[scale].to_numpy()))
    hidden = found[is_hidden].set_index(scale).index
    expected = expected[~expected.set_index(scale).index.isin(hidden)]
    rows = found[~is_hidden].assign(answer_value=found["answer_value"].astype(float))
    both = rows.merge(expected, on=[*scale, "answer_value"], how="outer", suffixes=("", "_oracle"))
    # An answer that nobody gave may be shown as none at all, or as 0.
    both = both[~((both["n"] == 0) & both["n_oracle"].isna())]
    assert len(both) > 300
    assert (both["n"] == both["n_oracle"]).all()
    assert np.allclose(both["share"].astype(float), both["share_unweighted"], rtol=CLOSE, atol=0)


def test_distributions_follow_their_kpi_cell(sample: Nights, compared: pd.DataFrame) -> None:
    found = sample.installation.query("select * from marts.distribution")
    hidden = found[found["is_suppressed"].astype(bool)]
    assert hidden[["n", "share"]].isna().all().all()
    totals = compared.query(
        "service_group == 'all' and channel == 'all' and audience == 'all' and statistic == 'mean_pomp'"
    )
    verdict = totals.set_index(["organisation_id", "kpi_id", "period_id"])["is_suppressed"].astype(bool)
    keys = list(zip(found["organisation_id"], found["kpi_id"], found["period_id"], strict=True))
    assert (found["is_suppressed"].astype(bool).to_numpy() == verdict.loc[keys].to_numpy()).all()
