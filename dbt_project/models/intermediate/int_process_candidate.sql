{{ config(materialized='table') }}

with figure as (

    select * from {{ ref('int_process') }}

),

former as (

    select * from {{ source('history', 'process') }}

)

select
    coalesce(figure.organisation_id, former.organisation_id) as organisation_id,
    coalesce(figure.service_id, former.service_id) as service_id,
    coalesce(figure.period_id, former.period_id) as period_id,
    coalesce(figure.metric, former.metric) as metric,
    coalesce(figure.unit, former.unit) as unit,
    figure.organisation_id is not null as is_listed,
    figure.figure,
    figure.n,
    former.figure as figure_published,
    former.n as n_published,
    former.n_true as n_before,
    coalesce(former.is_published, false) as was_published,
    coalesce(former.is_suppressed, false) as was_suppressed,
    coalesce(former.is_revision_pending, false) as was_pending
from figure
full outer join former
    on
        figure.organisation_id = former.organisation_id
        and figure.service_id = former.service_id
        and figure.period_id = former.period_id
        and figure.metric = former.metric
