{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with response as (

    {{ counted_response() }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}
    where {{ changed }}

),

service as (

    select service_id
    from {{ ref('ref_service') }}

),

version as (

    select
        row_number() over (order by organisation_id, mapping_id, mapping_version) as version_number,
        organisation_id,
        mapping_id,
        mapping_version,
        instrument_kind,
        weight_method = 'delivered' as is_weighted
    from {{ ref('instrument') }}
    where {{ changed }} and delivery_kind = 'respondent'

),

item as (

    select
        version.version_number,
        mapping_item.item_seq,
        mapping_item.node_id,
        mapping_item.scale_id,
        mapping_item.allows_decimals
    from {{ ref('mapping_item') }} as mapping_item
    inner join version
        on
            mapping_item.organisation_id = version.organisation_id
            and mapping_item.mapping_id = version.mapping_id
            and mapping_item.mapping_version = version.mapping_version
    where mapping_item.is_counted

),

codebook as (

    select
        version.version_number,
        codebook.item_seq,
        codebook.raw_value,
        codebook.value
    from {{ ref('codebook') }} as codebook
    inner join version
        on
            codebook.organisation_id = version.organisation_id
            and codebook.mapping_id = version.mapping_id
            and codebook.mapping_version = version.mapping_version
    where codebook.value is not null

),

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

overlap as (

    select * from {{ ref('int_wave_overlap') }}
    where {{ changed }} and period_id is not null

),

keyed as (

    select
        response.organisation_id,
        version.instrument_kind,
        response.period_id as base_period_id,
        response.respondent_key
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    where response.respondent_key is not null

),

wave as (

    select distinct
        organisation_id,
        instrument_kind,
        unnest([period_id, compared_period_id]) as period_id
    from overlap

),

in_wave as (

    select distinct
        keyed.organisation_id,
        keyed.instrument_kind,
        keyed.respondent_key,
        wave.period_id
    from keyed
    inner join period on keyed.base_period_id = period.base_period_id
    inner join wave
        on
            keyed.organisation_id = wave.organisation_id
            and keyed.instrument_kind = wave.instrument_kind
            and period.period_id = wave.period_id

),

-- Those who may be in one cell twice, and those who are in two cells that are compared: nobody else is looked at.
returned as (

    select
        organisation_id,
        instrument_kind,
        respondent_key
    from keyed
    group by organisation_id, instrument_kind, substr(base_period_id, 1, 4), respondent_key
    having count(*) > 1
    union
    select
        overlap.organisation_id,
        overlap.instrument_kind,
        later.respondent_key
    from overlap
    inner join in_wave as later
        on
            overlap.organisation_id = later.organisation_id
            and overlap.instrument_kind = later.instrument_kind
            and overlap.period_id = later.period_id
    inner join in_wave as earlier
        on
            overlap.organisation_id = earlier.organisation_id
            and overlap.instrument_kind = earlier.instrument_kind
            and overlap.compared_period_id = earlier.period_id
            and later.respondent_key = earlier.respondent_key

),

person as (

    select
        *,
        row_number() over (
            partition by organisation_id
            order by instrument_kind, respondent_key
        ) as respondent_number
    from returned

),

theirs as (

    select
        person.organisation_id,
        person.instrument_kind,
        person.respondent_number,
        version.version_number,
        response.period_id as base_period_id,
        response.service_group,
        response.channel,
        response.audience,
        coalesce(service.service_id, response.service_group) as service_id,
        response.touchpoint_id,
        response.life_event_id,
        case
            when regexp_full_match(response.age_band, '[0-9]{1,3}(-[0-9]{1,3}|\+)') then response.age_band
            else 'unknown'
        end as age_band,
        case
            when response.stratum_number > 0
                then concat_ws('/', response.mapping_id, response.period_id, response.stratum_number)
        end as stratum_id,
        case
            when version.is_weighted then response.weight
            else coalesce(response.computed_weight, 1)
        end as weight,
        response.answers
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    inner join person
        on
            response.organisation_id = person.organisation_id
            and version.instrument_kind = person.instrument_kind
            and response.respondent_key = person.respondent_key
    left join service on response.service_id = service.service_id
    -- The limits of the count cube.
    where not version.is_weighted or (response.weight > 0 and response.weight < 1000000)

),

listed as (

    select
        *,
        -- Responses of the same period that are of the same cells.
        dense_rank() over (
            partition by organisation_id
            order by
                instrument_kind, base_period_id, service_group, channel, audience,
                {{ breakdown_columns().values() | join(', ') }}
        ) as profile_number,
        count(*) over (partition by organisation_id, respondent_number, base_period_id) as responses_n
    from theirs

),

unnested as (

    select
        *,
        unnest(answers) as raw_value,
        cast(generate_subscripts(answers, 1) as integer) as item_seq
    from listed

),

given as (

    select
        unnested.organisation_id,
        unnested.profile_number,
        any_value(unnested.instrument_kind) as instrument_kind,
        any_value(unnested.base_period_id) as base_period_id,
        {%- for column in grid_dimensions() + breakdown_columns().values() | list %}
        any_value(unnested.{{ column }}) as {{ column }},
        {%- endfor %}
        unnested.respondent_number,
        any_value(unnested.responses_n) as responses_n,
        unnested.stratum_id,
        item.node_id as kpi_id,
        item.scale_id,
        item.allows_decimals,
        codebook.value,
        count(*) as n,
        sum(unnested.weight) as sum_w,
        sum(unnested.weight * unnested.weight) as sum_w2
    from unnested
    inner join item
        on
            unnested.version_number = item.version_number
            and unnested.item_seq = item.item_seq
    inner join codebook
        on
            unnested.version_number = codebook.version_number
            and unnested.item_seq = codebook.item_seq
            and unnested.raw_value = codebook.raw_value
    group by
        unnested.organisation_id,
        unnested.profile_number,
        unnested.respondent_number,
        unnested.stratum_id,
        item.node_id,
        item.scale_id,
        item.allows_decimals,
        codebook.value

)

-- An organisation without such people has one row that says so.
select
    organisation_state.organisation_id,
    given.profile_number,
    given.instrument_kind,
    given.base_period_id,
    {%- for column in grid_dimensions() + breakdown_columns().values() | list %}
    given.{{ column }},
    {%- endfor %}
    given.respondent_number,
    given.responses_n,
    given.stratum_id,
    given.kpi_id,
    given.scale_id,
    given.allows_decimals,
    given.value,
    given.n,
    given.sum_w,
    given.sum_w2,
    organisation_state.state_fingerprint
from organisation_state
left join given on organisation_state.organisation_id = given.organisation_id
