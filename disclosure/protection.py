"""Hides small cells, and as many others as it takes to keep them hidden.

Belongs here: the rules for hiding (primary, complementary, repair of what could still be computed) and their order.
Does not belong here: how cells are tied (`equations`), what a reader could compute (`recovery`), the independent
check of the outcome (`audit`).

Rules. A cell with fewer answers than the threshold is hidden, and so is a cell of
modest size in which everybody gave the same answer. Because totals are shown, one hidden cell on a line is found by
subtraction; so a hidden cell is never alone on a line, and the group that does follow by subtraction (total less
everything shown) is never itself below the threshold. Answers that only the longer period or the total holds (a
half-year without dates, a child that is not published, a figure waiting for revision) count as a hidden member of
their line: they too follow by subtraction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from disclosure.recovery import Possible, Told, told

PART_SIZE = 50_000


@dataclass(frozen=True)
class Hiding:
    """What was hidden, and where that could not be enough. Both per cell."""

    unknown: np.ndarray  # hidden, or unknown to a reader from the start
    stuck: np.ndarray  # on a line that gives something away, with nothing left on it that may be hidden


def protect(
    cells: pd.DataFrame,
    thresholds: Mapping[str, Decimal | int],
    dimensions: Sequence[str] = DIMENSIONS,
) -> pd.DataFrame:
    """Decide for every published cell whether it is hidden, without regard to earlier publications.

    `cells`: one row per cell with answers: organisation_id, kpi_id, instrument_kind, period_type, period_id,
    period_start, one column per name in `dimensions` ('all' is the total), n (answers) and n_values (distinct
    answers; null where that has no meaning). All cells that are published together belong in one call: what is
    left out cannot be protected. `thresholds`: suppression_min_n and no_spread_min_n, in answers.

    Returns the key columns and `is_suppressed`, in the order and with the index of `cells`. The decision does not
    depend on the order of the rows, nor on other blocks (organisation x kpi x instrument_kind x year).
    Raises ValueError for a faulty frame, KeyError for a missing threshold.
    """
    coded = code_cells(cells, dimensions)
    min_n, no_spread_min_n = int(thresholds["suppression_min_n"]), int(thresholds["no_spread_min_n"])
    decision = np.zeros(len(cells), dtype=bool)
    for part in coded.parts(PART_SIZE):
        small = primary(part, min_n, no_spread_min_n)
        decision[part.position] = hide_enough(part, small, np.zeros_like(small), min_n).unknown
    return cells[[*BLOCK_COLUMNS, *PERIOD_COLUMNS, *dimensions]].assign(is_suppressed=decision)


def hide_enough(cells: Cells, unknown: np.ndarray, fixed: np.ndarray, min_n: int) -> Hiding:
    """Hide more cells until none of the unknown ones, and no small group of them, follows from the others.

    `unknown`: cells that a reader is not told, for whatever reason. `fixed`: shown cells that hiding would not
    make unknown, because the reader has them already.
    """
    state = _State(cells, fixed)
    state.hide(np.flatnonzero(unknown))
    _complete(state, min_n)
    found, stuck = state.hidden, state.stuck_cells()
    for place, repaired in _repairs(state, min_n):
        found[place] = repaired.hidden
        stuck[place] |= repaired.stuck_cells()
    return Hiding(found, stuck)


def _span(min_n: int) -> int:
    """A count of which a reader can tell that it lies in a range narrower than this is as good as told."""
    return min_n // 3


def primary(cells: Cells, min_n: int, no_spread_min_n: int) -> np.ndarray:
    """Cells that may not be shown for their own sake."""
    return (cells.n < min_n) | (~cells.has_spread & (cells.n < no_spread_min_n))


class _State:
    """Which cells are hidden, with the sums per equation kept up to date instead of recounted."""

    def __init__(self, cells: Cells, fixed: np.ndarray) -> None:
        self.cells = cells
        self.fixed = fixed
        self.directions = directions_of(cells)
        self.hidden = np.zeros(len(cells.n), dtype=bool)
        self.hidden_children = [np.zeros(len(d.parent), dtype=np.int64) for d in self.directions]
        self.shown_children_n = [cells.n[d.parent] - d.remainder for d in self.directions]
        # Equations that give something away and have no cell left that may be hidden: set aside.
        self.stuck = [np.zeros(len(d.parent), dtype=bool) for d in self.directions]
        self.beyond_repair = np.zeros(len(cells.n), dtype=bool)

    def stuck_cells(self) -> np.ndarray:
        """Members of the equations that are stuck, and cells that follow and could not be helped."""
        found = self.beyond_repair.copy()
        for direction, stuck in zip(self.directions, self.stuck, strict=True):
            found[direction.parent[stuck]] = True
            found[direction.child[stuck[direction.equation]]] = True
        return found

    def hide(self, chosen: np.ndarray) -> None:
        self.hidden[chosen] = True
        for direction, count, shown_n in zip(
            self.directions, self.hidden_children, self.shown_children_n, strict=True
        ):
            equation = direction.as_child[chosen]
            inside = equation >= 0
            np.add.at(count, equation[inside], 1)
            np.subtract.at(shown_n, equation[inside], self.cells.n[chosen[inside]])

    def has_hidden_line(self, chosen: np.ndarray, except_direction: int) -> np.ndarray:
        """Whether a cell lies on a line of another direction that already has hidden cells."""
        found = np.zeros(len(chosen), dtype=bool)
        for index, direction in enumerate(self.directions):
            if index == except_direction:
                continue
            line_hidden = (self.hidden_children[index] > 0) | self.hidden[direction.parent]
            for equation in (direction.as_child[chosen], direction.as_parent[chosen]):
                found |= (equation >= 0) & line_hidden[equation]
        return found

    def at_least(self) -> np.ndarray:
        """What a reader knows of every cell at least: one answer, or what its hidden and shown children add to."""
        low = np.where(self.hidden, np.minimum(1, self.cells.n), self.cells.n)
        while True:
            before = low.copy()
            for direction in self.directions:
                total = np.bincount(direction.equation, weights=low[direction.child]).astype(np.int64)
                is_whole = direction.remainder >= 0
                parent = direction.parent[is_whole]
                low[parent] = np.maximum(low[parent], total[is_whole])
            if np.array_equal(low, before):
                return low


def _complete(state: _State, min_n: int) -> None:
    """Hide partners until no line gives a cell or a small group away."""
    while _hide_exposed(state, min_n) or _hide_without_slack(state, min_n):
        pass


def _hide_exposed(state: _State, min_n: int) -> bool:
    """One pass over all directions; whether anything was hidden."""
    changed = False
    for index in range(len(state.directions)):
        exposed = _exposed(state, index, min_n) & ~state.stuck[index]
        if exposed.any():
            state.hide(_partners(state, index, exposed))
            changed = True
    return changed


def _hide_without_slack(state: _State, min_n: int) -> bool:
    """The first direction with lines that leave no room; whether anything was hidden."""
    low = state.at_least()
    for index in range(len(state.directions)):
        exposed = _without_slack(state, index, low, _span(min_n)) & ~state.stuck[index]
        if exposed.any():
            state.hide(_partners(state, index, exposed))
            return True
    return False


def _exposed(state: _State, index: int, min_n: int) -> np.ndarray:
    """Equations with one hidden member, or whose total less everything shown is a small group."""
    direction, hidden_children = state.directions[index], state.hidden_children[index]
    is_parent_hidden = state.hidden[direction.parent]
    has_remainder = direction.remainder != 0
    residual = state.cells.n[direction.parent] - state.shown_children_n[index]
    is_alone = ~has_remainder & (hidden_children + is_parent_hidden == 1)
    follows = ~is_parent_hidden & ((hidden_children > 0) | has_remainder)
    return is_alone | (follows & (np.abs(residual) < min_n))


def _without_slack(state: _State, index: int, low: np.ndarray, span: int) -> np.ndarray:
    """Equations whose hidden children (nearly) have their least possible values: ten rows that sum to ten."""
    direction = state.directions[index]
    least = np.bincount(direction.equation, weights=low[direction.child]).astype(np.int64)
    return (
        ~state.hidden[direction.parent]
        & (state.hidden_children[index] > 0)
        & (direction.remainder == 0)
        & (state.cells.n[direction.parent] <= least + span)
    )


def _partners(state: _State, index: int, exposed: np.ndarray) -> np.ndarray:
    """One cell to hide per exposed equation: a child where one is left, else the parent, else none: it is stuck."""
    direction, n = state.directions[index], state.cells.n
    member = exposed[direction.equation] & ~state.hidden[direction.child] & ~state.fixed[direction.child]
    chosen, equation = direction.child[member], direction.equation[member]
    is_helpful = state.has_hidden_line(chosen, except_direction=index)
    order = np.lexsort((chosen, n[chosen], ~is_helpful, equation))
    served, first = np.unique(equation[order], return_index=True)
    childless = exposed.copy()
    childless[served] = False
    helpless = childless & (state.hidden[direction.parent] | state.fixed[direction.parent])
    state.stuck[index] |= helpless
    return np.concatenate([chosen[order][first], direction.parent[childless & ~helpless]])


def _repairs(state: _State, min_n: int) -> Iterator[tuple[np.ndarray, _State]]:
    """While a reader can tell a hidden cell exactly or nearly: hide more cells in each block concerned.

    Yields the new state of those blocks only, with their place among all cells; the others are finished.
    """
    place, possible = np.arange(len(state.cells.n)), Possible.of(state.cells.n)
    while True:
        found = told(state.cells, state.directions, state.hidden, possible, _span(min_n))
        found = [one for one in found if not state.beyond_repair[one.cell]]
        if not found:
            return
        repair = _repair_cells(state, found)
        block = state.cells.block
        open_cells = np.array([one.cell for one in found])
        state.beyond_repair[open_cells[~np.isin(block[open_cells], block[repair])]] = True
        concerned = np.isin(block, block[open_cells])
        smaller = _State(state.cells.only(concerned), state.fixed[concerned])
        smaller.hide(np.flatnonzero(state.hidden[concerned]))
        smaller.hide((np.cumsum(concerned) - 1)[repair])
        smaller.beyond_repair = state.beyond_repair[concerned]
        _complete(smaller, min_n)
        place, possible, state = place[concerned], possible.only(concerned), smaller
        yield place, smaller


def _repair_cells(state: _State, found: Sequence[Told]) -> np.ndarray:
    """The smallest helper of every told cell that has none yet; the smallest cell of a block that has no helper."""
    cells, may_hide = state.cells, ~state.hidden & ~state.fixed
    chosen: set[int] = set()
    for one in found:
        helpers = one.helpers[may_hide[one.helpers]]
        if len(helpers) and chosen.isdisjoint(helpers.tolist()):
            chosen.add(int(helpers[np.lexsort((helpers, cells.n[helpers]))[0]]))
    helped = np.array(sorted(chosen), dtype=np.int64)
    blocks = cells.block[[one.cell for one in found]]
    rest = np.flatnonzero(may_hide & np.isin(cells.block, np.setdiff1d(blocks, cells.block[helped])))
    order = np.lexsort((rest, cells.n[rest], cells.block[rest]))
    _, first = np.unique(cells.block[rest][order], return_index=True)
    return np.concatenate([helped, rest[order][first]])
