{{ config(materialized='view') }}

with published as (

    select * from {{ source('history', 'cell') }}

),

retained_period as (

    select * from {{ ref('int_retained_period') }}

),

change as (

    select * from {{ ref('int_cell_change') }}
    where n_change <> 0

),

pending as (

    select * from {{ ref('int_revision') }}
    where is_revision_pending

)

select {{ cell_of('published') }}
from published
semi join retained_period
    on
        published.organisation_id = retained_period.organisation_id
        and published.instrument_kind = retained_period.instrument_kind
        and published.period_id = retained_period.period_id
anti join change on {{ same_cell('published', 'change') }}
anti join pending on {{ same_cell('published', 'pending') }}
