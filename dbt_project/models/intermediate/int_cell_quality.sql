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

instrument as (

    select * from {{ ref('instrument') }}

),

item as (

    select * from {{ ref('mapping_item') }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

late_period as (

    select distinct
        delivery.organisation_id,
        delivery.mapping_id,
        delivery_period.period_id as base_period_id
    from {{ source('state', 'delivery') }} as delivery
    inner join {{ source('state', 'delivery_period') }} as delivery_period
        on
            delivery.organisation_id = delivery_period.organisation_id
            and delivery.delivery_id = delivery_period.delivery_id
    where delivery.is_current and delivery.is_late

),

break as (

    select
        organisation_id,
        mapping_id,
        valid_from as break_date
    from instrument
    where is_series_break

),

-- What contributes to a cell, without the answers.
contributing as (

    select distinct
        organisation_id,
        node_id as kpi_id,
        instrument_kind,
        base_period_id,
        'all' as breakdown,
        'all' as breakdown_value,
        service_group,
        channel,
        audience,
        mapping_id,
        mapping_version,
        item_seq,
        coalesce(stratum_number, 0) > 0 as is_computed_weight
    from answer_count
    union all
    select distinct
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
        mapping_version,
        item_seq,
        coalesce(stratum_number, 0) > 0 as is_computed_weight
    from breakdown_count

),

described as (

    select
        contributing.organisation_id,
        contributing.kpi_id,
        contributing.instrument_kind,
        contributing.base_period_id,
        contributing.breakdown,
        contributing.breakdown_value,
        contributing.service_group,
        contributing.channel,
        contributing.audience,
        contributing.mapping_id,
        instrument.instrument_id,
        item.comparability_grade,
        instrument.interval_basis = 'none' as is_basis_none,
        instrument.interval_basis = 'model' as is_basis_model,
        instrument.population_source,
        contributing.is_computed_weight,
        instrument.weight_method in ('poststratify', 'rake')
        and not contributing.is_computed_weight as is_without_weight,
        not instrument.is_approved as is_grade_unreviewed,
        instrument.has_self_mode,
        instrument.has_interviewer_mode,
        late_period.mapping_id is not null as is_late
    from contributing
    inner join item
        on
            contributing.organisation_id = item.organisation_id
            and contributing.mapping_id = item.mapping_id
            and contributing.mapping_version = item.mapping_version
            and contributing.item_seq = item.item_seq
    inner join instrument
        on
            contributing.organisation_id = instrument.organisation_id
            and contributing.mapping_id = instrument.mapping_id
            and contributing.mapping_version = instrument.mapping_version
    left join late_period
        on
            contributing.organisation_id = late_period.organisation_id
            and contributing.mapping_id = late_period.mapping_id
            and contributing.base_period_id = late_period.base_period_id

),

grid as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        base_period_id,
        breakdown,
        breakdown_value,
        {{- grid_columns() }},
        mapping_id,
        instrument_id,
        max(comparability_grade) as comparability_grade,
        bool_or(is_basis_none) as is_basis_none,
        bool_or(is_basis_model) as is_basis_model,
        case
            when min(population_source) = max(population_source) then min(population_source)
            else 'none'
        end as population_source,
        bool_or(is_without_weight) as is_without_weight,
        bool_or(is_computed_weight) as has_computed_weight,
        bool_and(is_computed_weight) as has_only_computed_weight,
        bool_or(is_grade_unreviewed) as is_grade_unreviewed,
        bool_or(has_self_mode) as has_self_mode,
        bool_or(has_interviewer_mode) as has_interviewer_mode,
        bool_or(is_late) as is_late
    from described
    where breakdown = 'all'
    group by
        organisation_id,
        kpi_id,
        instrument_kind,
        base_period_id,
        breakdown,
        breakdown_value,
        mapping_id,
        instrument_id,
        {{ grid_sets() }}

),

summed as (

    select * from grid
    union all
    select
        organisation_id,
        kpi_id,
        instrument_kind,
        base_period_id,
        breakdown,
        breakdown_value,
        service_group,
        channel,
        audience,
        mapping_id,
        instrument_id,
        comparability_grade,
        is_basis_none,
        is_basis_model,
        population_source,
        is_without_weight,
        is_computed_weight as has_computed_weight,
        is_computed_weight as has_only_computed_weight,
        is_grade_unreviewed,
        has_self_mode,
        has_interviewer_mode,
        is_late
    from described
    where breakdown <> 'all'

),

quality as (

    select
        summed.organisation_id,
        summed.kpi_id,
        summed.instrument_kind,
        period.period_id,
        summed.breakdown,
        summed.breakdown_value,
        summed.service_group,
        summed.channel,
        summed.audience,
        max(summed.comparability_grade) as comparability_grade,
        case
            when bool_or(summed.is_basis_none) then 'none'
            when bool_or(summed.is_basis_model) then 'model'
            else 'design'
        end as interval_basis,
        case
            when min(summed.population_source) = max(summed.population_source) then min(summed.population_source)
            else 'none'
        end as population_source,
        -- Weights in people cannot be added to weights in answers: a cell has them throughout or not at all.
        bool_or(summed.is_without_weight)
        or (
            bool_or(summed.has_computed_weight) and not bool_and(summed.has_only_computed_weight)
        ) as is_weights_pending,
        bool_or(summed.is_grade_unreviewed) as is_grade_unreviewed,
        bool_or(summed.has_self_mode) and bool_or(summed.has_interviewer_mode) as is_mode_mix,
        bool_or(summed.is_late) as is_late,
        coalesce(bool_or(break.break_date >= period.period_start), false) as is_series_break,
        max(break.break_date) as last_break_date,
        string_agg(distinct summed.instrument_id, ',' order by summed.instrument_id) as instrument_ids
    from summed
    inner join period on summed.base_period_id = period.base_period_id
    left join break
        on
            summed.organisation_id = break.organisation_id
            and summed.mapping_id = break.mapping_id
            and period.period_end > break.break_date
    group by
        summed.organisation_id,
        summed.kpi_id,
        summed.instrument_kind,
        period.period_id,
        summed.breakdown,
        summed.breakdown_value,
        summed.service_group,
        summed.channel,
        summed.audience

)

select
    quality.*,
    organisation_state.state_fingerprint
from quality
inner join organisation_state on quality.organisation_id = organisation_state.organisation_id
