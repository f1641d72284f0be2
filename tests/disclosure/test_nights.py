"""Publications night after night, attacked with every two files that a reader has in a row."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from disclosure import audit, audit_changes, audit_ranges, decide
from disclosure.decision import _Block
from disclosure.revision import Standing
from tests.disclosure.nights import Publications, attacked, responses
from tests.disclosure.published_grid import KEYS, THRESHOLDS

START = 2024 * 12
SIZES = (3, 2, 2)
NIGHTS = 30


def governments(seed: int, nights: int) -> Iterator[tuple[pd.DataFrame, int]]:
    """Responses and the first month that has not ended: late ones, corrections, one erasure, and every third night a
    month more."""
    rng = np.random.default_rng(seed)
    frame, now = responses(seed, 1500, range(START, START + 14), SIZES), START + 4
    yield frame, now
    for night in range(nights):
        late = responses(seed * 100 + night, int(rng.integers(0, 40)), range(START, now), SIZES)
        frame = pd.concat([frame, late], ignore_index=True)
        corrected = rng.choice(len(frame), int(rng.integers(0, 4)), replace=False)
        frame.loc[corrected, "value"] = rng.integers(1, 6, len(corrected))
        if night == nights // 2:
            frame = frame.drop(index=0).reset_index(drop=True)
        now += night % 3 == 2
        yield frame, now


def published(seed: int, nights: int) -> Iterator[tuple[Publications, Publications]]:
    """Every two publications in a row."""
    before = Publications()
    for frame, now in governments(seed, nights):
        after = before.tonight(frame[frame["month"] < now], now)
        if len(before.cells):
            yield before, after
        before = after


def found_by_audit(before: Publications, after: Publications) -> int:
    """How many figures, ranges or changes an attacker of both files finds."""
    cells, changes = attacked(before, after)
    exact = audit(cells.assign(is_suppressed=cells["is_unknown"]))
    ranges = audit_ranges(cells.assign(is_asked=cells.index % 7 == 0))
    return len(exact) + len(ranges) + len(audit_changes(cells, changes, 10))


def test_thirty_nights_give_nothing_away() -> None:
    for before, after in published(seed=5, nights=NIGHTS):
        assert found_by_audit(before, after) == 0


def test_a_reader_keeps_what_was_shown_and_learns_nothing_that_was_hidden() -> None:
    """Unchanged cells are shown or hidden as they were; a standing one keeps its counts."""
    for before, after in published(seed=6, nights=6):
        both = before.published().merge(after.published(), on=KEYS, suffixes=("", "_after"))
        was_there = both[both["is_published"]]
        same = was_there[was_there["n"] == was_there["n_after"]]
        standing = was_there[was_there["is_revision_pending_after"]]
        assert (standing["n"] == standing["n_after"]).all()
        assert (standing["is_suppressed"] == standing["is_suppressed_after"]).all()
        turned = same["is_suppressed"] != same["is_suppressed_after"]
        # Five answers less of one value and five more of another replace a figure of the same n.
        assert turned.mean() < 0.02


def test_publishing_again_changes_nothing() -> None:
    for (_, after), (frame, now) in zip(
        published(seed=7, nights=5), list(governments(7, 5))[1:], strict=True
    ):
        again = after.tonight(frame[frame["month"] < now], now)
        pd.testing.assert_frame_equal(again.cells, after.cells)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_changes_no_decision(seed: int) -> None:
    (before, _), *_, (frame, now) = [*published(seed, 1), *governments(seed, 1)]
    shuffled = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    straight = before.tonight(frame[frame["month"] < now], now)
    pd.testing.assert_frame_equal(
        straight.cells, before.tonight(shuffled[shuffled["month"] < now], now).cells
    )


def caught(seed: int, nights: int = 4) -> bool:
    return any(found_by_audit(before, after) for before, after in published(seed, nights))


def test_without_the_revision_rule_the_audit_finds_small_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_stands(cells: object, former: object, differences: object, min_n: int) -> Standing:
        nothing = np.zeros(len(cells.n), dtype=bool)  # type: ignore[attr-defined]
        return Standing(nothing, nothing.copy())

    monkeypatch.setattr("disclosure.decision.first_standing", nothing_stands)
    for name in ("contradicted", "told_since"):
        monkeypatch.setattr(f"disclosure.decision.{name}", lambda *_: nothing_of(_))
    assert caught(seed=5)


def nothing_of(arguments: tuple[object, ...]) -> Standing:
    standing = next(one for one in arguments if isinstance(one, Standing))
    return Standing(np.zeros_like(standing.pending), np.zeros_like(standing.withheld))


def test_without_more_cells_beside_the_changed_ones_the_audit_finds_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("disclosure.decision.consistent", lambda *arguments: arguments[4])
    for name in ("contradicted", "told_since"):
        monkeypatch.setattr(f"disclosure.decision.{name}", lambda *_: nothing_of(_))
    monkeypatch.setattr(_Block, "_let_stand", lambda self, standing, stuck: nothing_of((standing,)))
    monkeypatch.setattr("disclosure.decision.hide_enough", only_small)
    assert caught(seed=5)


def only_small(cells: object, unknown: np.ndarray, fixed: np.ndarray, min_n: int) -> object:
    from disclosure.protection import Hiding

    return Hiding(unknown, np.zeros_like(unknown))


def channels_tonight(changes: dict[str, int], **n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One year of channels that were all shown but those with nothing before, and tonight's changes."""
    cell = {"organisation_id": "o", "kpi_id": "k", "instrument_kind": "panel"}
    cell |= {"period_type": "year", "period_id": "2025", "service_group": "all", "audience": "all"}
    names = sorted(["all", *n])
    counts = n | {"all": sum(n.values())}
    cells = pd.DataFrame([{**cell, "channel": name, "n": counts[name], "n_values": 3} for name in names])
    was_published = [counts[name] > changes.get(name, 0) for name in names]
    cells = cells.assign(
        period_start=pd.Timestamp("2025-01-01"),
        was_published=was_published,
        was_suppressed=False,
        was_pending=False,
    )
    rows = [(names.index(name), 1, change, change) for name, change in changes.items()]
    return cells, pd.DataFrame(rows, columns=["cell", "answer", "change", "since"])


def test_what_is_too_new_to_be_told_takes_the_smallest_change_with_it() -> None:
    """Four answers on a new channel, eleven more on the web: the total less all others must not tell the four."""
    cells, changes = channels_tonight({"all": 15, "chat": 4, "web": 11}, chat=4, desk=20, phone=30, web=51)
    decided = decide(cells, changes, THRESHOLDS).assign(channel=cells["channel"]).set_index("channel")
    assert list(decided.index[decided["is_revision_pending"]]) == ["chat", "web"]
    assert not decided["is_suppressed"].any()
    assert list(decided.index[~decided["is_published"]]) == ["chat"]


@pytest.mark.parametrize("is_regarded", [True, False])
def test_a_cell_that_readers_have_is_no_partner(is_regarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction takes eleven of fifteen from chat. Last night's file has desk: hiding it would protect nothing."""
    if not is_regarded:
        monkeypatch.setattr(_Block, "_known", lambda self, standing: np.zeros(len(self.cells.n), dtype=bool))
    cells, changes = channels_tonight({"all": -11, "chat": -11}, chat=4, desk=20, phone=30, web=40)
    is_hidden = decide(cells, changes, THRESHOLDS)["is_suppressed"]
    assert set(cells["channel"][is_hidden]) == ({"all", "chat"} if is_regarded else {"chat", "desk"})
    is_kept = ~cells.index.isin(changes["cell"])
    assert audit(cells.assign(is_suppressed=is_hidden & ~is_kept)).empty is is_regarded
