with item as (

    select * from {{ source('state', 'mapping_item') }}

),

scale as (

    select
        scale_kind,
        min_value,
        max_value,
        scale_family
    from {{ ref('ref_scale') }}

),

model_node as (

    select node_id
    from {{ ref('ref_model_node') }}

),

classified as (

    select
        item.organisation_id,
        item.mapping_id,
        item.mapping_version,
        item.item_seq,
        item.node_id,
        item.role,
        item.comparability_grade,
        item.scale_id,
        item.scale_kind,
        coalesce(scale.scale_family, item.scale_id) as scale_family,
        item.min_value,
        item.max_value,
        item.points,
        item.direction,
        item.allows_decimals,
        item.is_open_text,
        coalesce(
            item.role = 'primary'
            and item.comparability_grade in ('A', 'B', 'C')
            and item.min_value < item.max_value
            and not item.is_open_text
            and model_node.node_id is not null,
            false
        ) as is_counted,
        item.text_nl,
        item.text_en,
        item.reason,
        item.valid_from,
        item.valid_to
    from item
    left join scale
        on
            item.scale_kind = scale.scale_kind
            and item.min_value = scale.min_value
            and item.max_value = scale.max_value
    left join model_node on item.node_id = model_node.node_id

)

select * from classified
