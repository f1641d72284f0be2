with mapping as (

    select * from {{ source('state', 'mapping') }}

),

sample_design as (

    select
        sample,
        interval_basis,
        population_correction
    from {{ ref('ref_sample_design') }}

),

mode_of_mapping as (

    select
        mapping.organisation_id,
        mapping.mapping_id,
        mapping.mapping_version,
        bool_or(ref_mode.administration = 'self') as has_self_mode,
        bool_or(ref_mode.administration = 'interviewer') as has_interviewer_mode
    from mapping
    inner join {{ ref('ref_mode') }} as ref_mode
        on position(',' || ref_mode.mode || ',' in ',' || replace(mapping.modes, ' ', '') || ',') > 0
    group by mapping.organisation_id, mapping.mapping_id, mapping.mapping_version

),

versioned as (

    select
        *,
        try_cast(split_part(mapping_version, '.', 1) as integer) as major_version,
        lag(try_cast(split_part(mapping_version, '.', 1) as integer)) over (
            partition by organisation_id, mapping_id
            order by valid_from, mapping_version
        ) as previous_major_version
    from mapping

),

judged as (

    select
        versioned.*,
        case
            when versioned.instrument_kind = 'kiosk' then 'none'
            when coalesce(sample_design.interval_basis, 'none') = 'none' then 'none'
            when versioned.weight_method = 'delivered' then 'design'
            else sample_design.interval_basis
        end as interval_basis,
        case
            when sample_design.population_correction = 'whole' and versioned.weight_method = 'none' then 'frame'
            when sample_design.population_correction = 'stratum' and versioned.weight_method = 'poststratify'
                then 'targets'
            else 'none'
        end as population_source,
        coalesce(mode_of_mapping.has_self_mode, false) as has_self_mode,
        coalesce(mode_of_mapping.has_interviewer_mode, false) as has_interviewer_mode
    from versioned
    left join sample_design on versioned.sample = sample_design.sample
    left join mode_of_mapping
        on
            versioned.organisation_id = mode_of_mapping.organisation_id
            and versioned.mapping_id = mode_of_mapping.mapping_id
            and versioned.mapping_version = mode_of_mapping.mapping_version

)

select
    organisation_id,
    mapping_id,
    mapping_version,
    valid_from,
    valid_to,
    instrument_id,
    instrument_kind,
    instrument_name_nl,
    languages,
    delivery_kind,
    sample,
    modes,
    has_self_mode,
    has_interviewer_mode,
    weight_method,
    interval_basis,
    population_source,
    is_approved,
    coalesce(major_version <> previous_major_version, false) as is_series_break
from judged
