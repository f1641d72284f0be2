-- A view: read for the organisations that changed, where the errors are made.
{{ config(materialized='view') }}

with cell as (

    select * from {{ ref('int_cell') }}
    where population_source <> 'none' and breakdown = 'all' and not is_revision_pending and is_retained is not true

),

-- An error would give away a count of people that may not be shown.
frame as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel,
        n as population
    from {{ ref('int_published_response') }}
    where count_name = 'population' and is_published and not is_suppressed

),

-- All that answered one survey, or did so about one channel of it.
whole as (

    select
        cell.organisation_id,
        cell.kpi_id,
        cell.instrument_kind,
        cell.period_id,
        cell.channel,
        cell.n,
        frame.population
    from cell
    inner join frame
        on
            cell.organisation_id = frame.organisation_id
            and cell.instrument_ids = frame.instrument_id
            and cell.instrument_kind = frame.instrument_kind
            and cell.period_id = frame.period_id
            and cell.channel = frame.channel
    where
        cell.population_source = 'frame'
        and cell.service_group = 'all'
        and cell.audience = 'all'
        and cell.n <= frame.population

)

-- How many people a part stands for nobody knows, unless it holds the very answers of the whole.
select
    cell.organisation_id,
    cell.cell_number,
    cast(max(whole.population) as double) as population
from cell
inner join whole
    on
        cell.organisation_id = whole.organisation_id
        and cell.kpi_id = whole.kpi_id
        and cell.instrument_kind = whole.instrument_kind
        and cell.period_id = whole.period_id
        and whole.channel in ('all', cell.channel)
        and cell.n = whole.n
group by cell.organisation_id, cell.cell_number
union all
-- Weights that bring strata to their numbers of people add up to all of them.
select
    organisation_id,
    cell_number,
    cast(sum_w as double) as population
from cell
where population_source = 'targets' and not is_weights_pending
