{{ config(materialized='view') }}

with answer as (

    select * from {{ ref('int_cell_answer') }}

),

standing as (

    select * from {{ ref('int_revision') }}
    where is_revision_pending

),

former as (

    select former.*
    from {{ source('history', 'cell_answer') }} as former
    semi join standing on {{ same_cell('former', 'standing') }}

),

changed as (

    select answer.*
    from answer
    semi join standing on {{ same_cell('answer', 'standing') }}

)

select
    {{ cell_of('answer') }},
    answer.scale_id,
    answer.allows_decimals,
    answer.value,
    answer.n,
    answer.n as n_true
from answer
anti join standing on {{ same_cell('answer', 'standing') }}
union all
select
    {{ cell_of_either('changed', 'former') }},
    coalesce(changed.scale_id, former.scale_id) as scale_id,
    coalesce(changed.allows_decimals, former.allows_decimals) as allows_decimals,
    coalesce(changed.value, former.value) as value,
    coalesce(former.n, 0) as n,
    coalesce(changed.n, 0) as n_true
from changed
full join former
    on
        {{ same_cell('changed', 'former') }}
        and changed.scale_id = former.scale_id
        and changed.allows_decimals = former.allows_decimals
        and changed.value = former.value
