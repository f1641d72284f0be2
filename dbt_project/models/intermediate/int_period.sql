{{ config(materialized='table') }}

with base_period as (

    select base_period_id
    from {{ ref('int_answer_count') }}
    union
    select base_period_id
    from {{ source('state', 'frame_count') }}
    union
    -- A period whose answers were withdrawn may have figures that stand.
    select period_id as base_period_id
    from {{ source('history', 'cell') }}
    union
    select period_id as base_period_id
    from {{ source('history', 'response') }}
    union
    select period_id as base_period_id
    from {{ source('history', 'process') }}
    union
    select period_id as base_period_id
    from {{ source('state', 'delivery_period') }}

),

run as (

    select today from {{ source('state', 'run') }}

),

period_type as (

    select
        listed.period_type,
        listed.n_months
    from (values ('month', 1), ('quarter', 3), ('half_year', 6), ('year', 12)) as listed (period_type, n_months)

),

parsed as (

    select
        base_period_id,
        try_cast(substr(base_period_id, 1, 4) as integer) as year_number,
        case substr(base_period_id, 6, 1)
            when '' then 1
            when 'H' then try_cast(substr(base_period_id, 7, 1) as integer) * 6 - 5
            when 'Q' then try_cast(substr(base_period_id, 7, 1) as integer) * 3 - 2
            else try_cast(substr(base_period_id, 6, 2) as integer)
        end as first_month,
        case substr(base_period_id, 6, 1)
            when '' then 12
            when 'H' then 6
            when 'Q' then 3
            else 1
        end as n_months
    from base_period

),

expanded as (

    -- A period feeds its own type and every longer one.
    select
        parsed.base_period_id,
        period_type.period_type,
        period_type.n_months,
        parsed.year_number,
        parsed.first_month - (parsed.first_month - 1) % period_type.n_months as first_month
    from parsed
    inner join period_type on parsed.n_months <= period_type.n_months
    where parsed.year_number is not null and parsed.first_month between 1 and 12

),

dated as (

    select
        base_period_id,
        period_type,
        case period_type
            when 'month' then year_number || '-' || lpad(cast(first_month as varchar), 2, '0')
            when 'quarter' then year_number || '-Q' || cast((first_month + 2) / 3 as integer)
            when 'half_year' then year_number || '-H' || cast((first_month + 5) / 6 as integer)
            else cast(year_number as varchar)
        end as period_id,
        make_date(year_number, first_month, 1) as period_start,
        cast(make_date(year_number, first_month, 1) + interval '1' month * n_months as date) as period_end
    from expanded

)

select
    dated.base_period_id,
    dated.period_type,
    dated.period_id,
    dated.period_start,
    dated.period_end,
    dated.period_end <= run.today as is_ended
from dated
cross join run
