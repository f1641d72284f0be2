{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with answer_count as (

    select * from {{ ref('int_answer_count') }}
    where {{ changed }}

),

breakdown_count as (

    select * from {{ ref('int_breakdown_count') }}
    where {{ changed }} and breakdown is not null

),

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

-- The grid first and the periods after it: most rows fall away before they are copied per period.
grid as (

    select
        organisation_id,
        node_id as kpi_id,
        instrument_kind,
        base_period_id,
        'all' as breakdown,
        'all' as breakdown_value,
        {{- grid_columns() }},
        scale_id,
        allows_decimals,
        value,
        sum(n) as n,
        sum(sum_w) as sum_w,
        sum(sum_w2) as sum_w2
    from answer_count
    group by
        organisation_id,
        node_id,
        instrument_kind,
        base_period_id,
        scale_id,
        allows_decimals,
        value,
        {{ grid_sets() }}

),

broken_down as (

    select
        organisation_id,
        node_id as kpi_id,
        instrument_kind,
        base_period_id,
        breakdown,
        breakdown_value,
        service_group,
        'all' as channel,
        'all' as audience,
        scale_id,
        allows_decimals,
        value,
        sum(n) as n,
        sum(sum_w) as sum_w,
        sum(sum_w2) as sum_w2
    from breakdown_count
    group by all

),

counted as (

    select * from grid
    union all
    select * from broken_down

),

summed as (

    select
        counted.organisation_id,
        counted.kpi_id,
        counted.instrument_kind,
        period.period_id,
        counted.breakdown,
        counted.breakdown_value,
        counted.service_group,
        counted.channel,
        counted.audience,
        counted.scale_id,
        counted.allows_decimals,
        counted.value,
        cast(sum(counted.n) as bigint) as n,
        sum(counted.sum_w) as sum_w,
        sum(counted.sum_w2) as sum_w2
    from counted
    inner join period on counted.base_period_id = period.base_period_id
    group by all

)

select
    summed.*,
    organisation_state.state_fingerprint
from summed
inner join organisation_state on summed.organisation_id = organisation_state.organisation_id
