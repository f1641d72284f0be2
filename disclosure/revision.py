"""Which figures of a published period stand although the counts behind them changed.

Belongs here: the revision rule and its consistency on every line of the grid. Does not belong here: what is hidden
(`protection`), and how the two are brought together (`decision`).

Rule. In a period already published a cell is replaced when its answer counts changed by 0 or by at least the
threshold in all (sum of |change| over answer values); otherwise the old figure stands, pending. Because other
cells are replaced, a pending one could be had by subtraction: its change is a hidden member of its lines. So under a
total that is not pending there is never exactly one pending cell, and the changes of the pending ones add up to
nothing in every answer value or to at least the threshold. What a line lacks it gets from its cell with the smallest
change, which stands as well, and when none is left from its total.
"""

from dataclasses import dataclass

import numpy as np

from disclosure.equations import Cells, Direction, is_whole


@dataclass(frozen=True)
class Former:
    """What the publication in force says of each cell; all per cell."""

    exists: np.ndarray
    hidden: np.ndarray
    pending: np.ndarray
    is_new: np.ndarray  # its period was never published for this organisation, node and kind of instrument
    withheld: np.ndarray  # had answers that night and was not published

    def only(self, chosen: np.ndarray) -> "Former":
        """The same of fewer cells."""
        return Former(
            self.exists[chosen],
            self.hidden[chosen],
            self.pending[chosen],
            self.is_new[chosen],
            self.withheld[chosen],
        )

    @property
    def unknown(self) -> np.ndarray:
        """Cells whose true n of that night its readers were not told."""
        return self.hidden | self.pending | self.is_new | self.withheld


@dataclass(frozen=True)
class Differences:
    """True answer counts less published ones: one entry per cell and answer value in which they differ."""

    cell: np.ndarray
    answer: np.ndarray
    change: np.ndarray
    size: np.ndarray  # (cells,) answers changed in all

    @classmethod
    def of(cls, cell: np.ndarray, answer: np.ndarray, change: np.ndarray, cells: int) -> "Differences":
        """From the entries, for so many cells."""
        size = np.zeros(cells, dtype=np.int64)
        np.add.at(size, cell, np.abs(change))
        return cls(cell, answer, change, size)

    def only(self, chosen: np.ndarray) -> "Differences":
        """The same of fewer cells; `chosen` is a mask over the cells."""
        kept = chosen[self.cell]
        place = np.cumsum(chosen) - 1
        return Differences(place[self.cell[kept]], self.answer[kept], self.change[kept], self.size[chosen])

    def on_lines(self, line: np.ndarray, sign: np.ndarray, lines: int) -> np.ndarray:
        """Answers changed in all per line; `line` and `sign` say where each cell's changes go (-1: nowhere)."""
        inside = (line[self.cell] >= 0) & (sign[self.cell] != 0)
        return self._sizes(
            line[self.cell[inside]], self.answer[inside], (sign[self.cell] * self.change)[inside], lines
        )

    def of_residuals(self, direction: Direction, counted: np.ndarray) -> np.ndarray:
        """Per equation the answers changed in the counted total less its counted children."""
        line, answer, change = [], [], []
        for place, sign in ((direction.as_parent, 1), (direction.as_child, -1)):
            inside = counted[self.cell] & (place[self.cell] >= 0)
            line.append(place[self.cell[inside]])
            answer.append(self.answer[inside])
            change.append(sign * self.change[inside])
        return self._sizes(
            np.concatenate(line), np.concatenate(answer), np.concatenate(change), len(direction.parent)
        )

    @staticmethod
    def _sizes(line: np.ndarray, answer: np.ndarray, change: np.ndarray, lines: int) -> np.ndarray:
        width = int(answer.max(initial=0)) + 1
        key, inverse = np.unique(line * width + answer, return_inverse=True)
        total = np.zeros(len(key), dtype=np.int64)
        np.add.at(total, inverse, change)
        found = np.zeros(lines, dtype=np.int64)
        np.add.at(found, key // width, np.abs(total))
        return found


@dataclass(frozen=True)
class Standing:
    """Cells whose old figure stands, and new ones that cannot be shown beside them. Both per cell."""

    pending: np.ndarray
    withheld: np.ndarray

    def __or__(self, more: "Standing") -> "Standing":
        return Standing(self.pending | more.pending, self.withheld | more.withheld)

    @property
    def size(self) -> int:
        """How many cells."""
        return int(self.pending.sum() + self.withheld.sum())


def first_standing(cells: Cells, former: Former, differences: Differences, min_n: int) -> Standing:
    """Every cell with too small a change; not those that go with the whole of their period."""
    small = ~former.is_new & (differences.size > 0) & (differences.size < min_n)
    gone = is_whole(cells) & (cells.n == 0) & (differences.size >= min_n)
    width = int(cells.period.max(initial=0)) + 1
    slot = cells.block * width + cells.period
    small &= ~np.isin(slot, slot[gone])
    return Standing(small, np.zeros(len(small), dtype=bool))


def consistent(
    cells: Cells,
    directions: tuple[Direction, ...],
    former: Former,
    differences: Differences,
    standing: Standing,
    small: np.ndarray,
    min_n: int,
) -> Standing:
    """As many more cells as it takes until no line tells a small change; `small` may not be shown for their own sake.

    Ends because cells are only ever added.
    """
    while True:
        before = standing.size
        for direction in directions:
            standing |= _more(cells, direction, former, differences, standing, small, min_n)
        if standing.size == before:
            return standing


def _more(
    cells: Cells,
    direction: Direction,
    former: Former,
    differences: Differences,
    standing: Standing,
    small: np.ndarray,
    min_n: int,
) -> Standing:
    pending, size = standing.pending, differences.size
    is_replaced = ~former.is_new & ~pending & (size > 0)
    # Never told before and not told now: on such a line no difference can be taken.
    untold = standing.withheld | (former.is_new & small)
    # Not told now, but told or bounded before: its change is one more hidden difference.
    covered = (former.hidden & (size == 0)) | (is_replaced & small)
    inside = np.where(pending | (is_replaced & small), direction.as_child, -1)
    changed = differences.on_lines(inside, np.ones(len(size), dtype=np.int64), len(direction.parent))
    members = _count(direction, pending)
    unknown = members + _count(direction, covered)
    parent = direction.parent
    exact = direction.remainder == 0
    is_total_told = ~pending[parent] & ~covered[parent] & ~untold[parent]
    tells = exact & is_total_told & (members > 0) & (_count(direction, untold) == 0)
    tells &= (unknown < 2) | ((changed > 0) & (changed < min_n))
    # A total of nothing says that every child is nothing.
    is_empty = exact & ~pending[parent] & (cells.n[parent] == 0) & (members > 0)
    # A total that stands above children that are all told is their sum.
    follows = exact & pending[parent] & (unknown + _count(direction, untold) == 0)
    return choose(direction, former, differences, standing, tells | follows, tells | is_empty, is_empty)


def _count(direction: Direction, chosen: np.ndarray) -> np.ndarray:
    return np.bincount(direction.equation[chosen[direction.child]], minlength=len(direction.parent))


def choose(
    direction: Direction,
    former: Former,
    differences: Differences,
    standing: Standing,
    lines: np.ndarray,
    may_take_total: np.ndarray,
    must_take_total: np.ndarray | None = None,
) -> Standing:
    """One more cell per line: the child with the smallest change that does not stand yet, else the total."""
    by_child = lines if must_take_total is None else lines & ~must_take_total
    is_open = ~former.is_new & ~standing.pending & (differences.size > 0)
    member = by_child[direction.equation] & is_open[direction.child]
    child, equation = direction.child[member], direction.equation[member]
    order = np.lexsort((child, differences.size[child], equation))
    served, first = np.unique(equation[order], return_index=True)
    left = may_take_total.copy()
    left[served] = False
    total = direction.parent[left]
    pending, withheld = np.zeros_like(standing.pending), np.zeros_like(standing.withheld)
    pending[child[order][first]] = True
    pending[total[~former.is_new[total]]] = True
    withheld[total[former.is_new[total]]] = True
    return Standing(pending, withheld)


def contradicted(
    directions: tuple[Direction, ...],
    former: Former,
    differences: Differences,
    standing: Standing,
    hidden: np.ndarray,
    min_n: int,
) -> Standing:
    """More cells that have to stand, because a line as readers see it changed by a few answers since last time.

    `hidden`: what is not shown tonight. Lines on which other cells are shown than last time cannot be compared.
    """
    shown_before = former.exists & ~former.hidden
    hidden_before = former.exists & former.hidden
    turned = (shown_before & hidden) | (hidden_before & ~hidden) | (~former.exists & hidden)
    counted = ~standing.pending & ~hidden & ~hidden_before & (differences.size > 0)
    found = Standing(np.zeros_like(standing.pending), np.zeros_like(standing.withheld))
    for direction in directions:
        parent = direction.parent
        visible = shown_before[parent] & ~hidden[parent] & ~standing.pending[parent]
        visible &= _count(direction, turned) == 0
        changed = differences.of_residuals(direction, counted)
        lines = visible & (changed > 0) & (changed < min_n)
        if lines.any():
            found |= choose(direction, former, differences, standing | found, lines, lines)
    return found


def told_since(
    directions: tuple[Direction, ...],
    former: Former,
    differences: Differences,
    since: Differences,
    standing: Standing,
    unknown: np.ndarray,
    min_n: int,
) -> Standing:
    """More cells that have to stand, because what is unknown on a line changed by a few answers since last time.

    `since`: true counts tonight less true counts that night. `unknown`: cells of which readers are not told the truth
    tonight.
    """
    hidden = unknown | former.unknown
    found = Standing(np.zeros_like(standing.pending), np.zeros_like(standing.withheld))
    for direction in directions:
        inside = np.where(hidden, direction.as_child, -1)
        changed = since.on_lines(inside, np.ones(len(hidden), dtype=np.int64), len(direction.parent))
        lines = ~hidden[direction.parent] & (changed > 0) & (changed < min_n)
        if lines.any():
            found |= choose(direction, former, differences, standing | found, lines, lines)
    return found
