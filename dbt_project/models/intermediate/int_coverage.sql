{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with pair as (

    select * from {{ ref('int_comparison') }}
    where {{ changed }} and comparison = 'previous_period' and not is_suppressed

),

cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }} and breakdown = 'all'

),

protection as (

    select * from {{ ref('int_protection') }}
    where {{ changed }}

),

-- The cells that divide a cell by one dimension, under the key of the cell that they are parts of.
part as (

    {% for dimension in ['channel', 'service_group'] -%}
    select
        cell.organisation_id,
        cell.kpi_id,
        cell.instrument_kind,
        cell.period_id,
        cell.audience,
        {%- for column in ['channel', 'service_group'] %}
        {{ "'all' as " ~ column if column == dimension else 'cell.' ~ column }},
        {%- endfor %}
        '{{ dimension }}' as dimension,
        cell.{{ dimension }} as dimension_value,
        cell.n,
        protection.is_suppressed
    from cell
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
    where cell.{{ dimension }} <> 'all'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Either period may have what the other lacks.
side as (

    select
        *,
        period_id as present_period_id,
        compared_period_id as absent_period_id,
        n as n_present
    from pair
    union all
    select
        *,
        compared_period_id as present_period_id,
        period_id as absent_period_id,
        compared_n as n_present
    from pair

),

-- Only shown parts count as present, and only parts without any row as absent: a reader of the marts can tell the same.
large_part as (

    select
        side.organisation_id,
        side.cell_number,
        side.kpi_id,
        side.instrument_kind,
        side.audience,
        side.channel,
        side.service_group,
        side.absent_period_id,
        part.dimension,
        part.dimension_value
    from side
    inner join part
        on
            side.organisation_id = part.organisation_id
            and side.kpi_id = part.kpi_id
            and side.instrument_kind = part.instrument_kind
            and side.present_period_id = part.period_id
            and side.audience = part.audience
            and side.channel = part.channel
            and side.service_group = part.service_group
    where not part.is_suppressed and part.n >= {{ threshold('coverage_min_share') }} * side.n_present

),

changed_cell as (

    select distinct
        large_part.organisation_id,
        large_part.cell_number
    from large_part
    anti join part
        on
            large_part.organisation_id = part.organisation_id
            and large_part.kpi_id = part.kpi_id
            and large_part.instrument_kind = part.instrument_kind
            and large_part.absent_period_id = part.period_id
            and large_part.audience = part.audience
            and large_part.channel = part.channel
            and large_part.service_group = part.service_group
            and large_part.dimension = part.dimension
            and large_part.dimension_value = part.dimension_value

)

select
    pair.organisation_id,
    pair.cell_number,
    changed_cell.cell_number is not null as is_coverage_changed,
    pair.state_fingerprint
from pair
left join changed_cell
    on
        pair.organisation_id = changed_cell.organisation_id
        and pair.cell_number = changed_cell.cell_number
