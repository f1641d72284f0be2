with delivery as (

    select * from {{ source('state', 'delivery') }}

)

select
    delivery_id,
    organisation_id,
    mapping_id,
    mapping_version,
    instrument_id,
    status,
    is_current,
    is_late,
    received_at,
    processed_at,
    periods,
    {%- for count in [
        'rows_in_file', 'rows_processed', 'rows_quarantined', 'rows_duplicate', 'rows_erased', 'rows_excluded',
        'rows_incomplete', 'invalid_cells'
    ] %}
    case when {{ count }} >= {{ threshold('suppression_min_n') }} then {{ count }} end as {{ count }},
    {%- endfor %}
    codes,
    replaces,
    replaced_by
from delivery
