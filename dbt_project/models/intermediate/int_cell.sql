{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with cell_answer as (

    select * from {{ ref('int_cell_answer') }}
    where {{ changed }}

),

quality as (

    select * from {{ ref('int_cell_quality') }}
    where {{ changed }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

scale as (

    select distinct
        scale_id,
        scale_family
    from {{ ref('mapping_item') }}
    where is_counted

),

total as (

    select
        cell_answer.organisation_id,
        cell_answer.kpi_id,
        cell_answer.instrument_kind,
        cell_answer.period_id,
        cell_answer.breakdown,
        cell_answer.breakdown_value,
        cell_answer.service_group,
        cell_answer.channel,
        cell_answer.audience,
        cast(sum(cell_answer.n) as bigint) as n,
        sum(cell_answer.sum_w) as sum_w,
        sum(cell_answer.sum_w2) as sum_w2,
        -- The same value with and without decimals is one answer.
        case
            when
                min(cell_answer.value) = max(cell_answer.value)
                and min(cell_answer.scale_id) = max(cell_answer.scale_id)
                then 1
            else count(*)
        end as n_values,
        count(distinct scale.scale_family) as n_families,
        string_agg(distinct scale.scale_family, ',' order by scale.scale_family) as scale_families
    from cell_answer
    inner join scale on cell_answer.scale_id = scale.scale_id
    group by
        cell_answer.organisation_id,
        cell_answer.kpi_id,
        cell_answer.instrument_kind,
        cell_answer.period_id,
        cell_answer.breakdown,
        cell_answer.breakdown_value,
        cell_answer.service_group,
        cell_answer.channel,
        cell_answer.audience

)

-- The number stands for the eight columns of a cell wherever an organisation's cells are looked up.
select
    total.organisation_id,
    row_number() over (
        partition by total.organisation_id
        order by
            total.kpi_id, total.instrument_kind, total.period_id, total.breakdown, total.breakdown_value,
            total.service_group, total.channel, total.audience
    ) as cell_number,
    total.kpi_id,
    total.instrument_kind,
    total.period_id,
    total.breakdown,
    total.breakdown_value,
    total.service_group,
    total.channel,
    total.audience,
    total.n,
    {%- for sum in ['sum_w', 'sum_w2'] %}
    case when quality.is_weights_pending then total.n else total.{{ sum }} end as {{ sum }},
    {%- endfor %}
    total.n_values,
    total.n_families,
    total.scale_families,
    quality.comparability_grade,
    quality.interval_basis,
    quality.is_weights_pending,
    quality.is_grade_unreviewed,
    quality.is_mode_mix,
    quality.is_late,
    quality.is_series_break,
    quality.last_break_date,
    quality.instrument_ids,
    organisation_state.state_fingerprint
from total
inner join organisation_state on total.organisation_id = organisation_state.organisation_id
inner join quality
    on
        total.organisation_id = quality.organisation_id
        and total.kpi_id = quality.kpi_id
        and total.instrument_kind = quality.instrument_kind
        and total.period_id = quality.period_id
        and total.breakdown = quality.breakdown
        and total.breakdown_value = quality.breakdown_value
        and total.service_group = quality.service_group
        and total.channel = quality.channel
        and total.audience = quality.audience
