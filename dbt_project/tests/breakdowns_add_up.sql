-- The parts of a breakdown add up to the total; services to that of their group.
with cell as (

    select * from {{ ref('int_cell_candidate') }}
    where n > 0 and channel = 'all' and audience = 'all'

),

total as (

    select * from cell
    where breakdown = 'all'

),

broken_down as (

    select
        organisation_id,
        kpi_id,
        instrument_kind,
        period_id,
        service_group,
        breakdown,
        sum(n) as parts_n
    from cell
    where breakdown <> 'all'
    group by organisation_id, kpi_id, instrument_kind, period_id, service_group, breakdown

)

select
    broken_down.*,
    total.n as total_n
from broken_down
left join total
    on
        broken_down.organisation_id = total.organisation_id
        and broken_down.kpi_id = total.kpi_id
        and broken_down.instrument_kind = total.instrument_kind
        and broken_down.period_id = total.period_id
        and broken_down.service_group = total.service_group
where broken_down.parts_n is distinct from total.n
