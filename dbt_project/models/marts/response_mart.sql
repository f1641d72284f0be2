{%- set counts = ['population', 'invited', 'delivered', 'started', 'completed', 'partials', 'screened_out'] %}

with counted as (

    select * from {{ ref('int_published_response') }}

),

organisation as (

    select
        organisation_id,
        organisation_name
    from {{ ref('organisation') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

shown as (

    select
        organisation_id,
        instrument_id,
        instrument_kind,
        period_id,
        channel,
        bool_or(is_self_selected) as is_self_selected,
        {%- for count in counts %}
        max(n) filter (
            where
            count_name = '{{ count }}' and is_published and not is_suppressed
            and n >= {{ threshold('suppression_min_n') }}
        ) as {{ count }},
        {%- endfor %}
        {%- for count in ['started', 'completed', 'partials'] %}
        coalesce(bool_or(is_revision_pending) filter (where count_name = '{{ count }}'), false)
            as is_{{ count }}_pending,
        {%- endfor %}
        coalesce(bool_or(is_suppressed and n > 0) filter (where count_name = 'screened_out'), false)
            as is_screened_out_hidden,
        coalesce(max(n) filter (where count_name = 'screened_out' and is_published), 0) = 0 as has_none_screened_out,
        max(n) filter (where count_name = 'partials') = 0 as has_no_partial,
        bool_or(is_suppressed and n > 0 and count_name <> 'broken_off') as is_suppressed,
        bool_or(is_revision_pending and is_published and not is_suppressed and count_name <> 'broken_off')
            as is_revision_pending
    from counted
    group by organisation_id, instrument_id, instrument_kind, period_id, channel
    having bool_or(is_published)

),

-- What the rates are made of; each is empty where a reader could not be shown one of its parts, or where one of two
-- that belong together stands and the other was replaced.
part as (

    select
        *,
        case when is_self_selected or is_screened_out_hidden then null else coalesce(delivered, invited) end
        - case when has_none_screened_out then 0 else screened_out end as eligible,
        completed
        + case when has_no_partial then 0 when is_partials_pending = is_completed_pending then partials end as answered,
        case when not is_screened_out_hidden and is_started_pending = is_completed_pending then started end
        - completed - case when has_none_screened_out then 0 else screened_out end as broken_off
    from shown

),

checked as (

    select
        *,
        coalesce(
            completed > eligible
            or answered > eligible
            or broken_off < 0
            or delivered > invited
            or invited > population
            or completed > population,
            false
        ) as is_inconsistent
    from part

),

rated as (

    select
        *,
        case when not is_inconsistent and eligible > 0 then completed / cast(eligible as double) end as response_share,
        case
            when not is_inconsistent and eligible > 0 then answered / cast(eligible as double)
        end as answered_share,
        case when not is_inconsistent then broken_off / cast(started as double) end as broken_off_share,
        case when not is_inconsistent then completed / cast(population as double) end as covered_share
    from checked

)

select
    rated.organisation_id,
    organisation.organisation_name,
    rated.instrument_id,
    rated.instrument_kind,
    period.period_type,
    rated.period_id,
    period.period_start,
    rated.channel,
    rated.population,
    rated.invited,
    rated.delivered,
    rated.started,
    rated.completed,
    rated.partials,
    rated.screened_out,
    {{ round_significant('rated.response_share') }} as response_rate,
    {%- for name, sign in [('low', '-'), ('high', '+')] %}
    case
        when rated.response_share is not null
            then {{ round_significant(wilson('rated.response_share', 'rated.eligible', sign)) }}
    end as response_rate_{{ name }},
    {%- endfor %}
    {{ round_significant('rated.answered_share') }} as response_rate_with_partials,
    {{ round_significant('rated.broken_off_share') }} as break_off_rate,
    {{ round_significant('rated.covered_share') }} as coverage_share,
    concat_ws(
        ',',
        case when rated.is_inconsistent then 'counts_inconsistent' end,
        case when rated.is_revision_pending then 'revision_pending' end,
        case when rated.is_self_selected then 'self_selected' end,
        case when rated.is_suppressed then 'suppressed_privacy' end
    ) as flags,
    rated.is_suppressed
from rated
inner join period on rated.period_id = period.period_id
left join organisation on rated.organisation_id = organisation.organisation_id
