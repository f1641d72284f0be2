{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with answer_count as (

    select * from {{ ref('int_answer_count') }}
    where {{ changed_organisations() }}

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

summed as (

    select
        grid.organisation_id,
        grid.kpi_id,
        grid.instrument_kind,
        period.period_id,
        grid.service_group,
        grid.channel,
        grid.audience,
        grid.scale_id,
        grid.allows_decimals,
        grid.value,
        cast(sum(grid.n) as bigint) as n,
        sum(grid.sum_w) as sum_w,
        sum(grid.sum_w2) as sum_w2
    from grid
    inner join period on grid.base_period_id = period.base_period_id
    group by all

)

select
    summed.*,
    organisation_state.state_fingerprint
from summed
inner join organisation_state on summed.organisation_id = organisation_state.organisation_id
