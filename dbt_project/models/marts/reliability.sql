with analysis as (

    select * from {{ ref('int_driver_analysis') }}
    where analysis = 'reliability'

),

protection as (

    select * from {{ ref('int_driver_protection') }}
    where analysis = 'reliability'

),

model_node as (

    select * from {{ ref('ref_model_node') }}

),

figure as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        channel,
        max(case when statistic = 'mean_pomp' then value end) as performance
    from {{ ref('kpi') }}
    where period_type = 'year' and service_group = 'all' and audience = 'all'
    group by organisation_id, kpi_id, instrument_kind, period_id, channel

),

-- A hidden row shows nothing that answers went into.
shown as (

    select
        analysis.organisation_id,
        analysis.instrument_kind,
        analysis.subject_id as construct_id,
        analysis.driver_id,
        analysis.channel,
        analysis.period_id,
        protection.is_suppressed,
        {%- for column in ['n', 'alpha', 'alpha_standardised', 'item_rest_correlation', 'alpha_if_dropped'] %}
        case when not protection.is_suppressed then analysis.{{ column }} end as {{ column }},
        {%- endfor %}
        case when not protection.is_suppressed then analysis.n_drivers end as n_items,
        case when not protection.is_suppressed then figure.performance end as performance
    from analysis
    inner join protection
        on
            analysis.organisation_id = protection.organisation_id
            and analysis.instrument_kind = protection.instrument_kind
            and analysis.subject_id = protection.subject_id
            and analysis.channel = protection.channel
            and analysis.period_id = protection.period_id
    left join figure
        on
            analysis.organisation_id = figure.organisation_id
            and analysis.instrument_kind = figure.instrument_kind
            and analysis.driver_id = figure.kpi_id
            and analysis.channel = figure.channel
            and analysis.period_id = figure.period_id

),

judged as (

    select
        *,
        alpha >= {{ threshold('reliability_min_alpha') }} as is_reliable,
        cast(sum(cast(performance as decimal(18, 9))) over line as double) / n_items as mean_performance,
        count(performance) over line = n_items as is_whole
    from shown
    window line as (partition by organisation_id, instrument_kind, construct_id, channel, period_id)

)

select
    judged.organisation_id,
    judged.instrument_kind,
    judged.construct_id,
    parent.node_id as outcome_id,
    parent.label_nl as outcome_label_nl,
    parent.label_en as outcome_label_en,
    driver.driver_kind,
    judged.driver_id,
    driver.label_nl as driver_label_nl,
    driver.label_en as driver_label_en,
    judged.channel,
    judged.period_id,
    judged.n,
    judged.n_items,
    judged.alpha,
    judged.alpha_standardised,
    judged.is_reliable,
    case when judged.is_reliable and judged.is_whole then {{ round_significant('judged.mean_performance') }} end
        as construct_mean,
    judged.item_rest_correlation,
    judged.alpha_if_dropped,
    driver.model_version,
    judged.is_suppressed,
    case when judged.is_suppressed then 'disclosure' end as suppression_reason
from judged
inner join model_node as driver on judged.driver_id = driver.node_id
left join model_node as parent on driver.parent_node_id = parent.node_id
