{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

with cell_answer as (

    select * from {{ ref('int_cell_answer') }}
    where {{ changed }}

),

every_cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }}

),

cell as (

    select * from every_cell
    where is_revision_pending is not true and is_retained is not true

),

former as (

    select * from {{ source('history', 'statistic') }}
    where {{ changed }}

),

numbered as (

    select
        every_cell.cell_number,
        former.*
    from former
    inner join every_cell on {{ same_cell('former', 'every_cell') }}
    where every_cell.is_revision_pending or every_cell.is_retained

),

-- Where the old figure stands, so do its statistics.
standing as (

    select
        * exclude (
            kpi_id, instrument_kind, period_id, breakdown, breakdown_value, service_group, channel, audience
        )
    from numbered

),

organisation_state as (

    select * from {{ ref('stg_organisation_state') }}

),

weight_variance as (

    select * from {{ ref('int_weight_variance') }}
    where {{ changed }}

),

respondent_sum as (

    select * from {{ ref('int_respondent_sum') }}
    where {{ changed }} and cell_number is not null

),

population as (

    select * from {{ ref('int_cell_population') }}
    where {{ changed }}

),

score as (

    select * from {{ ref('int_score') }}

),

model_node as (

    select node_id
    from {{ ref('ref_model_node') }}

),

kpi_definition as (

    select
        node_id,
        statistic
    from {{ ref('ref_kpi_definition') }}

),

student_t as (

    select
        degrees_of_freedom,
        quantile_975
    from {{ ref('ref_student_t') }}

),

-- A node has the statistics of its own rows, or those of '*' when it has none.
definition as (

    select
        model_node.node_id as kpi_id,
        kpi_definition.statistic
    from model_node
    inner join kpi_definition
        on
            kpi_definition.node_id = case
                when model_node.node_id in (select named.node_id from kpi_definition as named)
                    then model_node.node_id
                else '*'
            end

),

-- Each answer's share in its cell: of the answers, of the weights, of the squared weights.
share_of_cell as (

    select
        cell.organisation_id,
        cell.cell_number,
        cell_answer.kpi_id,
        cell_answer.scale_id,
        cell_answer.allows_decimals,
        cell_answer.value,
        cell.comparability_grade,
        cell_answer.n,
        cell_answer.n / cast(cell.n as double) as n_share,
        cast(case when cell.is_weights_pending then cell_answer.n else cell_answer.sum_w end as double)
        / cast(cell.sum_w as double) as w_share,
        cast(case when cell.is_weights_pending then cell_answer.n else cell_answer.sum_w2 end as double)
        / cast(cell.sum_w2 as double) as w2_share
    from cell_answer
    inner join cell
        on
            cell_answer.organisation_id = cell.organisation_id
            and cell_answer.kpi_id = cell.kpi_id
            and cell_answer.instrument_kind = cell.instrument_kind
            and cell_answer.period_id = cell.period_id
            and cell_answer.breakdown = cell.breakdown
            and cell_answer.breakdown_value = cell.breakdown_value
            and cell_answer.service_group = cell.service_group
            and cell_answer.channel = cell.channel
            and cell_answer.audience = cell.audience

),

-- Half is taken off each score: the difference of squares below then stays exact where nearly everybody agrees.
term as (

    select
        share_of_cell.organisation_id,
        share_of_cell.cell_number,
        score.statistic,
        score.method,
        score.factor,
        score.offset_value,
        score.score - 0.5e0 as centred_score,
        share_of_cell.n,
        share_of_cell.n_share,
        share_of_cell.w_share,
        share_of_cell.w2_share
    from share_of_cell
    inner join score
        on
            share_of_cell.scale_id = score.scale_id
            and share_of_cell.allows_decimals = score.allows_decimals
            and share_of_cell.value = score.value
    inner join definition
        on
            share_of_cell.kpi_id = definition.kpi_id
            and score.statistic = definition.statistic
    where score.required_grade is null or score.required_grade = share_of_cell.comparability_grade

),

summed as (

    select
        organisation_id,
        cell_number,
        statistic,
        max(method) as method,
        max(factor) as factor,
        max(offset_value) as offset_value,
        min(factor) = max(factor) and min(offset_value) = max(offset_value) as is_one_unit,
        sum(n) as n,
        min(centred_score) = max(centred_score) as is_without_spread,
        max(centred_score) as highest_score,
        {{ exact_sum('n_share * centred_score') }} as n_mean,
        {{ exact_sum('w_share * centred_score') }} as w_mean,
        {{ exact_sum('w2_share * centred_score') }} as w2_mean,
        {{ exact_sum('w2_share * centred_score * centred_score') }} as w2_mean_square
    from term
    group by organisation_id, cell_number, statistic

),

in_cell as (

    select
        summed.organisation_id,
        summed.cell_number,
        summed.statistic,
        summed.method,
        summed.factor,
        summed.offset_value,
        summed.is_without_spread,
        summed.highest_score,
        summed.n_mean,
        summed.w_mean,
        summed.w2_mean,
        summed.w2_mean_square,
        cell.n,
        power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff,
        cell.interval_basis <> 'none' as has_interval,
        -- Across scale families only the rescaled score has a meaning; in scale units only one scale has; and every
        -- answer of the cell must take part.
        summed.n = cell.n
        and summed.is_one_unit
        and (cell.n_families = 1 or summed.method = 'mean_score') as is_one_quantity,
        cell.n_families > 1 as is_scale_family_mixed,
        -- Computed weights take strata or margins out of the answers: estimation.residuals.
        (
            weight_variance.score_sum
            - 2 * summed.w_mean * weight_variance.cross_sum
            + summed.w_mean * summed.w_mean * weight_variance.count_sum
        ) / power(cast(cell.sum_w as double), 2) as residual_spread,
        -- People who answered more than once: int_respondent_sum.
        coalesce(
            (
                respondent_sum.score_sum
                - 2 * summed.w_mean * respondent_sum.cross_sum
                + summed.w_mean * summed.w_mean * respondent_sum.count_sum
            ) / power(cell.n, 2),
            0
        ) as repeated_spread,
        cell.n - coalesce(respondent_sum.n_repeated, 0) as n_clusters,
        -- Strata have their corrections already: estimation.residuals.
        case when cell.population_source = 'frame' then population.population end as population
    from summed
    inner join cell
        on
            summed.organisation_id = cell.organisation_id
            and summed.cell_number = cell.cell_number
    left join weight_variance
        on
            summed.organisation_id = weight_variance.organisation_id
            and summed.cell_number = weight_variance.cell_number
            and summed.statistic = weight_variance.statistic
    left join respondent_sum
        on
            summed.organisation_id = respondent_sum.organisation_id
            and summed.cell_number = respondent_sum.cell_number
            and summed.statistic = respondent_sum.statistic
    left join population
        on
            summed.organisation_id = population.organisation_id
            and summed.cell_number = population.cell_number

),

-- Linearised: n / (n - 1) * sum of w^2 (x - M)^2 / (sum of w)^2, n being people where they answered more than once;
-- times 1 - n / N where the n are a plain random sample of N.
estimated as (

    select
        *,
        offset_value + factor * (0.5e0 + case when is_without_spread then highest_score else w_mean end) as value,
        offset_value
        + factor * (0.5e0 + case when is_without_spread then highest_score else n_mean end) as value_unweighted,
        case
            when n < 2 then null
            when is_without_spread then 0
            else
                factor * sqrt(
                    n_clusters / (n_clusters - 1e0) * coalesce(1 - n_clusters / population, 1) * greatest(
                        coalesce(
                            residual_spread,
                            (w2_mean_square - 2 * w_mean * w2_mean + w_mean * w_mean) / n_eff
                        ) + repeated_spread,
                        0
                    )
                )
        end as standard_error
    from in_cell

),

bounded as (

    select
        estimated.*,
        case
            when estimated.n < 2 then null
            when estimated.method in ('mean_score', 'mean_value')
                then
                    {{ student_t_975('student_t.quantile_975', '(estimated.n - 1)') }} * estimated.standard_error
            when estimated.method = 'net_share' then 1.96 * estimated.standard_error
        end as margin,
        estimated.n >= 2
        and estimated.method in ('share_category_high', 'share_category_low', 'share_from') as has_wilson
    from estimated
    left join student_t on student_t.degrees_of_freedom = estimated.n - 1

),

interval_of as (

    select
        *,
        case
            when has_wilson then least({{ wilson('value', 'n_eff', '-') }}, value)
            when method = 'net_share' and margin is not null then greatest(value - margin, -100)
            else value - margin
        end as ci_low,
        case
            when has_wilson then greatest({{ wilson('value', 'n_eff', '+') }}, value)
            when method = 'net_share' and margin is not null then least(value + margin, 100)
            else value + margin
        end as ci_high
    from bounded

),

rounded as (

    select
        organisation_id,
        cell_number,
        statistic,
        method,
        factor,
        is_scale_family_mixed,
        case when is_one_quantity then {{ round_significant('value') }} end as value,
        case when is_one_quantity then {{ round_significant('value_unweighted') }} end as value_unweighted,
        {%- for figure in ['standard_error', 'ci_low', 'ci_high'] %}
        case when is_one_quantity and has_interval then {{ round_significant(figure) }} end as {{ figure }},
        {%- endfor %}
        -- In points of a scale of 100, whatever the unit.
        case
            when is_one_quantity and has_interval then (ci_high - ci_low) / 2 * 100 / factor
        end as half_width_points
    from interval_of

),

statistic as (

    select * from rounded
    union all by name
    select * from standing

)

select
    statistic.organisation_id,
    statistic.cell_number,
    statistic.statistic,
    statistic.method,
    statistic.factor,
    statistic.is_scale_family_mixed,
    statistic.value,
    statistic.value_unweighted,
    statistic.standard_error,
    statistic.ci_low,
    statistic.ci_high,
    statistic.half_width_points,
    organisation_state.state_fingerprint
from statistic
inner join organisation_state on statistic.organisation_id = organisation_state.organisation_id
