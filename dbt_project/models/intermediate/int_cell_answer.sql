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

),

-- The grid first and the periods after it: most rows fall away before they are copied per period.
grid as (

    select
        organisation_id,
        state_fingerprint,
        node_id as kpi_id,
        instrument_kind,
        base_period_id,
        {{- grid_columns() }},
        scale_id,
        allows_decimals,
        value,
        category,
        sum(n) as n,
        sum(sum_w) as sum_w,
        sum(sum_w2) as sum_w2
    from answer_count
    group by
        organisation_id,
        state_fingerprint,
        node_id,
        instrument_kind,
        base_period_id,
        scale_id,
        allows_decimals,
        value,
        category,
        {{ grid_sets() }}

),

summed as (

    select
        grid.organisation_id,
        grid.state_fingerprint,
        grid.kpi_id,
        grid.instrument_kind,
        period.period_type,
        period.period_id,
        grid.service_group,
        grid.channel,
        grid.audience,
        grid.scale_id,
        grid.allows_decimals,
        grid.value,
        grid.category,
        cast(sum(grid.n) as bigint) as n,
        sum(grid.sum_w) as sum_w,
        sum(grid.sum_w2) as sum_w2
    from grid
    inner join period on grid.base_period_id = period.base_period_id
    group by all

)

select * from summed
