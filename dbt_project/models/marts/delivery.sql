with delivery as (

    select * from {{ source('state', 'delivery') }}

),

hidden as (

    select cell.*
    from {{ ref('int_cell') }} as cell
    semi join {{ ref('int_protection') }} as protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
            and protection.is_suppressed

),

in_period as (

    select
        organisation_id,
        delivery_id,
        unnest(string_split(periods, ',')) as period_id
    from delivery

),

-- Their rows would tell how many people answered in a period of which that is hidden.
telling as (

    select distinct
        in_period.organisation_id,
        in_period.delivery_id
    from in_period
    semi join hidden
        on
            in_period.organisation_id = hidden.organisation_id
            and in_period.period_id = hidden.period_id
            and hidden.breakdown = 'all'
            {%- for dimension in grid_dimensions() %}
            and hidden.{{ dimension }} = 'all'
            {%- endfor %}

)

select
    delivery.delivery_id,
    delivery.organisation_id,
    delivery.mapping_id,
    delivery.mapping_version,
    delivery.instrument_id,
    delivery.status,
    delivery.is_current,
    delivery.is_late,
    delivery.received_at,
    delivery.processed_at,
    delivery.periods,
    {%- for count in [
        'rows_in_file', 'rows_processed', 'rows_quarantined', 'rows_duplicate', 'rows_erased', 'rows_excluded',
        'rows_incomplete', 'invalid_cells'
    ] %}
    case
        when delivery.{{ count }} >= {{ threshold('suppression_min_n') }} and telling.delivery_id is null
            then delivery.{{ count }}
    end as {{ count }},
    {%- endfor %}
    delivery.codes,
    delivery.replaces,
    delivery.replaced_by
from delivery
left join telling
    on
        delivery.organisation_id = telling.organisation_id
        and delivery.delivery_id = telling.delivery_id
