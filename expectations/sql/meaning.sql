-- What each raw value of each closed item means: one row per mapping version, item and raw value of the codebook.
create temp table meaning as
with item as (
    select
        organisation_id,
        mapping_id,
        mapping_version,
        item_seq,
        min_value::double as min_value,
        max_value::double as max_value
    from mapping_item
    where max_value > min_value
)

select
    codebook.organisation_id,
    codebook.mapping_id,
    codebook.mapping_version,
    codebook.item_seq,
    codebook.raw_value,
    codebook.missing_reason,
    100 * (codebook.value::double - item.min_value) / (item.max_value - item.min_value) as pomp
from codebook
inner join item using (organisation_id, mapping_id, mapping_version, item_seq)
