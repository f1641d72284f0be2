"""Which cells of the published grid are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

import disclosure

CELL = "organisation_id, kpi_id, instrument_kind, period_id, service_group, channel, audience"


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every cell. Grain: one row per cell."""
    dbt.config(materialized="table")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    cells = dbt.ref("int_cell").join(period, "period_id")
    threshold = dbt.ref("ref_threshold").project("threshold, value")
    decided = disclosure.protect(
        cells.project(f"{CELL}, period_type, period_start, n, n_values").df(),
        dict(threshold.fetchall()),
    )
    return decided[[*CELL.split(", "), "is_suppressed"]]
