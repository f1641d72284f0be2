"""Which analyses of drivers are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.driver import KEY, hidden_analyses


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_driver_candidate. Grain: one row per row of it."""
    dbt.config(materialized="table")
    rows = dbt.ref("int_driver_candidate").order(", ".join(KEY)).df()
    rows[[*KEY]] = rows[[*KEY]].astype("string")
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    # DuckDB cannot tell the type of a text column without rows.
    return rows[[*KEY]].assign(is_suppressed=hidden_analyses(rows, thresholds).astype(bool))
