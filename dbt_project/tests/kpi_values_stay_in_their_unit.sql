-- Shares lie between 0 and 1, scores between 0 and 100, net shares between -100 and 100.
with bounds as (

    select
        statistic,
        case unit when 'points' then -100 else 0 end as lowest,
        case unit when 'share' then 1 else 100 end as highest,
        -- The interval of a mean may reach beyond the scale.
        unit in ('share', 'points') as has_bounded_interval
    from {{ ref('ref_statistic') }}
    where unit in ('share', 'score', 'points')

)

select
    kpi.organisation_id,
    kpi.kpi_id,
    kpi.statistic,
    kpi.period_id,
    kpi.service_group,
    kpi.channel,
    kpi.audience,
    kpi.value
from {{ ref('kpi') }} as kpi
inner join bounds on kpi.statistic = bounds.statistic
where
    kpi.value not between bounds.lowest and bounds.highest
    or kpi.value_unweighted not between bounds.lowest and bounds.highest
    or (bounds.has_bounded_interval and (kpi.ci_low < bounds.lowest or kpi.ci_high > bounds.highest))
