-- Protection decides for every cell, and for no other.
with cell as (

    select * from {{ ref('int_cell') }}

),

protection as (

    select * from {{ ref('int_protection') }}

)

select
    coalesce(cell.organisation_id, protection.organisation_id) as organisation_id,
    coalesce(cell.cell_number, protection.cell_number) as cell_number
from cell
full outer join protection
    on
        cell.organisation_id = protection.organisation_id
        and cell.cell_number = protection.cell_number
where cell.n is null or protection.is_suppressed is null
