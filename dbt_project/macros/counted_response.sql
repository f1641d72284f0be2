{#
  Responses that feed figures, with the weight that follows from targets and the stratum it belongs to (0 where there is
  none). Where no organisation of a batch has such weights, the join finds nothing to look up and costs nothing.
#}
{% macro counted_response() -%}
    select
        response.*,
        weight.weight as computed_weight,
        coalesce(weight.stratum_number, 0) as stratum_number
    from (
        select * from {{ ref('stg_response') }}
        where
            {{ changed_organisations() }}
            and is_completed
            and exclusion_reason is null
    ) as response
    left join (
        select * from {{ ref('int_weight') }}
        where {{ changed_organisations() }} and weight is not null
    ) as weight
        on
            response.organisation_id = weight.organisation_id
            and response.mapping_id = weight.mapping_id
            and response.period_id = weight.base_period_id
            {%- for column in [
                'service_id', 'channel', 'touchpoint_id', 'life_event_id', 'audience', 'age_band'
            ] %}
            and response.{{ column }} = weight.{{ column }}
            {%- endfor %}
{%- endmacro %}
