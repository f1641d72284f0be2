{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with answer as (

    select * from {{ ref('int_cell_answer') }}
    where {{ changed }}

),

former as (

    select * from {{ source('history', 'cell') }}
    where {{ changed }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

measured as (

    select
        {{ cell_of('answer') }},
        cast(sum(n) as bigint) as n,
        -- The same value with and without decimals is one answer.
        case
            when min(value) = max(value) and min(scale_id) = max(scale_id) then 1
            else count(*)
        end as n_values,
        -- Equal for equal answers: two cells with the same in every period are the same people under two names.
        bit_xor(hash(scale_id, allows_decimals, value, n)) as answers_hash
    from answer
    group by {{ cell_of('answer') }}

),

candidate as (

    select
        {{ cell_of_either('measured', 'former') }},
        coalesce(measured.n, 0) as n,
        measured.n_values,
        coalesce(measured.answers_hash, 0) as answers_hash,
        former.organisation_id is not null as was_published,
        coalesce(former.is_suppressed, false) as was_suppressed,
        coalesce(former.is_revision_pending, false) as was_pending
    from measured
    full join former on {{ same_cell('measured', 'former') }}

)

select
    candidate.*,
    organisation_state.state_fingerprint
from candidate
inner join organisation_state on candidate.organisation_id = organisation_state.organisation_id
