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
        {{ changed_organisations() }}
        and is_completed
        and exclusion_reason is null

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

instrument as (

    select * from {{ ref('instrument') }}

),

item as (

    select * from {{ ref('mapping_item') }}
    where is_counted

),

codebook as (

    select * from {{ ref('codebook') }}
    where value is not null

),

-- Responses that are alike in everything but their answers. Counting per profile and raw value, before any answer
-- is looked up, is what keeps the cube cheap. The order is total: the numbers are looked up twice.
profile as (

    select
        row_number() over (
            order by
                organisation_id, mapping_id, mapping_version, period_id, service_group, channel, audience
        ) as profile_number,
        *
    from (
        select distinct
            organisation_id,
            mapping_id,
            mapping_version,
            period_id,
            service_group,
            channel,
            audience
        from response
    ) as listed

),

weighted as (

    select
        profile.profile_number,
        response.multiplicity,
        -- A table line of an aggregate stands for several answers and has no weight of its own.
        case
            when instrument.weight_method = 'delivered' and instrument.delivery_kind = 'respondent'
                then response.weight
        end as weight,
        response.answers
    from response
    inner join profile
        on
            response.organisation_id = profile.organisation_id
            and response.mapping_id = profile.mapping_id
            and response.mapping_version = profile.mapping_version
            and response.period_id = profile.period_id
            and response.service_group = profile.service_group
            and response.channel = profile.channel
            and response.audience = profile.audience
    inner join instrument
        on
            response.organisation_id = instrument.organisation_id
            and response.mapping_id = instrument.mapping_id
            and response.mapping_version = instrument.mapping_version
    -- Readers refuse what lies outside. Without the limits one absurd number would overflow the exact sums, and
    -- with them the run of every organisation.
    where
        response.multiplicity between 1 and 999999999
        and (
            instrument.weight_method <> 'delivered'
            or instrument.delivery_kind <> 'respondent'
            or (response.weight > 0 and response.weight < 1000000)
        )

),

listed as (

    select
        profile_number,
        multiplicity,
        weight,
        unnest(answers) as raw_value,
        cast(generate_subscripts(answers, 1) as integer) as item_seq
    from weighted

),

raw_count as (

    select
        profile_number,
        item_seq,
        raw_value,
        sum(multiplicity) as n,
        sum(weight) as sum_w,
        sum(weight * weight) as sum_w2
    from listed
    where raw_value is not null
    group by profile_number, item_seq, raw_value

),

counted as (

    select
        profile.organisation_id,
        instrument.instrument_kind,
        profile.period_id as base_period_id,
        profile.service_group,
        profile.channel,
        profile.audience,
        profile.mapping_id,
        profile.mapping_version,
        raw_count.item_seq,
        item.node_id,
        item.scale_id,
        item.allows_decimals,
        codebook.value,
        codebook.category,
        cast(sum(raw_count.n) as bigint) as n,
        cast(sum(coalesce(raw_count.sum_w, raw_count.n)) as decimal(38, 9)) as sum_w,
        cast(sum(coalesce(raw_count.sum_w2, raw_count.n)) as decimal(38, 18)) as sum_w2
    from raw_count
    inner join profile on raw_count.profile_number = profile.profile_number
    inner join instrument
        on
            profile.organisation_id = instrument.organisation_id
            and profile.mapping_id = instrument.mapping_id
            and profile.mapping_version = instrument.mapping_version
    inner join item
        on
            profile.organisation_id = item.organisation_id
            and profile.mapping_id = item.mapping_id
            and profile.mapping_version = item.mapping_version
            and raw_count.item_seq = item.item_seq
    inner join codebook
        on
            profile.organisation_id = codebook.organisation_id
            and profile.mapping_id = codebook.mapping_id
            and profile.mapping_version = codebook.mapping_version
            and raw_count.item_seq = codebook.item_seq
            and raw_count.raw_value = codebook.raw_value
    group by all

)

select
    counted.*,
    organisation_state.state_fingerprint
from counted
inner join organisation_state on counted.organisation_id = organisation_state.organisation_id
