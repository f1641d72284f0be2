{# A value as an SQL string literal; file names may hold quotes. #}
{% macro sql_text(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}
