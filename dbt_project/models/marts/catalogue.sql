with organisation as (

    select organisation_id
    from {{ ref('organisation') }}

),

model_node as (

    select
        node_id,
        model_version
    from {{ ref('ref_model_node') }}

),

item as (

    select * from {{ ref('mapping_item') }}
    where comparability_grade <> 'X'

),

instrument as (

    select * from {{ ref('instrument') }}

),

dated as (

    select
        item.organisation_id,
        item.node_id,
        item.mapping_id,
        item.mapping_version,
        item.item_seq,
        item.role,
        item.text_nl,
        item.text_en,
        item.scale_id,
        item.comparability_grade,
        item.reason,
        coalesce(item.valid_from, instrument.valid_from) as valid_from,
        coalesce(item.valid_to, instrument.valid_to) as valid_to
    from item
    inner join instrument
        on
            item.organisation_id = instrument.organisation_id
            and item.mapping_id = instrument.mapping_id
            and item.mapping_version = instrument.mapping_version

),

-- The question to show for a node: one that measures it, the one still asked, the primary one, the best comparable.
best as (

    select * from dated
    qualify row_number() over (
        partition by organisation_id, node_id
        order by
            comparability_grade = 'impossible' asc,
            valid_to desc nulls first,
            valid_from desc nulls last,
            role = 'secondary' asc,
            comparability_grade asc,
            mapping_id asc,
            mapping_version asc,
            item_seq asc
    ) = 1

)

select
    organisation.organisation_id,
    model_node.node_id as kpi_id,
    model_node.model_version,
    best.node_id is not null and best.comparability_grade <> 'impossible' as is_measured,
    best.text_nl as item_text_nl,
    best.text_en as item_text_en,
    best.scale_id,
    best.comparability_grade,
    best.role,
    best.reason,
    best.mapping_id,
    best.mapping_version,
    best.valid_from,
    best.valid_to
from organisation
cross join model_node
left join best
    on
        organisation.organisation_id = best.organisation_id
        and model_node.node_id = best.node_id
