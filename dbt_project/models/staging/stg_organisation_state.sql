with organisation_state as (

    select * from {{ source('state', 'organisation_state') }}

),

current_delivery as (

    select
        organisation_id,
        rows_processed
    from {{ source('state', 'delivery') }}
    where is_current

),

run as (

    select today from {{ source('state', 'run') }}

)

select
    organisation_state.organisation_id,
    -- Periods end with the month, so a new month is news for every organisation.
    organisation_state.state_fingerprint || '@' || substr(cast(run.today as varchar), 1, 7) as state_fingerprint,
    coalesce(sum(current_delivery.rows_processed), 0) as responses
from organisation_state
cross join run
left join current_delivery on organisation_state.organisation_id = current_delivery.organisation_id
group by organisation_state.organisation_id, organisation_state.state_fingerprint, run.today
