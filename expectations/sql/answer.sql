-- How often each answer was given: one row per delivery, period, item and raw value.
-- An item is offered where the list of answers holds something. What no reader could make sense of is unreadable
-- ('!invalid', or a raw value that the codebook lacks); a raw value that the mapping calls invalid is not.
create or replace temp table answer as
with cell as (
    select
        organisation_id,
        delivery_id,
        period_id,
        mapping_id,
        mapping_version,
        multiplicity,
        is_completed and exclusion_reason is null as is_counting,
        unnest(answers) as raw_value,
        generate_subscripts(answers, 1) as item_seq
    from landed
),

counted as (
    select
        organisation_id,
        delivery_id,
        period_id,
        mapping_id,
        mapping_version,
        item_seq,
        raw_value,
        is_counting,
        sum(multiplicity)::bigint as n
    from cell
    where raw_value is not null
    group by all
),

read as (
    select
        counted.*,
        item.node_id,
        item.role,
        item.scale_id,
        meaning.missing_reason,
        coalesce(
            meaning.pomp,
            case
                when meaning.raw_value is null and item.allows_decimals
                    then pomp_of(try_cast(counted.raw_value as double), item.min_value, item.max_value, item.direction)
            end
        ) as pomp
    from counted
    inner join closed_item as item using (organisation_id, mapping_id, mapping_version, item_seq)
    left join meaning using (organisation_id, mapping_id, mapping_version, item_seq, raw_value)
)

select
    organisation_id,
    delivery_id,
    period_id,
    is_counting,
    n,
    node_id,
    role,
    scale_id,
    pomp,
    case when pomp is null then coalesce(missing_reason, 'invalid') end as missing_reason,
    pomp is null and (missing_reason is null or raw_value = '!invalid') as is_unreadable
from read
