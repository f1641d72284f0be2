{{ config(materialized='table') }}

with analysis as (

    select
        organisation_id,
        instrument_kind,
        analysis,
        subject_id,
        driver_id,
        channel,
        period_id,
        n
    from {{ ref('int_driver_analysis') }}
    where analysis is not null

),

cell as (

    select
        cell.organisation_id,
        cell.instrument_kind,
        cell.kpi_id,
        cell.channel,
        cell.period_id,
        -- An analysis knows today's responses only: beside a figure that waits for ten answers it would tell the few.
        protection.is_suppressed or coalesce(cell.is_revision_pending, false) as is_suppressed
    from {{ ref('int_cell') }} as cell
    inner join {{ ref('int_protection') }} as protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
    where cell.breakdown = 'all' and cell.service_group = 'all' and cell.audience = 'all'

)

-- An analysis is shown or hidden whole: the shares of its drivers add up to one.
select
    analysis.organisation_id,
    analysis.instrument_kind,
    analysis.analysis,
    analysis.subject_id,
    analysis.channel,
    analysis.period_id,
    max(analysis.n) as n,
    bool_or(coalesce(driver_cell.is_suppressed, true))
    or (analysis.analysis = 'importance' and bool_or(coalesce(outcome_cell.is_suppressed, true))) as has_hidden_cell
from analysis
left join cell as driver_cell
    on
        analysis.organisation_id = driver_cell.organisation_id
        and analysis.instrument_kind = driver_cell.instrument_kind
        and analysis.driver_id = driver_cell.kpi_id
        and analysis.channel = driver_cell.channel
        and analysis.period_id = driver_cell.period_id
left join cell as outcome_cell
    on
        analysis.organisation_id = outcome_cell.organisation_id
        and analysis.instrument_kind = outcome_cell.instrument_kind
        and analysis.subject_id = outcome_cell.kpi_id
        and analysis.channel = outcome_cell.channel
        and analysis.period_id = outcome_cell.period_id
group by
    analysis.organisation_id,
    analysis.instrument_kind,
    analysis.analysis,
    analysis.subject_id,
    analysis.channel,
    analysis.period_id
