{# The columns that name a cell. #}
{% macro cell_columns() -%}
    {{ return([
        'organisation_id', 'kpi_id', 'instrument_kind', 'period_id', 'breakdown', 'breakdown_value', 'service_group',
        'channel', 'audience'
    ]) }}
{%- endmacro %}

{# They, of one table. #}
{% macro cell_of(table) -%}
    {%- for column in cell_columns() %}
    {{ table }}.{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# They, from whichever of two tables has the cell. #}
{% macro cell_of_either(one, other) -%}
    {%- for column in cell_columns() %}
    coalesce({{ one }}.{{ column }}, {{ other }}.{{ column }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Two tables speak of the same cell. #}
{% macro same_cell(one, other) -%}
    {%- for column in cell_columns() %}
    {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ " and" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
