"""Which counts of the response table are hidden, and what a reader could compute of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import audit
from disclosure.response import COUNTS, KEY, hidden_counts

THRESHOLDS = {"suppression_min_n": 10}
QUARTER = {"period_type": "quarter", "period_id": "2025-Q4", "period_start": pd.Timestamp(2025, 10, 1)}


def months(*numbers: int) -> list[dict[str, object]]:
    return [
        {
            "period_type": "month",
            "period_id": f"2025-{number}",
            "period_start": pd.Timestamp(2025, number, 1),
        }
        for number in numbers
    ]


def table(counts: np.ndarray, hidden_figures: frozenset[tuple[str, str]] = frozenset()) -> pd.DataFrame:
    """Rows of a quarter; `counts` is (months, channels) completed, and the totals are added."""
    channels = ("desk", "phone", "web")[: counts.shape[1]]
    rows = []
    for period, channel in product([*months(*range(10, 10 + counts.shape[0])), QUARTER], ("all", *channels)):
        chosen = counts if period is QUARTER else counts[[int(str(period["period_id"])[-2:]) - 10]]
        chosen = chosen if channel == "all" else chosen[:, [channels.index(channel)]]
        if chosen.sum():
            rows.append({**period, "channel": channel, "completed": int(chosen.sum())})
    found = pd.DataFrame(rows).assign(organisation_id="o", instrument_id="i", instrument_kind="panel")
    found["has_hidden_figure"] = [
        (period, channel) in hidden_figures
        for period, channel in zip(found["period_id"], found["channel"], strict=True)
    ]
    return found.reindex(columns=[*KEY, "has_hidden_figure", *COUNTS])


def recovered(rows: pd.DataFrame, decided: pd.DataFrame, count: str) -> list[tuple[str, str]]:
    cells = rows[rows[count] > 0].assign(
        kpi_id=rows["instrument_id"],
        n=rows[count],
        n_values=np.nan,
        is_suppressed=decided[f"is_{count}_hidden"],
    )
    found = audit(cells, ("channel",))
    return list(zip(found["period_id"], found["channel"], strict=True))


def hidden(rows: pd.DataFrame, count: str = "completed") -> set[tuple[str, str]]:
    chosen = rows[hidden_counts(rows, THRESHOLDS)[f"is_{count}_hidden"]]
    return set(zip(chosen["period_id"], chosen["channel"], strict=True))


FIGURES = frozenset({("2025-10", "desk"), ("2025-10", "phone")})


def test_where_a_figure_is_hidden_the_number_completed_is_too() -> None:
    rows = table(np.array([[40, 50, 90], [40, 50, 90]]), FIGURES)
    assert hidden(rows) >= FIGURES
    assert recovered(rows, hidden_counts(rows, THRESHOLDS), "completed") == []


def test_without_that_the_hidden_figure_would_stand_there() -> None:
    rows = table(np.array([[40, 50, 90], [40, 50, 90]]))
    assert hidden(rows) == set()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=3),
    st.frozensets(st.sampled_from(sorted({(f"2025-{m}", c) for m in (10, 11, 12) for c in ("desk", "web")}))),
)
def test_no_hidden_count_can_be_computed(
    counts: list[list[int]], hidden_figures: frozenset[tuple[str, str]]
) -> None:
    if not np.sum(counts):
        return
    rows = table(np.array(counts), hidden_figures)
    decided = hidden_counts(rows, THRESHOLDS)
    assert recovered(rows, decided, "completed") == []
    shown = rows.loc[~decided["is_completed_hidden"], "completed"]
    assert (shown >= 10).all()


@pytest.mark.parametrize(
    ("counts", "is_started_hidden"),
    [
        ({"started": 60, "completed": 50, "partials": 10}, False),
        # 60 - 50 - 3 broken off: the three follow.
        ({"started": 60, "completed": 50, "partials": 3}, True),
        ({"started": 60, "completed": 40, "partials": 10, "screened_out": 4}, True),
        # Two people broke off whom nobody counts as partial.
        ({"started": 52, "completed": 50}, True),
        ({"started": 50, "completed": 50}, False),
        ({"started": 50, "completed": 4}, True),
    ],
)
def test_started_is_hidden_where_it_would_tell_a_small_count(
    counts: dict[str, int], is_started_hidden: bool
) -> None:
    row = QUARTER | {
        "channel": "all",
        "organisation_id": "o",
        "instrument_id": "i",
        "instrument_kind": "panel",
    }
    rows = pd.DataFrame([row | {"has_hidden_figure": False} | dict.fromkeys(COUNTS) | counts])
    assert bool(hidden_counts(rows, THRESHOLDS)["is_started_hidden"].iloc[0]) is is_started_hidden


def test_surveys_do_not_depend_on_each_other_nor_on_the_order_of_rows() -> None:
    one = table(np.array([[4, 50, 90], [40, 50, 90]]))
    two = table(np.array([[40, 5, 90], [40, 50, 9]])).assign(instrument_id="j")
    both = pd.concat([one, two], ignore_index=True).sample(frac=1, random_state=1)
    assert hidden(both[both["instrument_id"] == "i"]) == hidden(one)
    together = both[hidden_counts(both, THRESHOLDS)["is_completed_hidden"]]
    assert set(zip(together["instrument_id"], together["period_id"], together["channel"], strict=True)) == {
        *(("i", *key) for key in hidden(one)),
        *(("j", *key) for key in hidden(two)),
    }
