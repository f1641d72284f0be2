"""Which counts of the mart response stand or are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

from disclosure.counts import DECISION
from disclosure.response import KEY, decided_counts

GRID_TOTAL = "breakdown = 'all' and service_group = 'all' and audience = 'all'"
TEXTS = [*(name for name in KEY if name not in ("period_start", "period_type")), "count_name"]
CELL = "organisation_id, instrument_kind, period_id, channel"
FIGURES = ["has_hidden_figure", "has_standing_figure"]
NUMBERS = ["n", "n_published", "n_before"]


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every row of int_response_candidate. Grain: one row per row of it."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    protection = dbt.ref("int_protection").project("organisation_id, cell_number, is_suppressed")
    cells = dbt.ref("int_cell").filter(GRID_TOTAL).join(protection, "organisation_id, cell_number")
    # Where an old figure stands, the number of today would tell by how few answers it differs.
    unshown = cells.filter("is_suppressed or is_revision_pending").aggregate(
        f"{CELL}, bool_or(is_suppressed) as has_hidden_figure, bool_or(is_revision_pending) as has_standing_figure"
    )
    order = ", ".join([*KEY, "count_name"])
    rows = dbt.ref("int_response_candidate").join(period, "period_id").order(order).df()
    rows = rows.merge(unshown.df(), how="left", on=CELL.split(", "))
    rows[FIGURES] = rows[FIGURES].eq(True)
    # What is not known tonight, or was not published, is nothing to the rules.
    rows[NUMBERS] = rows[NUMBERS].fillna(0).astype("int64")
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    # DuckDB cannot tell the type of a text column without rows.
    decided = decided_counts(rows, thresholds)[[*DECISION]].astype(bool)
    return rows[TEXTS].astype("string").join(decided)
