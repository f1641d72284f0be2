with labelled as (

    select
        'kpi_id' as column_name,
        node_id as code,
        label_nl,
        label_en,
        floor as group_code,
        sort_order
    from {{ ref('ref_model_node') }}

    union all

    select
        'organisation_id' as column_name,
        organisation_id as code,
        organisation_name as label_nl,
        organisation_name as label_en,
        organisation_type as group_code,
        0 as sort_order
    from {{ ref('organisation') }}

    union all

    select
        'period_id' as column_name,
        period_id as code,
        {{ period_text('period_type', 'period_id', 'nl') }} as label_nl,
        {{ period_text('period_type', 'period_id', 'en') }} as label_en,
        period_type as group_code,
        date_diff('day', date '1900-01-01', period_start) as sort_order
    from (select distinct period_type, period_id, period_start from {{ ref('int_period') }}) as period

    union all

    select
        'channel' as column_name,
        channel as code,
        label_nl,
        label_en,
        contact_type as group_code,
        sort_order
    from {{ ref('ref_channel') }}

    union all

    select
        'service_id' as column_name,
        service_id as code,
        label_nl,
        label_en,
        service_group as group_code,
        0 as sort_order
    from {{ ref('ref_service') }}

    union all

    select
        'touchpoint' as column_name,
        touchpoint_id as code,
        label_nl,
        label_en,
        journey_stage as group_code,
        0 as sort_order
    from {{ ref('ref_touchpoint') }}

    union all

    select
        'scale_id' as column_name,
        concat(scale_kind, '_', rtrim(rtrim(cast(min_value as varchar), '0'), '.'), '_', rtrim(rtrim(cast(max_value as varchar), '0'), '.')) as code,
        label_nl,
        label_en,
        scale_family as group_code,
        0 as sort_order
    from {{ ref('ref_scale') }}

    union all

    select
        'statistic' as column_name,
        statistic as code,
        label_nl,
        label_en,
        unit as group_code,
        sort_order
    from {{ ref('ref_statistic') }}
{% for column_name in ['audience', 'service_group'] %}
    union all

    select
        '{{ column_name }}' as column_name,
        {{ column_name }} as code,
        label_nl,
        label_en,
        cast(null as varchar) as group_code,
        sort_order
    from {{ ref('ref_' ~ column_name) }}
{% endfor %}
    union all

    select
        'instrument_kind' as column_name,
        instrument_kind as code,
        label_nl,
        label_en,
        cast(null as varchar) as group_code,
        0 as sort_order
    from {{ ref('ref_instrument_kind') }}

    union all

    select
        column_name,
        code,
        label_nl,
        label_en,
        cast(null as varchar) as group_code,
        sort_order
    from {{ ref('ref_code') }}

)

select
    column_name,
    code,
    label_nl,
    label_en,
    group_code,
    cast(sort_order as integer) as sort_order
from labelled
