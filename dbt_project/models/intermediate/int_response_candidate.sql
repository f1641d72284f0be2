{{ config(materialized='table') }}

{%- set counts = [
    'population', 'invited', 'delivered', 'started', 'completed', 'partials', 'screened_out', 'broken_off'
] %}

with response as (

    select
        *,
        -- Nobody is shown this number, but it follows from the others.
        nullif(greatest(started - completed - coalesce(partials, 0) - coalesce(screened_out, 0), 0), 0) as broken_off
    from {{ ref('int_response') }}

),

-- What is not known has no row; nobody at all has one.
counted as (

    {%- for count in counts %}
    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel,
        '{{ count }}' as count_name,
        {{ count }} as n,
        is_self_selected
    from response
    where {{ count }} is not null
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}

),

former as (

    select * from {{ source('history', 'response') }}

)

select
    {{ count_of_either('counted', 'former') }},
    counted.n,
    former.n as n_published,
    former.n_true as n_before,
    coalesce(former.is_published, false) as was_published,
    coalesce(former.is_suppressed, false) as was_suppressed,
    coalesce(former.is_revision_pending, false) as was_pending,
    coalesce(counted.is_self_selected, former.is_self_selected) as is_self_selected
from counted
full outer join former on {{ same_count('counted', 'former') }}
