"""Which counts of the response table are hidden, and what a reader could compute of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import audit
from disclosure.counts import without_history
from disclosure.response import BROKEN_OFF, KEY, RESPONSE_COUNTS, decided_counts

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


def listed(wide: pd.DataFrame) -> pd.DataFrame:
    """One row per count, of a first night; `wide` has a row per period and channel, and a column per count."""
    parts = wide.reindex(columns=["started", "completed", "partials", "screened_out"])
    broken_off = parts["started"] - parts[["completed", "partials", "screened_out"]].fillna(0).sum(
        axis="columns"
    )
    wide = wide.assign(**{BROKEN_OFF: broken_off.where(broken_off > 0)})
    keys = [*KEY, "has_hidden_figure"]
    long = wide.melt(keys, [name for name in wide if name not in keys], "count_name", "n").dropna(subset="n")
    return (
        without_history(long.reset_index(drop=True)).astype({"n": "int64"}).assign(has_standing_figure=False)
    )


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
    return listed(found)


def recovered(rows: pd.DataFrame, decided: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What an attacker computes who knows how the counts are tied."""
    cells = rows.assign(
        kpi_id=rows["instrument_id"],
        part=rows["count_name"].replace("started", "all"),
        n_values=np.nan,
        is_suppressed=decided["is_suppressed"] | (rows["count_name"] == BROKEN_OFF),
    )[rows["count_name"].isin(RESPONSE_COUNTS)]
    found = audit(cells, ("channel", "part"))
    is_secret = (found["part"] != BROKEN_OFF) | decided.loc[found.index, "is_suppressed"]
    return list(found.loc[is_secret, ["period_id", "channel", "part"]].itertuples(index=False, name=None))


def hidden(rows: pd.DataFrame, count: str = "completed") -> set[tuple[str, str]]:
    chosen = rows[decided_counts(rows, THRESHOLDS)["is_suppressed"] & (rows["count_name"] == count)]
    return set(zip(chosen["period_id"], chosen["channel"], strict=True))


FIGURES = frozenset({("2025-10", "desk"), ("2025-10", "phone")})


def test_where_a_figure_is_hidden_the_number_completed_is_too() -> None:
    rows = table(np.array([[40, 50, 90], [40, 50, 90]]), FIGURES)
    assert hidden(rows) >= FIGURES
    assert recovered(rows, decided_counts(rows, THRESHOLDS)) == []


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
    decided = decided_counts(rows, THRESHOLDS)
    assert recovered(rows, decided) == []
    assert (rows.loc[~decided["is_suppressed"], "n"] >= 10).all()


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({"started": 60, "completed": 50, "partials": 10}, set()),
        ({"started": 60, "completed": 50, "partials": 3}, {"started", "partials", "broken_off"}),
        # Without partials, ten people broke off: enough to be told.
        ({"started": 60, "completed": 50}, set()),
        ({"started": 60, "completed": 40, "partials": 16, "screened_out": 4}, {"started", "screened_out"}),
        ({"started": 52, "completed": 50}, {"started", "broken_off"}),
        ({"started": 50, "completed": 50}, set()),
        ({"started": 50, "completed": 4}, {"started", "completed"}),
        ({"population": 900, "invited": 100, "delivered": 9}, {"delivered"}),
    ],
)
def test_what_would_tell_a_small_count_is_hidden_and_started_first(
    counts: dict[str, int], found: set[str]
) -> None:
    row = QUARTER | {
        "channel": "all",
        "organisation_id": "o",
        "instrument_id": "i",
        "instrument_kind": "panel",
    }
    rows = listed(pd.DataFrame([row | {"has_hidden_figure": False} | counts]))
    assert set(rows.loc[decided_counts(rows, THRESHOLDS)["is_suppressed"], "count_name"]) == found


@st.composite
def surveys(draw: st.DrawFn) -> pd.DataFrame:
    """A quarter of surveys in which people break off, are screened out, and a figure may be hidden."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    channels, number = ("desk", "phone", "web")[: shape[1]], st.sampled_from([0, 1, 2, 8, 9, 10, 12, 30, 90])
    rows = []
    for month, channel in product(range(10, 10 + shape[0]), channels):
        parts = {name: draw(number) for name in ("completed", "partials", "screened_out", BROKEN_OFF)}
        rows.append({"month": month, "channel": channel, **parts})
    base = pd.DataFrame(rows)
    both = pd.concat([base, base.assign(channel="all")])
    spans = [
        (QUARTER, both),
        *((months(month)[0], both[both["month"] == month]) for month in set(base["month"])),
    ]
    sums = [
        own.drop(columns="month").groupby("channel").sum().reset_index().assign(**period)
        for period, own in spans
    ]
    wide = pd.concat(sums, ignore_index=True).assign(
        organisation_id="o", instrument_id="i", instrument_kind="panel"
    )
    wide["started"] = wide[["completed", "partials", "screened_out", BROKEN_OFF]].sum(axis="columns")
    wide["has_hidden_figure"] = [draw(st.integers(0, 5)) == 0 for _ in range(len(wide))]
    return listed(wide[wide["started"] > 0].drop(columns=BROKEN_OFF))


@settings(max_examples=100, deadline=None)
@given(surveys())
def test_no_combination_of_what_people_did_tells_a_hidden_count(rows: pd.DataFrame) -> None:
    decided = decided_counts(rows, THRESHOLDS)
    assert recovered(rows, decided) == []
    assert decided.loc[rows["n"].between(1, 9), "is_suppressed"].all()
    assert decided.loc[
        rows["has_hidden_figure"] & (rows["count_name"] == "completed") & (rows["n"] > 0), "is_suppressed"
    ].all()


def test_surveys_do_not_depend_on_each_other_nor_on_the_order_of_rows() -> None:
    one = table(np.array([[4, 50, 90], [40, 50, 90]]))
    two = table(np.array([[40, 5, 90], [40, 50, 9]])).assign(instrument_id="j")
    both = pd.concat([one, two], ignore_index=True).sample(frac=1, random_state=1)
    assert hidden(both[both["instrument_id"] == "i"]) == hidden(one)
    together = both[decided_counts(both, THRESHOLDS)["is_suppressed"]]
    assert set(zip(together["instrument_id"], together["period_id"], together["channel"], strict=True)) == {
        *(("i", *key) for key in hidden(one)),
        *(("j", *key) for key in hidden(two)),
    }


@pytest.mark.parametrize(
    ("change", "has_standing_figure", "outcome"),
    [(12, False, "told"), (12, True, "hidden"), (5, False, "stands"), (5, True, "stands"), (0, True, "told")],
)
def test_the_number_completed_does_not_tell_a_figure_that_stands(
    change: int, has_standing_figure: bool, outcome: str
) -> None:
    row = dict(zip(KEY, ("o", "i", "panel", *QUARTER.values(), "all"), strict=True))
    before = {
        "n_published": 60,
        "n_before": 60,
        "was_published": True,
        "was_suppressed": False,
        "was_pending": False,
    }
    figure = {"has_hidden_figure": False, "has_standing_figure": has_standing_figure}
    rows = pd.DataFrame([row | before | figure | {"count_name": "completed", "n": 60 + change}])
    decided = decided_counts(rows, THRESHOLDS).iloc[0]
    found = "hidden" if decided["is_suppressed"] else "stands" if decided["is_revision_pending"] else "told"
    assert found == outcome
