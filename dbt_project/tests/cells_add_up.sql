-- The parts of a dimension add up to its total, in every line of the grid.
with cell as (

    select * from {{ ref('int_cell_candidate') }}
    where n > 0 and breakdown = 'all'

),

{%- for dimension in grid_dimensions() %}
{%- set others = grid_dimensions() | reject('equalto', dimension) | list %}

{{ dimension }}_line as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        '{{ dimension }}' as dimension,
        {{ others[0] }} as first_other,
        {{ others[1] }} as second_other,
        sum(case when {{ dimension }} = 'all' then n else 0 end) as total_n,
        sum(case when {{ dimension }} = 'all' then 0 else n end) as parts_n
    from cell
    -- There is no three-way table.
    where {{ others[0] }} = 'all' or {{ others[1] }} = 'all'
    group by organisation_id, kpi_id, instrument_kind, period_id, {{ others | join(', ') }}

){{ "," if not loop.last }}
{%- endfor %}

{% for dimension in grid_dimensions() -%}
select * from {{ dimension }}_line
where total_n <> parts_n
{{ "union all" if not loop.last }}
{% endfor -%}
