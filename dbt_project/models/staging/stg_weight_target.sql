select
    organisation_id,
    mapping_id,
    mapping_version,
    line,
    valid_from,
    valid_to,
    service,
    channel,
    touchpoint,
    life_event,
    audience,
    age_band,
    population
from {{ source('state', 'weight_target') }}
