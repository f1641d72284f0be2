{# The published grid: the total, the one-way and the two-way tables of three dimensions; never the three-way. #}
{% macro grid_dimensions() -%}
    {{ return(['service_group', 'channel', 'audience']) }}
{%- endmacro %}

{% macro grid_columns() -%}
    {%- for dimension in grid_dimensions() %}
    case when grouping({{ dimension }}) = 1 then 'all' else {{ dimension }} end as {{ dimension }}
    {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro grid_sets() -%}
    grouping sets (
        (),
        (service_group), (channel), (audience),
        (service_group, channel), (service_group, audience), (channel, audience)
    )
{%- endmacro %}
