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

{#
  What figures are broken down by besides the grid, one at a time, with the column of a response. A service lies in a
  service group; the others divide the total.
#}
{% macro breakdown_columns() -%}
    {{ return({
        'age_band': 'age_band', 'touchpoint': 'touchpoint_id', 'life_event': 'life_event_id', 'service': 'service_id'
    }) }}
{%- endmacro %}

{# The grid and the breakdowns, level by level: which column of a cell is which of a response; the others are all. #}
{% macro cell_levels() -%}
    {%- set levels = [
        {},
        {'service_group': 'service_group'},
        {'channel': 'channel'},
        {'audience': 'audience'},
        {'service_group': 'service_group', 'channel': 'channel'},
        {'service_group': 'service_group', 'audience': 'audience'},
        {'channel': 'channel', 'audience': 'audience'},
    ] -%}
    {%- for breakdown, column in breakdown_columns().items() -%}
        {%- set level = {'breakdown': "'" ~ breakdown ~ "'", 'breakdown_value': column} -%}
        {%- if breakdown == 'service' -%} {%- do level.update({'service_group': 'service_group'}) -%} {%- endif -%}
        {%- do levels.append(level) -%}
    {%- endfor -%}
    {{ return(levels) }}
{%- endmacro %}
