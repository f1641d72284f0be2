"""What holds for every published grid, checked with solvers that share no code with `disclosure`."""

import sys

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disclosure import audit, protect
from tests.disclosure.published_grid import KEYS, THRESHOLDS, counted, determined, equations

governments = st.builds(
    counted,
    seed=st.integers(0, 2**32 - 1),
    responses=st.integers(40, 900),
    months=st.integers(1, 14),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)),
    undated=st.sampled_from([0.0, 0.03, 0.2]),
)
slow = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def small(cells: pd.DataFrame) -> pd.Series:
    return (cells["n"] < 10) | ((cells["n_values"] == 1) & (cells["n"] < 30))


@slow
@given(governments)
def test_no_hidden_cell_follows_from_the_shown_ones(cells: pd.DataFrame) -> None:
    decided = protect(cells, THRESHOLDS)["is_suppressed"]
    assert decided[small(cells)].all()
    assert determined(cells, decided) == set()
    assert audit(cells.assign(is_suppressed=decided)).empty


@pytest.mark.parametrize(
    ("seed", "responses", "sizes", "undated"),
    [
        (4, 700, (4, 4, 3), 0.0),
        (23, 2000, (5, 4, 3), 0.05),
        (3, 5000, (6, 5, 3), 0.02),
        (23, 5000, (6, 5, 3), 0.02),
    ],
)
def test_no_hidden_cell_follows_where_every_single_line_is_safe(
    seed: int, responses: int, sizes: tuple[int, int, int], undated: float
) -> None:
    """Grids in which only a combination of many lines gives a cell away."""
    cells = counted(seed, responses, 12, sizes, undated)
    decided = protect(cells, THRESHOLDS)["is_suppressed"]
    assert determined(cells, decided) == set()
    assert audit(cells.assign(is_suppressed=decided)).empty


@slow
@given(governments)
def test_no_line_gives_a_small_group_away(cells: pd.DataFrame) -> None:
    hidden, n = protect(cells, THRESHOLDS)["is_suppressed"].to_numpy(), cells["n"].to_numpy()
    for total, parts in equations(cells):
        hidden_parts = [part for part in parts if hidden[part]]
        if hidden[total]:
            assert hidden_parts
        elif hidden_parts:
            assert len(hidden_parts) > 1
            assert n[hidden_parts].sum() >= 10


@slow
@given(governments, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_decision(cells: pd.DataFrame, random: object) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight, shuffled = protect(cells, THRESHOLDS), protect(cells.iloc[order], THRESHOLDS)
    pd.testing.assert_frame_equal(straight, shuffled.sort_index())


@slow
@given(governments)
def test_another_organisation_changes_no_decision(cells: pd.DataFrame) -> None:
    together = protect(cells, THRESHOLDS)
    for _, own in cells.groupby("organisation_id"):
        pd.testing.assert_frame_equal(protect(own, THRESHOLDS), together.loc[own.index])


@slow
@given(governments)
def test_the_audit_agrees_with_exact_elimination_when_only_small_cells_are_hidden(
    cells: pd.DataFrame,
) -> None:
    exposed = audit(cells.assign(is_suppressed=small(cells)))
    assert set(exposed.index[exposed["method"] == "equations"]) == determined(cells, small(cells))


def test_hiding_small_cells_only_is_found_out() -> None:
    cells = counted(seed=1, responses=3000, months=12, sizes=(5, 4, 3))
    exposed = audit(cells.assign(is_suppressed=small(cells)))
    assert len(exposed) > 0.1 * small(cells).sum()


@pytest.mark.parametrize(("responses", "most"), [(2_000, 0.80), (20_000, 0.45), (200_000, 0.15)])
def test_protection_costs_a_bounded_share_of_the_cells(responses: int, most: float) -> None:
    cells = counted(seed=3, responses=responses, months=12, sizes=(5, 4, 3))
    first, after = small(cells).mean(), protect(cells, THRESHOLDS)["is_suppressed"].mean()
    sys.stdout.write(f"{responses} responses: {len(cells)} cells, small {first:.1%}, hidden {after:.1%}\n")
    assert first <= after <= most


def test_keys_come_back_untouched() -> None:
    cells = counted(seed=5, responses=500, months=3, sizes=(2, 3, 2))
    pd.testing.assert_frame_equal(protect(cells, THRESHOLDS)[KEYS], cells[KEYS])
