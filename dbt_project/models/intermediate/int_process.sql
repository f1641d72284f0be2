{{ config(materialized='table') }}

with line as (

    select
        *,
        -- The folder is the organisation, as for responses.
        split_part(filename, '/', -2) as folder_id
    from {{ source('landed_process', 'process_line') }}
    where metric is not null

),

current_delivery as (

    select
        organisation_id,
        delivery_id
    from {{ source('state', 'delivery') }}
    where is_current

),

metric as (

    select
        metric,
        unit,
        combination
    from {{ ref('ref_process_metric') }}

),

period as (

    select
        *,
        datediff('month', period_start, period_end) as n_months
    from {{ ref('int_period') }}

),

-- The months of a base period are those of the shortest period that it feeds: its own.
span as (

    select
        base_period_id,
        min(n_months) as n_months
    from period
    group by base_period_id

),

-- Deliveries of one period add up.
by_base_period as (

    select
        line.folder_id as organisation_id,
        line.service_id,
        line.period_id as base_period_id,
        metric.metric,
        metric.unit,
        metric.combination,
        count(*) as n_figures,
        sum(line.value) as total,
        sum(line.value * cast(line.n as decimal(18, 0))) as weighted_total,
        case when count(*) = count(line.n) then sum(line.n) end as n
    from line
    inner join current_delivery
        on
            line.folder_id = current_delivery.organisation_id
            and line.delivery_id = current_delivery.delivery_id
    inner join metric on line.metric = metric.metric
    group by
        line.folder_id,
        line.service_id,
        line.period_id,
        metric.metric,
        metric.unit,
        metric.combination

),

feeding as (

    select
        by_base_period.*,
        period.period_id,
        period.n_months as n_months_of_period,
        span.n_months,
        by_base_period.base_period_id = period.period_id as is_own_period,
        bool_or(by_base_period.base_period_id = period.period_id) over (
            partition by
                by_base_period.organisation_id, by_base_period.service_id, by_base_period.metric, period.period_id
        ) as has_own_period
    from by_base_period
    inner join span on by_base_period.base_period_id = span.base_period_id
    inner join period on by_base_period.base_period_id = period.base_period_id
    where period.is_ended

),

-- What is delivered about a period itself goes before what its months add up to.
summed as (

    select
        organisation_id,
        service_id,
        period_id,
        metric,
        unit,
        combination,
        sum(n_figures) as n_figures,
        sum(n_months) as n_months,
        n_months_of_period,
        sum(total) as total,
        sum(weighted_total) as weighted_total,
        case when count(*) = count(n) then cast(sum(n) as bigint) end as n
    from feeding
    where is_own_period or not has_own_period
    group by organisation_id, service_id, period_id, metric, unit, combination, n_months_of_period

),

-- Only over all the months of a period: eleven months of complaints are not a year of complaints.
combined as (

    select
        organisation_id,
        service_id,
        period_id,
        metric,
        unit,
        case
            when combination = 'sum' or n_figures = 1 then cast(total as double)
            when combination = 'weighted_mean' and n > 0 then cast(weighted_total as double) / n
        end as figure,
        n
    from summed
    where n_months = n_months_of_period

)

select
    organisation_id,
    service_id,
    period_id,
    metric,
    unit,
    figure,
    case when unit = 'count' then cast(figure as bigint) else n end as n
from combined
where figure is not null
