{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with service as (

    select service_id
    from {{ ref('ref_service') }}

),

responded as (

    {{ counted_response() }}

),

response as (

    select
        responded.organisation_id,
        responded.mapping_id,
        responded.mapping_version,
        responded.period_id,
        responded.service_group,
        -- What no register or band knows may be a cell of the delivery as it stands, and has no name to publish.
        coalesce(service.service_id, responded.service_group) as service_id,
        responded.touchpoint_id,
        responded.life_event_id,
        case
            when regexp_full_match(responded.age_band, '[0-9]{1,3}(-[0-9]{1,3}|\+)') then responded.age_band
            else 'unknown'
        end as age_band,
        responded.weight,
        responded.computed_weight,
        responded.stratum_number,
        responded.multiplicity,
        responded.answers
    from responded
    left join service on responded.service_id = service.service_id

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}
    where {{ changed_organisations() }}

),

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

-- A dimension with one value says nothing that the total does not say, but for a life event: by it organisations are
-- combined. All surveys of a kind take part or none, so that the parts add up to the total.
varying as (

    select
        response.organisation_id,
        {%- for column in breakdown_columns().values() %}
        min(response.{{ column }}) <> max(response.{{ column }})
        {%- if column == 'life_event_id' %} or min(response.{{ column }}) <> 'unknown' {%- endif %} as has_{{ column }},
        {%- endfor %}
        version.instrument_kind
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    group by response.organisation_id, version.instrument_kind

),

-- An empty text where a dimension is left out.
described as (

    select
        version.version_number,
        response.period_id,
        {%- for column in breakdown_columns().values() %}
        case when varying.has_{{ column }} then response.{{ column }} else '' end as {{ column }},
        {%- endfor %}
        case when varying.has_service_id then response.service_group else '' end as service_group,
        response.multiplicity,
        response.stratum_number,
        case when version.is_weighted then response.weight else response.computed_weight end as weight,
        response.answers
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    inner join varying
        on
            response.organisation_id = varying.organisation_id
            and version.instrument_kind = varying.instrument_kind
    -- The limits of the count cube.
    where
        (
            false
            {%- for column in breakdown_columns().values() %}
            or varying.has_{{ column }}
            {%- endfor %}
        )
        and response.multiplicity between 1 and 999999999
        and (not version.is_weighted or (response.weight > 0 and response.weight < 1000000))

),

-- Responses that are alike in everything but their answers. Counting them together comes before every breakdown and
-- before any answer is looked up.
profile as (

    select
        row_number() over (
            order by
                version_number,
                period_id,
                service_group,
                stratum_number,
                {{ breakdown_columns().values() | join(', ') }}
        ) as profile_number,
        *
    from (
        select distinct
            version_number,
            period_id,
            service_group,
            stratum_number,
            {{ breakdown_columns().values() | join(', ') }}
        from described
    ) as listed

),

listed as (

    select
        profile.profile_number,
        described.multiplicity,
        described.weight,
        unnest(described.answers) as raw_value,
        cast(generate_subscripts(described.answers, 1) as integer) as item_seq
    from described
    inner join profile
        on
            described.version_number = profile.version_number
            and described.period_id = profile.period_id
            and described.service_group = profile.service_group
            and described.stratum_number = profile.stratum_number
            {%- for column in breakdown_columns().values() %}
            and described.{{ column }} = profile.{{ column }}
            {%- endfor %}

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

broken_down as (

    select
        profile.version_number,
        profile.period_id,
        case
            {%- for breakdown, column in breakdown_columns().items() %}
            when grouping(profile.{{ column }}) = 0 then '{{ breakdown }}'
            {%- endfor %}
        end as breakdown,
        -- Each row has one of them.
        coalesce(profile.{{ breakdown_columns().values() | join(', profile.') }}) as breakdown_value,
        coalesce(profile.service_group, 'all') as service_group,
        profile.stratum_number,
        raw_count.item_seq,
        raw_count.raw_value,
        sum(raw_count.n) as n,
        sum(raw_count.sum_w) as sum_w,
        sum(raw_count.sum_w2) as sum_w2
    from raw_count
    inner join profile on raw_count.profile_number = profile.profile_number
    group by
        profile.version_number,
        profile.period_id,
        profile.stratum_number,
        raw_count.item_seq,
        raw_count.raw_value,
        grouping sets (
            {%- for column in breakdown_columns().values() %}
            (profile.{{ column }} {{- ", profile.service_group" if column == 'service_id' }})
            {{- "," if not loop.last }}
            {%- endfor %}
        )

),

counted as (

    select
        broken_down.version_number,
        broken_down.period_id,
        broken_down.breakdown,
        broken_down.breakdown_value,
        broken_down.service_group,
        broken_down.stratum_number,
        broken_down.item_seq,
        codebook.value,
        codebook.category,
        cast(sum(broken_down.n) as bigint) as n,
        cast(sum(coalesce(broken_down.sum_w, broken_down.n)) as decimal(38, 9)) as sum_w,
        cast(sum(coalesce(broken_down.sum_w2, broken_down.n)) as decimal(38, 18)) as sum_w2
    from broken_down
    inner join codebook
        on
            broken_down.version_number = codebook.version_number
            and broken_down.item_seq = codebook.item_seq
            and broken_down.raw_value = codebook.raw_value
    where broken_down.breakdown_value <> ''
    group by
        broken_down.version_number,
        broken_down.period_id,
        broken_down.breakdown,
        broken_down.breakdown_value,
        broken_down.service_group,
        broken_down.stratum_number,
        broken_down.item_seq,
        codebook.value,
        codebook.category

),

complete as (

    select
        version.organisation_id,
        version.instrument_kind,
        counted.period_id as base_period_id,
        counted.breakdown,
        counted.breakdown_value,
        counted.service_group,
        version.mapping_id,
        version.mapping_version,
        counted.stratum_number,
        counted.item_seq,
        item.node_id,
        item.scale_id,
        item.allows_decimals,
        counted.value,
        counted.category,
        counted.n,
        counted.sum_w,
        counted.sum_w2
    from counted
    inner join version on counted.version_number = version.version_number
    inner join item
        on
            counted.version_number = item.version_number
            and counted.item_seq = item.item_seq

)

-- An organisation in which nothing varies has one row without a breakdown: it has been computed.
select
    organisation_state.organisation_id,
    complete.instrument_kind,
    complete.base_period_id,
    complete.breakdown,
    complete.breakdown_value,
    complete.service_group,
    complete.mapping_id,
    complete.mapping_version,
    complete.stratum_number,
    complete.item_seq,
    complete.node_id,
    complete.scale_id,
    complete.allows_decimals,
    complete.value,
    complete.category,
    complete.n,
    complete.sum_w,
    complete.sum_w2,
    organisation_state.state_fingerprint
from organisation_state
left join complete on organisation_state.organisation_id = complete.organisation_id
