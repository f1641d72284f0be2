with landed as (

    select * from {{ source('landed', 'response') }}

),

current_delivery as (

    select
        organisation_id,
        delivery_id
    from {{ source('state', 'delivery') }}
    where is_current

),

row_exception as (

    select
        organisation_id,
        delivery_id,
        row_number
    from {{ source('state', 'row_exception') }}

),

service as (

    select
        service_id,
        service_group
    from {{ ref('ref_service') }}

),

counting as (

    select
        landed.delivery_id,
        landed.row_number,
        -- The folder is the organisation. Taken from the path, a filter on it keeps the other files closed.
        split_part(landed.filename, '/', -2) as organisation_id,
        landed.mapping_id,
        landed.mapping_version,
        landed.instrument_id,
        landed.response_key,
        landed.response_hash,
        landed.respondent_key,
        landed.key_version,
        landed.contact_date,
        landed.submitted_at,
        landed.period_id,
        landed.service_id,
        coalesce(
            service.service_group,
            case when landed.service_id = 'unknown' then 'unknown' else 'other' end
        ) as service_group,
        landed.channel,
        landed.touchpoint_id,
        landed.life_event_id,
        landed.audience,
        landed.age_band,
        landed.language,
        landed.weight,
        landed.multiplicity,
        -- A line of counts stands for responses where it holds no answer, and else for the answers only.
        case
            when landed.response_key is not null then 1
            when list_any_value(landed.answers) is null then landed.multiplicity
            else 0
        end as responses_n,
        landed.is_completed,
        landed.exclusion_reason,
        landed.answers
    from landed
    -- Two organisations may deliver the same bytes: a delivery id alone says nothing.
    semi join current_delivery
        on
            split_part(landed.filename, '/', -2) = current_delivery.organisation_id
            and landed.delivery_id = current_delivery.delivery_id
    anti join row_exception
        on
            split_part(landed.filename, '/', -2) = row_exception.organisation_id
            and landed.delivery_id = row_exception.delivery_id
            and landed.row_number = row_exception.row_number
    left join service on landed.service_id = service.service_id

)

select * from counting
