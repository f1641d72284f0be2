with response as (

    select * from {{ ref('stg_response') }}

)

select
    organisation_id,
    delivery_id,
    row_number,
    mapping_id,
    mapping_version,
    instrument_id,
    response_key,
    respondent_key,
    key_version,
    contact_date,
    submitted_at,
    period_id,
    service_id,
    service_group,
    channel,
    touchpoint_id,
    life_event_id,
    audience,
    age_band,
    language,
    weight,
    multiplicity,
    is_completed,
    exclusion_reason
from response
