with cell as (

    select * from {{ ref('int_cell') }}
    where breakdown = 'life_event' and breakdown_value <> 'unknown' and comparability_grade in ('A', 'B')

),

protection as (

    select * from {{ ref('int_protection') }}
    where not is_suppressed

),

statistic as (

    select * from {{ ref('int_statistic') }}
    where value is not null and standard_error is not null

),

life_event as (

    select * from {{ ref('ref_life_event') }}

),

model_node as (

    select
        node_id,
        label_nl,
        label_en
    from {{ ref('ref_model_node') }}

),

period as (

    select distinct
        period_id,
        period_type,
        period_start
    from {{ ref('int_period') }}

),

threshold as (

    select {{ threshold('peers_min_organisations') }} as min_organisations

),

-- Each organisation counts once. Shown figures only: what is made of them gives nothing away.
combined as (

    select
        cell.breakdown_value as life_event_id,
        cell.kpi_id,
        statistic.statistic,
        cell.instrument_kind,
        cell.period_id,
        count(*) as n_organisations,
        100 * {{ exact_sum('statistic.value / 100') }} / count(*) as mean,
        100 * sqrt({{ exact_sum('power(statistic.standard_error / 100, 2)') }}) / count(*) as error,
        min(statistic.method) as method,
        -- In scale units and shares only one scale has a meaning.
        min(cell.scale_families) <> max(cell.scale_families) and min(statistic.method) <> 'mean_score'
            as is_scale_family_mixed
    from cell
    inner join protection
        on
            cell.organisation_id = protection.organisation_id
            and cell.cell_number = protection.cell_number
    inner join statistic
        on
            cell.organisation_id = statistic.organisation_id
            and cell.cell_number = statistic.cell_number
    group by cell.breakdown_value, cell.kpi_id, statistic.statistic, cell.instrument_kind, cell.period_id

),

judged as (

    select
        combined.*,
        case
            when combined.n_organisations < threshold.min_organisations then 'too_few_organisations'
            when combined.is_scale_family_mixed then 'scale_family_mixed'
        end as reason
    from combined
    cross join threshold

),

told as (

    select
        *,
        case when reason is null then mean end as value,
        case when reason is null then error end as standard_error,
        case
            when reason is null
                then
                    greatest(
                        mean - {{ z_975() }} * error,
                        case
                            when method like 'share%' or method = 'mean_score' then 0
                            else cast('-infinity' as double)
                        end
                    )
        end as ci_low,
        case
            when reason is null
                then
                    least(
                        mean + {{ z_975() }} * error,
                        case
                            when method like 'share%' then 1
                            when method = 'mean_score' then 100
                            else cast('infinity' as double)
                        end
                    )
        end as ci_high
    from judged

)

select
    told.life_event_id,
    life_event.label_nl as life_event_label_nl,
    life_event.label_en as life_event_label_en,
    told.kpi_id,
    model_node.label_nl as kpi_label_nl,
    model_node.label_en as kpi_label_en,
    told.statistic,
    told.instrument_kind,
    period.period_type,
    told.period_id,
    period.period_start,
    {%- for figure in ['value', 'standard_error', 'ci_low', 'ci_high'] %}
    {{ round_significant('told.' ~ figure) }} as {{ figure }},
    {%- endfor %}
    told.n_organisations,
    told.reason
from told
inner join life_event on told.life_event_id = life_event.life_event_id
inner join model_node on told.kpi_id = model_node.node_id
inner join period on told.period_id = period.period_id
