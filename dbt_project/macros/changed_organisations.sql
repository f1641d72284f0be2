{#
  Incremental by organisation. Every row carries the state fingerprint of its organisation; stg_organisation_state has
  the fingerprints of today. An organisation is computed again when no row of it carries today's fingerprint, so an
  interrupted run repairs itself, and rows of any other fingerprint are removed.

  Some organisations at a time: one grouping over all of them needs more memory and more time than several over few.
  A model marks with changed_organisations() where its inputs are limited, and create_table_as fills that in, batch
  after batch; and level after level of the grid, where level_table() is marked.
#}
{% macro changed_organisations(among='all') -%}
    {#- Asked for here, so that dbt knows what organisation_batches() will read. -#}
    {%- do ref('stg_organisation_state') -%}
    {%- if among == 'weighted' -%} {%- do ref('stg_weighting') -%} {%- endif -%}
    {{ place_of_organisations(among) }}
{%- endmacro %}

{#
  Among 'weighted' are the organisations whose weights are computed: the others are not read at all. Among 'returning'
  are all, by the answers of people who came back: for models that read no others, mostly very few.
#}
{% macro place_of_organisations(among='all') -%} true /* changed organisations: {{ among }} */ {%- endmacro %}

{# Lists, as SQL, of the organisations to be computed; those of a list have some 250,000 responses, or such answers. #}
{% macro organisation_batches(among='all') -%}
    {%- set sizes_sql -%}
        select
            organisation_id,
            {% if among == 'returning' %}coalesce(returned.answers_n, 0){% else %}responses{% endif %} as size
        from {{ ref('stg_organisation_state') }}
        {%- if among == 'returning' %}
        left join (
            select
                organisation_id,
                count(*) as answers_n
            from {{ ref('int_returning_answer') }}
            group by organisation_id
        ) as returned using (organisation_id)
        {%- endif %}
        where
            true
            {%- if among == 'weighted' %}
            and organisation_id in (select organisation_id from {{ ref('stg_weighting') }})
            {%- endif %}
            {%- if is_incremental() %}
            and (organisation_id, state_fingerprint) not in (
                select distinct organisation_id, state_fingerprint from {{ this }}
            )
            {%- endif %}
        order by organisation_id
    {%- endset -%}
    {%- set batches, batch, filled = [], [], namespace(size=0) -%}
    {%- for organisation_id, size in run_query(sizes_sql).rows -%}
        {%- if batch and filled.size + size > 250000 -%}
            {%- do batches.append(batch | join(', ')) -%}
            {%- do batch.clear() -%}
            {%- set filled.size = 0 -%}
        {%- endif -%}
        {%- do batch.append(sql_text(organisation_id)) -%}
        {%- set filled.size = filled.size + size -%}
    {%- endfor -%}
    {%- do batches.append(batch | join(', ') if batch else 'null') -%}
    {{ return(batches) }}
{%- endmacro %}

{#
  The landed files of some organisations, for the rest of the statements of one model. A filter on the organisation
  would skip the other files too, but leaves DuckDB without an idea of how many rows there are: it then builds its hash
  tables from the responses and their lists of answers. Without any file the variable is null and says nothing.
#}
{% macro set_landed_files(organisation_ids) -%}
    {%- set pattern = env_var('MEETHUIS_WORK') | replace('[', '[[]') ~ '/landed/*/*.parquet' -%}
    set variable landed_files = (
        select list(file) from glob({{ sql_text(pattern) }}) where split_part(file, '/', -2) in ({{ organisation_ids }})
    );
{%- endmacro %}

{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set marked = namespace(among='all') -%}
    {%- for among in ['weighted', 'returning'] if place_of_organisations(among) in compiled_code -%}
        {%- set marked.among = among -%}
    {%- endfor -%}
    {%- set place = place_of_organisations(marked.among) -%}
    {%- if model.resource_type == 'model' and place in compiled_code -%}
        {%- set table = relation.include(database=(not temporary), schema=(not temporary)) -%}
        {%- set reads_landed_files = 'model.meethuis.stg_response' in model.depends_on.nodes -%}
        {%- set create = 'create temporary table ' if temporary else 'create table ' -%}
        {%- set levels = cell_levels() | length if place_of_level() in compiled_code else 1 -%}
        {%- set is_first = namespace(value=true) -%}
        {%- for organisation_ids in organisation_batches(marked.among) %}
        {{ set_landed_files(organisation_ids) if reads_landed_files }}
        {%- for level in range(1, levels + 1) %}
        {{ create ~ table ~ ' as' if is_first.value else 'insert into ' ~ table }}
        {{
            compiled_code
            | replace(place, 'organisation_id in (' ~ organisation_ids ~ ')')
            | replace(place_of_level(), 'level_number = ' ~ level)
        }};
        {%- set is_first.value = false -%}
        {%- endfor -%}
        {%- endfor -%}
        {{ 'reset variable landed_files;' if reads_landed_files }}
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
