"""Which counts of the mart response are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.response import KEY, hidden_counts

GRID_TOTAL = "breakdown = 'all' and service_group = 'all' and audience = 'all'"
CELL = "organisation_id, instrument_kind, period_id, channel"


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_response. Grain: one row per organisation, instrument, period and channel."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    protection = dbt.ref("int_protection").filter("is_suppressed").project("organisation_id, cell_number")
    cells = (
        dbt.ref("int_cell").filter(GRID_TOTAL).join(protection, "organisation_id, cell_number", how="semi")
    )
    hidden_figure = cells.project(f"{CELL}, true as has_hidden_figure").distinct().df()
    rows = dbt.ref("int_response").join(period, "period_id").order(", ".join(KEY)).df()
    rows = rows.merge(hidden_figure, how="left", on=CELL.split(", "))
    rows["has_hidden_figure"] = rows["has_hidden_figure"].eq(True)
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    found = rows[[*KEY]].join(hidden_counts(rows, thresholds))
    # DuckDB cannot tell the type of a text column without rows.
    texts = {name: "string" for name in KEY if name != "period_start"}
    return found.drop(columns=["period_start", "period_type"]).astype(
        {name: kind for name, kind in texts.items() if name != "period_type"}
    )
