"""What the metrics count, against direct calculations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from expectations import Delivery
from expectations.metrics import Metrics, measure
from expectations.rules import parameters
from tests.expectations.landing import NODES, Landing, agreeing, tables


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, "test0001")


def measured(*judged: Delivery, history: tuple[Delivery, ...] = ()) -> Metrics:
    return measure(judged, history, *tables([*judged, *history]), NODES, parameters())


def item(metrics: Metrics, node_id: str, role: str = "primary") -> pd.Series:
    frame = metrics.item
    return frame[(frame["node_id"] == node_id) & (frame["role"] == role)].iloc[0]


def test_cells_are_counted_by_what_the_codebook_says(landing: Landing) -> None:
    raw = ["1", "3", "5", "", "nvt", "weet niet", "!invalid", "6", None]
    found = item(measured(landing.deliver([[value] for value in raw])), "k1")
    assert (found["cells"], found["n"], found["invalid_cells"]) == (8, 3, 2)
    assert (found["missing"], found["answerable"]) == (4, 7)
    assert found["invalid_share"] == 2 / 8


def test_excluded_rows_count_as_cells_but_not_as_answers(landing: Landing) -> None:
    found = item(measured(landing.deliver([["!invalid"], ["5"], ["4"]], excluded=2)), "k1")
    assert (found["cells"], found["invalid_cells"], found["n"]) == (3, 1, 1)


def test_decimals_that_the_codebook_does_not_list_are_answers(landing: Landing) -> None:
    blank = [None] * 7
    before = landing.deliver([[*blank, "7.5", "7.5"]], "2025-12")
    after = landing.deliver([[*blank, "10", "1"]], "2026-01")
    frame = measured(after, history=(before,)).item
    # 7.5 of 1-10 is 72.22 of 100, and 27.78 where low is good; both items are the node's, so their answers are pooled.
    assert frame["invalid_cells"].tolist() == [0]
    assert frame["n"].tolist() == [2]
    assert frame["mean_moved"].tolist() == [50.0]


def test_stability_and_movement_follow_their_formulas(landing: Landing) -> None:
    before = landing.deliver(agreeing(100, lambda i: 1 + i % 5, items=1), "2025-12")
    after = landing.deliver(agreeing(80, lambda i: 2 + i % 4, items=1), "2026-01")
    found = item(measured(after, history=(before,)), "k1")
    old, new = np.array([20, 20, 20, 20, 20]), np.array([0, 20, 20, 20, 20])
    p, q = (new + 0.5) / (80 + 2.5), (old + 0.5) / (100 + 2.5)
    assert found["psi"] == pytest.approx(((p - q) * np.log(p / q)).sum(), abs=1e-9)
    assert found["mean_moved"] == pytest.approx(12.5)
    assert (found["history_n"], found["history_scale_n"]) == (100, 100)


def test_a_reversed_item_moves_the_other_way(landing: Landing) -> None:
    before = landing.deliver([[None, None, "1"]] * 3, "2025-12")
    after = landing.deliver([[None, None, "5"]] * 3, "2026-01")
    assert item(measured(after, history=(before,)), "d2")["mean_moved"] == 100


def test_the_design_effect_is_kishs(landing: Landing) -> None:
    weights = np.array([1.0, 2.0, 3.5, 0.25])
    found = measured(landing.deliver(agreeing(4), weights=[str(weight) for weight in weights])).delivery.iloc[
        0
    ]
    assert found["design_effect"] == pytest.approx(4 * (weights**2).sum() / weights.sum() ** 2)
    assert found["rows_weighted"] == 4
    assert (found["mean_weight"], found["highest_weight_ratio"]) == pytest.approx((6.75 / 4, 3.5 * 4 / 6.75))


def test_a_delivery_without_weights_is_not_judged_on_them(landing: Landing) -> None:
    found = measured(landing.deliver(agreeing(4))).delivery.iloc[0]
    assert found[["mean_weight", "highest_weight_ratio", "design_effect"]].isna().all()
    assert found["rows_weighted"] == 0


def test_volume_is_compared_with_the_median_of_the_periods(landing: Landing) -> None:
    history = tuple(
        landing.deliver(agreeing(n), f"2025-{month:02d}") for month, n in ((9, 1), (10, 10), (11, 12))
    )
    found = measured(landing.deliver(agreeing(30), "2026-01"), history=history).delivery.iloc[0]
    assert (found["rows_ratio"], found["history_periods"]) == (3, 3)


def test_correlation_is_with_the_parent_of_the_model(landing: Landing) -> None:
    rng = np.random.default_rng(1)
    rows = [[str(a), str(b)] for a, b in rng.integers(1, 6, (50, 2))]
    found = item(measured(landing.deliver(rows)), "d1")
    scores = np.array(rows, dtype=float)
    assert found["parent_correlation"] == pytest.approx(np.corrcoef(scores.T)[0, 1])
    assert found["parent_pairs"] == 50
    assert pd.isna(item(measured(landing.deliver(rows)), "k1")["parent_correlation"])


def test_large_deliveries_are_sampled_for_what_is_only_reported(landing: Landing) -> None:
    delivery = landing.deliver(agreeing(100, items=7))
    few = replace(parameters(), sampled_responses=10)
    metrics = measure([delivery], [], *tables([delivery]), NODES, few)
    assert metrics.delivery["straight_lining_n"].tolist() == [10]
    assert item(metrics, "d1")["parent_pairs"] == 10
    assert item(metrics, "d1")["n"] == 100


def test_the_floor_comes_from_the_model(landing: Landing) -> None:
    metrics = measured(landing.deliver(agreeing(3, items=7)))
    assert item(metrics, "k1")["floor"] == "kpi"
    assert pd.isna(item(metrics, "own")["floor"])


def test_a_delivery_of_which_nothing_landed_has_its_counts(landing: Landing) -> None:
    metrics = measured(landing.deliver([], quarantined=4))
    assert metrics.delivery["quarantined_share"].tolist() == [1.0]
    assert metrics.item.empty


def test_history_whose_rows_are_gone_is_no_history(landing: Landing) -> None:
    before = landing.deliver(agreeing(600), "2025-12")
    before.landed_path.unlink()
    found = measured(landing.deliver(agreeing(600), "2026-01"), history=(before,))
    assert found.delivery["history_periods"].tolist() == [0]
    assert item(found, "k1")["history_n"] == 0


def test_the_same_bytes_of_two_organisations_are_two_deliveries(tmp_path: Path) -> None:
    rows = [["1"], ["!invalid"]]
    first, second = (Landing(tmp_path / name, name) for name in ("test0001", "test0002"))
    for landing in (first, second):
        landing.folder.mkdir()
    twin = second.deliver(rows)
    one = first.deliver(rows)
    frame = measured(one, twin).item
    assert frame["organisation_id"].tolist() == ["test0001", "test0002"]
    assert frame["cells"].tolist() == [2, 2]
