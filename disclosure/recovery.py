"""How closely a reader of the shown cells can tell the hidden ones.

Belongs here: the smallest and largest n that a hidden cell can have, as linear programmes over the equations of the
grid, block by block. Does not belong here: what to do about it (`protection`); the independent check before
publication (`audit`).

Method. With the shown cells known, the hidden ones solve A x = b, and a hidden row holds at least one answer. Two-way
cells are sums of three-way cells, which nobody publishes and of which none holds less than no answers. Every
solution that a programme finds widens what is known to be possible for all cells of the block at once, so the first
programmes ask for many cells together and only the cells that are left are asked for one by one. The simplex method
starts each programme from the solution of the last: with HiGHS that costs about a millisecond. Whether a cell can be
told does not depend on the way there: it is the width of a polytope.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from disclosure.equations import Cells, Direction, crossings_of

# Nobody has a million answers in a cell, and a bound keeps every programme solvable.
_MOST = 1e6
# Solutions are whole numbers up to this. A wrong guess hides one cell too many, never one too few.
_ROUNDING = 1e-6
_SIMPLEX_PRIMAL = 4


@dataclass(frozen=True)
class Possible:
    """Per cell the smallest and largest n that a reader has to reckon with, as far as is known; the truth is both."""

    least: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, n: np.ndarray) -> "Possible":
        """Nothing but the truth."""
        return cls(n.astype(np.float64), n.astype(np.float64))

    def only(self, chosen: np.ndarray) -> "Possible":
        """The same of fewer cells."""
        return Possible(self.least[chosen], self.most[chosen])

    def is_narrow(self, chosen: np.ndarray, span: int) -> np.ndarray:
        """Whether no two possible values of these cells are `span` apart."""
        return np.asarray(self.most[chosen] - self.least[chosen] < span - _ROUNDING)

    def include(self, chosen: np.ndarray, solution: np.ndarray) -> None:
        """A solution in which these cells have these values."""
        self.least[chosen] = np.minimum(self.least[chosen], solution)
        self.most[chosen] = np.maximum(self.most[chosen], solution)


@dataclass(frozen=True)
class Told:
    """A hidden cell that has no two possible values as far apart as they should be."""

    cell: int
    helpers: np.ndarray  # shown cells whose numbers hold it in place


def told(
    cells: Cells, directions: Sequence[Direction], hidden: np.ndarray, possible: Possible, span: int
) -> list[Told]:
    """Hidden cells whose n a reader can tell to within less than `span`; widens `possible` on the way.

    What was possible stays possible when more cells are hidden, so `possible` may be handed from call to call.
    """
    found = []
    for lines in _blocks(cells, directions, hidden):
        if possible.is_narrow(lines.unknown, span).any():
            narrow = _narrow(lines, np.minimum(cells.n[lines.unknown], 1), possible, span)
            found += [Told(one.cell, one.helpers[~hidden[one.helpers]]) for one in narrow]
    return found


@dataclass(frozen=True)
class _Lines:
    """The equations of one block that hold hidden cells: what their hidden members and crossings add up to.

    First those of the grid, without remainder; then one per two-way cell: it is the sum of its crossings.
    """

    row: np.ndarray  # one entry per member, hidden or not
    member: np.ndarray  # cell
    sign: np.ndarray  # -1 for a sum, +1 for a part
    known: np.ndarray  # (rows,)
    unknown: np.ndarray  # hidden members, ascending
    crossing_row: np.ndarray  # (crossings, 3) the equations that a crossing is a part of


def _blocks(cells: Cells, directions: Sequence[Direction], hidden: np.ndarray) -> Iterator[_Lines]:
    rows, members, signs = [[np.empty(0, dtype=np.int64)] for _ in range(3)]
    height = 0
    for direction in directions:
        has_unknown = hidden[direction.parent]
        has_unknown[direction.equation[hidden[direction.child]]] = True
        # A remainder is an unknown of its own that occurs nowhere else: such a line tells nothing.
        kept = has_unknown & (direction.remainder == 0)
        number = np.cumsum(kept) - 1 + height
        is_child = kept[direction.equation]
        child, parent = direction.child[is_child], direction.parent[kept]
        rows += [number[direction.equation[is_child]], number[kept]]
        members += [child, parent]
        signs += [np.ones(len(child), dtype=np.int64), np.full(len(parent), -1)]
        height += len(parent)
    row, member, sign = (np.concatenate(parts) for parts in (rows, members, signs))
    order = np.lexsort((member, row, cells.block[member]))
    row, member, sign = row[order], member[order], sign[order]
    crossings = crossings_of(cells, directions, hidden)
    crossings = crossings[np.argsort(cells.block[crossings[:, 0]], kind="stable")]
    block, starts = np.unique(cells.block[member], return_index=True)
    limits = np.append(starts, len(row))
    crossed = np.searchsorted(cells.block[crossings[:, 0]], np.append(block, len(cells.n)))
    for place in range(len(block)):
        entry = slice(limits[place], limits[place + 1])
        yield _lines(
            cells,
            hidden,
            (row[entry], member[entry], sign[entry]),
            crossings[crossed[place] : crossed[place + 1]],
        )


def _lines(
    cells: Cells,
    hidden: np.ndarray,
    entries: tuple[np.ndarray, np.ndarray, np.ndarray],
    crossings: np.ndarray,
) -> _Lines:
    row, member, sign = entries
    row = np.unique(row, return_inverse=True)[1]
    hidden_n = np.where(hidden[member], sign * cells.n[member], 0)
    two_way, part_of = np.unique(crossings, return_inverse=True)
    height = int(row.max()) + 1
    return _Lines(
        row=np.concatenate([row, height + np.arange(len(two_way))]),
        member=np.concatenate([member, two_way]),
        sign=np.concatenate([sign, np.full(len(two_way), -1)]),
        known=np.concatenate(
            [np.bincount(row, weights=hidden_n), np.where(hidden[two_way], 0, cells.n[two_way])]
        ),
        unknown=np.unique(member[hidden[member]]),
        crossing_row=height + part_of.reshape(crossings.shape),
    )


def _narrow(lines: _Lines, least: np.ndarray, possible: Possible, span: int) -> Iterator[Told]:
    """The narrow cells of one block, with all members of the lines that hold them in place."""
    programme = _Programme(lines, least)
    unknown = lines.unknown
    left, before, sign = possible.is_narrow(unknown, span), len(unknown) + 1, 1
    # Many at a time, as long as that settles some.
    while left.any() and (left.sum() < before or sign < 0):
        before = int(left.sum())
        programme.widen(possible, np.where(left, float(sign), 0.0))
        left, sign = possible.is_narrow(unknown, span), -sign
    for column in np.flatnonzero(left):
        helpers = []
        for sign in (1, -1):
            if possible.is_narrow(unknown[[column]], span).all():
                goal = np.zeros(len(unknown))
                goal[column] = sign
                programme.widen(possible, goal)
                helpers.append(programme.holding())
        if possible.is_narrow(unknown[[column]], span).all():
            yield Told(int(unknown[column]), np.unique(np.concatenate(helpers)))


class _Solver(highspy.Highs):
    """HiGHS without a voice: its banner would stand in the summary that programs read from standard output."""

    def enableCallbacks(self) -> None:  # noqa: N802
        """None are used, and enabling them prints before the output can be turned off."""


class _Programme:
    """Linear programmes over the hidden cells and the crossings of one block, each begun where the last one ended."""

    def __init__(self, lines: _Lines, least: np.ndarray) -> None:
        is_hidden = np.isin(lines.member, lines.unknown)
        self._lines = lines
        self._columns = np.arange(len(lines.unknown), dtype=np.int32)
        crossing = np.repeat(np.arange(len(lines.crossing_row)) + len(lines.unknown), 3)
        row = np.concatenate([lines.row[is_hidden], lines.crossing_row.ravel()])
        column = np.concatenate([np.searchsorted(lines.unknown, lines.member[is_hidden]), crossing])
        value = np.concatenate([lines.sign[is_hidden], np.ones(len(crossing))])
        order = np.lexsort((column, row))
        problem = highspy.HighsLp()
        width = len(lines.unknown) + len(lines.crossing_row)
        problem.num_col_, problem.num_row_ = width, len(lines.known)
        problem.col_cost_ = np.zeros(width)
        problem.col_lower_ = np.concatenate([least, np.zeros(len(lines.crossing_row))])
        problem.col_upper_ = np.full(width, _MOST)
        problem.row_lower_ = problem.row_upper_ = lines.known.astype(np.float64)
        problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        problem.a_matrix_.start_ = np.searchsorted(row[order], np.arange(len(lines.known) + 1))
        problem.a_matrix_.index_ = column[order]
        problem.a_matrix_.value_ = value[order].astype(np.float64)
        self._solver = _Solver()
        options: dict[str, bool | int | str] = {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",
            "simplex_strategy": _SIMPLEX_PRIMAL,
        }
        for option, chosen in options.items():
            self._solver.setOptionValue(option, chosen)
        self._solver.passModel(problem)

    def widen(self, possible: Possible, goal: np.ndarray) -> None:
        """Include the solution with the largest sum of `goal` times cells."""
        self._solver.changeColsCost(len(self._columns), self._columns, -goal)
        self._solver.run()
        # Without an answer nothing more is known to be possible than before.
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            solution = np.array(self._solver.getSolution().col_value)
            possible.include(self._lines.unknown, solution[: len(self._columns)])

    def holding(self) -> np.ndarray:
        """Members of the lines whose numbers keep the last solution from going further: those with a price."""
        price = np.array(self._solver.getSolution().row_dual)
        gain = np.bincount(self._lines.member, weights=self._lines.sign * price[self._lines.row])
        return np.flatnonzero(np.abs(gain) > _ROUNDING)
