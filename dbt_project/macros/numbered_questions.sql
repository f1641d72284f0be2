{#
  Three CTEs: the mapping versions of surveys that people answer in person, their counted questions, and what raw values
  mean. A number stands in for organisation, mapping and version: answers are many, and are joined by whole numbers.
#}
{% macro numbered_questions() -%}
    version as (

        select
            row_number() over (order by organisation_id, mapping_id, mapping_version) as version_number,
            organisation_id,
            mapping_id,
            mapping_version,
            instrument_kind,
            weight_method = 'delivered' as is_weighted
        from {{ ref('instrument') }}
        where {{ changed_organisations() }} and delivery_kind = 'respondent'

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

    )
{%- endmacro %}
