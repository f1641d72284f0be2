"""Which analyses of drivers are hidden over the channels of a year."""

from __future__ import annotations

import pandas as pd
import pytest

from disclosure.driver import KEY, hidden_analyses

THRESHOLDS = {"suppression_min_n": 10}


def analyses(n: dict[str, int], hidden_cells: set[str], subject_id: str = "kpi.a") -> pd.DataFrame:
    """One year of one subject; the number of responses per channel."""
    rows = pd.DataFrame(n.items(), columns=["channel", "n"]).assign(
        organisation_id="o",
        instrument_kind="panel",
        analysis="importance",
        subject_id=subject_id,
        period_id="2025",
    )
    return rows[[*KEY, "n"]].assign(has_hidden_cell=rows["channel"].isin(hidden_cells))


@pytest.mark.parametrize(
    ("n", "hidden_cells", "found"),
    [
        ({"all": 550, "web": 300, "phone": 250}, set(), set()),
        ({"all": 560, "web": 300, "phone": 250}, set(), set()),
        # The total less web and phone is a group of six.
        ({"all": 556, "web": 300, "phone": 250}, set(), {"phone"}),
        # The total less the web would be the phone, whose figure is hidden.
        ({"all": 550, "web": 300, "phone": 250}, {"phone"}, {"phone", "web"}),
        # With 40 others beside it, it is not.
        ({"all": 590, "web": 300, "phone": 250}, {"phone"}, {"phone"}),
        ({"all": 850, "web": 300, "phone": 250, "desk": 300}, {"phone"}, {"phone", "desk"}),
        ({"all": 550, "web": 300, "phone": 250}, {"all"}, {"all", "phone"}),
        ({"all": 300, "web": 300}, {"web"}, {"all", "web"}),
    ],
)
def test_no_hidden_analysis_follows_from_the_total(
    n: dict[str, int], hidden_cells: set[str], found: set[str]
) -> None:
    rows = analyses(n, hidden_cells)
    assert set(rows.loc[hidden_analyses(rows, THRESHOLDS), "channel"]) == found


def test_subjects_do_not_depend_on_each_other() -> None:
    one, other = (
        analyses({"all": 556, "web": 300, "phone": 250}, set()),
        analyses({"all": 550, "web": 550}, set(), "kpi.b"),
    )
    both = pd.concat([other, one], ignore_index=True)
    assert set(both.loc[hidden_analyses(both, THRESHOLDS), "channel"]) == {"phone"}
