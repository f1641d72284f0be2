{# The value of one threshold, as a scalar. #}
{% macro threshold(name) -%}
    (select value from {{ ref('ref_threshold') }} where threshold = '{{ name }}')
{%- endmacro %}
