-- The shape of the landed files where no row landed at all.
create or replace view landed as
select
    null::varchar as organisation_id,
    null::varchar as delivery_id,
    null::bigint as row_number,
    null::varchar as mapping_id,
    null::varchar as mapping_version,
    null::varchar as response_key,
    null::varchar as period_id,
    null::decimal(18, 9) as weight,
    null::bigint as multiplicity,
    null::boolean as is_completed,
    null::varchar as exclusion_reason,
    null::varchar[] as answers
where false
