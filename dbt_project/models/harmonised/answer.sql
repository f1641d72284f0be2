with response as (

    select * from {{ ref('stg_response') }}

),

item as (

    select * from {{ ref('mapping_item') }}
    where not is_open_text

),

codebook as (

    select * from {{ ref('codebook') }}

),

listed as (

    select
        organisation_id,
        delivery_id,
        row_number,
        mapping_id,
        mapping_version,
        response_key,
        period_id,
        service_group,
        channel,
        audience,
        weight,
        multiplicity,
        is_completed,
        exclusion_reason,
        unnest(answers) as raw_value,
        cast(generate_subscripts(answers, 1) as integer) as item_seq
    from response

),

offered as (

    -- A table line of an aggregate holds one answer; the other positions of its list say nothing.
    select * from listed
    where raw_value is not null or response_key is not null

),

coded as (

    select
        offered.organisation_id,
        offered.delivery_id,
        offered.row_number,
        offered.mapping_id,
        offered.mapping_version,
        offered.item_seq,
        offered.response_key,
        item.node_id,
        item.is_counted,
        item.comparability_grade,
        item.scale_id,
        item.allows_decimals,
        offered.raw_value,
        codebook.value,
        codebook.pomp_score,
        codebook.category,
        case
            when codebook.value is not null then null
            when offered.raw_value is null then 'not_offered'
            else coalesce(codebook.missing_reason, 'invalid')
        end as missing_reason,
        offered.period_id,
        offered.service_group,
        offered.channel,
        offered.audience,
        offered.weight,
        offered.multiplicity,
        offered.is_completed,
        offered.exclusion_reason
    from offered
    inner join item
        on
            offered.organisation_id = item.organisation_id
            and offered.mapping_id = item.mapping_id
            and offered.mapping_version = item.mapping_version
            and offered.item_seq = item.item_seq
    left join codebook
        on
            offered.organisation_id = codebook.organisation_id
            and offered.mapping_id = codebook.mapping_id
            and offered.mapping_version = codebook.mapping_version
            and offered.item_seq = codebook.item_seq
            and offered.raw_value = codebook.raw_value

)

select * from coded
