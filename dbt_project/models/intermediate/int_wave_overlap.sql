{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with response as (

    select * from {{ ref('stg_response') }}
    where {{ changed }} and is_completed and exclusion_reason is null

),

survey as (

    select
        organisation_id,
        mapping_id,
        mapping_version,
        instrument_kind
    from {{ ref('instrument') }}
    where {{ changed }} and delivery_kind = 'respondent'

),

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}
    where {{ changed }}

),

wave as (

    select distinct
        organisation_id,
        instrument_kind,
        period_id,
        compared_period_id
    from {{ ref('int_comparison') }}
    where {{ changed }} and not is_suppressed

),

answered as (

    select
        response.organisation_id,
        survey.instrument_kind,
        response.period_id as base_period_id,
        response.respondent_key,
        cast(sum(response.responses_n) as bigint) as n
    from response
    inner join survey
        on
            response.organisation_id = survey.organisation_id
            and response.mapping_id = survey.mapping_id
            and response.mapping_version = survey.mapping_version
    where response.responses_n > 0
    group by response.organisation_id, survey.instrument_kind, response.period_id, response.respondent_key

),

person as (

    select
        organisation_id,
        instrument_kind,
        respondent_key,
        min(base_period_id) as first_period_id,
        max(base_period_id) as last_period_id
    from answered
    where respondent_key is not null
    group by organisation_id, instrument_kind, respondent_key

),

-- Who came once is in no second wave, and only counted; without a key everybody came once.
came_once as (

    select
        organisation_id,
        instrument_kind,
        first_period_id as base_period_id,
        count(*) as n
    from person
    where first_period_id = last_period_id
    group by organisation_id, instrument_kind, first_period_id
    union all
    select
        organisation_id,
        instrument_kind,
        base_period_id,
        n
    from answered
    where respondent_key is null

),

returning_person as (

    select * from person
    where first_period_id < last_period_id

),

came_back as (

    select distinct
        answered.organisation_id,
        answered.instrument_kind,
        answered.respondent_key,
        period.period_id
    from answered
    semi join returning_person
        on
            answered.organisation_id = returning_person.organisation_id
            and answered.instrument_kind = returning_person.instrument_kind
            and answered.respondent_key = returning_person.respondent_key
    inner join period on answered.base_period_id = period.base_period_id

),

counted as (

    select
        came_once.organisation_id,
        came_once.instrument_kind,
        period.period_id,
        came_once.n
    from came_once
    inner join period on came_once.base_period_id = period.base_period_id
    union all
    select
        organisation_id,
        instrument_kind,
        period_id,
        count(*) as n
    from came_back
    group by organisation_id, instrument_kind, period_id

),

people as (

    select
        organisation_id,
        instrument_kind,
        period_id,
        cast(sum(n) as bigint) as people_n
    from counted
    group by organisation_id, instrument_kind, period_id

),

common as (

    select
        wave.organisation_id,
        wave.instrument_kind,
        wave.period_id,
        wave.compared_period_id,
        count(*) as common_n
    from wave
    inner join came_back as later
        on
            wave.organisation_id = later.organisation_id
            and wave.instrument_kind = later.instrument_kind
            and wave.period_id = later.period_id
    inner join came_back as earlier
        on
            wave.organisation_id = earlier.organisation_id
            and wave.instrument_kind = earlier.instrument_kind
            and wave.compared_period_id = earlier.period_id
            and later.respondent_key = earlier.respondent_key
    group by wave.organisation_id, wave.instrument_kind, wave.period_id, wave.compared_period_id

),

overlapping as (

    select
        common.*,
        later.people_n,
        earlier.people_n as compared_people_n
    from common
    inner join people as later
        on
            common.organisation_id = later.organisation_id
            and common.instrument_kind = later.instrument_kind
            and common.period_id = later.period_id
    inner join people as earlier
        on
            common.organisation_id = earlier.organisation_id
            and common.instrument_kind = earlier.instrument_kind
            and common.compared_period_id = earlier.period_id
    where common.common_n > {{ threshold('overlap_min_share') }} * least(later.people_n, earlier.people_n)

)

-- An organisation without such waves has one row that says so.
select
    organisation_state.organisation_id,
    overlapping.instrument_kind,
    overlapping.period_id,
    overlapping.compared_period_id,
    overlapping.people_n,
    overlapping.compared_people_n,
    overlapping.common_n,
    organisation_state.state_fingerprint
from organisation_state
left join overlapping on organisation_state.organisation_id = overlapping.organisation_id
