with organisation as (

    select * from {{ source('state', 'organisation') }}

)

select
    organisation_id,
    name as organisation_name,
    organisation_type,
    province,
    size_class,
    is_sample
from organisation
