{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations('returning') %}

with returning_answer as (

    select * from {{ ref('int_returning_answer') }}
    where {{ changed }} and respondent_number is not null

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}
    where {{ changed }}

),

level as (

    {{ level_table() }}

),

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

{{ profile_cells() }},

in_base_period as (

    select distinct
        organisation_id,
        respondent_number,
        base_period_id,
        responses_n
    from returning_answer

),

-- In a month hardly anybody answers twice: the others are left out before their answers are looked at.
returned as (

    select
        in_base_period.organisation_id,
        in_base_period.respondent_number,
        period.period_id
    from in_base_period
    inner join period on in_base_period.base_period_id = period.base_period_id
    group by in_base_period.organisation_id, in_base_period.respondent_number, period.period_id
    having sum(in_base_period.responses_n) > 1

),

-- Who answered a cell more than once, one row per value.
in_cell as (

    select
        profile_cell.organisation_id,
        profile_cell.cell_number,
        returning_answer.respondent_number,
        returning_answer.scale_id,
        returning_answer.allows_decimals,
        returning_answer.value,
        sum(returning_answer.n) as n,
        -- Weights in units of the cell's mean weight.
        cast(
            sum(case when profile_cell.is_weights_pending then returning_answer.n else returning_answer.sum_w end)
            as double
        ) * any_value(profile_cell.n / profile_cell.sum_w) as sum_w,
        cast(
            sum(case when profile_cell.is_weights_pending then returning_answer.n else returning_answer.sum_w2 end)
            as double
        ) * any_value(power(profile_cell.n / profile_cell.sum_w, 2)) as sum_w2
    from returning_answer
    inner join profile_cell
        on
            returning_answer.organisation_id = profile_cell.organisation_id
            and returning_answer.profile_number = profile_cell.profile_number
            and returning_answer.kpi_id = profile_cell.kpi_id
    semi join returned
        on
            returning_answer.organisation_id = returned.organisation_id
            and returning_answer.respondent_number = returned.respondent_number
            and profile_cell.period_id = returned.period_id
    group by
        profile_cell.organisation_id,
        profile_cell.cell_number,
        returning_answer.respondent_number,
        returning_answer.scale_id,
        returning_answer.allows_decimals,
        returning_answer.value
    qualify
        sum(sum(returning_answer.n)) over (
            partition by profile_cell.organisation_id, profile_cell.cell_number, returning_answer.respondent_number
        ) > 1

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

-- An organisation without such cells has one row that says so, beside the total.
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
where summed.cell_number is not null or (select min(level.level_number) from level) = 1
