{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations('weighted') %}

with answer_count as (

    select * from {{ ref('int_answer_count') }}
    where {{ changed }} and stratum_number > 0

),

breakdown_count as (

    select * from {{ ref('int_breakdown_count') }}
    where {{ changed }} and stratum_number > 0

),

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }} and not is_weights_pending

),

score as (

    select
        scale_id,
        allows_decimals,
        value,
        statistic,
        score - 0.5e0 as centred_score
    from {{ ref('int_score') }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

grid as (

    select
        organisation_id,
        node_id as kpi_id,
        instrument_kind,
        base_period_id,
        'all' as breakdown,
        'all' as breakdown_value,
        {{- grid_columns() }},
        mapping_id,
        stratum_number,
        scale_id,
        allows_decimals,
        value,
        sum(n) as n
    from answer_count
    group by
        organisation_id,
        node_id,
        instrument_kind,
        base_period_id,
        mapping_id,
        stratum_number,
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
        mapping_id,
        stratum_number,
        scale_id,
        allows_decimals,
        value,
        sum(n) as n
    from breakdown_count
    group by all

),

counted as (

    select * from grid
    union all
    select * from broken_down

),

in_cell as (

    select
        cell.organisation_id,
        cell.cell_number,
        counted.mapping_id,
        counted.base_period_id,
        counted.stratum_number,
        counted.scale_id,
        counted.allows_decimals,
        counted.value,
        counted.n
    from counted
    inner join period on counted.base_period_id = period.base_period_id
    inner join cell
        on
            counted.organisation_id = cell.organisation_id
            and counted.kpi_id = cell.kpi_id
            and counted.instrument_kind = cell.instrument_kind
            and period.period_id = cell.period_id
            and counted.breakdown = cell.breakdown
            and counted.breakdown_value = cell.breakdown_value
            and counted.service_group = cell.service_group
            and counted.channel = cell.channel
            and counted.audience = cell.audience

),

-- Scores with fifteen decimals, added as whole numbers: the order of rows cannot change a sum.
summed as (

    select
        in_cell.organisation_id,
        in_cell.cell_number,
        score.statistic,
        in_cell.mapping_id,
        in_cell.base_period_id,
        in_cell.stratum_number,
        cast(sum(in_cell.n) as bigint) as n,
        cast(sum(cast(in_cell.n as hugeint) * cast(score.centred_score * 1e15 as bigint)) as double)
        / 1e15 as sum_score,
        cast(
            sum(cast(in_cell.n as hugeint) * cast(score.centred_score * score.centred_score * 1e15 as bigint)) as double
        ) / 1e15 as sum_square
    from in_cell
    inner join score
        on
            in_cell.scale_id = score.scale_id
            and in_cell.allows_decimals = score.allows_decimals
            and in_cell.value = score.value
    group by
        in_cell.organisation_id,
        in_cell.cell_number,
        score.statistic,
        in_cell.mapping_id,
        in_cell.base_period_id,
        in_cell.stratum_number

)

select
    summed.*,
    organisation_state.state_fingerprint
from summed
inner join organisation_state on summed.organisation_id = organisation_state.organisation_id
