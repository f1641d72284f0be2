with figure as (

    select * from {{ ref('int_published_process') }}
    where is_published

),

organisation as (

    select
        organisation_id,
        organisation_name
    from {{ ref('organisation') }}

),

service as (

    select
        service_id,
        service_group
    from {{ ref('ref_service') }}

),

metric as (

    select
        metric,
        label_nl,
        label_en
    from {{ ref('ref_process_metric') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

-- The first outcome of the model that has a headline.
headline as (

    select
        node.node_id,
        definition.statistic
    from {{ ref('ref_model_node') }} as node
    inner join {{ ref('ref_kpi_definition') }} as definition
        on node.node_id = definition.node_id or definition.node_id = '*'
    where node.floor = 'kpi' and definition.is_headline
    order by node.sort_order asc, node.node_id asc, definition.node_id desc, definition.statistic asc
    limit 1

),

-- What people say: about the service itself where that is shown, else about its group. Kinds of survey are not pooled:
-- it is the one with the most answers.
perception as (

    select
        kpi.organisation_id,
        kpi.period_id,
        case when kpi.breakdown = 'service' then 'service' else 'service_group' end as perception_level,
        case when kpi.breakdown = 'service' then kpi.breakdown_value else kpi.service_group end as place,
        kpi.kpi_id,
        kpi.instrument_kind,
        kpi.value,
        kpi.n,
        kpi.ci_low,
        kpi.ci_high
    from {{ ref('int_kpi') }} as kpi
    inner join headline on kpi.kpi_id = headline.node_id and kpi.statistic = headline.statistic
    where
        not kpi.is_suppressed
        and kpi.channel = 'all'
        and kpi.audience = 'all'
        and (
            (kpi.breakdown = 'service' and kpi.service_group = 'all')
            or (kpi.breakdown = 'all' and kpi.service_group <> 'all')
        )

),

placed as (

    select
        figure.*,
        coalesce(
            service.service_group,
            case when figure.service_id = 'unknown' then 'unknown' else 'other' end
        ) as service_group
    from figure
    left join service on figure.service_id = service.service_id

),

beside as (

    select
        placed.*,
        perception.perception_level,
        perception.kpi_id,
        perception.instrument_kind,
        perception.value as perception_value,
        perception.n as perception_n,
        perception.ci_low as perception_ci_low,
        perception.ci_high as perception_ci_high,
        row_number() over (
            partition by placed.organisation_id, placed.service_id, placed.period_id, placed.metric
            order by perception.perception_level asc, perception.n desc, perception.instrument_kind asc
        ) as standing
    from placed
    left join perception
        on
            placed.organisation_id = perception.organisation_id
            and placed.period_id = perception.period_id
            and perception.place
            = case perception.perception_level when 'service' then placed.service_id else placed.service_group end

)

select
    beside.organisation_id,
    organisation.organisation_name,
    beside.service_id,
    beside.service_group,
    period.period_type,
    beside.period_id,
    period.period_start,
    beside.metric,
    metric.label_nl as metric_label_nl,
    metric.label_en as metric_label_en,
    beside.unit,
    case when not beside.is_suppressed then {{ round_significant('beside.figure') }} end as value,
    case when not beside.is_suppressed then beside.n end as n,
    beside.kpi_id,
    beside.perception_level,
    beside.instrument_kind,
    beside.perception_value,
    beside.perception_n,
    beside.perception_ci_low,
    beside.perception_ci_high,
    case
        when beside.is_suppressed then 'suppressed_privacy'
        when beside.is_revision_pending then 'revision_pending'
        else ''
    end as flags,
    beside.is_suppressed
from beside
inner join period on beside.period_id = period.period_id
inner join metric on beside.metric = metric.metric
left join organisation on beside.organisation_id = organisation.organisation_id
where beside.standing = 1
