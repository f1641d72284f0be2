{%- set counts = ['population', 'invited', 'delivered', 'started', 'completed', 'partials', 'screened_out'] %}

with response as (

    select * from {{ ref('int_response') }}

),

protection as (

    select * from {{ ref('int_response_protection') }}

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
        response.organisation_id,
        response.instrument_id,
        response.instrument_kind,
        response.period_id,
        response.channel,
        response.is_self_selected,
        protection.is_screened_out_hidden,
        {%- for count in counts %}
        case
            when
                not protection.is_{{ count }}_hidden
                and response.{{ count }} >= {{ threshold('suppression_min_n') }}
                then response.{{ count }}
        end as {{ count }},
        {%- endfor %}
        response.screened_out = 0 or response.screened_out is null as has_none_screened_out,
        response.partials = 0 as has_no_partial,
        {%- for count in counts %}
        protection.is_{{ count }}_hidden
        {{- " or " if not loop.last }}
        {%- endfor %} as is_suppressed
    from response
    inner join protection
        on
            response.organisation_id = protection.organisation_id
            and response.instrument_id = protection.instrument_id
            and response.instrument_kind = protection.instrument_kind
            and response.period_id = protection.period_id
            and response.channel = protection.channel

),

-- What the rates are made of; each is empty where a reader could not be shown one of its parts.
part as (

    select
        *,
        case when is_self_selected or is_screened_out_hidden then null else coalesce(delivered, invited) end
        - case when has_none_screened_out then 0 else screened_out end as eligible,
        completed + case when has_no_partial then 0 else partials end as answered,
        case when not is_screened_out_hidden then started end
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
        case when rated.is_self_selected then 'self_selected' end,
        case when rated.is_suppressed then 'suppressed_privacy' end
    ) as flags,
    rated.is_suppressed
from rated
inner join period on rated.period_id = period.period_id
left join organisation on rated.organisation_id = organisation.organisation_id
