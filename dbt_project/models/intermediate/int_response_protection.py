"""Which counts of the mart response are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.response import KEY, hidden_counts

GRID_TOTAL = "breakdown = 'all' and service_group = 'all' and audience = 'all'"
TEXTS = [name for name in KEY if name not in ("period_start", "period_type")]
CELL = "organisation_id, instrument_kind, period_id, channel"


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_response. Grain: one row per organisation, instrument, period and channel."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    protection = dbt.ref("int_protection").project("organisation_id, cell_number, is_suppressed")
    cells = dbt.ref("int_cell").filter(GRID_TOTAL).join(protection, "organisation_id, cell_number")
    # Where an old figure stands, the number of today would tell by how few answers it differs.
    hidden = cells.filter("is_suppressed or is_revision_pending")
    hidden_figure = hidden.project(f"{CELL}, true as has_hidden_figure").distinct().df()
    rows = dbt.ref("int_response").join(period, "period_id").order(", ".join(KEY)).df()
    rows = rows.merge(hidden_figure, how="left", on=CELL.split(", "))
    rows["has_hidden_figure"] = rows["has_hidden_figure"].eq(True)
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    found = rows[[*KEY]].join(hidden_counts(rows, thresholds))
    # DuckDB cannot tell the type of a text column without rows.
    return found.drop(columns=["period_start", "period_type"]).astype(dict.fromkeys(TEXTS, "string"))
