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

{# The grid and the breakdowns, level by level: which columns of a response a cell has; in the others it is all. #}
{% macro cell_levels() -%}
    {%- set levels = [
        [], ['service_group'], ['channel'], ['audience'],
        ['service_group', 'channel'], ['service_group', 'audience'], ['channel', 'audience'],
    ] -%}
    {%- for breakdown in breakdown_columns() -%}
        {%- do levels.append([breakdown, 'service_group'] if breakdown == 'service' else [breakdown]) -%}
    {%- endfor -%}
    {{ return(levels) }}
{%- endmacro %}

{#
  A table of these levels, the grid's first, for models that look up the cells of every answer. There are as many rows
  as answers at each of them: create_table_as goes level by level, so that the memory of one is enough.
#}
{% macro level_table() -%}
    select *
    from (
        values
        {%- for columns in cell_levels() %}
        (
            {{ loop.index }},
            '{{ columns[0] if columns and columns[0] in breakdown_columns() else 'all' }}'
            {%- for dimension in grid_dimensions() %}, {{ (dimension in columns) | lower }}{% endfor %}
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as listed (level_number, breakdown, by_{{ grid_dimensions() | join(', by_') }})
    where {{ place_of_level() }}
{%- endmacro %}

{% macro place_of_level() -%} true /* one level */ {%- endmacro %}

{# The cell of an answer at a level, as columns; the answer and the level are tables of these names. #}
{% macro cell_at_level(answer, level) -%}
    {{ level }}.breakdown,
    case {{ level }}.breakdown
        {%- for breakdown, column in breakdown_columns().items() %}
        when '{{ breakdown }}' then {{ answer }}.{{ column }}
        {%- endfor %}
        else 'all'
    end as breakdown_value
    {%- for dimension in grid_dimensions() %},
    case when {{ level }}.by_{{ dimension }} then {{ answer }}.{{ dimension }} else 'all' end as {{ dimension }}
    {%- endfor %}
{%- endmacro %}

{#
  Three CTEs that end in profile_cell: the cells that an answer of int_returning_answer is in, by its profile and
  question. The model has the CTEs returning_answer, period, level and cell.
#}
{% macro profile_cells() -%}
profile as (

    select distinct
        organisation_id,
        profile_number,
        instrument_kind,
        base_period_id,
        {{ (grid_dimensions() + breakdown_columns().values() | list) | join(',\n        ') }}
    from returning_answer

),

profile_at_level as (

    select
        profile.organisation_id,
        profile.profile_number,
        profile.instrument_kind,
        period.period_id,
        {{ cell_at_level('profile', 'level') }}
    from profile
    inner join period on profile.base_period_id = period.base_period_id
    cross join level

),

-- The cells that an answer is in, by its profile and question. Made before answers are looked at: the planner would
-- join these by the number alone, of every organisation with every other.
profile_cell as materialized (

    select
        profile_at_level.profile_number,
        profile_at_level.period_id,
        cell.organisation_id,
        cell.cell_number,
        cell.kpi_id,
        cell.n,
        cast(cell.sum_w as double) as sum_w,
        cell.is_weights_pending
    from profile_at_level
    inner join cell
        on
            profile_at_level.organisation_id = cell.organisation_id
            and profile_at_level.instrument_kind = cell.instrument_kind
            and profile_at_level.period_id = cell.period_id
            and profile_at_level.breakdown = cell.breakdown
            and profile_at_level.breakdown_value = cell.breakdown_value
            {%- for dimension in grid_dimensions() %}
            and profile_at_level.{{ dimension }} = cell.{{ dimension }}
            {%- endfor %}

)
{%- endmacro %}
