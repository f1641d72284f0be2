{#
  Incremental by organisation. Every row carries the state fingerprint of its organisation; stg_organisation_state has
  the fingerprints of today. An organisation is computed again when no row of it carries today's fingerprint, so an
  interrupted run repairs itself, and rows of any other fingerprint are removed.

  Some organisations at a time: one grouping over all of them needs more memory and more time than several over few.
  A model marks with changed_organisations() where its inputs are limited, and create_table_as fills that in, batch
  after batch.
#}
{% macro changed_organisations() -%}
    {#- Asked for here, so that dbt knows what organisation_batches() will read. -#}
    {%- do ref('stg_organisation_state') -%}
    {{ place_of_organisations() }}
{%- endmacro %}

{% macro place_of_organisations() -%} true /* changed organisations */ {%- endmacro %}

{# Conditions that name the organisations to be computed, some 250,000 responses together. #}
{% macro organisation_batches() -%}
    {%- set sizes_sql -%}
        select
            organisation_id,
            responses
        from {{ ref('stg_organisation_state') }}
        {%- if is_incremental() %}
        where (organisation_id, state_fingerprint) not in (
            select distinct organisation_id, state_fingerprint from {{ this }}
        )
        {%- endif %}
        order by organisation_id
    {%- endset -%}
    {%- set batches, batch, size = [], [], namespace(responses=0) -%}
    {%- for organisation_id, responses in run_query(sizes_sql).rows -%}
        {%- if batch and size.responses + responses > 250000 -%}
            {%- do batches.append('organisation_id in (' ~ (batch | join(', ')) ~ ')') -%}
            {%- do batch.clear() -%}
            {%- set size.responses = 0 -%}
        {%- endif -%}
        {#- Literals, not a join: only with literals does DuckDB skip the other organisations' files. -#}
        {%- do batch.append(sql_text(organisation_id)) -%}
        {%- set size.responses = size.responses + responses -%}
    {%- endfor -%}
    {%- do batches.append('organisation_id in (' ~ (batch | join(', ')) ~ ')' if batch else 'false') -%}
    {{ return(batches) }}
{%- endmacro %}

{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set place = place_of_organisations() -%}
    {%- if model.resource_type == 'model' and place in compiled_code -%}
        {%- set table = relation.include(database=(not temporary), schema=(not temporary)) -%}
        {%- for batch in organisation_batches() %}
        {%- set create = 'create temporary table ' if temporary else 'create table ' %}
        {{ create ~ table ~ ' as' if loop.first else 'insert into ' ~ table }}
        {{ compiled_code | replace(place, batch) }};
        {%- endfor -%}
    {%- else -%}
        {{
            dbt.duckdb__create_table_as(
                temporary, relation, compiled_code, language, partitioned_by, sorted_by
            )
        }}
    {%- endif -%}
{%- endmacro %}

{% macro is_current_state() -%}
    (organisation_id, state_fingerprint) in (
        select organisation_id, state_fingerprint from {{ ref('stg_organisation_state') }}
    )
{%- endmacro %}

{#
  Incremental strategy replace_keys: the organisations of the new rows are replaced, and rows of any other state go.
  dbt-duckdb's delete+insert joins old and new rows on the key, which is quadratic where a key has many rows.
#}
{% macro get_incremental_replace_keys_sql(arg_dict) %}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }}
    where
        {{ key }} in (select distinct {{ key }} from {{ arg_dict['temp_relation'] }})
        or not {{ is_current_state() }};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
