{{ config(materialized='table') }}

with cell as (

    select * from {{ ref('int_cell') }}
    where breakdown = 'all' and audience = 'all'

),

protection as (

    select * from {{ ref('int_protection') }}
    where not is_suppressed

),

statistic as (

    select * from {{ ref('int_statistic') }}
    where value is not null

),

organisation as (

    select * from {{ ref('organisation') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

kpi_definition as (

    select * from {{ ref('ref_kpi_definition') }}

),

standard_mix as (

    select
        channel,
        service_group,
        cast(weight as double) / sum(weight) over () as part
    from {{ ref('ref_standard_mix') }}

),

contact_volume as (

    select
        organisation_id,
        instrument_kind,
        period_id,
        sum(value) as volume
    from {{ ref('int_frame_count') }}
    where measure = 'population' and channel = 'all'
    group by organisation_id, instrument_kind, period_id

),

-- Shown figures only: whatever is made of them gives nothing away.
shown as (

    select
        cell.organisation_id,
        cell.kpi_id,
        cell.instrument_kind,
        cell.period_id,
        cell.service_group,
        cell.channel,
        power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff,
        cell.scale_families,
        cell.instrument_ids,
        cell.last_break_date,
        cell.comparability_grade in ('A', 'B') and statistic.standard_error is not null as is_comparable,
        statistic.statistic,
        statistic.method,
        statistic.factor,
        statistic.value,
        statistic.standard_error
    from cell
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
    inner join statistic
        on
            cell.organisation_id = statistic.organisation_id
            and cell.cell_number = statistic.cell_number

),

-- Direct standardisation: the mean over the cells of the standard mix that are shown, each with its part of the mix.
mixed as (

    select
        shown.organisation_id,
        shown.kpi_id,
        shown.instrument_kind,
        shown.period_id,
        shown.statistic,
        {{ exact_sum('standard_mix.part') }} as coverage_share,
        100 * {{ exact_sum('standard_mix.part * shown.value / 100') }} as part_value,
        1e4 * {{ exact_sum('power(standard_mix.part * shown.standard_error / 100, 2)') }} as part_variance
    from shown
    inner join standard_mix
        on
            shown.channel = standard_mix.channel
            and shown.service_group = standard_mix.service_group
    where shown.is_comparable
    group by shown.organisation_id, shown.kpi_id, shown.instrument_kind, shown.period_id, shown.statistic
    -- In scale units and shares only one scale has a meaning.
    having min(shown.scale_families) = max(shown.scale_families) or min(shown.method) = 'mean_score'

)

select
    row_number() over (
        order by
            shown.kpi_id, shown.statistic, shown.instrument_kind, shown.period_id, shown.organisation_id
    ) as figure_number,
    shown.organisation_id,
    organisation.organisation_type,
    organisation.size_class,
    organisation.province,
    shown.kpi_id,
    shown.statistic,
    shown.instrument_kind,
    period.period_type,
    shown.period_id,
    period.period_start,
    shown.value,
    shown.standard_error,
    shown.n_eff,
    shown.is_comparable,
    shown.method = 'mean_score' as is_rescaled,
    shown.method in ('share_category_high', 'share_category_low', 'share_from') as is_share,
    100 / shown.factor as points,
    coalesce(kpi_definition.higher_is_better, any_definition.higher_is_better, true) as is_higher_better,
    shown.scale_families,
    shown.instrument_ids,
    shown.last_break_date,
    cast(contact_volume.volume as double) as volume,
    mixed.part_value / mixed.coverage_share as mix_adjusted_value,
    sqrt(mixed.part_variance) / mixed.coverage_share as mix_adjusted_error,
    mixed.coverage_share
from shown
inner join organisation on shown.organisation_id = organisation.organisation_id
inner join period on shown.period_id = period.period_id
left join contact_volume
    on
        shown.organisation_id = contact_volume.organisation_id
        and shown.instrument_kind = contact_volume.instrument_kind
        and shown.period_id = contact_volume.period_id
left join mixed
    on
        shown.organisation_id = mixed.organisation_id
        and shown.kpi_id = mixed.kpi_id
        and shown.instrument_kind = mixed.instrument_kind
        and shown.period_id = mixed.period_id
        and shown.statistic = mixed.statistic
left join kpi_definition
    on
        shown.kpi_id = kpi_definition.node_id
        and shown.statistic = kpi_definition.statistic
left join kpi_definition as any_definition
    on
        any_definition.node_id = '*'
        and shown.statistic = any_definition.statistic
where shown.service_group = 'all' and shown.channel = 'all'
