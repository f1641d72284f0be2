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

cell as (

    select * from {{ ref('int_cell') }}
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

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

threshold as (

    select
        {{ threshold('false_discovery_rate') }} as false_discovery_rate,
        {{ threshold('least_difference') }} as least_difference

),

compared as (

    select
        pair.organisation_id,
        cell.kpi_id,
        statistic.statistic,
        period.period_type,
        cell.period_id,
        period.period_start,
        cell.service_group,
        cell.channel,
        cell.audience,
        cell.instrument_kind,
        pair.comparison,
        pair.compared_period_id,
        statistic.value,
        earlier.value as compared_value,
        {{ round_significant('(statistic.value - earlier.value)') }} as delta,
        sqrt(power(statistic.standard_error, 2) + power(earlier.standard_error, 2)) as se_delta,
        {%- for figure in ['p_value', 'q_value', 'p_holm'] %}
        {{ round_significant('test.' ~ figure, 6) }} as {{ figure }},
        {%- endfor %}
        100 / statistic.factor as points,
        pair.is_series_break,
        concat_ws(
            ',',
            case when 'C' in (cell.comparability_grade, earlier_cell.comparability_grade) then 'grade_c' end,
            case when cell.is_grade_unreviewed or earlier_cell.is_grade_unreviewed then 'grade_unreviewed' end,
            case when cell.is_late or earlier_cell.is_late then 'late_delivery' end,
            case when cell.is_mode_mix or earlier_cell.is_mode_mix then 'mode_mix' end,
            case
                when statistic.is_scale_family_mixed or earlier.is_scale_family_mixed then 'scale_family_mixed'
            end,
            case when 'none' in (cell.interval_basis, earlier_cell.interval_basis) then 'self_selected' end,
            case when pair.is_series_break then 'series_break' end,
            case when cell.is_weights_pending or earlier_cell.is_weights_pending then 'weights_pending' end
        ) as flags,
        pair.is_suppressed,
        pair.state_fingerprint
    from pair
    inner join cell
        on
            pair.organisation_id = cell.organisation_id
            and pair.cell_number = cell.cell_number
    inner join cell as earlier_cell
        on
            pair.organisation_id = earlier_cell.organisation_id
            and pair.compared_cell_number = earlier_cell.cell_number
    inner join period on cell.period_id = period.period_id
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
    {%- for figure in ['p_value', 'q_value', 'p_holm', 'is_significant', 'is_series_break'] %}
    case when not is_suppressed then {{ figure }} end as {{ figure }},
    {%- endfor %}
    case when is_suppressed then 'suppressed_privacy' else flags end as flags,
    is_suppressed,
    case when is_suppressed then 'disclosure' end as suppression_reason,
    state_fingerprint
from judged
