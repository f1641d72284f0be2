{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }}

),

revision as (

    select * from {{ ref('int_revision') }}
    where {{ changed }}

)

select
    cell.organisation_id,
    cell.cell_number,
    revision.is_suppressed,
    cell.state_fingerprint
from cell
inner join revision on {{ same_cell('cell', 'revision') }}
