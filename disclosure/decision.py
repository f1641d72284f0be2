"""What readers get of every cell tonight: a new figure, the old one, or none.

Belongs here: bringing together which figures stand (`revision`) and which are hidden (`protection`) for readers who
keep every file they ever got. Does not belong here: either rule.

A reader who has yesterday's file knows an unchanged cell that was shown: hiding it now protects nothing, so it is
never asked to protect another. An unchanged cell that was hidden stays hidden. Partners are cells that are new,
replaced or hidden already. A line without any lets its changed cells stand: what it showed yesterday was safe. When
not even that helps, everything that changed in the block (organisation x node x kind of instrument x year) stands, and
of its new periods only that is shown which follows from what readers have.
That last state tells a reader nothing: any solution of yesterday's equations, continued into the new cells by
adding up, solves tonight's. So the search ends: each round lets more cells stand, and the last resort is always there.
A block in which nothing changed keeps its decisions word for word.
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
)
from disclosure.protection import PART_SIZE, hide_enough, primary
from disclosure.recovery import determined
from disclosure.revision import (
    Differences,
    Former,
    Standing,
    consistent,
    contradicted,
    first_standing,
)

_ROUNDS = 40


def decide(
    cells: pd.DataFrame,
    changes: pd.DataFrame,
    thresholds: Mapping[str, Decimal | int],
    dimensions: Sequence[str] = DIMENSIONS,
) -> pd.DataFrame:
    """Decide for every cell, true tonight or published before, whether it stands, is hidden, is published at all.

    `cells`: as for `protect`, with the true n of tonight (0 where nothing is left of a published cell) and
    `was_published`, `was_suppressed`, `was_pending`: what the publication in force says of it. `changes`: one row
    per cell and answer value, `cell` (row number in `cells`), `answer` (whole number), `change` (true count tonight
    less published count, for new cells all of it) and `since` (true count tonight less true count at that
    publication).

    Returns the key columns, `is_revision_pending`, `is_suppressed` and `is_published`, in the order and with the
    index of `cells`. Raises as `protect` does.
    """
    coded = code_cells(cells, dimensions, least_n=0)
    min_n, no_spread_min_n = int(thresholds["suppression_min_n"]), int(thresholds["no_spread_min_n"])
    former, differences, touched = _history(cells, changes, coded)
    pending, hidden = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    keeps = ~np.isin(coded.block, coded.block[touched])
    kept = coded.position[keeps]
    hidden[kept] = former.hidden[keeps]
    pending[kept] = (former.pending | ~former.exists)[keeps]
    for part in coded.only(~keeps).parts(PART_SIZE):
        chosen = np.isin(coded.position, part.position)
        block = _Block(part, former.only(chosen), differences.only(chosen), min_n, no_spread_min_n)
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
) -> tuple[Former, Differences, np.ndarray]:
    """The former state and the differences in the order of `coded`, and the cells that changed since."""
    exists, suppressed, pending = (
        cells[name].to_numpy(dtype=bool)[coded.position]
        for name in ("was_published", "was_suppressed", "was_pending")
    )
    slot = coded.block * len(coded.periods) + coded.period
    place = np.empty(len(cells), dtype=np.int64)
    place[coded.position] = np.arange(len(cells))
    cell, answer, change, since = (
        changes[name].to_numpy(dtype=np.int64) for name in ("cell", "answer", "change", "since")
    )
    touched = np.zeros(len(cells), dtype=bool)
    touched[place[cell[since != 0]]] = True
    differs = change != 0
    entries = Differences.of(place[cell[differs]], answer[differs], change[differs], len(cells))
    is_new = ~np.isin(slot, slot[exists])
    return (
        Former(exists, suppressed, pending, is_new),
        entries,
        touched | ~np.isin(coded.block, coded.block[exists]),
    )


class _Block:
    """Whole blocks, decided together."""

    def __init__(
        self, cells: Cells, former: Former, differences: Differences, min_n: int, no_spread_min_n: int
    ) -> None:
        self.cells, self.former, self.differences, self.min_n = cells, former, differences, min_n
        self.directions = directions_of(cells)
        self.small = primary(cells, min_n, no_spread_min_n) & (cells.n > 0)
        self.is_changed = ~former.is_new & (differences.size > 0)
        self.is_unchanged = ~former.is_new & (differences.size == 0)
        self.at_last_resort = np.zeros(len(cells.n), dtype=bool)

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
                self.cells, self.directions, self.former, self.differences, standing, self.small, self.min_n
            )
            unknown, stuck = self._hide(standing)
            hidden = np.where(standing.pending, self.former.hidden, unknown)
            more = contradicted(self.directions, self.former, self.differences, standing, hidden, self.min_n)
            more.pending[self._let_stand(standing, stuck)] = True
            rounds += 1
            if rounds > _ROUNDS:
                self._resort_to_last(
                    np.isin(self.cells.block, self.cells.block[more.pending | more.withheld])
                )
            more.pending[self.at_last_resort & self.is_changed] = True
            combined = standing | more
            if combined.size == standing.size:
                return standing, unknown
            standing = combined

    def _hide(self, standing: Standing) -> tuple[np.ndarray, np.ndarray]:
        fixed = self._known(standing)
        unknown = self._unknown(standing)
        free = self.at_last_resort
        if free.any():
            unknown = unknown | (free & self.former.is_new & ~fixed)
            told = determined(self.cells, self.directions, unknown)
            shown = told[free[told] & self.former.is_new[told] & ~self.small[told]]
            unknown[shown] = False
            fixed = fixed | free
        hiding = hide_enough(self.cells, unknown, fixed, self.min_n)
        return hiding.unknown, hiding.stuck & ~free

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

    def _let_stand(self, standing: Standing, stuck: np.ndarray) -> np.ndarray:
        """The changed cells of lines that cannot be protected; without any, all of the block."""
        changed = stuck & self.is_changed & ~standing.pending
        if stuck.any():
            helped = np.isin(self.cells.block, self.cells.block[changed])
            hopeless = np.isin(self.cells.block, self.cells.block[stuck & ~helped])
            self._resort_to_last(hopeless)
        return changed

    def _resort_to_last(self, chosen: np.ndarray) -> None:
        self.at_last_resort |= chosen
