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

pending as (

    select * from {{ ref('int_revision') }}
    where {{ changed }} and is_revision_pending

),

retained as (

    select * from {{ ref('int_retained_cell') }}
    where {{ changed }}

),

former as (

    select * exclude (is_suppressed, is_revision_pending, is_retained) from {{ source('history', 'cell') }}
    where {{ changed }}

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

),

-- Measured anew, except where the old figure stands.
measured as (

    select
        total.*,
        quality.comparability_grade,
        quality.interval_basis,
        quality.population_source,
        quality.is_weights_pending,
        quality.is_grade_unreviewed,
        quality.is_mode_mix,
        quality.is_late,
        quality.is_series_break,
        quality.last_break_date,
        quality.instrument_ids,
        false as is_revision_pending,
        false as is_retained
    from total
    inner join quality on {{ same_cell('total', 'quality') }}
    anti join pending on {{ same_cell('total', 'pending') }}
    anti join retained on {{ same_cell('total', 'retained') }}

),

-- As they stand published, with all columns that were kept of them.
standing as (

    select
        former.*,
        true as is_revision_pending,
        false as is_retained
    from former
    semi join pending on {{ same_cell('former', 'pending') }}
    union all
    select
        former.*,
        false as is_revision_pending,
        true as is_retained
    from former
    semi join retained on {{ same_cell('former', 'retained') }}

),

cell as (

    select * from measured
    union all by name
    select * from standing

)

-- The number stands for the eight columns of a cell wherever an organisation's cells are looked up.
select
    cell.organisation_id,
    row_number() over (
        partition by cell.organisation_id
        order by
            cell.kpi_id, cell.instrument_kind, cell.period_id, cell.breakdown, cell.breakdown_value,
            cell.service_group, cell.channel, cell.audience
    ) as cell_number,
    cell.kpi_id,
    cell.instrument_kind,
    cell.period_id,
    cell.breakdown,
    cell.breakdown_value,
    cell.service_group,
    cell.channel,
    cell.audience,
    cell.n,
    {%- for sum in ['sum_w', 'sum_w2'] %}
    case when cell.is_weights_pending then cell.n else cell.{{ sum }} end as {{ sum }},
    {%- endfor %}
    cell.n_values,
    cell.n_families,
    cell.scale_families,
    cell.comparability_grade,
    cell.interval_basis,
    cell.population_source,
    cell.is_weights_pending,
    cell.is_grade_unreviewed,
    cell.is_mode_mix,
    cell.is_late,
    cell.is_series_break,
    cell.last_break_date,
    cell.instrument_ids,
    cell.is_revision_pending,
    cell.is_retained,
    organisation_state.state_fingerprint
from cell
inner join organisation_state on cell.organisation_id = organisation_state.organisation_id
