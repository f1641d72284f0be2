with figure as (

    select * from {{ ref('int_peer_figure') }}

),

compared as (

    select * from {{ ref('int_benchmark') }}

),

peer_group as (

    select * from {{ ref('ref_peer_group') }}

),

threshold as (

    select
        {{ threshold('false_discovery_rate') }} as false_discovery_rate,
        {{ threshold('peers_min_organisations') }} as min_organisations,
        {{ threshold('peers_max_share') }} as max_share

),

joined as (

    select
        figure.*,
        compared.*,
        concat_ws(':', compared.peer_group_kind, nullif(compared.peer_group_value, '')) as peer_group,
        peer_group.label_nl as peer_group_label_nl,
        peer_group.label_en as peer_group_label_en,
        {{ round_significant('(figure.value - compared.mean)') }} as delta,
        sqrt(power(figure.standard_error, 2) + power(compared.error, 2)) as se_delta,
        {{ round_significant('compared.q_value', 6) }} as rounded_q_value,
        compared.n_peers < threshold.min_organisations as has_too_few_peers,
        compared.largest_part > threshold.max_share as has_dominant_peer,
        threshold.false_discovery_rate
    from figure
    inner join compared on figure.figure_number = compared.figure_number
    inner join peer_group on compared.peer_group_kind = peer_group.peer_group_kind
    cross join threshold

)

select
    organisation_id,
    kpi_id,
    statistic,
    instrument_kind,
    period_type,
    period_id,
    period_start,
    peer_group_kind,
    peer_group,
    peer_group_label_nl,
    peer_group_label_en,
    value,
    {{ round_significant('mean') }} as peer_mean_organisation,
    {{ round_significant('volume_mean') }} as peer_mean_volume,
    {{ round_significant('p25') }} as p25,
    {{ round_significant('p50') }} as p50,
    {{ round_significant('p75') }} as p75,
    cast(n_peers as bigint) as n_organisations,
    delta,
    case when is_comparable then {{ round_significant('se_delta') }} end as se_delta,
    {{ round_significant('p_value', 6) }} as p_value,
    rounded_q_value as q_value,
    coalesce(rounded_q_value <= false_discovery_rate and abs(delta) * points >= least_points, false)
        as is_significant,
    cast(rank_low as bigint) as rank_low,
    cast(rank_high as bigint) as rank_high,
    {{ round_significant('mix_adjusted_value') }} as mix_adjusted_value,
    {{ round_significant('coverage_share') }} as coverage_share,
    nullif(
        concat_ws(
            ',',
            case when has_dominant_peer and not has_too_few_peers then 'dominant_organisation' end,
            case when largest_part is null and not has_too_few_peers then 'no_volume' end,
            case when not is_comparable then 'not_comparable' end,
            case when has_too_few_peers then 'too_few_organisations' end
        ), ''
    ) as reason
from joined
