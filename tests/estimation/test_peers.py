"""Figures beside their peers, as the model calls it."""

from __future__ import annotations

import pyarrow as pa

from estimation import peers

THRESHOLDS = {
    "peers_min_organisations": 3.0,
    "peers_max_share": 0.5,
    "least_difference": 1.0,
    "format_tolerance": 3.0,
    "test_min_expected": 1.0,
}
MEMBERS = pa.schema(
    [("figure_number", pa.int64()), ("organisation_id", pa.string())]
    + [("peer_group_kind", pa.string()), ("peer_group_value", pa.string())]
    + [(name, pa.int64()) for name in ("slice", "family", "scale")]
    + [(name, pa.float64()) for name in ("value", "standard_error", "n_eff", "points", "volume")]
    + [(name, pa.bool_()) for name in ("is_comparable", "is_share", "is_higher_better")]
)


def members(*values: float, **facts: object) -> pa.Table:
    rows = [
        {
            "figure_number": number, "organisation_id": f"o{number}", "peer_group_kind": "all",
            "peer_group_value": "", "slice": 1, "family": number, "scale": 1, "value": value,
            "standard_error": 2.0, "n_eff": 100.0, "points": 1.0, "volume": None, "is_comparable": True,
            "is_share": False, "is_higher_better": True, **facts,
        }
        for number, value in enumerate(values)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, MEMBERS)


def test_nobody_is_compared_with_nobody() -> None:
    assert len(peers.compared(members(), THRESHOLDS)) == 0


def test_of_fewer_than_three_peers_nothing_is_told() -> None:
    found = peers.compared(members(50, 60, 70), THRESHOLDS).to_pylist()
    told = {name for name in found[0] if found[0][name] is not None}
    assert told == {"figure_number", "peer_group_kind", "peer_group_value", "n_peers", "least_points"}


def test_three_peers_are_told_of_without_oneself() -> None:
    found = peers.compared(members(50, 60, 70, 80), THRESHOLDS).to_pylist()
    assert [one["mean"] for one in found] == [70, 200 / 3, 190 / 3, 60]
    assert [one["rank_low"] for one in found] == [4, 3, 2, 1]
    assert found[0]["p_value"] < 0.001
