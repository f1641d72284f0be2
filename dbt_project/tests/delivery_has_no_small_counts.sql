-- least() passes over empty counts.
select delivery_id
from {{ ref('delivery') }}
where
    least(
        rows_in_file,
        rows_processed,
        rows_quarantined,
        rows_duplicate,
        rows_erased,
        rows_excluded,
        rows_incomplete,
        invalid_cells
    ) < {{ threshold('suppression_min_n') }}
