with period as (

    select distinct
        period_type,
        period_id,
        period_start
    from {{ ref('int_period') }}

),

scale as (

    select
        scale_kind,
        scale_family,
        label_nl,
        label_en,
        rtrim(rtrim(cast(min_value as varchar), '0'), '.') as lowest,
        rtrim(rtrim(cast(max_value as varchar), '0'), '.') as highest
    from {{ ref('ref_scale') }}

),

labelled as (

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
    from period

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
        concat(scale_kind, '_', lowest, '_', highest) as code,
        label_nl,
        label_en,
        scale_family as group_code,
        0 as sort_order
    from scale

    union all

    select
        'statistic' as column_name,
        statistic as code,
        label_nl,
        label_en,
        unit as group_code,
        sort_order
    from {{ ref('ref_statistic') }}

    union all

    select
        'audience' as column_name,
        audience as code,
        label_nl,
        label_en,
        cast(null as varchar) as group_code,
        sort_order
    from {{ ref('ref_audience') }}

    union all

    select
        'service_group' as column_name,
        service_group as code,
        label_nl,
        label_en,
        cast(null as varchar) as group_code,
        sort_order
    from {{ ref('ref_service_group') }}
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
