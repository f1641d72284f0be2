{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with answer as (

    select * from {{ ref('answer') }}
    where
        {{ changed_organisations() }}
        and is_counted
        and value is not null
        and is_completed
        and exclusion_reason is null

),

instrument as (

    select
        organisation_id,
        mapping_id,
        mapping_version,
        instrument_kind,
        delivery_kind,
        weight_method
    from {{ ref('instrument') }}

),

organisation_state as (

    select
        organisation_id,
        state_fingerprint
    from {{ source('state', 'organisation_state') }}

),

weighted as (

    select
        answer.organisation_id,
        organisation_state.state_fingerprint,
        instrument.instrument_kind,
        answer.period_id as base_period_id,
        answer.service_group,
        answer.channel,
        answer.audience,
        answer.mapping_id,
        answer.mapping_version,
        answer.item_seq,
        answer.node_id,
        answer.scale_id,
        answer.allows_decimals,
        answer.value,
        answer.category,
        answer.multiplicity,
        answer.weight,
        -- A table line of an aggregate stands for several answers and has no weight of its own.
        instrument.weight_method = 'delivered' and instrument.delivery_kind = 'respondent' as is_weighted
    from answer
    inner join organisation_state on answer.organisation_id = organisation_state.organisation_id
    inner join instrument
        on
            answer.organisation_id = instrument.organisation_id
            and answer.mapping_id = instrument.mapping_id
            and answer.mapping_version = instrument.mapping_version

),

counted as (

    select
        organisation_id,
        state_fingerprint,
        instrument_kind,
        base_period_id,
        service_group,
        channel,
        audience,
        mapping_id,
        mapping_version,
        item_seq,
        node_id,
        scale_id,
        allows_decimals,
        value,
        category,
        cast(sum(multiplicity) as bigint) as n,
        sum(case when is_weighted then weight else cast(multiplicity as decimal(38, 9)) end) as sum_w,
        sum(case when is_weighted then weight * weight else cast(multiplicity as decimal(38, 18)) end) as sum_w2
    from weighted
    -- Readers refuse what lies outside. Without the limits one absurd number would overflow the exact sums, and
    -- with them the run of every organisation.
    where
        multiplicity between 1 and 999999999
        and (not is_weighted or (weight > 0 and weight < 1000000))
    group by all

)

select * from counted
