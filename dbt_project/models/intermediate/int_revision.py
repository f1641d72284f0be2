"""Which figures are new, stand as they were, or are hidden; the rules are those of the package `disclosure`."""

from typing import Any

import pandas as pd

import disclosure

KEY = [
    *("organisation_id", "kpi_id", "instrument_kind", "period_id"),
    *("breakdown", "breakdown_value", "service_group", "channel", "audience"),
]
CELL = ", ".join(KEY)
STATE = "organisation_id, state_fingerprint"
DECISION = ["is_revision_pending", "is_suppressed"]
# Numbered in a total order: once for the cells, once for their changes.
NUMBERED = f"""
    select row_number() over (order by {CELL}) - 1 as cell,
        candidate.* exclude (state_fingerprint), period.period_type, period.period_start
    from candidate
    inner join period using (period_id)
    where organisation_id in :organisations
"""
CELLS = f"select *, {disclosure.breakdown_columns()} from ({NUMBERED}) order by cell"
CHANGES = f"""
    select numbered.cell, change.n_change as change, change.n_since as since,
        dense_rank() over (order by change.scale_id, change.value) as answer
    from change inner join ({NUMBERED}) as numbered using ({CELL})
    where change.organisation_id in :organisations
    order by all
"""


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Decide for every cell of the organisations that changed. Grain: one row per cell."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    period = dbt.ref("int_period").project("period_id, period_type, period_start").distinct()
    candidate, change = dbt.ref("int_cell_candidate"), dbt.ref("int_cell_change")
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    states = dict(undecided.fetchall())
    candidate = candidate.join(undecided.project("organisation_id"), "organisation_id", how="semi")
    sizes = candidate.aggregate("organisation_id, count(*)").order("organisation_id").fetchall()
    thresholds = dict(dbt.ref("ref_threshold").project("threshold, value").fetchall())
    found = []
    for organisations in disclosure.parts(sizes):
        cells, changes = (
            _rows(session, query.replace(":organisations", organisations), candidate, change, period)
            for query in (CELLS, CHANGES)
        )
        found.append(decided(cells, changes, thresholds, states))
    # DuckDB cannot tell the type of a text column without rows.
    texts = dict.fromkeys([*KEY, "state_fingerprint"], "string")
    return pd.concat(found).astype(texts)


def _rows(session: Any, query: str, candidate: Any, change: Any, period: Any) -> pd.DataFrame:
    """The rows of a query that names the three relations as they are named here."""
    rows: pd.DataFrame = session.sql(query).df()
    return rows


def decided(
    cells: pd.DataFrame, changes: pd.DataFrame, thresholds: dict[str, Any], states: dict[str, str]
) -> pd.DataFrame:
    """The decision per cell of some organisations, in the order of `cells`."""
    decisions = disclosure.decide(cells, changes, thresholds, disclosure.DIMENSIONS)[DECISION]
    keys = cells[KEY]
    return keys.assign(
        is_revision_pending=decisions["is_revision_pending"],
        is_suppressed=decisions["is_suppressed"],
        state_fingerprint=keys["organisation_id"].map(states),
    )
