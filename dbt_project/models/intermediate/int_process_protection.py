"""Which figures of the mart process are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.process import KEY, hidden_figures

TEXTS = [name for name in KEY if name not in ("period_start", "period_type")]


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_process. Grain: one row per organisation, service, period and metric."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    rows = dbt.ref("int_process").join(period, "period_id").order(", ".join(KEY)).df()
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    # DuckDB cannot tell the type of a text column without rows.
    return rows[TEXTS].astype("string").assign(is_suppressed=hidden_figures(rows, thresholds).astype(bool))
