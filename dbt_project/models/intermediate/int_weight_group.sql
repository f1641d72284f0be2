{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with response as (

    select * from {{ ref('stg_response') }}
    where
        {{ changed_organisations('weighted') }}
        and is_completed
        and exclusion_reason is null

),

weighting as (

    select distinct
        organisation_id,
        mapping_id
    from {{ ref('stg_weighting') }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

counted as (

    select
        response.organisation_id,
        response.mapping_id,
        response.mapping_version,
        response.period_id as base_period_id,
        response.service_id,
        response.channel,
        response.touchpoint_id,
        response.life_event_id,
        response.audience,
        response.age_band,
        cast(sum(response.responses_n) as bigint) as n
    from response
    semi join weighting
        on
            response.organisation_id = weighting.organisation_id
            and response.mapping_id = weighting.mapping_id
    -- A line with an answer stands for answers, not for respondents.
    where response.responses_n > 0
    group by all

)

select
    counted.*,
    organisation_state.state_fingerprint
from counted
inner join organisation_state on counted.organisation_id = organisation_state.organisation_id
