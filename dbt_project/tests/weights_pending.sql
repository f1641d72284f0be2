{{ config(severity='warn') }}

-- Samples that stay unweighted although their mapping declares weights.
select distinct
    organisation_id,
    mapping_id,
    base_period_id,
    pending_reason
from {{ ref('int_weight') }}
where pending_reason is not null
