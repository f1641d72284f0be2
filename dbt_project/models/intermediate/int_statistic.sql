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

cell as (

    select * from {{ ref('int_cell') }}
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

-- Each answer's share in the cell. Half is taken off the score, which keeps the difference of squares below exact
-- enough where nearly everybody agrees.
term as (

    select
        cell_answer.organisation_id,
        cell_answer.state_fingerprint,
        cell_answer.kpi_id,
        cell_answer.instrument_kind,
        cell_answer.period_id,
        cell_answer.service_group,
        cell_answer.channel,
        cell_answer.audience,
        score.statistic,
        score.method,
        score.factor,
        score.offset_value,
        score.score - 0.5e0 as centred_score,
        cell_answer.n,
        cell_answer.n / cast(cell.n as double) as n_share,
        cast(cell_answer.sum_w as double) / cast(cell.sum_w as double) as w_share,
        cast(cell_answer.sum_w2 as double) / power(cast(cell.sum_w as double), 2) as w2_share,
        cell.n as cell_n,
        cell.n_families,
        cell.interval_basis,
        power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff
    from cell_answer
    inner join cell
        on
            cell_answer.organisation_id = cell.organisation_id
            and cell_answer.kpi_id = cell.kpi_id
            and cell_answer.instrument_kind = cell.instrument_kind
            and cell_answer.period_id = cell.period_id
            and cell_answer.service_group = cell.service_group
            and cell_answer.channel = cell.channel
            and cell_answer.audience = cell.audience
    inner join score
        on
            cell_answer.scale_id = score.scale_id
            and cell_answer.allows_decimals = score.allows_decimals
            and cell_answer.value = score.value
    inner join definition
        on
            cell_answer.kpi_id = definition.kpi_id
            and score.statistic = definition.statistic
    where score.required_grade is null or score.required_grade = cell.comparability_grade

),

summed as (

    select
        organisation_id,
        state_fingerprint,
        kpi_id,
        instrument_kind,
        period_id,
        service_group,
        channel,
        audience,
        statistic,
        max(method) as method,
        max(factor) as factor,
        max(offset_value) as offset_value,
        max(cell_n) as n,
        max(n_eff) as n_eff,
        max(interval_basis) as interval_basis,
        -- Across scale families only the rescaled score has a meaning; across scales of other length or start no
        -- value in scale units has; and every answer of the cell must take part.
        sum(n) = max(cell_n)
        and (max(n_families) = 1 or max(method) = 'mean_score')
        and min(factor) = max(factor)
        and min(offset_value) = max(offset_value) as is_one_quantity,
        max(n_families) > 1 as is_scale_family_mixed,
        min(centred_score) = max(centred_score) as is_without_spread,
        max(centred_score) as highest_score,
        cast(sum({{ exact_term('n_share * centred_score') }}) as double) as n_score,
        cast(sum({{ exact_term('w_share * centred_score') }}) as double) as w_score,
        cast(sum({{ exact_term('w2_share * centred_score') }}) as double) as w2_score,
        cast(sum({{ exact_term('w2_share * centred_score * centred_score') }}) as double) as w2_square
    from term
    group by
        organisation_id,
        state_fingerprint,
        kpi_id,
        instrument_kind,
        period_id,
        service_group,
        channel,
        audience,
        statistic

),

-- Linearised: n / (n - 1) * sum of w^2 (x - M)^2 / (sum of w)^2.
estimated as (

    select
        *,
        offset_value
        + factor * (0.5e0 + case when is_without_spread then highest_score else w_score end) as value,
        offset_value
        + factor * (0.5e0 + case when is_without_spread then highest_score else n_score end) as value_unweighted,
        case
            when n < 2 then null
            when is_without_spread then 0
            else
                factor * sqrt(
                    greatest(w2_square - 2 * w_score * w2_score + w_score * w_score / n_eff, 0)
                    * n / (n - 1)
                )
        end as standard_error
    from summed

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
        interval_basis <> 'none' as has_interval,
        case
            when has_wilson then least({{ wilson('value', 'n_eff', '-') }}, value)
            when method = 'net_share' then greatest(value - margin, -100)
            else value - margin
        end as ci_low,
        case
            when has_wilson then greatest({{ wilson('value', 'n_eff', '+') }}, value)
            when method = 'net_share' then least(value + margin, 100)
            else value + margin
        end as ci_high
    from bounded

)

select
    organisation_id,
    state_fingerprint,
    kpi_id,
    instrument_kind,
    period_id,
    service_group,
    channel,
    audience,
    statistic,
    is_scale_family_mixed,
    case when is_one_quantity then {{ round_significant('value') }} end as value,
    case when is_one_quantity then {{ round_significant('value_unweighted') }} end as value_unweighted,
    case when is_one_quantity and has_interval then {{ round_significant('standard_error') }} end as standard_error,
    case when is_one_quantity and has_interval then {{ round_significant('ci_low') }} end as ci_low,
    case when is_one_quantity and has_interval then {{ round_significant('ci_high') }} end as ci_high,
    -- In points of a scale of 100, whatever the unit.
    case when is_one_quantity and has_interval then (ci_high - ci_low) / 2 * 100 / factor end as half_width_points
from interval_of
