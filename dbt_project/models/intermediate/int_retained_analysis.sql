{{ config(materialized='view') }}

with published as (

    select * from {{ source('history', 'analysis') }}

),

retained_year as (

    select
        organisation_id,
        instrument_kind,
        period_id
    from {{ ref('int_retained_period') }}
    where period_type = 'year'

),

changed_year as (

    select distinct
        organisation_id,
        instrument_kind,
        period_id
    from {{ ref('int_cell_change') }}
    where n_since <> 0

),

-- Beside other answers than those it was made of, an analysis would be wrong.
standing as (

    select published.* from published
    anti join changed_year
        on
            published.organisation_id = changed_year.organisation_id
            and published.instrument_kind = changed_year.instrument_kind
            and published.period_id = changed_year.period_id

)

select
    retained_year.organisation_id,
    retained_year.instrument_kind,
    retained_year.period_id,
    standing.analysis,
    standing.subject_id,
    standing.driver_id,
    standing.channel,
    standing.importance_method,
    standing.reason,
    standing.n,
    standing.n_drivers,
    standing.importance,
    standing.importance_low,
    standing.importance_high,
    standing.correlation,
    standing.beta,
    standing.r_squared,
    standing.alpha,
    standing.alpha_standardised,
    standing.item_rest_correlation,
    standing.alpha_if_dropped
from retained_year
left join standing
    on
        retained_year.organisation_id = standing.organisation_id
        and retained_year.instrument_kind = standing.instrument_kind
        and retained_year.period_id = standing.period_id
