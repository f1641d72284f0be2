-- Every organisation's published figures, without the state they were computed from.
{{ config(materialized='view') }}

with figure as (

    select * from {{ ref('int_kpi') }}
    where breakdown = 'all'

)

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
    service_group,
    channel,
    audience,
    instrument_kind,
    n,
    n_eff,
    value,
    value_unweighted,
    standard_error,
    ci_low,
    ci_high,
    interval_basis,
    comparability_grade,
    model_version,
    quote_nl,
    quote_en,
    flags,
    is_suppressed,
    suppression_reason,
    is_publishable
from figure
