with analysis as (

    select * from {{ ref('int_driver_analysis') }}
    where analysis = 'importance'

),

protection as (

    select * from {{ ref('int_driver_protection') }}
    where analysis = 'importance'

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
        max(interval_basis) as interval_basis,
        max(comparability_grade) as comparability_grade,
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
        analysis.subject_id as outcome_id,
        analysis.driver_id,
        analysis.channel,
        analysis.period_id,
        analysis.importance_method,
        outcome_figure.interval_basis,
        greatest(outcome_figure.comparability_grade, driver_figure.comparability_grade) as comparability_grade,
        protection.is_suppressed,
        {%- for column in [
            'n', 'n_drivers', 'importance', 'correlation', 'beta', 'r_squared', 'reason'
        ] %}
        case when not protection.is_suppressed then analysis.{{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in ['importance_low', 'importance_high'] %}
        case
            when not protection.is_suppressed and outcome_figure.interval_basis <> 'none' then analysis.{{ column }}
        end as {{ column }},
        {%- endfor %}
        case when not protection.is_suppressed then driver_figure.performance end as performance
    from analysis
    inner join protection
        on
            analysis.organisation_id = protection.organisation_id
            and analysis.instrument_kind = protection.instrument_kind
            and analysis.subject_id = protection.subject_id
            and analysis.channel = protection.channel
            and analysis.period_id = protection.period_id
    left join figure as outcome_figure
        on
            analysis.organisation_id = outcome_figure.organisation_id
            and analysis.instrument_kind = outcome_figure.instrument_kind
            and analysis.subject_id = outcome_figure.kpi_id
            and analysis.channel = outcome_figure.channel
            and analysis.period_id = outcome_figure.period_id
    left join figure as driver_figure
        on
            analysis.organisation_id = driver_figure.organisation_id
            and analysis.instrument_kind = driver_figure.instrument_kind
            and analysis.driver_id = driver_figure.kpi_id
            and analysis.channel = driver_figure.channel
            and analysis.period_id = driver_figure.period_id

),

exact as (

    select
        *,
        cast(importance as decimal(18, 9)) as exact_importance,
        cast(performance as decimal(18, 9)) as exact_performance
    from shown

),

-- Beside the means of all drivers of the analysis.
compared as (

    select
        *,
        exact_importance * count(importance) over line >= sum(exact_importance) over line as is_important,
        exact_performance * count(performance) over line >= sum(exact_performance) over line as is_well_rated
    from exact
    window line as (partition by organisation_id, instrument_kind, outcome_id, channel, period_id)

),

placed as (

    select
        *,
        case
            when is_important and not is_well_rated then 'improve'
            when is_important and is_well_rated then 'maintain'
            when not is_important and is_well_rated then 'overkill'
            when not is_important and not is_well_rated then 'monitor'
        end as quadrant
    from compared

)

select
    placed.organisation_id,
    placed.instrument_kind,
    placed.outcome_id,
    outcome.label_nl as outcome_label_nl,
    outcome.label_en as outcome_label_en,
    placed.driver_id,
    driver.label_nl as driver_label_nl,
    driver.label_en as driver_label_en,
    driver.driver_kind,
    placed.channel,
    placed.period_id,
    placed.n,
    placed.n_drivers,
    placed.performance,
    placed.importance,
    placed.importance_low,
    placed.importance_high,
    placed.importance_method,
    placed.correlation,
    placed.beta,
    placed.r_squared,
    placed.quadrant,
    ref_quadrant.label_nl as quadrant_label_nl,
    ref_quadrant.label_en as quadrant_label_en,
    placed.reason,
    placed.interval_basis,
    placed.comparability_grade,
    driver.model_version,
    {{ correlation_note('nl') }} as note_nl,
    {{ correlation_note('en') }} as note_en,
    placed.is_suppressed,
    case when placed.is_suppressed then 'disclosure' end as suppression_reason
from placed
inner join model_node as outcome on placed.outcome_id = outcome.node_id
inner join model_node as driver on placed.driver_id = driver.node_id
left join {{ ref('ref_quadrant') }} as ref_quadrant on placed.quadrant = ref_quadrant.quadrant
