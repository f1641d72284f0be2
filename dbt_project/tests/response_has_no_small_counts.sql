-- least() passes over empty counts.
select organisation_id
from {{ ref('response_mart') }}
where
    least(population, invited, delivered, started, completed, partials, screened_out)
    < {{ threshold('suppression_min_n') }}
