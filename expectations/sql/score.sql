-- The answers of each response: one row per response of an opened delivery and item with a valid answer.
-- Aggregates hold one answer per row and say nothing here. $sampled_responses: about so many per delivery, evenly
-- spread over the file; the rules over them need no more.
create or replace temp table score as
with opened as (
    select
        organisation_id,
        delivery_id,
        count(*) as rows_landed
    from landed
    where response_key is not null
    group by all
),

cell as (
    select
        organisation_id,
        delivery_id,
        row_number,
        mapping_id,
        mapping_version,
        unnest(answers) as raw_value,
        generate_subscripts(answers, 1) as item_seq
    from landed
    inner join opened using (organisation_id, delivery_id)
    where
        is_completed
        and exclusion_reason is null
        and response_key is not null
        and row_number % greatest(1, opened.rows_landed // $sampled_responses) = 0
)

select
    cell.organisation_id,
    cell.delivery_id,
    cell.row_number,
    cell.raw_value,
    item.node_id,
    item.role,
    item.scale_id,
    meaning.pomp
from cell
inner join closed_item as item using (organisation_id, mapping_id, mapping_version, item_seq)
inner join meaning using (organisation_id, mapping_id, mapping_version, item_seq, raw_value)
where meaning.pomp is not null
