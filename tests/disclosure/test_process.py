"""Which figures of a process are hidden, and that months do not give each other away."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure import audit
from disclosure.counts import without_history
from disclosure.process import KEY, decided_figures

THRESHOLDS = {"suppression_min_n": 10}
Sizes = dict[str, tuple[float | None, ...]]


def table(sizes: Sizes) -> pd.DataFrame:
    """Per metric the sizes of three months, and of the quarter where all three are known."""
    rows = []
    for metric, months in sizes.items():
        for number, size in zip((10, 11, 12), months, strict=True):
            rows.append((metric, "month", f"2025-{number}", pd.Timestamp(2025, number, 1), size))
        if None not in months:
            rows.append((metric, "quarter", "2025-Q4", pd.Timestamp(2025, 10, 1), sum(months)))  # type: ignore[arg-type]
    columns = ["metric", "period_type", "period_id", "period_start", "n"]
    found = pd.DataFrame(rows, columns=columns).assign(organisation_id="o", service_id="paspoort")
    return without_history(found[[*KEY, "n"]].assign(is_listed=True))


def hidden_figures(rows: pd.DataFrame) -> pd.Series:
    return decided_figures(rows, THRESHOLDS)["is_suppressed"]


def hidden(sizes: Sizes) -> dict[str, set[str]]:
    rows = table(sizes)
    chosen = rows[hidden_figures(rows)]
    return {metric: set(chosen.loc[chosen["metric"] == metric, "period_id"]) for metric in sizes}


def test_large_enough_figures_are_shown() -> None:
    assert hidden({"cases": (100, 200, 300), "lead": (100, 200, 300)}) == {"cases": set(), "lead": set()}


def test_a_small_month_hides_another() -> None:
    assert hidden({"complaints": (40, 4, 60)}) == {"complaints": {"2025-11", "2025-10"}}


def test_a_figure_over_an_unknown_number_of_cases_is_hidden() -> None:
    assert hidden({"lead": (100, None, 300)}) == {"lead": {"2025-11"}}


def test_a_figure_over_as_many_cases_as_a_hidden_count_is_hidden_too() -> None:
    found = hidden({"cases": (40, 4, 60), "lead": (40, 4, 60), "wait": (41, 50, 61)})
    assert found == {"cases": {"2025-10", "2025-11"}, "lead": {"2025-10", "2025-11"}, "wait": set()}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["cases", "complaints", "lead"]), st.tuples(*[st.integers(0, 40)] * 3), min_size=1
    )
)
def test_no_hidden_count_can_be_computed(sizes: dict[str, tuple[int, int, int]]) -> None:
    rows = table(dict(sizes))
    decided = hidden_figures(rows)
    shuffled = rows.sample(frac=1, random_state=1)
    assert hidden_figures(shuffled).sort_index().equals(decided)
    cells = rows.assign(kpi_id=rows["metric"], instrument_kind="p", n_values=np.nan, is_suppressed=decided)
    assert audit(cells[cells["n"] > 0], ("service_id",)).empty
    assert (rows.loc[~decided, "n"] >= 10).all()


def test_figures_over_equally_many_cases_stand_together() -> None:
    """The half-year of 5 more cases stands, and with it the other, or the year would tell; both metrics alike."""
    periods = {"2025-H1": ("half_year", 1), "2025-H2": ("half_year", 7), "2025": ("year", 1)}
    n = {"2025-H1": (2437, 2442), "2025-H2": (1303, 1328), "2025": (3740, 3770)}
    rows = pd.DataFrame(
        [
            ("o", "paspoort", kind, name, pd.Timestamp(2025, month, 1), metric, n[name][1], n[name][0])
            for metric in ("cases", "lead")
            for name, (kind, month) in periods.items()
        ],
        columns=[*KEY, "n", "n_published"],
    )
    rows = rows.assign(
        n_before=rows["n_published"],
        is_listed=True,
        was_published=True,
        was_suppressed=False,
        was_pending=False,
    )
    decided = decided_figures(rows, THRESHOLDS)
    assert not decided["is_suppressed"].any()
    assert set(rows.loc[decided["is_revision_pending"], "period_id"]) == {"2025-H1", "2025-H2"}
    assert decided["is_revision_pending"].sum() == 4
