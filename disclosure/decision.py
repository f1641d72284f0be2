"""What readers get of every cell tonight: a new figure, the old one, or none.

Belongs here: bringing together which figures stand (`revision`) and which are hidden (`protection`) for readers who
keep every file they ever got. Does not belong here: either rule.

A reader who has yesterday's file knows an unchanged cell that was shown: hiding it now protects nothing, so it is
never asked to protect another. An unchanged cell that was hidden stays hidden. Partners are cells that are new,
replaced or hidden already. A line without any lets its changed cells stand, then all its cells: a figure that is said
to be pending tells nothing about tonight, whether it changed or not. When not even that helps, the whole block
(organisation x node x kind of instrument x year) stands and its new periods are hidden. That last state tells a
reader nothing at all, so the search ends: each round lets more cells stand. A block in which nothing changed keeps
its decisions word for word.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from disclosure.equations import (
    BLOCK_COLUMNS,
    DIMENSIONS,
    PERIOD_COLUMNS,
    Cells,
    code_cells,
    directions_of,
    long_directions_of,
)
from disclosure.protection import PART_SIZE, hide_enough, primary
from disclosure.revision import (
    Differences,
    Former,
    Standing,
    consistent,
    contradicted,
    first_standing,
    told_since,
)
from disclosure.twins import with_twins

# Column of `cells`: a whole number that is equal for equal answers.
ANSWERS = "answers_hash"
_ROUNDS = 40


def decide(
    cells: pd.DataFrame,
    changes: pd.DataFrame,
    thresholds: Mapping[str, Decimal | int],
    dimensions: Sequence[str] = DIMENSIONS,
) -> pd.DataFrame:
    """Decide for every cell, true tonight or published before, whether it stands, is hidden, is published at all.

    `cells`: as for `protect`, with the true n of tonight (0 where nothing is left of a published cell) and
    `was_published`, `was_suppressed`, `was_pending`: what the publication in force says of it; where cells of two
    dimensions may be the same people, also `answers_hash` (of tonight's answers, whole). `changes`: one row
    per cell and answer value, `cell` (row number in `cells`), `answer` (whole number), `change` (true count tonight
    less published count, for new cells all of it) and `since` (true count tonight less true count at that
    publication).

    Returns the key columns, `is_revision_pending`, `is_suppressed` and `is_published`, in the order and with the
    index of `cells`. Raises as `protect` does.
    """
    coded = code_cells(cells, dimensions, least_n=0)
    if ANSWERS in cells:
        coded = with_twins(coded, cells[ANSWERS].to_numpy(dtype=np.uint64), dimensions)
    min_n, no_spread_min_n = int(thresholds["suppression_min_n"]), int(thresholds["no_spread_min_n"])
    former, differences, since = _history(cells, changes, coded)
    pending, hidden = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    touched = np.isin(coded.block, coded.block[since.size > 0])
    keeps = ~touched & np.isin(coded.block, coded.block[former.exists])
    kept = coded.position[keeps]
    hidden[kept] = former.hidden[keeps]
    pending[kept] = (former.pending | ~former.exists)[keeps]
    for part in coded.only(~keeps).parts(PART_SIZE):
        chosen = np.isin(coded.position, part.position)
        block = _Block(
            part, former.only(chosen), differences.only(chosen), since.only(chosen), min_n, no_spread_min_n
        )
        found, unknown = block.decided()
        pending[part.position] = found.pending
        hidden[part.position] = np.where(found.pending, block.former.hidden, unknown)
    n = cells["n"].to_numpy()
    existed = cells["was_published"].to_numpy(dtype=bool)
    return cells[[*BLOCK_COLUMNS, *PERIOD_COLUMNS, *dimensions]].assign(
        is_revision_pending=pending, is_suppressed=hidden, is_published=np.where(pending, existed, n > 0)
    )


def _history(
    cells: pd.DataFrame, changes: pd.DataFrame, coded: Cells
) -> tuple[Former, Differences, Differences]:
    """In the order of `coded`: the former state, and the differences from what was published and what was true."""
    exists, suppressed, pending = (
        cells[name].to_numpy(dtype=bool)[coded.position]
        for name in ("was_published", "was_suppressed", "was_pending")
    )
    place = np.empty(len(cells), dtype=np.int64)
    place[coded.position] = np.arange(len(cells))
    cell, answer, change, since = (
        changes[name].to_numpy(dtype=np.int64) for name in ("cell", "answer", "change", "since")
    )
    from_published, from_true = (
        Differences.of(place[cell[by != 0]], answer[by != 0], by[by != 0], len(cells))
        for by in (change, since)
    )
    before = coded.n.copy()
    np.subtract.at(before, place[cell], since)
    slot = coded.block * len(coded.periods) + coded.period
    is_new = ~np.isin(slot, slot[exists])
    return (
        Former(exists, suppressed, pending, is_new, ~exists & (before > 0)),
        from_published,
        from_true,
    )


class _Block:
    """Whole blocks, decided together."""

    def __init__(
        self,
        cells: Cells,
        former: Former,
        differences: Differences,
        since: Differences,
        min_n: int,
        no_spread_min_n: int,
    ) -> None:
        self.cells, self.former, self.min_n = cells, former, min_n
        self.differences, self.since = differences, since
        self.directions = directions_of(cells)
        self.lines = (*self.directions, *long_directions_of(cells))
        self.small = primary(cells, min_n, no_spread_min_n) & (cells.n > 0)
        self.is_changed = ~former.is_new & (differences.size > 0)
        self.is_unchanged = ~former.is_new & (differences.size == 0)

    def decided(self) -> tuple[Standing, np.ndarray]:
        """What stands, and what a reader is not told tonight."""
        if not self.former.exists.any():
            nothing = np.zeros(len(self.cells.n), dtype=bool)
            return Standing(nothing, nothing), hide_enough(
                self.cells, self.small, nothing, self.min_n
            ).unknown
        standing = first_standing(self.cells, self.former, self.differences, self.min_n)
        rounds = 0
        while True:
            standing = consistent(
                self.cells, self.lines, self.former, self.differences, standing, self.small, self.min_n
            )
            unknown, stuck = self._hide(standing)
            hidden = np.where(standing.pending, self.former.hidden, unknown)
            more = contradicted(self.lines, self.former, self.differences, standing, hidden, self.min_n)
            more |= told_since(
                self.lines,
                self.former,
                self.differences,
                self.since,
                standing | more,
                unknown,
                self.min_n,
            )
            more |= self._let_stand(standing | more, stuck)
            rounds += 1
            if rounds > _ROUNDS:
                more |= self._all_of(more.pending | more.withheld)
            combined = standing | more
            if combined.size == standing.size:
                return standing, unknown
            standing = combined

    def _hide(self, standing: Standing) -> tuple[np.ndarray, np.ndarray]:
        hiding = hide_enough(self.cells, self._unknown(standing), self._known(standing), self.min_n)
        return hiding.unknown, hiding.stuck

    def _unknown(self, standing: Standing) -> np.ndarray:
        stays = self.is_unchanged & self.former.hidden
        return standing.pending | standing.withheld | stays | (~self.is_unchanged & self.small)

    def _known(self, standing: Standing) -> np.ndarray:
        """Shown cells that readers have already, or that follow from those along single lines; and empty ones."""
        known = self.is_unchanged & self.former.exists & ~self.former.hidden
        known |= ~standing.pending & (self.cells.n == 0)
        if not known.any():
            return known
        while True:
            before = int(known.sum())
            for direction in self.directions:
                missing = np.bincount(
                    direction.equation[~known[direction.child]], minlength=len(direction.parent)
                )
                exact = direction.remainder == 0
                total_follows = direction.parent[exact & (missing == 0)]
                child_follows = (exact & (missing == 1) & known[direction.parent])[direction.equation]
                follows = np.concatenate([total_follows, direction.child[child_follows]])
                known[follows[self._may_follow(standing, follows)]] = True
            if int(known.sum()) == before:
                return known

    def _may_follow(self, standing: Standing, cells: np.ndarray) -> np.ndarray:
        is_open = ~standing.pending & ~standing.withheld & ~self.small & ~self.is_unchanged
        return is_open[cells]

    def _let_stand(self, standing: Standing, stuck: np.ndarray) -> Standing:
        """Of lines that cannot be protected what changed, else what was published at all, else the whole block."""
        nothing = np.zeros(len(stuck), dtype=bool)
        found, helped = Standing(nothing, nothing), nothing
        for chosen in (self.is_changed, ~self.former.is_new):
            more = stuck & chosen & ~standing.pending & ~self._of_blocks(helped)
            helped = helped | more
            found |= Standing(more, nothing)
        return found | self._all_of(stuck & ~self._of_blocks(helped))

    def _all_of(self, chosen: np.ndarray) -> Standing:
        """Everything in the blocks of these cells: what was published stands, what is new is withheld."""
        block = self._of_blocks(chosen)
        return Standing(block & ~self.former.is_new, block & self.former.is_new)

    def _of_blocks(self, chosen: np.ndarray) -> np.ndarray:
        return np.isin(self.cells.block, self.cells.block[chosen])
