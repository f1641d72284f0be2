{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with response as (

    {{ counted_response() }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

-- Numbers stand in for the keys of organisation, mapping and version, and below for those of a profile: what is
-- counted most is joined and grouped by whole numbers. Their order is total: each is looked up more than once.
version as (

    select
        row_number() over (order by organisation_id, mapping_id, mapping_version) as version_number,
        organisation_id,
        mapping_id,
        mapping_version,
        instrument_kind,
        -- A table line of an aggregate stands for several answers and has no weight of its own.
        weight_method = 'delivered' and delivery_kind = 'respondent' as is_weighted
    from {{ ref('instrument') }}
    where {{ changed_organisations() }}

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
        codebook.value,
        codebook.category
    from {{ ref('codebook') }} as codebook
    inner join version
        on
            codebook.organisation_id = version.organisation_id
            and codebook.mapping_id = version.mapping_id
            and codebook.mapping_version = version.mapping_version
    where codebook.value is not null

),

-- Responses that are alike in everything but their answers. Counting per profile and raw value, before any answer
-- is looked up, is what keeps the cube cheap.
profile as (

    select
        row_number() over (
            order by
                version.version_number,
                listed.period_id,
                listed.service_group,
                listed.channel,
                listed.audience,
                listed.stratum_number
        ) as profile_number,
        version.version_number,
        version.is_weighted,
        listed.*
    from (
        select distinct
            organisation_id,
            mapping_id,
            mapping_version,
            period_id,
            service_group,
            channel,
            audience,
            stratum_number
        from response
    ) as listed
    inner join version
        on
            listed.organisation_id = version.organisation_id
            and listed.mapping_id = version.mapping_id
            and listed.mapping_version = version.mapping_version

),

weighted as (

    select
        profile.profile_number,
        response.multiplicity,
        case when profile.is_weighted then response.weight else response.computed_weight end as weight,
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
            and response.stratum_number = profile.stratum_number
    -- Readers refuse what lies outside. Without the limits one absurd number would overflow the exact sums, and
    -- with them the run of every organisation.
    where
        response.multiplicity between 1 and 999999999
        and (not profile.is_weighted or (response.weight > 0 and response.weight < 1000000))

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
        profile.profile_number,
        profile.version_number,
        raw_count.item_seq,
        codebook.value,
        codebook.category,
        cast(sum(raw_count.n) as bigint) as n,
        cast(sum(coalesce(raw_count.sum_w, raw_count.n)) as decimal(38, 9)) as sum_w,
        cast(sum(coalesce(raw_count.sum_w2, raw_count.n)) as decimal(38, 18)) as sum_w2
    from raw_count
    inner join profile on raw_count.profile_number = profile.profile_number
    inner join codebook
        on
            profile.version_number = codebook.version_number
            and raw_count.item_seq = codebook.item_seq
            and raw_count.raw_value = codebook.raw_value
    group by
        profile.profile_number,
        profile.version_number,
        raw_count.item_seq,
        codebook.value,
        codebook.category

)

select
    profile.organisation_id,
    version.instrument_kind,
    profile.period_id as base_period_id,
    profile.service_group,
    profile.channel,
    profile.audience,
    profile.mapping_id,
    profile.mapping_version,
    profile.stratum_number,
    counted.item_seq,
    item.node_id,
    item.scale_id,
    item.allows_decimals,
    counted.value,
    counted.category,
    counted.n,
    counted.sum_w,
    counted.sum_w2,
    organisation_state.state_fingerprint
from counted
inner join profile on counted.profile_number = profile.profile_number
inner join version on counted.version_number = version.version_number
inner join item
    on
        counted.version_number = item.version_number
        and counted.item_seq = item.item_seq
inner join organisation_state on profile.organisation_id = organisation_state.organisation_id
