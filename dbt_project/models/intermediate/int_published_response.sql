{{ config(materialized='table') }}

with candidate as (

    select * from {{ ref('int_response_candidate') }}

),

protection as (

    select * from {{ ref('int_response_protection') }}

),

published as (

    select
        {{ count_of('candidate') }},
        case when protection.is_revision_pending then candidate.n_published else candidate.n end as n,
        coalesce(candidate.n, 0) as n_true,
        candidate.is_self_selected,
        protection.is_suppressed,
        protection.is_revision_pending,
        protection.is_published
    from candidate
    inner join protection on {{ same_count('candidate', 'protection') }}

)

select * from published
where n is not null or n_true > 0
