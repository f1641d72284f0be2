with cell_answer as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        scale_id,
        value,
        sum(n) as n
    from {{ ref('int_published_answer') }}
    where n > 0 and breakdown = 'all' and service_group = 'all' and channel = 'all' and audience = 'all'
    group by organisation_id, kpi_id, instrument_kind, period_id, scale_id, value

),

cell as (

    select * from {{ ref('int_cell') }}
    where breakdown = 'all' and service_group = 'all' and channel = 'all' and audience = 'all'

),

protection as (

    select
        cell.organisation_id,
        cell.kpi_id,
        cell.instrument_kind,
        cell.period_id,
        decided.is_suppressed
    from {{ ref('int_protection') }} as decided
    inner join cell
        on
            decided.organisation_id = cell.organisation_id
            and decided.cell_number = cell.cell_number

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

scaled as (

    select
        *,
        substr(period_id, 1, 4) as year_id,
        sum(n) over (partition by organisation_id, kpi_id, instrument_kind, period_id, scale_id) as scale_n,
        sum(n) over (partition by organisation_id, kpi_id, instrument_kind, period_id) as cell_n
    from cell_answer

),

-- Shown or hidden whole: with its cell of kpi, and for a whole year where in one of its cells one of several scales
-- has too few answers. Within a year the periods add up, so hiding that one cell would not hide its answers.
decided as (

    select
        scaled.organisation_id,
        scaled.kpi_id,
        scaled.instrument_kind,
        period.period_type,
        scaled.period_id,
        period.period_start,
        scaled.scale_id,
        scaled.value,
        scaled.n,
        scaled.scale_n,
        protection.is_suppressed
        or bool_or(
            scaled.scale_n < scaled.cell_n and scaled.scale_n < {{ threshold('suppression_min_n') }}
        ) over (
            partition by scaled.organisation_id, scaled.kpi_id, scaled.instrument_kind, scaled.year_id
        ) as is_suppressed
    from scaled
    inner join period on scaled.period_id = period.period_id
    inner join protection
        on
            scaled.organisation_id = protection.organisation_id
            and scaled.kpi_id = protection.kpi_id
            and scaled.instrument_kind = protection.instrument_kind
            and scaled.period_id = protection.period_id

),

shown as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_type,
        period_id,
        period_start,
        scale_id,
        value as answer_value,
        cast(n as bigint) as n,
        {{ round_significant('(n / cast(scale_n as double))') }} as share,
        false as is_suppressed
    from decided
    where not is_suppressed

),

-- One row per scale: which answers were given is hidden too.
hidden as (

    select distinct
        organisation_id,
        kpi_id,
        instrument_kind,
        period_type,
        period_id,
        period_start,
        scale_id,
        cast(null as decimal(12, 6)) as answer_value,
        cast(null as bigint) as n,
        cast(null as double) as share,
        true as is_suppressed
    from decided
    where is_suppressed

)

select * from shown
union all
select * from hidden
