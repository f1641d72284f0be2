{{
    config(
        incremental_strategy='replace_keys',
        unique_key='organisation_id',
        on_schema_change='sync_all_columns'
    )
}}

{%- set changed = changed_organisations() %}

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

overlap as (

    select * from {{ ref('int_wave_overlap') }}
    where {{ changed }} and period_id is not null

),

comparison as (

    select * from {{ ref('int_comparison') }}
    where {{ changed }}

),

every_cell as (

    select * from {{ ref('int_cell') }}
    where {{ changed }} and breakdown = 'all'

),

figure as (

    select * from {{ ref('int_statistic') }}
    where {{ changed }} and value is not null and standard_error is not null

),

score as (

    select * from {{ ref('int_score') }}

),

-- Where weights are computed, answers differ from the mean of their stratum, not from that of the cell.
stratum as (

    select
        organisation_id,
        cell_number,
        statistic,
        concat_ws('/', mapping_id, base_period_id, stratum_number) as stratum_id,
        0.5e0 + sum_score / n as mean_score
    from {{ ref('int_cell_stratum') }}
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

-- An old figure that stands is not what the people of today answered: it is compared as if they were others.
pair as (

    select distinct
        comparison.organisation_id,
        comparison.cell_number,
        comparison.compared_cell_number
    from comparison
    inner join overlap
        on
            comparison.organisation_id = overlap.organisation_id
            and comparison.instrument_kind = overlap.instrument_kind
            and comparison.period_id = overlap.period_id
            and comparison.compared_period_id = overlap.compared_period_id
    where
        not comparison.is_suppressed
        and not comparison.is_self_selected
        and not comparison.is_revision_pending

),

side as (

    select
        organisation_id,
        unnest([cell_number, compared_cell_number]) as cell_number
    from pair

),

cell as (

    select every_cell.*
    from every_cell
    semi join side
        on
            every_cell.organisation_id = side.organisation_id
            and every_cell.cell_number = side.cell_number

),

profile as (

    select distinct
        organisation_id,
        profile_number,
        instrument_kind,
        base_period_id,
        {{ (grid_dimensions() + breakdown_columns().values() | list) | join(',\n        ') }}
    from returning_answer

),

profile_at_level as (

    select
        profile.organisation_id,
        profile.profile_number,
        profile.instrument_kind,
        period.period_id,
        {{ cell_at_level('profile', 'level') }}
    from profile
    inner join period on profile.base_period_id = period.base_period_id
    cross join level
    -- Breakdowns are not compared.
    where level.breakdown = 'all'

),

-- The cells that an answer is in, by its profile and question. Made before answers are looked at: the planner would
-- join these by the number alone, of every organisation with every other.
profile_cell as materialized (

    select
        profile_at_level.profile_number,
        profile_at_level.period_id,
        cell.organisation_id,
        cell.cell_number,
        cell.kpi_id,
        cell.n,
        cast(cell.sum_w as double) as sum_w,
        cell.is_weights_pending
    from profile_at_level
    inner join cell
        on
            profile_at_level.organisation_id = cell.organisation_id
            and profile_at_level.instrument_kind = cell.instrument_kind
            and profile_at_level.period_id = cell.period_id
            and profile_at_level.breakdown = cell.breakdown
            and profile_at_level.breakdown_value = cell.breakdown_value
            {%- for dimension in grid_dimensions() %}
            and profile_at_level.{{ dimension }} = cell.{{ dimension }}
            {%- endfor %}

),

answered as (

    select distinct
        returning_answer.organisation_id,
        returning_answer.instrument_kind,
        returning_answer.respondent_number,
        period.period_id
    from returning_answer
    inner join period on returning_answer.base_period_id = period.base_period_id

),

-- Those who answered in both waves of a pair, in each of the two: the others are left out before their answers are
-- looked at.
common as (

    select distinct
        overlap.organisation_id,
        later.respondent_number,
        unnest([overlap.period_id, overlap.compared_period_id]) as period_id
    from overlap
    inner join answered as later
        on
            overlap.organisation_id = later.organisation_id
            and overlap.instrument_kind = later.instrument_kind
            and overlap.period_id = later.period_id
    inner join answered as earlier
        on
            overlap.organisation_id = earlier.organisation_id
            and overlap.compared_period_id = earlier.period_id
            and later.respondent_number = earlier.respondent_number

),

in_cell as (

    select
        profile_cell.organisation_id,
        profile_cell.cell_number,
        returning_answer.respondent_number,
        returning_answer.stratum_id,
        returning_answer.scale_id,
        returning_answer.allows_decimals,
        returning_answer.value,
        -- In units of the cell's mean weight.
        cast(
            sum(case when profile_cell.is_weights_pending then returning_answer.n else returning_answer.sum_w end)
            as double
        ) * any_value(profile_cell.n / profile_cell.sum_w) as weight,
        row_number() over (
            partition by profile_cell.organisation_id, profile_cell.cell_number, returning_answer.respondent_number
            order by
                returning_answer.stratum_id, returning_answer.scale_id, returning_answer.allows_decimals,
                returning_answer.value
        ) = 1 as is_first
    from returning_answer
    inner join profile_cell
        on
            returning_answer.organisation_id = profile_cell.organisation_id
            and returning_answer.profile_number = profile_cell.profile_number
            and returning_answer.kpi_id = profile_cell.kpi_id
    semi join common
        on
            returning_answer.organisation_id = common.organisation_id
            and returning_answer.respondent_number = common.respondent_number
            and profile_cell.period_id = common.period_id
    group by
        profile_cell.organisation_id,
        profile_cell.cell_number,
        returning_answer.respondent_number,
        returning_answer.stratum_id,
        returning_answer.scale_id,
        returning_answer.allows_decimals,
        returning_answer.value

),

-- How often one answer of the later cell goes with another of the earlier one, in one person.
crossed as (

    select
        pair.organisation_id,
        pair.cell_number,
        pair.compared_cell_number,
        {%- for column in ['stratum_id', 'scale_id', 'allows_decimals', 'value'] %}
        later.{{ column }},
        earlier.{{ column }} as compared_{{ column }},
        {%- endfor %}
        count(*) filter (where later.is_first and earlier.is_first) as common_n,
        {{ whole_sum('later.weight * earlier.weight') }} as weight
    from pair
    inner join in_cell as later
        on
            pair.organisation_id = later.organisation_id
            and pair.cell_number = later.cell_number
    inner join in_cell as earlier
        on
            pair.organisation_id = earlier.organisation_id
            and pair.compared_cell_number = earlier.cell_number
            and later.respondent_number = earlier.respondent_number
    group by all

),

-- Both answers as differences from the figures they are part of, in the units of these.
differing as (

    select
        crossed.organisation_id,
        crossed.cell_number,
        crossed.compared_cell_number,
        figure.statistic,
        crossed.common_n,
        crossed.weight,
        score.offset_value + score.factor * score.score
        - coalesce(score.offset_value + score.factor * stratum.mean_score, figure.value) as difference,
        compared_score.offset_value + compared_score.factor * compared_score.score
        - coalesce(
            compared_score.offset_value + compared_score.factor * compared_stratum.mean_score, compared_figure.value
        ) as compared_difference
    from crossed
    inner join figure
        on
            crossed.organisation_id = figure.organisation_id
            and crossed.cell_number = figure.cell_number
    inner join figure as compared_figure
        on
            crossed.organisation_id = compared_figure.organisation_id
            and crossed.compared_cell_number = compared_figure.cell_number
            and figure.statistic = compared_figure.statistic
    inner join score
        on
            crossed.scale_id = score.scale_id
            and crossed.allows_decimals = score.allows_decimals
            and crossed.value = score.value
            and figure.statistic = score.statistic
    inner join score as compared_score
        on
            crossed.compared_scale_id = compared_score.scale_id
            and crossed.compared_allows_decimals = compared_score.allows_decimals
            and crossed.compared_value = compared_score.value
            and figure.statistic = compared_score.statistic
    left join stratum
        on
            crossed.organisation_id = stratum.organisation_id
            and crossed.cell_number = stratum.cell_number
            and figure.statistic = stratum.statistic
            and crossed.stratum_id = stratum.stratum_id
    left join stratum as compared_stratum
        on
            crossed.organisation_id = compared_stratum.organisation_id
            and crossed.compared_cell_number = compared_stratum.cell_number
            and figure.statistic = compared_stratum.statistic
            and crossed.compared_stratum_id = compared_stratum.stratum_id

),

-- Fewer than ten people would give away how one of them answered.
summed as (

    select
        organisation_id,
        cell_number,
        compared_cell_number,
        statistic,
        cast(sum(common_n) as bigint) as common_n,
        {{ whole_sum('weight * difference * compared_difference') }} as product
    from differing
    group by organisation_id, cell_number, compared_cell_number, statistic
    having sum(common_n) >= {{ threshold('suppression_min_n') }}

),

-- n are answers, people_n those who gave them, as in the errors of the two figures.
sized as (

    select
        summed.*,
        cell.n,
        compared_cell.n as compared_n,
        cell.n - coalesce(repeated.n_repeated, 0) as people_n,
        compared_cell.n - coalesce(compared_repeated.n_repeated, 0) as compared_people_n,
        least(population.population, compared_population.population) as population
    from summed
    inner join cell
        on
            summed.organisation_id = cell.organisation_id
            and summed.cell_number = cell.cell_number
    inner join cell as compared_cell
        on
            summed.organisation_id = compared_cell.organisation_id
            and summed.compared_cell_number = compared_cell.cell_number
    left join respondent_sum as repeated
        on
            summed.organisation_id = repeated.organisation_id
            and summed.cell_number = repeated.cell_number
            and summed.statistic = repeated.statistic
    left join respondent_sum as compared_repeated
        on
            summed.organisation_id = compared_repeated.organisation_id
            and summed.compared_cell_number = compared_repeated.cell_number
            and summed.statistic = compared_repeated.statistic
    left join population
        on
            summed.organisation_id = population.organisation_id
            and summed.cell_number = population.cell_number
    left join population as compared_population
        on
            summed.organisation_id = compared_population.organisation_id
            and summed.compared_cell_number = compared_population.cell_number

),

estimated as (

    select
        *,
        2e0 * common_n / (people_n + compared_people_n) as common_share,
        product / n / compared_n
        * sqrt(people_n / (people_n - 1e0) * compared_people_n / (compared_people_n - 1e0))
        -- Two samples of one population share people by chance, n n' / N of them, and with these nothing goes together.
        * case
            when population is null then 1
            else greatest(1 - people_n / population * compared_people_n / common_n, 0)
        end as covariance
    from sized

)

-- An organisation without such pairs has one row that says so, beside the total.
select
    organisation_state.organisation_id,
    estimated.cell_number,
    estimated.compared_cell_number,
    estimated.statistic,
    estimated.common_n,
    estimated.common_share,
    {{ round_significant('estimated.covariance', 12) }} as covariance,
    organisation_state.state_fingerprint
from organisation_state
left join estimated on organisation_state.organisation_id = estimated.organisation_id
where estimated.cell_number is not null or (select min(level.level_number) from level) = 1
