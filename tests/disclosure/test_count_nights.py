"""Counts of surveys and of processes, night after night, attacked with every two files that a reader has in a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from disclosure.audit_process import audit_process
from disclosure.audit_response import audit_response
from disclosure.protection import Hiding
from disclosure.revision import Standing
from tests.disclosure.count_nights import (
    FIGURE,
    NO_FIGURES,
    NO_RATES,
    ROW,
    Publications,
    governments,
    process_figures,
    response_counts,
)

START, NIGHTS = 2024 * 12, 15
Pair = tuple[Publications, pd.DataFrame, Publications]


def surveys(seed: int, nights: int = NIGHTS) -> Iterator[Pair]:
    """Every two publications of a survey in a row, with the counts of the second night."""
    before = Publications([*ROW, "count_name"])
    for frame, now in governments(seed, nights, START):
        counts = response_counts(frame, now)
        after = before.tonight(counts)
        yield before, counts, after
        before = after


def processes(seed: int, nights: int = NIGHTS) -> Iterator[Pair]:
    """The same of a process."""
    before = Publications(FIGURE)
    for frame, now in governments(seed, nights, START):
        counts = process_figures(frame, now)
        after = before.tonight(counts)
        yield before, counts, after
        before = after


def found_in_surveys(seed: int, nights: int = NIGHTS) -> pd.DataFrame:
    """What an attacker of any two files in a row finds."""
    return pd.concat([
        audit_response(before.attacked(counts, after), NO_RATES, NO_FIGURES, 10)
        for before, counts, after in surveys(seed, nights)
    ])  # fmt: skip


def found_in_processes(seed: int, nights: int = NIGHTS) -> pd.DataFrame:
    """What an attacker of any two files in a row finds."""
    return pd.concat([
        audit_process(attacked.assign(value=attacked["shown"]), 10)
        for before, counts, after in processes(seed, nights)
        for attacked in [before.attacked(counts, after)]
    ])  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_the_nights_of_a_survey_give_nothing_away(seed: int) -> None:
    assert found_in_surveys(seed).empty


@pytest.mark.parametrize("seed", [1, 2])
def test_the_nights_of_a_process_give_nothing_away(seed: int) -> None:
    assert found_in_processes(seed).empty


@pytest.mark.parametrize("nights", [surveys, processes])
def test_a_count_that_was_published_stands_until_ten_changed(nights: object) -> None:
    stood = 0
    for before, _, after in nights(3, 6):  # type: ignore[operator]
        if len(before.rows):
            both = before.rows.merge(after.rows, on=before.key, suffixes=("", "_after"))
            both = both[both["is_published"]]
            is_standing = both["is_revision_pending_after"]
            change = (both["n_true_after"] - both["n"]).abs()
            assert is_standing[change.between(1, 9)].all()
            assert (both["n_after"] == both["n"])[is_standing].all()
            assert (both["is_suppressed_after"] == both["is_suppressed"])[is_standing].all()
            stood += int(is_standing.sum())
    assert stood > 50


@pytest.mark.parametrize("nights", [surveys, processes])
def test_publishing_again_changes_nothing(nights: object) -> None:
    for _, counts, after in nights(4, 5):  # type: ignore[operator]
        pd.testing.assert_frame_equal(after.tonight(counts).rows, after.rows)
        shuffled = counts.sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(after.tonight(shuffled).rows, after.rows)


def nothing_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*arguments: object) -> Standing:
        none = np.zeros(len(arguments[0].n), dtype=bool)  # type: ignore[attr-defined]
        return Standing(none, none.copy())

    def no_more(*arguments: object) -> Standing:
        standing = next(one for one in arguments if isinstance(one, Standing))
        return Standing(np.zeros_like(standing.pending), np.zeros_like(standing.withheld))

    monkeypatch.setattr("disclosure.decision.first_standing", nothing)
    for name in ("contradicted", "told_since"):
        monkeypatch.setattr(f"disclosure.decision.{name}", no_more)


def nothing_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_small(cells: object, unknown: np.ndarray, fixed: np.ndarray, min_n: int) -> Hiding:
        return Hiding(unknown, np.zeros_like(unknown))

    monkeypatch.setattr("disclosure.decision.hide_enough", only_small)


@pytest.mark.parametrize(
    ("switched_off", "methods"),
    [
        (nothing_stands, {"change", "line"}),
        (nothing_is_completed, {"equations"}),
    ],
)
def test_the_audit_of_a_survey_sees_what_is_switched_off(
    switched_off: object, methods: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off(monkeypatch)  # type: ignore[operator]
    assert methods & set(found_in_surveys(1, 4)["method"])


def test_the_audit_of_a_process_sees_what_changed_when_nothing_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing_stands(monkeypatch)
    assert {"change", "line"} & set(found_in_processes(1, 4)["method"])


def year(**counts: int) -> pd.DataFrame:
    """One year of one survey without channels."""
    row = dict(zip(ROW, ("o", "i", "panel", "year", "2025", pd.Timestamp(2025, 1, 1), "all"), strict=True))
    return pd.DataFrame([row | {"count_name": name, "n": n} for name, n in counts.items()])


@pytest.mark.parametrize("is_tied", [True, False])
def test_what_started_tells_of_its_parts_counts_as_told(
    is_tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen more completed, ten fewer partial, as many started: then five fewer broke off."""
    if not is_tied:
        parts_are_no_dimension(monkeypatch)
    first = year(started=100, completed=60, partials=25, broken_off=15)
    second = year(started=100, completed=75, partials=15, broken_off=10)
    before = Publications([*ROW, "count_name"]).tonight(first)
    after = before.tonight(second)
    found = audit_response(before.attacked(second, after), NO_RATES, NO_FIGURES, 10)
    assert set(found["method"]) == (set() if is_tied else {"equations", "change", "line"})
    standing = set(after.rows.loc[after.rows["is_revision_pending"], "count_name"])
    assert standing == ({"partials", "broken_off"} if is_tied else {"broken_off"})


def parts_are_no_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each count is decided by itself, as though started did not add up."""
    from disclosure import response
    from disclosure.counts import decide_counts

    def apart(cells: pd.DataFrame, is_forced: pd.Series, min_n: int, dimensions: object) -> pd.DataFrame:
        if "part" in cells:
            cells = cells.assign(kpi_id=cells["kpi_id"] + cells["part"])
        return decide_counts(cells, is_forced, min_n, ("channel",))

    monkeypatch.setattr(response, "decide_counts", apart)
