with combined as (

    select * from {{ ref('int_government') }}

),

unit as (

    select distinct
        kpi_id,
        statistic,
        instrument_kind,
        period_id,
        period_start,
        points,
        is_share,
        is_rescaled
    from {{ ref('int_peer_figure') }}

),

model_node as (

    select
        node_id,
        label_nl,
        label_en
    from {{ ref('ref_model_node') }}

),

bounded as (

    select
        combined.*,
        unit.period_start,
        unit.points,
        model_node.label_nl as kpi_label_nl,
        model_node.label_en as kpi_label_en,
        greatest(
            combined.value - {{ z_975() }} * combined.standard_error,
            case when unit.is_share or unit.is_rescaled then 0 else cast('-infinity' as double) end
        ) as ci_low,
        least(
            combined.value + {{ z_975() }} * combined.standard_error,
            case when unit.is_share then 1 when unit.is_rescaled then 100 else cast('infinity' as double) end
        ) as ci_high,
        {{ round_significant('combined.delta') }} as rounded_delta,
        {{ round_significant('combined.q_value', 6) }} as rounded_q_value
    from combined
    inner join unit
        on
            combined.kpi_id = unit.kpi_id
            and combined.statistic = unit.statistic
            and combined.instrument_kind = unit.instrument_kind
            and combined.period_id = unit.period_id
    inner join model_node on combined.kpi_id = model_node.node_id

)

select
    kpi_id,
    kpi_label_nl,
    kpi_label_en,
    statistic,
    instrument_kind,
    period_type,
    period_id,
    period_start,
    series,
    weighting,
    {%- for figure in ['value', 'standard_error', 'ci_low', 'ci_high'] %}
    case when value is not null then {{ round_significant(figure) }} end as {{ figure }},
    {%- endfor %}
    n_organisations,
    {{ round_significant('coverage_share') }} as coverage_share,
    compared_period_id,
    rounded_delta as delta,
    {{ round_significant('se_delta') }} as se_delta,
    {{ round_significant('p_value', 6) }} as p_value,
    rounded_q_value as q_value,
    coalesce(
        rounded_q_value <= {{ threshold('false_discovery_rate') }} and abs(rounded_delta) * points >= least_points,
        false
    ) as is_significant,
    reason
from bounded
