"""Every figure beside those of its peers, slice by slice: figures that may be compared with each other.

Belongs here: what is told of the peers and when there are too few of them. Does not belong here: the arithmetic
(`ranks`, `significance`), who is whose peer.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from estimation import ranks, significance

NUMBERS = [
    "slice", "family", "scale", "value", "standard_error", "n_eff", "is_comparable", "is_share", "points",
    "is_higher_better", "volume",
]  # fmt: skip
FIGURES = [
    "n_peers", "mean", "volume_mean", "largest_part", "p25", "p50", "p75", "error", "freedom", "n_other_scales",
    "rank_low", "rank_high",
]  # fmt: skip


def compared(members: pa.Table, thresholds: dict[str, float]) -> pa.Table:
    """Keys of `members`, which lie together by slice, with their peers' figures and the test against them."""
    of = {name: members[name].to_numpy(zero_copy_only=False) for name in NUMBERS}
    for name in ("value", "standard_error", "volume"):
        of[name] = of[name].astype(np.float64)
    organisations = members["organisation_id"].to_pylist()
    draws = {one: ranks.draws_of(one) for one in sorted(set(organisations))}
    found = {name: np.full(len(members), np.nan) for name in FIGURES}
    starts = np.flatnonzero(np.diff(of["slice"], prepend=0))
    ends = np.append(starts[1:], len(members))[: len(starts)]
    for start, end in zip(starts, ends, strict=True):
        here = slice(start, end)
        group = _beside_peers({name: values[here] for name, values in of.items()}, thresholds)
        ranked = start + np.flatnonzero(of["is_comparable"][here])
        if len(ranked) > thresholds["peers_min_organisations"]:
            group["rank_low"], group["rank_high"] = (np.full(end - start, np.nan) for _ in range(2))
            drawn = np.array([draws[organisations[row]] for row in ranked])
            low, high = ranks.rank_interval(
                of["value"][ranked], of["standard_error"][ranked], drawn, bool(of["is_higher_better"][start])
            )
            group["rank_low"][ranked - start], group["rank_high"][ranked - start] = low, high
        for name, values in group.items():
            found[name][here] = values
    is_enough = found["n_peers"] >= thresholds["peers_min_organisations"]
    for name in FIGURES[1:]:
        found[name] = np.where(is_enough, found[name], np.nan)
    found["p_value"] = np.where(
        of["is_comparable"],
        significance.against_mean(
            of["value"], of["standard_error"], of["n_eff"], found["mean"], found["error"], found["freedom"],
            of["is_share"], thresholds["test_min_expected"],
        ),
        np.nan,
    )  # fmt: skip
    found["q_value"] = significance.benjamini_hochberg(found["p_value"], of["family"])
    found["least_points"] = np.where(
        found["n_other_scales"] > 0, thresholds["format_tolerance"], thresholds["least_difference"]
    )
    keys = ["figure_number", "peer_group_kind", "peer_group_value"]
    return pa.table(
        {name: members[name] for name in keys}
        | {name: pa.array(values, from_pandas=True) for name, values in found.items()}
    )


def _beside_peers(of: dict[str, Any], thresholds: dict[str, float]) -> dict[str, Any]:
    """The peers' figures of each member of one slice."""
    counts = of["is_comparable"]
    has_volume = counts & (np.nan_to_num(of["volume"]) > 0)
    volume = np.where(has_volume, of["volume"], 0.0)
    value = np.nan_to_num(of["value"])
    error, freedom = ranks.error_of_mean_of_others(np.nan_to_num(of["standard_error"]), of["n_eff"], counts)
    n_peers = counts.sum() - counts
    largest = ranks.largest_part_of_others(volume)
    is_balanced = (has_volume.sum() - has_volume >= thresholds["peers_min_organisations"]) & (
        largest <= thresholds["peers_max_share"]
    )
    _, scale = np.unique(of["scale"], return_inverse=True)
    same_scale = np.bincount(scale, weights=counts)[scale] - counts
    return {
        "n_peers": n_peers,
        "mean": ranks.mean_of_others(value, counts.astype(np.float64)),
        "volume_mean": np.where(is_balanced, ranks.mean_of_others(value, volume), np.nan),
        "largest_part": largest,
        "p25": ranks.quantile_of_others(value, counts, 0.25),
        "p50": ranks.quantile_of_others(value, counts, 0.5),
        "p75": ranks.quantile_of_others(value, counts, 0.75),
        "error": error,
        "freedom": freedom,
        "n_other_scales": n_peers - same_scale,
    }
