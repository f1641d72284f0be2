"""Which figures of the mart process stand or are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.counts import DECISION
from disclosure.process import KEY, decided_figures

TEXTS = [name for name in KEY if name not in ("period_start", "period_type")]
FORMER_NUMBERS = ["n_published", "n_before"]


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_process_candidate. Grain: one row per row of it."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    rows = dbt.ref("int_process_candidate").join(period, "period_id").order(", ".join(KEY)).df()
    # What was not published, or over an unknown number, is nothing to the rules.
    rows[FORMER_NUMBERS] = rows[FORMER_NUMBERS].fillna(0).astype("int64")
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    # DuckDB cannot tell the type of a text column without rows.
    decided = decided_figures(rows, thresholds)[[*DECISION]].astype(bool)
    return rows[TEXTS].astype("string").join(decided)
