with organisation_state as (

    select * from {{ source('state', 'organisation_state') }}

),

run as (

    select today from {{ source('state', 'run') }}

)

select
    organisation_state.organisation_id,
    -- Periods end with the month, so a new month is news for every organisation.
    organisation_state.state_fingerprint || '@' || substr(cast(run.today as varchar), 1, 7) as state_fingerprint
from organisation_state
cross join run
