{{ config(materialized='view') }}

with cell as (

    select * from {{ ref('int_cell') }}

),

protection as (

    select * from {{ ref('int_protection') }}

),

decided as (

    select
        case when cell.breakdown = 'all' then 'kpi' else 'breakdown' end as table_name,
        protection.is_suppressed,
        cell.n < {{ threshold('suppression_min_n') }}
        or (cell.n_values = 1 and cell.n < {{ threshold('no_spread_min_n') }}) as is_primary
    from cell
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number

)

select
    table_name,
    count(*) as n_cells,
    count(*) filter (is_suppressed) as n_suppressed,
    count(*) filter (is_suppressed and is_primary) as n_primary
from decided
group by table_name
