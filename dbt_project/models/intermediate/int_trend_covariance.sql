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
    -- Breakdowns are not compared.
    and breakdown = 'all'

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

former as (

    select * from {{ source('history', 'covariance') }}
    where {{ changed }}

),

change as (

    select * from {{ ref('int_cell_change') }}
    where {{ changed }} and n_change <> 0

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
        and comparison.is_retained is not true

),

-- Where only counts are left of either wave, what was published of the people in both stands.
standing as (

    select
        comparison.organisation_id,
        comparison.cell_number,
        comparison.compared_cell_number,
        former.statistic,
        former.common_n,
        former.common_share,
        former.covariance
    from (
        select distinct
            organisation_id,
            cell_number,
            compared_cell_number
        from comparison
        where is_retained and not is_revision_pending
    ) as comparison
    inner join every_cell as own
        on
            comparison.organisation_id = own.organisation_id
            and comparison.cell_number = own.cell_number
    inner join every_cell as earlier
        on
            comparison.organisation_id = earlier.organisation_id
            and comparison.compared_cell_number = earlier.cell_number
    inner join former
        on
            {{ same_cell('own', 'former') }}
            and earlier.period_id = former.compared_period_id
    -- Beside another error it would be wrong.
    anti join change on {{ same_cell('own', 'change') }}
    anti join change as change_before on {{ same_cell('earlier', 'change_before') }}
    -- Once for all levels.
    where (select min(level.level_number) from level) = 1

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

{{ profile_cells() }},

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

-- What one person's answers move the figure of a cell, in its units and those of the cell's mean weight.
of_person as (

    select
        profile_cell.organisation_id,
        profile_cell.cell_number,
        figure.statistic,
        returning_answer.respondent_number,
        any_value(profile_cell.n) as n,
        {{ whole_sum(
            'cast(case when profile_cell.is_weights_pending then returning_answer.n else returning_answer.sum_w end'
            ~ ' as double) * profile_cell.n / profile_cell.sum_w'
            ~ ' * (score.offset_value + score.factor * score.score'
            ~ ' - coalesce(score.offset_value + score.factor * stratum.mean_score, figure.value))'
        ) }} as influence
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
    inner join figure
        on
            profile_cell.organisation_id = figure.organisation_id
            and profile_cell.cell_number = figure.cell_number
    inner join score
        on
            returning_answer.scale_id = score.scale_id
            and returning_answer.allows_decimals = score.allows_decimals
            and returning_answer.value = score.value
            and figure.statistic = score.statistic
    left join stratum
        on
            profile_cell.organisation_id = stratum.organisation_id
            and profile_cell.cell_number = stratum.cell_number
            and returning_answer.stratum_id = stratum.stratum_id
            and figure.statistic = stratum.statistic
    group by
        profile_cell.organisation_id, profile_cell.cell_number, figure.statistic, returning_answer.respondent_number

),

-- Fewer than ten people would give away how one of them answered.
summed as (

    select
        pair.organisation_id,
        pair.cell_number,
        pair.compared_cell_number,
        later.statistic,
        any_value(later.n) as n,
        any_value(earlier.n) as compared_n,
        count(*) as common_n,
        {{ whole_sum('later.influence * earlier.influence') }} as product
    from pair
    inner join of_person as later
        on
            pair.organisation_id = later.organisation_id
            and pair.cell_number = later.cell_number
    inner join of_person as earlier
        on
            pair.organisation_id = earlier.organisation_id
            and pair.compared_cell_number = earlier.cell_number
            and later.respondent_number = earlier.respondent_number
            and later.statistic = earlier.statistic
    group by pair.organisation_id, pair.cell_number, pair.compared_cell_number, later.statistic
    having count(*) >= {{ threshold('suppression_min_n') }}

),

-- n are answers, people_n those who gave them, as in the errors of the two figures.
sized as (

    select
        summed.*,
        summed.n - coalesce(repeated.n_repeated, 0) as people_n,
        summed.compared_n - coalesce(compared_repeated.n_repeated, 0) as compared_people_n,
        least(population.population, compared_population.population) as population
    from summed
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

),

known as (

    select
        organisation_id,
        cell_number,
        compared_cell_number,
        statistic,
        common_n,
        common_share,
        {{ round_significant('covariance', 12) }} as covariance
    from estimated
    union all
    select * from standing

)

-- An organisation without such pairs has one row that says so, beside the total.
select
    organisation_state.organisation_id,
    known.cell_number,
    known.compared_cell_number,
    known.statistic,
    known.common_n,
    known.common_share,
    known.covariance,
    organisation_state.state_fingerprint
from organisation_state
left join known on organisation_state.organisation_id = known.organisation_id
where known.cell_number is not null or (select min(level.level_number) from level) = 1
