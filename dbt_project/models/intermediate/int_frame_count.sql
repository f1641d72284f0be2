{{ config(materialized='table') }}

with frame_count as (

    select * from {{ source('state', 'frame_count') }}

),

period as (

    select
        base_period_id,
        period_id
    from {{ ref('int_period') }}
    where is_ended

),

-- The total over the channels, and each channel that is told apart.
by_channel as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        base_period_id,
        measure,
        value,
        unnest(case when channel = 'all' then ['all'] else ['all', channel] end) as channel
    from frame_count

)

select
    by_channel.organisation_id,
    by_channel.instrument_id,
    by_channel.instrument_kind,
    period.period_id,
    by_channel.channel,
    by_channel.measure,
    cast(sum(by_channel.value) as bigint) as value
from by_channel
inner join period on by_channel.base_period_id = period.base_period_id
group by
    by_channel.organisation_id,
    by_channel.instrument_id,
    by_channel.instrument_kind,
    period.period_id,
    by_channel.channel,
    by_channel.measure
