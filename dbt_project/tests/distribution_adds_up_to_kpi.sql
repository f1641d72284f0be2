-- The answers of a distribution add up to n of its cell, and its shares to one per scale.
with distribution as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        sum(n) as n,
        sum(share) as share,
        count(distinct scale_id) as n_scales
    from {{ ref('distribution') }}
    where not is_suppressed
    group by organisation_id, kpi_id, instrument_kind, period_id

),

kpi as (

    select distinct
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        n
    from {{ ref('kpi') }}
    where service_group = 'all' and channel = 'all' and audience = 'all'

)

select
    distribution.*,
    kpi.n as kpi_n
from distribution
left join kpi
    on
        distribution.organisation_id = kpi.organisation_id
        and distribution.kpi_id = kpi.kpi_id
        and distribution.instrument_kind = kpi.instrument_kind
        and distribution.period_id = kpi.period_id
where
    distribution.n is distinct from kpi.n
    or abs(distribution.share - distribution.n_scales) > 1e-8
