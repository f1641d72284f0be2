"""Which cells of the published grid are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

import disclosure

CELL = "organisation_id, cell_number, kpi_id, instrument_kind, service_group, channel, audience, n, n_values"
BREAKDOWN = disclosure.breakdown_columns()
PERIOD = "period_id, period_type, period_start"
STATE = "organisation_id, state_fingerprint"


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every cell of the organisations that changed. Grain: one row per cell."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    period = dbt.ref("int_period").project(PERIOD).distinct()
    cells = (
        dbt.ref("int_cell")
        .join(period, "period_id")
        .project(f"{CELL}, {BREAKDOWN}, {PERIOD}, state_fingerprint")
    )
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    cells = cells.join(undecided.project("organisation_id"), "organisation_id", how="semi")
    sizes = cells.aggregate("organisation_id, count(*)").order("organisation_id").fetchall()
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    parts = disclosure.parts(sizes)
    found = [decided(cells.filter(f"organisation_id in {part}").df(), thresholds) for part in parts]
    # DuckDB cannot tell the type of a text column without rows.
    return pd.concat(found).astype({"organisation_id": "string", "state_fingerprint": "string"})


def decided(cells: pd.DataFrame, thresholds: dict[str, Any]) -> pd.DataFrame:
    """The decision per cell of some organisations, in the order of `cells`."""
    is_suppressed = disclosure.protect(cells, thresholds, disclosure.DIMENSIONS)["is_suppressed"]
    return cells[["organisation_id", "cell_number", "state_fingerprint"]].assign(is_suppressed=is_suppressed)
