with organisation as (

    select organisation_id
    from {{ ref('organisation') }}

),

model_node as (

    select
        node_id,
        model_version
    from {{ ref('ref_model_node') }}

),

item as (

    select * from {{ ref('mapping_item') }}
    -- An open question has no grade.
    where coalesce(comparability_grade, '') <> 'X'

),

instrument as (

    select * from {{ ref('instrument') }}

),

period as (

    select distinct
        period_id,
        period_start,
        period_end
    from {{ ref('int_period') }}

),

-- Answers to a node, as published: the same number stands beside every statistic.
answered as (

    select distinct
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        n
    from {{ ref('kpi') }}
    where not is_suppressed and service_group = 'all' and channel = 'all' and audience = 'all'

),

-- Completed responses, as published; figures of several surveys of one kind are those of all of them together.
completed as (

    select
        organisation_id,
        instrument_kind,
        period_id,
        min(instrument_id) as instrument_id,
        max(completed) as completed
    from {{ ref('response_mart') }}
    where channel = 'all'
    group by organisation_id, instrument_kind, period_id
    having count(*) = 1

),

dated as (

    select
        item.organisation_id,
        item.node_id,
        item.mapping_id,
        item.mapping_version,
        item.item_seq,
        item.role,
        item.text_nl,
        item.text_en,
        item.scale_id,
        item.comparability_grade,
        item.reason,
        instrument.instrument_id,
        instrument.instrument_kind,
        coalesce(item.valid_from, instrument.valid_from) as valid_from,
        coalesce(item.valid_to, instrument.valid_to) as valid_to
    from item
    inner join instrument
        on
            item.organisation_id = instrument.organisation_id
            and item.mapping_id = instrument.mapping_id
            and item.mapping_version = instrument.mapping_version

),

-- The question to show for a node: one that measures it, the one still asked, the primary one, the best comparable.
best as (

    select * from dated
    qualify row_number() over (
        partition by organisation_id, node_id
        order by
            coalesce(comparability_grade, '') = 'impossible' asc,
            valid_to desc nulls first,
            valid_from desc nulls last,
            role = 'secondary' asc,
            comparability_grade asc,
            mapping_id asc,
            mapping_version asc,
            item_seq asc
    ) = 1

),

-- The longest period in which the question was asked throughout and both numbers are shown, the last of these. Made
-- of published numbers only: whatever it tells, they tell.
item_response as (

    select
        best.organisation_id,
        best.node_id,
        answered.period_id,
        answered.n / cast(completed.completed as double) as answered_share
    from best
    inner join answered
        on
            best.organisation_id = answered.organisation_id
            and best.node_id = answered.kpi_id
            and best.instrument_kind = answered.instrument_kind
    inner join completed
        on
            best.organisation_id = completed.organisation_id
            and best.instrument_kind = completed.instrument_kind
            and best.instrument_id = completed.instrument_id
            and answered.period_id = completed.period_id
    inner join period on answered.period_id = period.period_id
    where
        best.role = 'primary'
        and answered.n <= completed.completed
        and period.period_start >= best.valid_from
        and (best.valid_to is null or period.period_end <= best.valid_to + 1)
    qualify row_number() over (
        partition by best.organisation_id, best.node_id
        order by period.period_end - period.period_start desc, period.period_start desc
    ) = 1

)

select
    organisation.organisation_id,
    model_node.node_id as kpi_id,
    model_node.model_version,
    best.node_id is not null and coalesce(best.comparability_grade, '') <> 'impossible' as is_measured,
    best.text_nl as item_text_nl,
    best.text_en as item_text_en,
    best.scale_id,
    best.comparability_grade,
    best.role,
    best.reason,
    best.mapping_id,
    best.mapping_version,
    best.valid_from,
    best.valid_to,
    {{ round_significant('item_response.answered_share') }} as item_response_rate,
    item_response.period_id as item_response_period_id
from organisation
cross join model_node
left join best
    on
        organisation.organisation_id = best.organisation_id
        and model_node.node_id = best.node_id
left join item_response
    on
        organisation.organisation_id = item_response.organisation_id
        and model_node.node_id = item_response.node_id
