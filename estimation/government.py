"""Figures over all organisations, period after period: everybody, the matched panel, and brought to a standard mix.

Belongs here: how the rows of one figure (kpi, statistic, kind of survey, period type) become series. Does not belong
here: the arithmetic of combining (`combination`), which figures are shown or comparable.

A row is one organisation in one period: `organisation_id period_id period_start is_comparable is_rescaled
scale_families instrument_ids last_break_date volume value standard_error mix_adjusted_value mix_adjusted_error
coverage_share`; values in the unit of the statistic, shares of coverage between 0 and 1. Periods are given in order,
their rows in the order of the organisations' ids.
"""

from typing import Any

import numpy as np

from estimation import combination, significance

Row = dict[str, Any]


def series_of(periods: list[list[Row]], thresholds: dict[str, float]) -> list[Row]:
    """Every series of one figure, with organisations counting once and by their contacts."""
    return [
        {**one, "weighting": weighting}
        for weighting in ("organisation", "volume")
        for make in (raw, panel, mix_adjusted)
        for one in make(periods, weighting, thresholds)
    ]


def raw(periods: list[list[Row]], weighting: str, thresholds: dict[str, float]) -> list[Row]:
    """Everybody who can be compared, in each period."""
    return _followed("raw", [_combined(rows, weighting, thresholds) for rows in periods], thresholds)


def mix_adjusted(periods: list[list[Row]], weighting: str, thresholds: dict[str, float]) -> list[Row]:
    """The same over the figures that are brought to the standard mix."""
    brought = [
        [
            {**row, "value": row["mix_adjusted_value"], "standard_error": row["mix_adjusted_error"]}
            for row in rows
            if row["mix_adjusted_value"] is not None
        ]
        for rows in periods
    ]
    found = [_combined(rows, weighting, thresholds) if rows else None for rows in brought]
    for one, rows in zip(found, brought, strict=True):
        if one is not None and one["value"] is not None:
            weight = _weights(rows, weighting)
            covered = [weight.get(row["organisation_id"], 0.0) * row["coverage_share"] for row in rows]
            one["coverage_share"] = sum(covered) / sum(weight.values())
    return _followed("mix_adjusted", [one for one in found if one is not None], thresholds)


def panel(periods: list[list[Row]], weighting: str, thresholds: dict[str, float]) -> list[Row]:
    """The chain of those who are in two periods that follow each other, and measured alike in both."""
    chain, found = combination.MatchedPanel(), []
    earlier: list[Row] | None = None
    for rows in periods:
        one: Row | None = None
        if earlier is not None:
            one = _combined(_matched(earlier, rows), weighting, thresholds, len(rows))
            if one["value"] is not None:
                weight = _weights(_matched(earlier, rows), weighting)
                link = chain.link(_members(earlier), _members(rows), weight)
                assert link.change is not None
                one |= {
                    "compared_period_id": earlier[0]["period_id"], "delta": link.change.value,
                    "se_delta": link.change.standard_error, "least_points": thresholds["least_difference"],
                }  # fmt: skip
        if one is None or one["value"] is None:
            # Too few in both: the chain begins again with whoever is there.
            one = _combined(rows, weighting, thresholds)
            if one["value"] is None:
                earlier = None
                found.append({**one, "series": "panel_constant"})
                continue
            link = chain.start(_members(rows), _weights(rows, weighting))
        found.append(
            {
                **one,
                "series": "panel_constant",
                "value": link.level.value,
                "standard_error": link.level.standard_error,
            }
        )
        earlier = rows
    return found


def tested(rows: list[Row]) -> list[Row]:
    """Add the test of each change; its family is the period, the series and the weighting."""
    columns = {
        name: np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)
        for name in ("delta", "se_delta")
    }
    families = {
        key: number
        for number, key in enumerate(
            sorted({(row["period_id"], row["series"], row["weighting"]) for row in rows})
        )
    }
    family = np.array([families[row["period_id"], row["series"], row["weighting"]] for row in rows], np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(
            columns["se_delta"] > 0,
            significance.two_sided_normal(columns["delta"] / columns["se_delta"]),
            np.nan,
        )
    q = significance.benjamini_hochberg(p, family)
    return [
        row | {"p_value": _or_none(chance), "q_value": _or_none(corrected)}
        for row, chance, corrected in zip(rows, p, q, strict=True)
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _combined(rows: list[Row], weighting: str, thresholds: dict[str, float], of: int | None = None) -> Row:
    """One period's figure, or the reason why there is none."""
    taking_part = [row for row in rows if row["is_comparable"]]
    weight = _weights(rows, weighting)
    taking_part = [row for row in taking_part if row["organisation_id"] in weight]
    one: Row = {
        "period_id": rows[0]["period_id"] if rows else None, "n_organisations": len(taking_part), "value": None,
        "scales": {row["scale_families"] for row in taking_part},
    }  # fmt: skip
    if weighting == "volume" and not taking_part:
        return one | {"reason": "no_volume"}
    if len(taking_part) < thresholds["peers_min_organisations"]:
        return one | {"reason": "too_few_organisations"}
    if max(weight.values()) > thresholds["peers_max_share"] * sum(weight.values()):
        return one | {"reason": "dominant_organisation"}
    if not taking_part[0]["is_rescaled"] and len(one["scales"]) > 1:
        return one | {"reason": "scale_family_mixed"}
    values, errors = (
        np.array([row[name] for row in taking_part], np.float64) for name in ("value", "standard_error")
    )
    weights = np.array([weight[row["organisation_id"]] for row in taking_part], np.float64)
    estimate = combination.combine(values, errors, weights)
    return one | {
        "value": estimate.value, "standard_error": estimate.standard_error,
        "coverage_share": len(taking_part) / (of or len(rows)),
    }  # fmt: skip


def _followed(series: str, found: list[Row], thresholds: dict[str, float]) -> list[Row]:
    """Each period beside the nearest earlier one that has a figure."""
    earlier: Row | None = None
    for one in found:
        one["series"] = series
        if one["value"] is None:
            continue
        if earlier is not None:
            one |= {
                "compared_period_id": earlier["period_id"], "delta": one["value"] - earlier["value"],
                "se_delta": float(np.hypot(one["standard_error"], earlier["standard_error"])),
                "least_points": thresholds[
                    "least_difference" if one["scales"] == earlier["scales"] else "format_tolerance"
                ],
            }  # fmt: skip
        earlier = one
    return found


def _weights(rows: list[Row], weighting: str) -> dict[str, float]:
    """How much each comparable organisation counts; those without a contact volume take no part where it is asked."""
    return {
        row["organisation_id"]: 1.0 if weighting == "organisation" else row["volume"]
        for row in rows
        if row["is_comparable"] and (weighting == "organisation" or (row["volume"] or 0) > 0)
    }


def _matched(earlier: list[Row], later: list[Row]) -> list[Row]:
    """The later rows of organisations that were there before, with the same scale, surveys and major version."""
    before = {row["organisation_id"]: row for row in earlier if row["is_comparable"]}
    return [
        row
        for row in later
        if (was := before.get(row["organisation_id"])) is not None
        and (row["scale_families"], row["instrument_ids"]) == (was["scale_families"], was["instrument_ids"])
        and (row["last_break_date"] is None or row["last_break_date"] <= was["period_start"])
    ]


def _members(rows: list[Row]) -> dict[str, combination.Member]:
    return {
        row["organisation_id"]: combination.Member(row["value"], row["standard_error"])
        for row in rows
        if row["is_comparable"]
    }
