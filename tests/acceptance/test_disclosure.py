"""An outsider with the published file and linear programming cannot tell a hidden number of the sample, not nearly.

Belongs here: the attack, written without the product's own audit. What the outsider knows: every row of the
grid, the number of answers in the shown ones, that a hidden row has at least one answer and an absent row none.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from tests.acceptance.conftest import SAMPLE_BUCKET, Nights
from tests.acceptance.test_sample import TODAY
from tests.oracle.deliveries import answers
from tests.oracle.figures import CELL, DIMENSIONS, kpi_grid, periods_of

SMALL = 10
# Ends are whole numbers up to a solver's rounding.
NARROWEST = 3 - 1e-6
Base = tuple[str, str, str, str]  # base period, service group, channel, audience


def belongs(base: Base, row: pd.Series) -> bool:
    """Whether an answer of this base cell counts in this published row."""
    in_period = row["period_id"] in {period for _, period in periods_of(base[0])}
    return in_period and all(
        row[name] in ("all", value) for name, value in zip(DIMENSIONS, base[1:], strict=True)
    )


def base_cells(rows: pd.DataFrame, base_periods: list[str]) -> list[Base]:
    """Every three-way cell that can hold an answer: each of its two-way rows is in the file."""
    values = [sorted(set(rows[name]) - {"all"}) for name in DIMENSIONS]
    present = set(map(tuple, rows[["period_id", *DIMENSIONS]].to_numpy()))
    return [
        (period, group, channel, audience)
        for period, group, channel, audience in product(base_periods, *values)
        if {
            (period, group, channel, "all"),
            (period, group, "all", audience),
            (period, "all", channel, audience),
        }
        <= present
    ]


def recovered(rows: pd.DataFrame, base_periods: list[str]) -> list[pd.Series]:
    """The hidden rows of one organisation and KPI whose number of answers is known to within less than three."""
    bases = base_cells(rows, base_periods)
    member = np.array([[belongs(base, row) for base in bases] for _, row in rows.iterrows()], dtype=float)
    is_hidden = rows["is_suppressed"].to_numpy(dtype=bool)
    known = {
        "A_eq": member[~is_hidden],
        "b_eq": rows["n"].to_numpy(dtype=float)[~is_hidden],
        "A_ub": -member[is_hidden],
        "b_ub": -np.ones(int(is_hidden.sum())),
    }
    found = []
    for index in np.flatnonzero(is_hidden):
        ends = [linprog(sign * member[index], **known, bounds=(0, None)) for sign in (1, -1)]
        assert all(end.status in (0, 3) for end in ends)
        if all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun < NARROWEST:
            found.append(rows.iloc[index])
    return found


@pytest.fixture(scope="module")
def grid(sample: Nights) -> pd.DataFrame:
    """One row per cell: whether it is hidden, its published n, and the true one."""
    oracle = kpi_grid(answers(SAMPLE_BUCKET), TODAY, frozenset())
    published = sample.first.kpi[sample.first.kpi["statistic"] == "mean_pomp"]
    return published.merge(oracle, on=[*CELL, "statistic"], suffixes=("", "_oracle"), validate="one_to_one")


def all_recovered(grid: pd.DataFrame) -> list[pd.Series]:
    """Over every organisation and KPI of the sample."""
    base_periods = answers(SAMPLE_BUCKET).groupby("organisation_id")["base_period"].unique()
    return [
        row
        for (organisation_id, _), rows in grid.groupby(["organisation_id", "kpi_id"])
        for row in recovered(rows.reset_index(drop=True), sorted(base_periods[str(organisation_id)]))
    ]


def test_no_hidden_number_can_be_told(grid: pd.DataFrame) -> None:
    is_small = grid["n_oracle"] < SMALL
    assert is_small.sum() > 50
    found = all_recovered(grid)
    assert not found, "\n".join(str(row[CELL].to_dict()) for row in found[:10])


def test_the_attack_succeeds_where_only_small_cells_are_hidden(grid: pd.DataFrame) -> None:
    primary_only = grid.assign(n=grid["n_oracle"], is_suppressed=grid["n_oracle"] < SMALL)
    assert all_recovered(primary_only)
