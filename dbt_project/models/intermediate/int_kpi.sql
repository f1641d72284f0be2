{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with statistic as (

    select * from {{ ref('int_statistic') }}
    where {{ changed }}

),

cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }}

),

protection as (

    select * from {{ ref('int_protection') }}
    where {{ changed }}

),

coverage as (

    select * from {{ ref('int_coverage') }}
    where {{ changed }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

organisation as (

    select * from {{ ref('organisation') }}

),

model_node as (

    select
        node_id,
        model_version,
        label_nl,
        label_en,
        status as model_status_nl,
        case status
            when 'reconstructie' then 'reconstruction'
            when 'officieel' then 'official'
            when 'eigen' then 'own'
            else status
        end as model_status_en
    from {{ ref('ref_model_node') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start,
        {{ period_text('period_type', 'period_id', 'nl') }} as period_text_nl,
        {{ period_text('period_type', 'period_id', 'en') }} as period_text_en
    from {{ ref('int_period') }}

),

-- What is not in a register has its own name: an age band reads as it is written.
breakdown_label as (

    select
        listed.breakdown,
        {%- for lang in ['nl', 'en'] %}
        ref_breakdown.label_{{ lang }} as breakdown_label_{{ lang }},
        coalesce(
            ref_touchpoint.label_{{ lang }},
            ref_life_event.label_{{ lang }},
            ref_service.label_{{ lang }},
            ref_service_group.label_{{ lang }},
            listed.breakdown_value
        ) as value_label_{{ lang }},
        {%- endfor %}
        listed.breakdown_value
    from (
        select distinct
            breakdown,
            breakdown_value
        from cell
    ) as listed
    inner join {{ ref('ref_breakdown') }} as ref_breakdown on listed.breakdown = ref_breakdown.breakdown
    left join {{ ref('ref_touchpoint') }} as ref_touchpoint
        on listed.breakdown = 'touchpoint' and listed.breakdown_value = ref_touchpoint.touchpoint_id
    left join {{ ref('ref_life_event') }} as ref_life_event
        on listed.breakdown = 'life_event' and listed.breakdown_value = ref_life_event.life_event_id
    left join {{ ref('ref_service') }} as ref_service
        on listed.breakdown = 'service' and listed.breakdown_value = ref_service.service_id
    left join {{ ref('ref_service_group') }} as ref_service_group
        on listed.breakdown_value = ref_service_group.service_group

),

threshold as (

    select
        {{ threshold('indicative_below_n') }} as indicative_below_n,
        {{ threshold('indicative_half_width') }} as indicative_half_width,
        {{ threshold('publishable_from_n') }} as publishable_from_n,
        {{ threshold('burgerpeiling_norm_n') }} as burgerpeiling_norm_n

),

figure as (

    select
        cell.organisation_id,
        cell.kpi_id,
        statistic.statistic,
        cell.instrument_kind,
        cell.period_id,
        cell.breakdown,
        cell.breakdown_value,
        cell.service_group,
        cell.channel,
        cell.audience,
        protection.is_suppressed,
        cell.n,
        power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff,
        statistic.value,
        statistic.value_unweighted,
        statistic.standard_error,
        statistic.ci_low,
        statistic.ci_high,
        statistic.half_width_points,
        statistic.is_scale_family_mixed,
        cell.interval_basis,
        cell.comparability_grade,
        cell.is_grade_unreviewed,
        cell.is_late,
        cell.is_mode_mix,
        cell.is_series_break,
        cell.is_weights_pending,
        cell.is_revision_pending,
        coalesce(coverage.is_coverage_changed, false) as is_coverage_changed
    from statistic
    inner join cell
        on
            statistic.organisation_id = cell.organisation_id
            and statistic.cell_number = cell.cell_number
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
    left join coverage
        on
            cell.organisation_id = coverage.organisation_id
            and cell.cell_number = coverage.cell_number

),

labelled as (

    select
        figure.*,
        organisation_state.state_fingerprint,
        organisation.organisation_name,
        organisation.organisation_type,
        organisation.province,
        organisation.size_class,
        model_node.model_version,
        model_node.label_nl as kpi_label_nl,
        model_node.label_en as kpi_label_en,
        model_node.model_status_nl,
        model_node.model_status_en,
        period.period_type,
        period.period_start,
        ref_statistic.unit,
        ref_statistic.decimals,
        {%- for lang in ['nl', 'en'] %}
        ref_statistic.label_{{ lang }} as statistic_label_{{ lang }},
        ref_instrument_kind.label_{{ lang }} as instrument_label_{{ lang }},
        period.period_text_{{ lang }},
        breakdown_label.breakdown_label_{{ lang }},
        breakdown_label.value_label_{{ lang }},
        case when figure.breakdown = 'service' then '' else coalesce(', ' || ref_service_group.label_{{ lang }}, '') end
        || coalesce(', ' || ref_channel.label_{{ lang }}, '')
        || coalesce(', ' || ref_audience.label_{{ lang }}, '')
        || coalesce(
            ', ' || breakdown_label.breakdown_label_{{ lang }} || ' ' || breakdown_label.value_label_{{ lang }}, ''
        ) as slice_text_{{ lang }},
        {%- endfor %}
        figure.n >= threshold.publishable_from_n as is_large_enough,
        figure.n >= threshold.burgerpeiling_norm_n as is_burgerpeiling_norm,
        figure.n < threshold.indicative_below_n
        or figure.n_eff < threshold.indicative_below_n
        or coalesce(figure.half_width_points > threshold.indicative_half_width, false) as is_indicative
    from figure
    inner join organisation_state on figure.organisation_id = organisation_state.organisation_id
    inner join organisation on figure.organisation_id = organisation.organisation_id
    inner join model_node on figure.kpi_id = model_node.node_id
    inner join period on figure.period_id = period.period_id
    inner join {{ ref('ref_statistic') }} as ref_statistic on figure.statistic = ref_statistic.statistic
    inner join {{ ref('ref_instrument_kind') }} as ref_instrument_kind
        on figure.instrument_kind = ref_instrument_kind.instrument_kind
    left join {{ ref('ref_service_group') }} as ref_service_group
        on figure.service_group = ref_service_group.service_group
    left join {{ ref('ref_channel') }} as ref_channel on figure.channel = ref_channel.channel
    left join {{ ref('ref_audience') }} as ref_audience on figure.audience = ref_audience.audience
    left join breakdown_label
        on
            figure.breakdown = breakdown_label.breakdown
            and figure.breakdown_value = breakdown_label.breakdown_value
    cross join threshold

),

-- Figures that are not shown are not written out.
written as (

    select
        *,
        not is_suppressed and value is not null as is_told,
        {{ figure_text('value', 'unit', 'decimals') }} as value_text,
        {{ figure_text('ci_low', 'unit', 'decimals') }} as ci_low_text,
        {{ figure_text('ci_high', 'unit', 'decimals') }} as ci_high_text
    from labelled

),

told as (

    select
        *,
        {%- for lang in ['nl', 'en'] %}
        case when is_told then {{ quote(lang) }} end as quote_{{ lang }},
        {%- endfor %}
        concat_ws(
            ',',
            case when is_burgerpeiling_norm then 'burgerpeiling_norm' end,
            case when is_coverage_changed then 'coverage_changed' end,
            case when comparability_grade = 'C' then 'grade_c' end,
            case when is_grade_unreviewed then 'grade_unreviewed' end,
            case when is_indicative then 'indicative' end,
            case when is_late then 'late_delivery' end,
            case when is_mode_mix then 'mode_mix' end,
            case when is_large_enough and value is not null then 'publishable' end,
            case when is_revision_pending then 'revision_pending' end,
            case when is_scale_family_mixed then 'scale_family_mixed' end,
            case when interval_basis = 'none' then 'self_selected' end,
            case when is_series_break then 'series_break' end,
            case when is_weights_pending then 'weights_pending' end
        ) as flags
    from written

)

-- A hidden row shows nothing that answers went into.
select
    organisation_id,
    organisation_name,
    organisation_type,
    province,
    size_class,
    kpi_id,
    kpi_label_nl,
    kpi_label_en,
    statistic,
    period_type,
    period_id,
    period_start,
    breakdown,
    breakdown_value,
    breakdown_label_nl,
    breakdown_label_en,
    value_label_nl,
    value_label_en,
    service_group,
    channel,
    audience,
    instrument_kind,
    case when not is_suppressed then n end as n,
    case when not is_suppressed then {{ round_significant('n_eff') }} end as n_eff,
    {%- for figure in ['value', 'value_unweighted', 'standard_error', 'ci_low', 'ci_high'] %}
    case when not is_suppressed then {{ figure }} end as {{ figure }},
    {%- endfor %}
    interval_basis,
    comparability_grade,
    model_version,
    quote_nl,
    quote_en,
    case when is_suppressed then 'suppressed_privacy' else flags end as flags,
    is_suppressed,
    case when is_suppressed then 'disclosure' end as suppression_reason,
    not is_suppressed and is_large_enough and value is not null as is_publishable,
    state_fingerprint
from told
