{{ config(materialized='table') }}

with answer as (

    select distinct
        scale_id,
        allows_decimals,
        value,
        category
    from {{ ref('int_answer_count') }}

),

scale as (

    select distinct
        scale_id,
        scale_family,
        min_value,
        max_value
    from {{ ref('mapping_item') }}
    where is_counted

),

family_statistic as (

    select * from {{ ref('ref_family_statistic') }}

),

-- The family's own row goes before that of every family.
scale_statistic as (

    select
        scale.scale_id,
        scale.min_value,
        scale.max_value,
        family_statistic.statistic,
        family_statistic.method,
        family_statistic.high_from,
        family_statistic.high_from_decimals,
        family_statistic.low_to,
        family_statistic.required_grade
    from scale
    inner join family_statistic on family_statistic.scale_family in (scale.scale_family, '*')
    qualify row_number() over (
        partition by scale.scale_id, family_statistic.statistic
        order by case when family_statistic.scale_family = '*' then 1 else 0 end
    ) = 1

),

scored as (

    select
        answer.scale_id,
        answer.allows_decimals,
        answer.value,
        scale_statistic.statistic,
        scale_statistic.method,
        scale_statistic.required_grade,
        case scale_statistic.method
            when 'mean_score' then 100
            when 'net_share' then 100
            when 'mean_value' then cast(scale_statistic.max_value - scale_statistic.min_value as double)
            else 1
        end as factor,
        case scale_statistic.method
            when 'mean_value' then cast(scale_statistic.min_value as double)
            else 0
        end as offset_value,
        case
            when scale_statistic.method = 'share_category_high'
                then case when answer.category = 1 then 1 else 0 end
            when scale_statistic.method = 'share_category_low'
                then case when answer.category = -1 then 1 else 0 end
            when scale_statistic.method = 'share_from' and answer.allows_decimals
                then
                    case
                        when
                            answer.value >= coalesce(scale_statistic.high_from_decimals, scale_statistic.high_from)
                            then 1
                        else 0
                    end
            when scale_statistic.method = 'share_from'
                then case when answer.value >= scale_statistic.high_from then 1 else 0 end
            when scale_statistic.method = 'net_share'
                then
                    case
                        when answer.value >= scale_statistic.high_from then 1
                        when answer.value <= scale_statistic.low_to then -1
                        else 0
                    end
            when scale_statistic.method in ('mean_score', 'mean_value')
                then
                    cast(answer.value - scale_statistic.min_value as double)
                    / cast(scale_statistic.max_value - scale_statistic.min_value as double)
        end as score
    from answer
    inner join scale_statistic on answer.scale_id = scale_statistic.scale_id

)

select * from scored
