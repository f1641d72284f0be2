"""Figures over all organisations and their changes; the figures are those of `estimation.government`."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from estimation import government

KEYS = ("kpi_id", "statistic", "instrument_kind", "period_type")
FIGURE = """
    select
        kpi_id, statistic, instrument_kind, period_type, period_id, period_start, organisation_id, is_comparable,
        is_rescaled, scale_families, instrument_ids, last_break_date, volume, value, standard_error,
        mix_adjusted_value, mix_adjusted_error, coverage_share
    from government_figure
    order by kpi_id, statistic, instrument_kind, period_type, period_start, organisation_id
"""
RESULT = pa.schema(
    [(name, pa.string()) for name in (*KEYS, "period_id", "series", "weighting", "compared_period_id", "reason")]
    + [(name, pa.int64()) for name in ("n_organisations",)]
    + [(name, pa.float64()) for name in (
        "value", "standard_error", "coverage_share", "delta", "se_delta", "p_value", "q_value", "least_points",
    )]
)  # fmt: skip


def model(dbt: Any, session: Any) -> pa.Table:
    """Combine the comparable figures per period. Grain: one row per kpi, statistic, kind, period, series, weighting."""
    dbt.config(materialized="table")
    thresholds = {
        name: float(value) for name, value in dbt.ref("ref_threshold").project("threshold, value").fetchall()
    }
    session.register("government_figure", dbt.ref("int_peer_figure"))
    rows: list[dict[str, Any]] = session.sql(FIGURE).to_arrow_table().to_pylist()
    found: list[dict[str, Any]] = []
    for key, group in groupby(rows, key=itemgetter(*KEYS)):
        periods = [list(one) for _, one in groupby(group, key=itemgetter("period_id"))]
        found += [
            {**dict(zip(KEYS, key, strict=True)), **one} for one in government.series_of(periods, thresholds)
        ]
    return pa.Table.from_pylist(government.tested(found), RESULT)
