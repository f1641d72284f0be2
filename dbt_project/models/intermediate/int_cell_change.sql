{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with former_answer as (

    select
        {{ cell_of('kept') }},
        kept.scale_id,
        kept.value,
        sum(kept.n) as n,
        sum(kept.n_true) as n_true
    from {{ source('history', 'cell_answer') }} as kept
    where {{ changed }}
    group by all

),

published_organisation as (

    select distinct organisation_id from former_answer

),

answer as (

    select
        {{ cell_of('counted') }},
        counted.scale_id,
        counted.value,
        sum(counted.n) as n
    from {{ ref('int_cell_answer') }} as counted
    where
        {{ changed }}
        -- Without a former publication every cell is new, and nothing stands.
        and counted.organisation_id in (select listed.organisation_id from published_organisation as listed)
    group by all

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

compared as (

    select
        {{ cell_of_either('answer', 'former_answer') }},
        coalesce(answer.scale_id, former_answer.scale_id) as scale_id,
        coalesce(answer.value, former_answer.value) as value,
        cast(coalesce(answer.n, 0) - coalesce(former_answer.n, 0) as bigint) as n_change,
        cast(coalesce(answer.n, 0) - coalesce(former_answer.n_true, 0) as bigint) as n_since
    from answer
    full join former_answer
        on
            {{ same_cell('answer', 'former_answer') }}
            and answer.scale_id = former_answer.scale_id
            and answer.value = former_answer.value

)

select
    compared.*,
    organisation_state.state_fingerprint
from compared
inner join organisation_state on compared.organisation_id = organisation_state.organisation_id
where compared.n_change <> 0 or compared.n_since <> 0
