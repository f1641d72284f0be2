with expected_delivery as (

    select * from {{ source('state', 'expected_delivery') }}

)

select
    organisation_id,
    mapping_id,
    period_type,
    period_id,
    due_at,
    status
from expected_delivery
