{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}
{%- set levels = cell_levels() %}

with response as (

    {{ counted_response() }}

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}
    where {{ changed }}

),

service as (

    select service_id
    from {{ ref('ref_service') }}

),

{{ numbered_questions() }},

period as (

    select * from {{ ref('int_period') }}
    where is_ended

),

cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }} and interval_basis <> 'none'

),

score as (

    select
        scale_id,
        allows_decimals,
        value,
        statistic,
        score - 0.5e0 as centred_score
    from {{ ref('int_score') }}

),

-- Those who answered a kind of survey more than once in a year: nobody else is looked at below.
repeater as (

    select
        row_number() over (
            order by
                response.organisation_id,
                version.instrument_kind,
                substr(response.period_id, 1, 4),
                response.respondent_key
        ) as respondent_number,
        response.organisation_id,
        version.instrument_kind,
        substr(response.period_id, 1, 4) as year_id,
        response.respondent_key
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    where response.respondent_key is not null
    group by
        response.organisation_id,
        version.instrument_kind,
        substr(response.period_id, 1, 4),
        response.respondent_key
    having count(*) > 1

),

listed as (

    select
        repeater.respondent_number,
        repeater.organisation_id,
        repeater.instrument_kind,
        version.version_number,
        response.period_id as base_period_id,
        response.service_group,
        response.channel,
        response.audience,
        coalesce(service.service_id, response.service_group) as service_id,
        response.touchpoint_id,
        response.life_event_id,
        case
            when regexp_full_match(response.age_band, '[0-9]{1,3}(-[0-9]{1,3}|\+)') then response.age_band
            else 'unknown'
        end as age_band,
        case
            when version.is_weighted then response.weight
            else coalesce(response.computed_weight, 1)
        end as weight,
        unnest(response.answers) as raw_value,
        cast(generate_subscripts(response.answers, 1) as integer) as item_seq
    from response
    inner join version
        on
            response.organisation_id = version.organisation_id
            and response.mapping_id = version.mapping_id
            and response.mapping_version = version.mapping_version
    inner join repeater
        on
            response.organisation_id = repeater.organisation_id
            and version.instrument_kind = repeater.instrument_kind
            and substr(response.period_id, 1, 4) = repeater.year_id
            and response.respondent_key = repeater.respondent_key
    left join service on response.service_id = service.service_id
    -- The limits of the count cube.
    where not version.is_weighted or (response.weight > 0 and response.weight < 1000000)

),

-- One row per respondent and value, however often somebody answered.
given as (

    select
        listed.respondent_number,
        listed.organisation_id,
        listed.instrument_kind,
        listed.base_period_id,
        listed.service_group,
        listed.channel,
        listed.audience,
        {%- for column in breakdown_columns().values() %}
        listed.{{ column }},
        {%- endfor %}
        item.node_id as kpi_id,
        item.scale_id,
        item.allows_decimals,
        codebook.value,
        count(*) as n,
        sum(listed.weight) as sum_w,
        sum(listed.weight * listed.weight) as sum_w2
    from listed
    inner join item
        on
            listed.version_number = item.version_number
            and listed.item_seq = item.item_seq
    inner join codebook
        on
            listed.version_number = codebook.version_number
            and listed.item_seq = codebook.item_seq
            and listed.raw_value = codebook.raw_value
    group by all

),
{% for level in levels %}
-- Level {{ loop.index }} of the grid and the breakdowns: one at a time, for there are as many rows as answers.
level_{{ loop.index }} as (

    select
        cell.organisation_id,
        cell.cell_number,
        given.respondent_number,
        given.scale_id,
        given.allows_decimals,
        given.value,
        sum(given.n) as n,
        -- Weights in units of the cell's mean weight.
        cast(case when any_value(cell.is_weights_pending) then sum(given.n) else sum(given.sum_w) end as double)
        * any_value(cell.n) / cast(any_value(cell.sum_w) as double) as sum_w,
        cast(case when any_value(cell.is_weights_pending) then sum(given.n) else sum(given.sum_w2) end as double)
        * power(any_value(cell.n) / cast(any_value(cell.sum_w) as double), 2) as sum_w2
    from given
    inner join period on given.base_period_id = period.base_period_id
    inner join cell
        on
            given.organisation_id = cell.organisation_id
            and given.kpi_id = cell.kpi_id
            and given.instrument_kind = cell.instrument_kind
            and period.period_id = cell.period_id
            {%- for column in ['breakdown', 'breakdown_value', 'service_group', 'channel', 'audience'] %}
            {%- set own = level.get(column, "'all'") %}
            and {{ own if "'" in own else 'given.' ~ own }} = cell.{{ column }}
            {%- endfor %}
    group by
        cell.organisation_id,
        cell.cell_number,
        given.respondent_number,
        given.scale_id,
        given.allows_decimals,
        given.value
    qualify sum(sum(given.n)) over (partition by cell.organisation_id, cell.cell_number, given.respondent_number) > 1

),
{% endfor %}
in_cell as (

    {%- for level in levels %}
    select * from level_{{ loop.index }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

of_respondent as (

    select
        in_cell.organisation_id,
        in_cell.cell_number,
        score.statistic,
        in_cell.respondent_number,
        sum(in_cell.n) as n,
        {{ whole_sum('in_cell.sum_w') }} as count_sum,
        {{ whole_sum('in_cell.sum_w * score.centred_score') }} as score_sum,
        {{ whole_sum('in_cell.sum_w2') }} as own_counts,
        {{ whole_sum('in_cell.sum_w2 * score.centred_score') }} as own_cross,
        {{ whole_sum('in_cell.sum_w2 * score.centred_score * score.centred_score') }} as own_scores
    from in_cell
    inner join score
        on
            in_cell.scale_id = score.scale_id
            and in_cell.allows_decimals = score.allows_decimals
            and in_cell.value = score.value
    group by in_cell.organisation_id, in_cell.cell_number, score.statistic, in_cell.respondent_number

),

-- Over pairs of different answers of one person; fewer than ten such persons would give away how one of them answered.
summed as (

    select
        organisation_id,
        cell_number,
        statistic,
        cast(count(*) as bigint) as n_respondents,
        cast(sum(n) - count(*) as bigint) as n_repeated,
        {{ whole_sum('score_sum * score_sum - own_scores') }} as score_sum,
        {{ whole_sum('score_sum * count_sum - own_cross') }} as cross_sum,
        {{ whole_sum('count_sum * count_sum - own_counts') }} as count_sum
    from of_respondent
    group by organisation_id, cell_number, statistic
    having count(*) >= {{ threshold('suppression_min_n') }}

)

-- An organisation without such cells has one row that says so.
select
    organisation_state.organisation_id,
    summed.cell_number,
    summed.statistic,
    summed.n_respondents,
    summed.n_repeated,
    summed.score_sum,
    summed.cross_sum,
    summed.count_sum,
    organisation_state.state_fingerprint
from organisation_state
left join summed on organisation_state.organisation_id = summed.organisation_id
