with change as (

    select * from {{ source('state', 'change') }}

)

select
    organisation_id,
    change_date,
    kind,
    string_agg(text_nl, ' ' order by text_nl, text_en) as text_nl,
    string_agg(text_en, ' ' order by text_nl, text_en) as text_en
from change
group by organisation_id, change_date, kind
