-- A quarter is the sum of its months, a half-year of its quarters, a year of its half-years, each with the answers
-- whose file names no shorter period.
with cell as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        n
    from {{ ref('int_cell_candidate') }}
    where n > 0 and breakdown = 'all' and service_group = 'all' and channel = 'all' and audience = 'all'

),

period as (

    select distinct
        period_id,
        period_type,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where is_ended

),

part as (

    select
        period.period_id,
        shorter.period_id as part_id
    from period
    inner join period as shorter
        on period.period_start <= shorter.period_start and period.period_end >= shorter.period_end
    where
        (period.period_type = 'quarter' and shorter.period_type = 'month')
        or (period.period_type = 'half_year' and shorter.period_type = 'quarter')
        or (period.period_type = 'year' and shorter.period_type = 'half_year')

),

answers as (

    select
        cell.organisation_id,
        cell.kpi_id,
        cell.instrument_kind,
        part.period_id,
        cell.n
    from cell
    inner join part on cell.period_id = part.part_id
    union all
    select
        answer_count.organisation_id,
        answer_count.node_id as kpi_id,
        answer_count.instrument_kind,
        period.period_id,
        answer_count.n
    from {{ ref('int_answer_count') }} as answer_count
    inner join period on answer_count.base_period_id = period.period_id

),

summed as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        sum(n) as parts_n
    from answers
    group by organisation_id, kpi_id, instrument_kind, period_id

)

select
    coalesce(cell.organisation_id, summed.organisation_id) as organisation_id,
    coalesce(cell.kpi_id, summed.kpi_id) as kpi_id,
    coalesce(cell.period_id, summed.period_id) as period_id,
    cell.n,
    summed.parts_n
from cell
full outer join summed
    on
        cell.organisation_id = summed.organisation_id
        and cell.kpi_id = summed.kpi_id
        and cell.instrument_kind = summed.instrument_kind
        and cell.period_id = summed.period_id
where cell.n is distinct from summed.parts_n
