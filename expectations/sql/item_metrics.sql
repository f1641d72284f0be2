-- The metrics of items: one row per judged delivery, node, role and scale.
with own as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        scale_id,
        sum(n)::bigint as cells,
        coalesce(sum(n) filter (where is_unreadable), 0)::bigint as invalid_cells,
        coalesce(
            sum(n) filter (
                where is_counting and coalesce(missing_reason, '') not in ('not_applicable', 'not_offered')
            ), 0
        )::bigint as answerable,
        coalesce(
            sum(n) filter (where is_counting and missing_reason in ('not_answered', 'dont_know', 'invalid')), 0
        )::bigint as missing,
        coalesce(sum(n) filter (where is_counting and pomp is not null), 0)::bigint as n
    from answer
    inner join judged using (organisation_id, delivery_id)
    group by all
),

-- Each judged delivery beside itself and beside its precedents, in steps of ten points: eleven steps keep every
-- answer of a scale of up to eleven points apart.
step as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        scale_id,
        floor(pomp / 10) as step,
        sum(n) as n,
        0 as history_n,
        sum(n * pomp) as points,
        0 as history_points
    from answer
    inner join judged using (organisation_id, delivery_id)
    where is_counting and pomp is not null
    group by all
    union all
    select
        answer.organisation_id,
        precedent.delivery_id,
        answer.node_id,
        answer.role,
        answer.scale_id,
        floor(answer.pomp / 10) as step,
        0 as n,
        sum(answer.n) as history_n,
        0 as points,
        sum(answer.n * answer.pomp) as history_points
    from answer
    inner join precedent
        on
            answer.organisation_id = precedent.organisation_id
            and answer.delivery_id = precedent.precedent_id
            and answer.period_id = precedent.period_id
    where answer.is_counting and answer.pomp is not null
    group by all
),

step_pair as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        scale_id,
        step,
        sum(n) as n,
        sum(history_n) as history_n
    from step
    group by all
),

-- Half an answer is added to every step, so that an empty step on one side does not make the index infinite.
step_share as (
    select
        *,
        (n + 0.5) / (sum(n) over scale + 0.5 * count(*) over scale) as share,
        (history_n + 0.5) / (sum(history_n) over scale + 0.5 * count(*) over scale) as history_share
    from step_pair
    window scale as (partition by organisation_id, delivery_id, node_id, role, scale_id)
),

-- Population stability index.
stability as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        scale_id,
        sum(history_n)::bigint as history_scale_n,
        round(sum((share - history_share) * ln(share / history_share)), 9) as psi
    from step_share
    group by all
),

-- Means may be compared over scales, distributions may not.
movement as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        sum(history_n)::bigint as history_n,
        round(abs(sum(points) / nullif(sum(n), 0) - sum(history_points) / nullif(sum(history_n), 0)), 9) as mean_moved
    from step
    group by all
),

driven as (
    select
        driver.organisation_id,
        driver.delivery_id,
        driver.node_id,
        driver.role,
        driver.scale_id,
        count(*) as parent_pairs,
        corr(driver.pomp, outcome.pomp) as parent_correlation
    from score as driver
    inner join model_node on driver.node_id = model_node.node_id
    inner join score as outcome
        on
            driver.organisation_id = outcome.organisation_id
            and driver.delivery_id = outcome.delivery_id
            and driver.row_number = outcome.row_number
            and model_node.parent_node_id = outcome.node_id
    where driver.role = 'primary' and outcome.role = 'primary'
    group by all
),

-- How many standard errors each correlation lies from zero, after Fisher's transformation.
direction as (
    select
        organisation_id,
        delivery_id,
        node_id,
        role,
        scale_id,
        atanh(greatest(-0.999999, least(0.999999, parent_correlation))) * sqrt(parent_pairs - 3) as parent_z
    from driven
    where parent_pairs > 3 and not isnan(parent_correlation)
),

-- The preceding deliveries together (Stouffer's method).
former_direction as (
    select
        direction.organisation_id,
        former.delivery_id,
        direction.node_id,
        direction.role,
        sum(direction.parent_z) / sqrt(count(*)) as history_parent_z
    from direction
    inner join (select distinct organisation_id, delivery_id, precedent_id from precedent) as former
        on direction.organisation_id = former.organisation_id and direction.delivery_id = former.precedent_id
    group by all
)

select
    own.*,
    model_node.floor,
    own.invalid_cells / nullif(own.cells, 0) as invalid_share,
    own.missing / nullif(own.answerable, 0) as missing_share,
    coalesce(stability.history_scale_n, 0) as history_scale_n,
    stability.psi,
    coalesce(movement.history_n, 0) as history_n,
    movement.mean_moved,
    coalesce(driven.parent_pairs, 0) as parent_pairs,
    round(driven.parent_correlation, 9) as parent_correlation,
    round(direction.parent_z, 9) as parent_z,
    coalesce(round(former_direction.history_parent_z, 9), 0) as history_parent_z
from own
left join model_node using (node_id)
left join stability using (organisation_id, delivery_id, node_id, role, scale_id)
left join movement using (organisation_id, delivery_id, node_id, role)
left join driven using (organisation_id, delivery_id, node_id, role, scale_id)
left join direction using (organisation_id, delivery_id, node_id, role, scale_id)
left join former_direction using (organisation_id, delivery_id, node_id, role)
order by own.organisation_id, own.delivery_id, own.node_id, own.role, own.scale_id
