-- The metrics of deliveries: one row per judged delivery. $straight_lining_items: answers on one scale.
with period_volume as (
    select
        organisation_id,
        delivery_id,
        period_id,
        sum(multiplicity)::bigint as n
    from landed
    group by all
),

typical as (
    select
        precedent.organisation_id,
        precedent.delivery_id,
        median(period_volume.n) as median_n,
        count(distinct precedent.period_id) as history_periods
    from precedent
    inner join period_volume
        on
            precedent.organisation_id = period_volume.organisation_id
            and precedent.precedent_id = period_volume.delivery_id
            and precedent.period_id = period_volume.period_id
    group by all
),

own_volume as (
    select
        organisation_id,
        delivery_id,
        avg(n) as mean_n
    from period_volume
    group by all
),

counting as (
    select
        organisation_id,
        delivery_id,
        weight::double as weight
    from landed
    inner join judged using (organisation_id, delivery_id)
    where is_completed and exclusion_reason is null and response_key is not null
),

weights as (
    select
        organisation_id,
        delivery_id,
        count(*) as completes,
        count(weight) as rows_weighted,
        round(avg(weight), 9) as mean_weight,
        round(max(weight) / nullif(avg(weight), 0), 9) as highest_weight_ratio,
        round(count(weight) * sum(weight * weight) / nullif(sum(weight) * sum(weight), 0), 9) as design_effect
    from counting
    group by all
),

response_scale as (
    select
        organisation_id,
        delivery_id,
        row_number,
        scale_id,
        min(raw_value) = max(raw_value) as is_straight
    from score
    group by all
    having count(*) >= $straight_lining_items
),

response as (
    select
        organisation_id,
        delivery_id,
        row_number,
        bool_and(is_straight) as is_straight
    from response_scale
    group by all
),

straight as (
    select
        organisation_id,
        delivery_id,
        count(*) as straight_lining_n,
        count(*) filter (where is_straight) / count(*) as straight_lining_share
    from response
    group by all
),

-- Lines of an aggregate that count several items: each item asks the same people.
line_cell as (
    select
        organisation_id,
        delivery_id,
        row_number,
        multiplicity,
        unnest(answers) as raw_value,
        generate_subscripts(answers, 1) as item_seq
    from landed
    inner join judged using (organisation_id, delivery_id)
    where response_key is null
),

line_item as (
    select
        organisation_id,
        delivery_id,
        row_number,
        item_seq,
        sum(multiplicity) as n
    from line_cell
    where raw_value is not null
    group by all
),

line as (
    select
        organisation_id,
        delivery_id,
        row_number,
        2 * min(n) < max(n) as is_uneven
    from line_item
    group by all
),

uneven as (
    select
        organisation_id,
        delivery_id,
        count(*) filter (where is_uneven) as lines_uneven
    from line
    group by all
)

select
    judged.*,
    judged.rows_quarantined / nullif(judged.rows_in_file, 0) as quarantined_share,
    judged.rows_structural / nullif(judged.rows_in_file, 0) as structural_share,
    judged.rows_misdated / nullif(judged.rows_in_file, 0) as misdated_share,
    judged.rows_misweighted / nullif(judged.rows_in_file, 0) as misweighted_share,
    volume.kept_share,
    coalesce(volume.previous_rows, 0) as previous_rows,
    own_volume.mean_n / nullif(typical.median_n, 0) as rows_ratio,
    coalesce(typical.history_periods, 0) as history_periods,
    coalesce(weights.rows_weighted, 0) as rows_weighted,
    weights.mean_weight,
    weights.highest_weight_ratio,
    weights.design_effect,
    coalesce(straight.straight_lining_n, 0) as straight_lining_n,
    straight.straight_lining_share,
    uneven.lines_uneven,
    greatest(
        judged.invited - judged.population,
        coalesce(weights.completes, 0) - judged.invited,
        coalesce(weights.completes, 0) - judged.population
    ) as frame_excess
from judged
left join own_volume using (organisation_id, delivery_id)
left join typical using (organisation_id, delivery_id)
left join volume using (organisation_id, delivery_id)
left join weights using (organisation_id, delivery_id)
left join straight using (organisation_id, delivery_id)
left join uneven using (organisation_id, delivery_id)
order by judged.organisation_id, judged.delivery_id
