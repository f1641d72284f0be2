{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

with response as (

    select * from {{ ref('stg_response') }}
    where
        {{ changed_organisations() }}
        and exclusion_reason is null

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

instrument as (

    select * from {{ ref('instrument') }}
    where {{ changed_organisations() }}

),

-- A table line counts people per question: every question asks the same people, and nobody answers one twice.
line_item as (

    select
        response.organisation_id,
        response.mapping_id,
        response.mapping_version,
        response.period_id,
        response.channel,
        response.delivery_id,
        response.row_number,
        sum(response.multiplicity) as n
    from response
    inner join instrument
        on
            response.organisation_id = instrument.organisation_id
            and response.mapping_id = instrument.mapping_id
            and response.mapping_version = instrument.mapping_version
    where instrument.delivery_kind = 'aggregate'
    group by
        response.organisation_id,
        response.mapping_id,
        response.mapping_version,
        response.period_id,
        response.channel,
        response.delivery_id,
        response.row_number,
        list_position(response.answers, list_any_value(response.answers))

),

line as (

    select
        organisation_id,
        mapping_id,
        mapping_version,
        period_id,
        channel,
        max(n) as n
    from line_item
    group by organisation_id, mapping_id, mapping_version, period_id, channel, delivery_id, row_number

),

counted as (

    select
        organisation_id,
        mapping_id,
        mapping_version,
        period_id,
        channel,
        sum(n) as in_lines,
        0 as completed,
        0 as partials
    from line
    group by organisation_id, mapping_id, mapping_version, period_id, channel
    union all
    select
        response.organisation_id,
        response.mapping_id,
        response.mapping_version,
        response.period_id,
        response.channel,
        0 as in_lines,
        sum(response.responses_n) filter (where response.is_completed) as completed,
        sum(response.responses_n) filter (where not response.is_completed) as partials
    from response
    inner join instrument
        on
            response.organisation_id = instrument.organisation_id
            and response.mapping_id = instrument.mapping_id
            and response.mapping_version = instrument.mapping_version
    where instrument.delivery_kind = 'respondent'
    group by
        response.organisation_id,
        response.mapping_id,
        response.mapping_version,
        response.period_id,
        response.channel

)

select
    counted.organisation_id,
    instrument.instrument_id,
    instrument.instrument_kind,
    counted.period_id as base_period_id,
    counted.channel,
    cast(coalesce(sum(counted.completed), 0) as bigint) as completed,
    cast(coalesce(sum(counted.partials), 0) as bigint) as partials,
    cast(sum(counted.in_lines) as bigint) as in_lines,
    bool_or(instrument.interval_basis = 'none') as is_self_selected,
    organisation_state.state_fingerprint
from counted
inner join organisation_state on counted.organisation_id = organisation_state.organisation_id
inner join instrument
    on
        counted.organisation_id = instrument.organisation_id
        and counted.mapping_id = instrument.mapping_id
        and counted.mapping_version = instrument.mapping_version
group by
    counted.organisation_id,
    instrument.instrument_id,
    instrument.instrument_kind,
    counted.period_id,
    counted.channel,
    organisation_state.state_fingerprint
