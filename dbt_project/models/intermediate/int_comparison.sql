{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }} and breakdown = 'all'

),

protection as (

    select * from {{ ref('int_protection') }}
    where {{ changed }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

dated as (

    select
        cell.*,
        power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff,
        period.period_type,
        period.period_start,
        protection.is_suppressed
    from cell
    inner join period on cell.period_id = period.period_id
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number

),

measured as (

    select distinct
        organisation_id,
        kpi_id,
        instrument_kind,
        period_type,
        period_start
    from dated

),

previous as (

    select
        *,
        'previous_period' as comparison,
        lag(period_start) over (
            partition by organisation_id, kpi_id, instrument_kind, period_type
            order by period_start
        ) as compared_period_start
    from measured

),

compared_period as (

    select * from previous
    where compared_period_start is not null
    union all
    select
        *,
        'same_period_last_year' as comparison,
        cast(period_start - interval '1' year as date) as compared_period_start
    from measured

),

pair as (

    select
        dated.organisation_id,
        dated.cell_number,
        compared_period.comparison,
        earlier.cell_number as compared_cell_number,
        earlier.period_id as compared_period_id,
        dated.kpi_id,
        dated.instrument_kind,
        dated.period_type,
        dated.period_id,
        dated.period_start,
        dated.service_group,
        dated.channel,
        dated.audience,
        dated.n,
        earlier.n as compared_n,
        dated.n_eff,
        earlier.n_eff as compared_n_eff,
        dated.is_suppressed or earlier.is_suppressed as is_suppressed,
        -- A figure that changes its questions, its scale or its surveys is not the same figure before and after.
        dated.scale_families <> earlier.scale_families
        or dated.instrument_ids <> earlier.instrument_ids
        or coalesce(greatest(dated.last_break_date, earlier.last_break_date) > earlier.period_start, false)
            as is_series_break,
        'C' in (dated.comparability_grade, earlier.comparability_grade) as is_grade_c,
        dated.is_grade_unreviewed or earlier.is_grade_unreviewed as is_grade_unreviewed,
        dated.is_late or earlier.is_late as is_late,
        dated.is_mode_mix or earlier.is_mode_mix as is_mode_mix,
        greatest(dated.n_families, earlier.n_families) > 1 as is_scale_family_mixed,
        'none' in (dated.interval_basis, earlier.interval_basis) as is_self_selected,
        dated.is_weights_pending or earlier.is_weights_pending as is_weights_pending,
        dated.is_revision_pending or earlier.is_revision_pending as is_revision_pending,
        coalesce(dated.is_retained, false) or coalesce(earlier.is_retained, false) as is_retained
    from dated
    inner join compared_period
        on
            dated.organisation_id = compared_period.organisation_id
            and dated.kpi_id = compared_period.kpi_id
            and dated.instrument_kind = compared_period.instrument_kind
            and dated.period_type = compared_period.period_type
            and dated.period_start = compared_period.period_start
    inner join dated as earlier
        on
            dated.organisation_id = earlier.organisation_id
            and dated.kpi_id = earlier.kpi_id
            and dated.instrument_kind = earlier.instrument_kind
            and dated.period_type = earlier.period_type
            and compared_period.compared_period_start = earlier.period_start
            and dated.service_group = earlier.service_group
            and dated.channel = earlier.channel
            and dated.audience = earlier.audience

)

select
    pair.*,
    organisation_state.state_fingerprint
from pair
inner join organisation_state on pair.organisation_id = organisation_state.organisation_id
