-- Every organisation's changes, without the state they were computed from.
{{ config(materialized='view') }}

with change as (

    select * from {{ ref('int_trend') }}

)

select
    organisation_id,
    kpi_id,
    statistic,
    period_type,
    period_id,
    period_start,
    service_group,
    channel,
    audience,
    instrument_kind,
    comparison,
    compared_period_id,
    value,
    compared_value,
    delta,
    se_delta,
    p_value,
    q_value,
    p_holm,
    is_significant,
    is_series_break,
    is_paired,
    flags,
    is_suppressed,
    suppression_reason
from change
