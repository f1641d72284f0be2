select
    organisation_id,
    mapping_id,
    mapping_version,
    method,
    dimensions,
    targets,
    has_targets
from {{ source('state', 'weighting') }}
