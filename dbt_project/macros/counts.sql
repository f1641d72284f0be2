{# The columns that name a count of people behind the responses. #}
{% macro count_columns() -%}
    {{ return(['organisation_id', 'instrument_id', 'instrument_kind', 'period_id', 'channel', 'count_name']) }}
{%- endmacro %}

{# They, of one table. #}
{% macro count_of(table) -%}
    {%- for column in count_columns() %}
    {{ table }}.{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# They, from whichever of two tables has the count. #}
{% macro count_of_either(one, other) -%}
    {%- for column in count_columns() %}
    coalesce({{ one }}.{{ column }}, {{ other }}.{{ column }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Two tables speak of the same count. #}
{% macro same_count(one, other) -%}
    {%- for column in count_columns() %}
    {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ " and" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
