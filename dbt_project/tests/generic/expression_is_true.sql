{# Every row for which `condition` holds satisfies `expression`; unknown is not true. #}
{% test expression_is_true(model, expression, condition='true') %}

select *
from {{ model }}
where
    ({{ condition }})
    and not coalesce(({{ expression }}), false)

{% endtest %}
