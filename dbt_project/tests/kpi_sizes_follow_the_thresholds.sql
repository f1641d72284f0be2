-- What is shown has enough answers, and what may be made public has more.
select
    organisation_id,
    kpi_id,
    statistic,
    period_id,
    service_group,
    channel,
    audience,
    n
from {{ ref('kpi') }}
where
    (not is_suppressed and not coalesce(n >= {{ threshold('suppression_min_n') }} and n_eff > 0, false))
    or (is_publishable and not coalesce(n >= {{ threshold('publishable_from_n') }} and value is not null, false))
