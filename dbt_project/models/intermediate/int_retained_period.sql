{{ config(materialized='view') }}

with delivery as (

    select * from {{ source('state', 'delivery') }}
    where is_current

),

delivery_period as (

    select * from {{ source('state', 'delivery_period') }}
    where is_retained

),

instrument as (

    select distinct
        organisation_id,
        mapping_id,
        instrument_kind
    from {{ ref('instrument') }}

),

period as (

    select * from {{ ref('int_period') }}

)

select distinct
    delivery.organisation_id,
    instrument.instrument_kind,
    period.period_type,
    period.period_id
from delivery_period
inner join delivery
    on
        delivery_period.organisation_id = delivery.organisation_id
        and delivery_period.delivery_id = delivery.delivery_id
inner join instrument
    on
        delivery.organisation_id = instrument.organisation_id
        and delivery.mapping_id = instrument.mapping_id
inner join period on delivery_period.period_id = period.base_period_id
