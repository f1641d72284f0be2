{{ config(materialized='table') }}

with candidate as (

    select * from {{ ref('int_process_candidate') }}

),

protection as (

    select * from {{ ref('int_process_protection') }}

)

select
    candidate.organisation_id,
    candidate.service_id,
    candidate.period_id,
    candidate.metric,
    candidate.unit,
    case when protection.is_revision_pending then candidate.figure_published else candidate.figure end as figure,
    case when protection.is_revision_pending then candidate.n_published else candidate.n end as n,
    coalesce(candidate.n, 0) as n_true,
    protection.is_suppressed,
    protection.is_revision_pending,
    protection.is_published
from candidate
inner join protection
    on
        candidate.organisation_id = protection.organisation_id
        and candidate.service_id = protection.service_id
        and candidate.period_id = protection.period_id
        and candidate.metric = protection.metric
where protection.is_published or candidate.n > 0
