{{ config(materialized='table') }}

with response_count as (

    select * from {{ ref('int_response_count') }}

),

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

-- The days of a base period are those of the shortest period that it feeds: its own.
span as (

    select
        base_period_id,
        max(period_start) as first_day,
        min(period_end) as day_after
    from {{ ref('int_period') }}
    group by base_period_id

),

frame_count as (

    select
        frame_count.*,
        span.first_day,
        span.day_after
    from {{ source('state', 'frame_count') }} as frame_count
    inner join span on frame_count.base_period_id = span.base_period_id

),

-- Every response counts in its channel and in the total.
by_channel as (

    select
        response_count.organisation_id,
        response_count.instrument_id,
        response_count.instrument_kind,
        response_count.base_period_id,
        response_count.channel as own_channel,
        unnest(['all', response_count.channel]) as channel,
        response_count.completed,
        response_count.partials,
        response_count.in_lines,
        response_count.is_self_selected,
        span.first_day,
        span.day_after
    from response_count
    inner join span on response_count.base_period_id = span.base_period_id

),

counted as (

    select
        by_channel.organisation_id,
        by_channel.instrument_id,
        by_channel.instrument_kind,
        period.period_id,
        by_channel.channel,
        cast(sum(by_channel.completed) as bigint) as completed,
        cast(sum(by_channel.partials) as bigint) as partials,
        cast(sum(by_channel.in_lines) as bigint) as in_lines,
        bool_or(by_channel.is_self_selected) as is_self_selected
    from by_channel
    inner join period on by_channel.base_period_id = period.base_period_id
    group by
        by_channel.organisation_id,
        by_channel.instrument_id,
        by_channel.instrument_kind,
        period.period_id,
        by_channel.channel

),

-- Every measure of a survey beside every base period and channel of its responses.
measure as (

    select distinct
        organisation_id,
        instrument_id,
        instrument_kind,
        measure
    from frame_count

),

to_reach as (

    select
        by_channel.organisation_id,
        by_channel.instrument_id,
        by_channel.instrument_kind,
        by_channel.base_period_id,
        by_channel.own_channel,
        by_channel.channel,
        by_channel.first_day,
        by_channel.day_after,
        measure.measure
    from by_channel
    inner join measure
        on
            by_channel.organisation_id = measure.organisation_id
            and by_channel.instrument_id = measure.instrument_id
            and by_channel.instrument_kind = measure.instrument_kind

),

-- Responses to which a count of people does not reach: with the others counted and these not, a rate is too high.
unreached as (

    select to_reach.* from to_reach
    anti join frame_count
        on
            to_reach.organisation_id = frame_count.organisation_id
            and to_reach.instrument_id = frame_count.instrument_id
            and to_reach.instrument_kind = frame_count.instrument_kind
            and to_reach.measure = frame_count.measure
            and to_reach.first_day < frame_count.day_after
            and to_reach.day_after > frame_count.first_day
            and (
                to_reach.own_channel = frame_count.channel
                or (to_reach.channel = 'all' and frame_count.channel = 'all')
            )

),

unreached_period as (

    select distinct
        unreached.organisation_id,
        unreached.instrument_id,
        unreached.instrument_kind,
        unreached.channel,
        unreached.measure,
        period.period_id
    from unreached
    inner join period on unreached.base_period_id = period.base_period_id

),

reaching as (

    select summed.* from {{ ref('int_frame_count') }} as summed
    anti join unreached_period
        on
            summed.organisation_id = unreached_period.organisation_id
            and summed.instrument_id = unreached_period.instrument_id
            and summed.instrument_kind = unreached_period.instrument_kind
            and summed.period_id = unreached_period.period_id
            and summed.channel = unreached_period.channel
            and summed.measure = unreached_period.measure

),

frame as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel,
        max(value) filter (where measure = 'population') as population_n,
        max(value) filter (where measure = 'invited') as invited_n,
        max(value) filter (where measure = 'delivered') as delivered_n,
        max(value) filter (where measure = 'started') as started_n,
        max(value) filter (where measure = 'complete') as complete_n,
        max(value) filter (where measure = 'partial') as partial_n,
        max(value) filter (where measure = 'screened_out') as screened_out_n
    from reaching
    group by organisation_id, instrument_id, instrument_kind, period_id, channel

),

listed as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel
    from counted
    union
    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel
    from frame

),

-- Whether a survey tells partial responses apart at all: without that, none counted is none known.
instrument as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        bool_or(partials > 0) as has_partials
    from response_count
    group by organisation_id, instrument_id, instrument_kind

),

-- Surveys whose people were not drawn: there is nobody to divide by.
sampling as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        bool_and(interval_basis = 'none') as is_self_selected
    from {{ ref('instrument') }}
    group by organisation_id, instrument_id, instrument_kind

),

known as (

    select
        listed.organisation_id,
        listed.instrument_id,
        listed.instrument_kind,
        listed.period_id,
        listed.channel,
        frame.population_n as population,
        frame.invited_n as invited,
        frame.delivered_n as delivered,
        frame.started_n as started,
        coalesce(counted.completed, 0)
        + case when counted.in_lines > 0 then coalesce(frame.complete_n, counted.in_lines) else 0 end as completed,
        coalesce(
            frame.partial_n, case when instrument.has_partials then coalesce(counted.partials, 0) end
        ) as partials,
        frame.screened_out_n as screened_out,
        coalesce(counted.is_self_selected, sampling.is_self_selected, true) as is_self_selected
    from listed
    left join counted
        on
            listed.organisation_id = counted.organisation_id
            and listed.instrument_id = counted.instrument_id
            and listed.instrument_kind = counted.instrument_kind
            and listed.period_id = counted.period_id
            and listed.channel = counted.channel
    left join frame
        on
            listed.organisation_id = frame.organisation_id
            and listed.instrument_id = frame.instrument_id
            and listed.instrument_kind = frame.instrument_kind
            and listed.period_id = frame.period_id
            and listed.channel = frame.channel
    left join instrument
        on
            listed.organisation_id = instrument.organisation_id
            and listed.instrument_id = instrument.instrument_id
            and listed.instrument_kind = instrument.instrument_kind
    left join sampling
        on
            listed.organisation_id = sampling.organisation_id
            and listed.instrument_id = sampling.instrument_id
            and listed.instrument_kind = sampling.instrument_kind

)

select
    organisation_id,
    instrument_id,
    instrument_kind,
    period_id,
    channel,
    population,
    invited,
    delivered,
    coalesce(started, completed + partials + coalesce(screened_out, 0)) as started,
    completed,
    partials,
    screened_out,
    is_self_selected
from known
