-- Protection decides for every cell, and for no other.
with cell as (

    select * from {{ ref('int_cell') }}

),

protection as (

    select * from {{ ref('int_protection') }}

)

select
    coalesce(cell.organisation_id, protection.organisation_id) as organisation_id,
    coalesce(cell.kpi_id, protection.kpi_id) as kpi_id,
    coalesce(cell.period_id, protection.period_id) as period_id
from cell
full outer join protection
    on
        cell.organisation_id = protection.organisation_id
        and cell.kpi_id = protection.kpi_id
        and cell.instrument_kind = protection.instrument_kind
        and cell.period_id = protection.period_id
        and cell.service_group = protection.service_group
        and cell.channel = protection.channel
        and cell.audience = protection.audience
where cell.n is null or protection.is_suppressed is null
