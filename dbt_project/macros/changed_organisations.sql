{#
  Incremental by organisation. Every row carries the state fingerprint of its organisation; stg_organisation_state has
  the fingerprints of today. An organisation is computed again when no row of it carries today's fingerprint, so an
  interrupted run repairs itself, and rows of any other fingerprint are removed.
#}
{% macro changed_organisations() -%}
    {%- set organisation_state = ref('stg_organisation_state') -%}
    {%- if execute and is_incremental() -%}
        {%- set changed_sql -%}
            select organisation_id
            from {{ organisation_state }}
            where (organisation_id, state_fingerprint) not in (
                select distinct organisation_id, state_fingerprint from {{ this }}
            )
            order by organisation_id
        {%- endset -%}
        {%- set changed = [] -%}
        {%- for organisation_id in run_query(changed_sql).columns[0].values() -%}
            {%- do changed.append(sql_text(organisation_id)) -%}
        {%- endfor -%}
        {#- Literals, not a join: only with literals does DuckDB skip the other organisations' files. -#}
        {{ 'organisation_id in (' ~ (changed | join(', ')) ~ ')' if changed else 'false' }}
    {%- else -%}
        true
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
