"""Every shown total beside its peers; the figures are those of `estimation.peers`."""

from typing import Any

import pyarrow as pa

from estimation import peers

# Figures in scale units, and shares, have peers of their own scale only.
MEMBER = """
    select
        figure.figure_number,
        figure.organisation_id,
        peer_group.peer_group_kind,
        case peer_group.organisation_column
            when 'organisation_type' then figure.organisation_type
            when 'size_class' then figure.size_class
            when 'province' then figure.province
            else ''
        end as peer_group_value,
        dense_rank() over (
            order by
                peer_group_kind, peer_group_value, kpi_id, statistic, instrument_kind, period_id,
                case when is_rescaled then '' else scale_families end
        ) as slice,
        dense_rank() over (order by organisation_id, period_id, peer_group_kind) as family,
        dense_rank() over (order by scale_families) as scale,
        value, standard_error, n_eff, is_comparable, is_share, points, is_higher_better, volume
    from benchmark_figure as figure
    inner join benchmark_group as peer_group
        on peer_group.organisation_type is null or peer_group.organisation_type = figure.organisation_type
    where peer_group_value is not null
    order by slice, organisation_id
"""


def model(dbt: Any, session: Any) -> pa.Table:
    """Compare every figure with its peers. Grain: one row per figure_number and peer_group_kind."""
    dbt.config(materialized="table")
    thresholds = {
        name: float(value) for name, value in dbt.ref("ref_threshold").project("threshold, value").fetchall()
    }
    for name, relation in (("figure", dbt.ref("int_peer_figure")), ("group", dbt.ref("ref_peer_group"))):
        session.register(f"benchmark_{name}", relation)
    return peers.compared(session.sql(MEMBER).to_arrow_table(), thresholds)
