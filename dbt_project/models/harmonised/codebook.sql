with codebook as (

    select * from {{ source('state', 'codebook') }}

),

item as (

    select
        organisation_id,
        mapping_id,
        mapping_version,
        item_seq,
        min_value,
        max_value
    from {{ ref('mapping_item') }}

),

scored as (

    select
        codebook.organisation_id,
        codebook.mapping_id,
        codebook.mapping_version,
        codebook.item_seq,
        codebook.raw_value,
        codebook.value,
        100 * cast(codebook.value - item.min_value as double)
        / cast(nullif(item.max_value - item.min_value, 0) as double) as pomp_score,
        codebook.category,
        codebook.missing_reason
    from codebook
    inner join item
        on
            codebook.organisation_id = item.organisation_id
            and codebook.mapping_id = item.mapping_id
            and codebook.mapping_version = item.mapping_version
            and codebook.item_seq = item.item_seq

)

select * from scored
