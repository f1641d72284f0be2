-- The items that have a scale: one row per mapping version and item.
create temp table closed_item as
select
    organisation_id,
    mapping_id,
    mapping_version,
    item_seq,
    node_id,
    role,
    scale_id,
    direction,
    allows_decimals,
    min_value::double as min_value,
    max_value::double as max_value
from mapping_item
where not is_open_text and max_value > min_value
