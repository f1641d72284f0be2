with run as (

    select * from {{ source('state', 'run') }}

)

select
    snapshot_id,
    published_at,
    model_version,
    git_commit,
    is_sample,
    -- The hash over the published tables is known only after they are published: publication fills it.
    cast(null as varchar) as content_sha256
from run
