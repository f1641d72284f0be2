"""The same people under two names: hidden together, and the audit knows them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from disclosure import audit, audit_changes, decide
from tests.disclosure.nights import Publications, attacked, responses
from tests.disclosure.published_grid import DIMENSIONS, KEYS, THRESHOLDS, by_hand

START = 2024 * 12
MONTH = ("month", "2025-11-01")


def first_night(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = cells.assign(was_published=False, was_suppressed=False, was_pending=False)
    n = cells["n"].to_numpy()
    return cells, pd.DataFrame({"cell": np.arange(len(n)), "answer": 1, "change": n, "since": n})


def counter(answers_hash: int) -> pd.DataFrame:
    """A small desk takes the counter with it; everybody at the counter is an entrepreneur, and no one else is."""
    n = {("all", "all"): 150, ("web", "all"): 100, ("counter", "all"): 45, ("desk", "all"): 5,
         ("all", "citizen"): 105, ("all", "business"): 45}  # fmt: skip
    cells = by_hand({(*MONTH, "all", channel, audience): value for (channel, audience), value in n.items()})
    hashes = [1, 2, 7, 3, 4, answers_hash]
    return cells.assign(answers_hash=np.array(hashes, dtype=np.uint64))


@pytest.mark.parametrize(
    ("answers_hash", "hidden"),
    [
        (8, {("desk", "all"), ("counter", "all")}),
        (7, {("desk", "all"), ("counter", "all"), ("all", "business"), ("all", "citizen")}),
    ],
)
def test_a_cell_is_hidden_where_it_has_another_name(answers_hash: int, hidden: set[tuple[str, str]]) -> None:
    cells, changes = first_night(counter(answers_hash))
    is_hidden = decide(cells, changes, THRESHOLDS)["is_suppressed"]
    found = cells.loc[is_hidden, ["channel", "audience"]]
    assert set(found.itertuples(index=False, name=None)) == hidden
    assert audit(cells.assign(is_suppressed=is_hidden)).empty


def test_the_audit_finds_the_number_under_the_other_name() -> None:
    cells = counter(7)
    is_hidden = cells["channel"].isin(["desk", "counter"])
    exposed = audit(cells.assign(is_suppressed=is_hidden))
    assert set(exposed["channel"]) == {"desk", "counter"}
    assert audit(cells.assign(is_suppressed=is_hidden).drop(columns="answers_hash")).empty


def test_a_service_and_a_life_event_are_told_apart_by_one_period() -> None:
    """Equal in November, not in the year: two groups of people."""
    cells = counter(7)
    year = cells.assign(period_type="year", period_id="2025", period_start=pd.Timestamp(2025, 1, 1))
    year.loc[5, "answers_hash"] = np.uint64(9)
    both, changes = first_night(pd.concat([cells, year], ignore_index=True))
    is_hidden = decide(both, changes, THRESHOLDS)["is_suppressed"]
    assert not is_hidden[both["audience"] != "all"].any()


# Tables of two dimensions would tie the two names by themselves; breakdowns have none.
def nights(seed: int, number: int) -> list[tuple[pd.DataFrame, int]]:
    """Late responses of a government in which one channel has an audience to itself, and the first month not ended."""
    rng = np.random.default_rng(seed)

    def named(frame: pd.DataFrame) -> pd.DataFrame:
        own = frame["channel"] == "c1"
        return frame.assign(audience=np.where(own, "own", frame["audience"]))

    frame, found = named(responses(seed, 1200, range(START, START + 12), (3, 3, 2))), []
    for night in range(number):
        late = responses(seed * 100 + night, int(rng.integers(0, 40)), range(START, START + 4), (3, 3, 2))
        frame = pd.concat([frame, named(late)], ignore_index=True)
        now = START + 4 + night // 3
        found.append((frame[frame["month"] < now], now))
    return found


@pytest.mark.parametrize("is_regarded", [True, False])
def test_nights_with_two_names_give_nothing_away(is_regarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_regarded:
        monkeypatch.setattr("disclosure.decision.with_twins", lambda cells, *_: cells)
    before, exposed = Publications(ways=1), 0
    for frame, now in nights(3, 8):
        after = before.tonight(frame, now)
        if len(before.cells):
            cells, changes = attacked(before, after)
            exact = audit(cells.assign(is_suppressed=cells["is_unknown"]), DIMENSIONS)
            exposed += len(exact) + len(audit_changes(cells, changes, 10, DIMENSIONS))
        before = after
    assert (exposed == 0) is is_regarded


def test_the_order_of_the_rows_changes_nothing() -> None:
    (frame, now), *_ = nights(4, 1)
    straight = Publications().tonight(frame, now)
    shuffled = Publications().tonight(frame.sample(frac=1, random_state=1), now)
    pd.testing.assert_frame_equal(straight.cells[KEYS], shuffled.cells[KEYS])
    pd.testing.assert_frame_equal(straight.cells, shuffled.cells)
