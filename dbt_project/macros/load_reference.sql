{#
  The seeds of this project are the product's reference tables. A run works with the effective ones, where an
  operator's own tables lie over the product's: the same file names in MEETHUIS_MODEL. Pointing seed-paths there
  instead would make dbt write its compiled copy over the operator's file.
#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- set product_path = adapter.get_seed_file_path(model) -%}
    {%- set folder = env_var('MEETHUIS_MODEL', '') -%}
    {%- set path = folder ~ '/' ~ model['name'] ~ '.csv' if folder else product_path -%}
    {%- set load_sql -%}
        copy {{ this }} from {{ sql_text(path) }} (format csv, header true, delimiter ',')
    {%- endset -%}
    {%- do adapter.add_query(load_sql, abridge_sql_log=True) -%}
    {{ return(load_sql) }}
{% endmacro %}
