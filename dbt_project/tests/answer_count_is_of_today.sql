-- Every organisation in the cube is counted from its present deliveries and mappings.
select distinct
    organisation_id,
    state_fingerprint
from {{ ref('int_answer_count') }}
where not {{ is_current_state() }}
