{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with pair as (

    select * from {{ ref('int_comparison') }}
    where {{ changed }}

),

statistic as (

    select * from {{ ref('int_statistic') }}
    where {{ changed }}

),

test as (

    select * from {{ ref('int_trend_test') }}
    where {{ changed }}

),

threshold as (

    select
        {{ threshold('false_discovery_rate') }} as false_discovery_rate,
        {{ threshold('least_difference') }} as least_difference

),

compared as (

    select
        pair.organisation_id,
        pair.kpi_id,
        statistic.statistic,
        pair.period_type,
        pair.period_id,
        pair.period_start,
        pair.service_group,
        pair.channel,
        pair.audience,
        pair.instrument_kind,
        pair.comparison,
        pair.compared_period_id,
        statistic.value,
        earlier.value as compared_value,
        {{ round_significant('(statistic.value - earlier.value)') }} as delta,
        test.se_delta,
        {%- for figure in ['p_value', 'q_value', 'p_holm'] %}
        {{ round_significant('test.' ~ figure, 6) }} as {{ figure }},
        {%- endfor %}
        100 / statistic.factor as points,
        pair.is_series_break,
        coalesce(test.is_paired, false) as is_paired,
        concat_ws(
            ',',
            case when pair.is_grade_c then 'grade_c' end,
            case when pair.is_grade_unreviewed then 'grade_unreviewed' end,
            case when pair.is_late then 'late_delivery' end,
            case when pair.is_mode_mix then 'mode_mix' end,
            case when pair.is_revision_pending then 'revision_pending' end,
            case when pair.is_scale_family_mixed then 'scale_family_mixed' end,
            case when pair.is_self_selected then 'self_selected' end,
            case when pair.is_series_break then 'series_break' end,
            case when pair.is_weights_pending then 'weights_pending' end
        ) as flags,
        pair.is_suppressed,
        pair.state_fingerprint
    from pair
    inner join statistic
        on
            pair.organisation_id = statistic.organisation_id
            and pair.cell_number = statistic.cell_number
    left join statistic as earlier
        on
            pair.organisation_id = earlier.organisation_id
            and pair.compared_cell_number = earlier.cell_number
            and statistic.statistic = earlier.statistic
    left join test
        on
            pair.organisation_id = test.organisation_id
            and pair.cell_number = test.cell_number
            and pair.comparison = test.comparison
            and statistic.statistic = test.statistic

),

judged as (

    select
        compared.*,
        coalesce(
            compared.q_value <= threshold.false_discovery_rate
            and abs(compared.delta) * compared.points >= threshold.least_difference
            and not compared.is_series_break,
            false
        ) as is_significant
    from compared
    cross join threshold

)

-- Where either side is hidden, nothing of the other goes into a figure.
select
    organisation_id,
    kpi_id,
    statistic,
    period_type,
    period_id,
    period_start,
    service_group,
    channel,
    audience,
    instrument_kind,
    comparison,
    compared_period_id,
    {%- for figure in ['value', 'compared_value', 'delta'] %}
    case when not is_suppressed then {{ figure }} end as {{ figure }},
    {%- endfor %}
    case when not is_suppressed then {{ round_significant('se_delta') }} end as se_delta,
    {%- for figure in ['p_value', 'q_value', 'p_holm', 'is_significant', 'is_series_break', 'is_paired'] %}
    case when not is_suppressed then {{ figure }} end as {{ figure }},
    {%- endfor %}
    case when is_suppressed then 'suppressed_privacy' else flags end as flags,
    is_suppressed,
    case when is_suppressed then 'disclosure' end as suppression_reason,
    state_fingerprint
from judged
