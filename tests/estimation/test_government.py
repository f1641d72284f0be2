"""Figures over organisations: who takes part, how the panel is chained, what a change is tested on."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from estimation import government

THRESHOLDS = {
    "peers_min_organisations": 3.0,
    "peers_max_share": 0.5,
    "least_difference": 1.0,
    "format_tolerance": 3.0,
}


def row(month: int, organisation: str, value: float, **facts: Any) -> dict[str, Any]:
    return {
        "organisation_id": organisation, "period_id": f"2025-{month:02d}", "period_start": date(2025, month, 1),
        "is_comparable": True, "is_rescaled": True, "scale_families": "f", "instrument_ids": "i",
        "last_break_date": None, "volume": None, "value": value, "standard_error": 2.0,
        "mix_adjusted_value": None, "mix_adjusted_error": None, "coverage_share": None, **facts,
    }  # fmt: skip


def period(month: int, **values: float) -> list[dict[str, Any]]:
    return [row(month, organisation, value) for organisation, value in sorted(values.items())]


def test_each_organisation_counts_once() -> None:
    """(60 + 70 + 80) / 3; error sqrt(3 * 4) / 3; one of grade C takes no part."""
    rows = [*period(1, a=60, b=70, c=80), row(1, "d", 0, is_comparable=False)]
    (found,) = government.raw([rows], "organisation", THRESHOLDS)
    assert (found["value"], found["n_organisations"]) == (pytest.approx(70), 3)
    assert found["standard_error"] == pytest.approx(math.sqrt(12) / 3)
    assert found["coverage_share"] == 0.75


def test_contacts_weigh_and_none_may_have_more_than_half() -> None:
    rows = [row(1, "a", 60, volume=50.0), row(1, "b", 70, volume=30.0), row(1, "c", 80, volume=20.0)]
    (found,) = government.raw([rows], "volume", THRESHOLDS)
    assert found["value"] == pytest.approx(0.5 * 60 + 0.3 * 70 + 0.2 * 80)
    assert found["standard_error"] == pytest.approx(2 * math.sqrt(0.25 + 0.09 + 0.04))
    rows[0]["volume"] = 51.0
    (found,) = government.raw([rows], "volume", THRESHOLDS)
    assert (found["value"], found["reason"]) == (None, "dominant_organisation")
    assert government.raw([period(1, a=1, b=2, c=3)], "volume", THRESHOLDS)[0]["reason"] == "no_volume"


def test_two_organisations_are_too_few() -> None:
    assert (
        government.raw([period(1, a=1, b=2)], "organisation", THRESHOLDS)[0]["reason"]
        == "too_few_organisations"
    )


def test_only_rescaled_scores_are_combined_over_scales() -> None:
    rows = [row(1, name, 0.5, is_rescaled=False, scale_families=name) for name in "abc"]
    assert government.raw([rows], "organisation", THRESHOLDS)[0]["reason"] == "scale_family_mixed"
    for one in rows:
        one["is_rescaled"] = True
    assert government.raw([rows], "organisation", THRESHOLDS)[0]["value"] == 0.5


def test_the_panel_does_not_follow_who_takes_part() -> None:
    """d leaves after January: the raw figure jumps by 10, nobody's figure did."""
    periods = [period(1, a=60, b=70, c=80, d=30), period(2, a=60, b=70, c=80), period(3, a=62, b=72, c=82)]
    raw = government.raw(periods, "organisation", THRESHOLDS)
    panel = government.panel(periods, "organisation", THRESHOLDS)
    assert [one["value"] for one in raw] == [pytest.approx(60), pytest.approx(70), pytest.approx(72)]
    assert [one["value"] for one in panel] == [pytest.approx(60), pytest.approx(60), pytest.approx(62)]
    assert [one.get("delta") for one in panel] == [None, pytest.approx(0), pytest.approx(2)]
    assert panel[2]["se_delta"] == pytest.approx(math.sqrt(3 * (4 + 4)) / 3)
    # January leaves 1/4 of d and 1/4 - 1/3 of the others behind; February leaves nothing: the same are in March.
    carried = 4 * (1 / 16 + 3 / 144)
    assert panel[2]["standard_error"] == pytest.approx(math.sqrt(carried + 12 / 9))


def test_the_error_of_a_constant_panel_is_that_of_its_own_period() -> None:
    periods = [period(month, a=60, b=70, c=80) for month in (1, 2, 3, 4)]
    for one in government.panel(periods, "organisation", THRESHOLDS):
        assert one["standard_error"] == pytest.approx(math.sqrt(12) / 3)


def test_who_changed_its_measuring_is_not_in_the_link() -> None:
    before = period(1, a=60, b=70, c=80, d=10)
    after = period(2, a=60, b=70, c=80, d=90)
    after[3]["last_break_date"] = date(2025, 1, 15)
    (_, link) = government.panel([before, after], "organisation", THRESHOLDS)
    assert (link["delta"], link["n_organisations"]) == (pytest.approx(0), 3)
    after[3] |= {"last_break_date": None, "scale_families": "g"}
    (_, link) = government.panel([before, after], "organisation", THRESHOLDS)
    assert link["delta"] == pytest.approx(0)


def test_the_panel_begins_again_where_too_few_stay() -> None:
    periods = [period(1, a=60, b=70, c=80), period(2, a=60, b=70, d=50)]
    (_, again) = government.panel(periods, "organisation", THRESHOLDS)
    assert (again["value"], again.get("delta")) == (pytest.approx(60), None)


def test_a_change_is_tested_and_compared_with_the_nearest_figure() -> None:
    periods = [period(1, a=60, b=70, c=80), period(2, a=60, b=70), period(3, a=70, b=80, c=90)]
    found = government.tested(
        [{**one, "weighting": "organisation"} for one in government.raw(periods, "organisation", THRESHOLDS)]
    )
    assert [one.get("compared_period_id") for one in found] == [None, None, "2025-01"]
    assert found[2]["delta"] == pytest.approx(10)
    assert found[2]["p_value"] == pytest.approx(math.erfc(10 / math.sqrt(24 / 9) / math.sqrt(2)))
    assert found[2]["q_value"] == found[2]["p_value"]


def test_the_standard_mix_says_how_much_it_covers() -> None:
    rows = [
        row(1, name, 0, mix_adjusted_value=value, mix_adjusted_error=1.0, coverage_share=share)
        for name, value, share in (("a", 60.0, 0.2), ("b", 70.0, 0.4), ("c", 80.0, 0.6))
    ]
    (found,) = government.mix_adjusted([rows], "organisation", THRESHOLDS)
    assert (found["value"], found["coverage_share"]) == (pytest.approx(70), pytest.approx(0.4))
