with driver as (

    select
        *,
        cast(importance as decimal(10, 9)) as exact_importance
    from {{ ref('driver') }}
    where importance is not null and comparability_grade in ('A', 'B') and interval_basis <> 'none'

),

student_t as (

    select
        degrees_of_freedom,
        quantile_975
    from {{ ref('ref_student_t') }}

),

-- Each organisation counts once. The sums are exact, so no order of rows can change a figure.
summed as (

    select
        outcome_id,
        outcome_label_nl,
        outcome_label_en,
        driver_id,
        driver_label_nl,
        driver_label_en,
        driver_kind,
        instrument_kind,
        channel,
        period_id,
        model_version,
        note_nl,
        note_en,
        count(*) as n_organisations,
        cast(sum(exact_importance) as decimal(18, 9)) as sum_of_importance,
        cast(sum(exact_importance * exact_importance) as decimal(28, 18)) as sum_of_squares,
        {{ exact_sum('performance / 100') }} * 100 / count(performance) as performance
    from driver
    group by all

),

of_kind as (

    select
        organisation_id,
        outcome_id,
        driver_kind,
        instrument_kind,
        channel,
        period_id,
        {{ exact_sum('importance') }} as importance
    from driver
    where driver_kind is not null
    group by all

),

-- An organisation that asks nothing of one kind says nothing about the balance of kinds.
balance as (

    select
        outcome_id,
        driver_kind,
        instrument_kind,
        channel,
        period_id,
        count(*) as n_organisations,
        {{ exact_sum('importance') }} / count(*) as kind_share
    from (
        select
            *,
            count(*) over (
                partition by organisation_id, outcome_id, instrument_kind, channel, period_id
            ) as n_kinds
        from of_kind
    ) as with_kinds
    where n_kinds > 1
    group by all

),

-- The standard error of a mean over organisations, each a draw of its own.
estimated as (

    select
        *,
        cast(sum_of_importance as double) / n_organisations as importance,
        sqrt(
            cast(
                cast(n_organisations as decimal(9, 0)) * sum_of_squares - sum_of_importance * sum_of_importance
                as double
            )
            / (n_organisations - 1e0)
        ) / n_organisations as standard_error
    from summed
    where n_organisations >= {{ threshold('peers_min_organisations') }}

),

ranked as (

    select
        estimated.*,
        {{ student_t_975('student_t.quantile_975', '(estimated.n_organisations - 1)') }}
        * estimated.standard_error as margin,
        rank() over (
            partition by estimated.outcome_id, estimated.instrument_kind, estimated.channel, estimated.period_id
            order by {{ round_significant('estimated.importance') }} desc
        ) as importance_rank
    from estimated
    left join student_t on student_t.degrees_of_freedom = estimated.n_organisations - 1

)

select
    ranked.outcome_id,
    ranked.outcome_label_nl,
    ranked.outcome_label_en,
    ranked.driver_id,
    ranked.driver_label_nl,
    ranked.driver_label_en,
    ranked.driver_kind,
    ranked.instrument_kind,
    ranked.channel,
    ranked.period_id,
    ranked.n_organisations,
    {{ round_significant('ranked.importance') }} as importance,
    {{ round_significant('greatest(ranked.importance - ranked.margin, 0)') }} as importance_low,
    {{ round_significant('least(ranked.importance + ranked.margin, 1)') }} as importance_high,
    ranked.importance_rank,
    {{ round_significant('ranked.performance') }} as performance,
    case
        when balance.n_organisations >= {{ threshold('peers_min_organisations') }}
            then {{ round_significant('balance.kind_share') }}
    end as kind_share,
    ranked.model_version,
    ranked.note_nl,
    ranked.note_en
from ranked
left join balance
    on
        ranked.outcome_id = balance.outcome_id
        and ranked.driver_kind = balance.driver_kind
        and ranked.instrument_kind = balance.instrument_kind
        and ranked.channel = balance.channel
        and ranked.period_id = balance.period_id
