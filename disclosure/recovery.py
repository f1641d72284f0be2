"""What a reader of the shown cells can compute about the hidden ones.

Belongs here: linear algebra and interval arithmetic over the equations of the grid, for all blocks at once.
Does not belong here: what to do about it (`protection`); the independent check before publication (`audit`).

Method. With the shown cells known, the hidden ones solve A x = b. A hidden cell is determined exactly when every
solution of A z = 0 is zero at that cell. So a fixed pseudo-random vector is projected on the null space (conjugate
gradients, Craig's variant, per block, all blocks in one pass): a cell where the projection vanishes is determined.
Beyond that, hidden rows are known to hold at least one answer; intervals are narrowed along the equations, and a
cell whose interval (nearly) closes counts as determined too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from disclosure.equations import Cells, Direction

# A projection smaller than this counts as zero. A wrong guess hides one cell too many, never one too few.
_VANISHES = 1e-8
_RESIDUAL = 1e-11
_STEPS_MAX = 20_000
_NARROWINGS = 40


@dataclass(frozen=True)
class _Lines:
    """Equations without remainder that hold hidden cells: one entry per hidden member."""

    row: np.ndarray
    column: np.ndarray  # unknown, an index in `unknown`
    sign: np.ndarray  # -1 for the parent, +1 for a child
    known: np.ndarray  # (rows,) shown parent minus shown children
    unknown: np.ndarray  # hidden cells
    row_block: np.ndarray
    block: np.ndarray  # (unknown,) consecutive block numbers
    blocks: int


def recoverable(cells: Cells, directions: Sequence[Direction], hidden: np.ndarray, span: int) -> np.ndarray:
    """Hidden cells whose n follows from the shown cells: exactly, or up to `span`; ascending."""
    lines = _lines(cells, directions, hidden)
    if not len(lines.unknown):
        return lines.unknown
    is_found = _first_closed(lines, span) | (np.abs(_null_vector(lines)) < _VANISHES)
    return lines.unknown[is_found]


def _lines(cells: Cells, directions: Sequence[Direction], hidden: np.ndarray) -> _Lines:
    unknown = np.flatnonzero(hidden)
    column_of = np.cumsum(hidden) - 1
    rows, columns, signs, known, row_block = [[np.empty(0, dtype=np.int64)] for _ in range(5)]
    height = 0
    for direction in directions:
        is_child = hidden[direction.child]
        has_unknown = hidden[direction.parent]
        has_unknown[direction.equation[is_child]] = True
        # A remainder is an unknown of its own that occurs nowhere else: such a line tells nothing.
        kept = has_unknown & (direction.remainder == 0)
        number = np.where(kept, np.cumsum(kept) - 1 + height, -1)
        is_child &= kept[direction.equation]
        child, equation = direction.child[is_child], direction.equation[is_child]
        parent = direction.parent[kept]
        is_parent = hidden[parent]
        rows += [number[equation], number[kept][is_parent]]
        columns += [column_of[child], column_of[parent[is_parent]]]
        signs += [np.ones(len(child), dtype=np.int64), np.full(int(is_parent.sum()), -1)]
        hidden_n = np.bincount(equation, weights=cells.n[child], minlength=len(kept)).astype(np.int64)[kept]
        known.append(hidden_n - np.where(is_parent, cells.n[parent], 0))
        row_block.append(cells.block[parent])
        height += len(parent)
    found, block = np.unique(cells.block[unknown], return_inverse=True)
    return _Lines(
        row=np.concatenate(rows),
        column=np.concatenate(columns),
        sign=np.concatenate(signs),
        known=np.concatenate(known),
        unknown=unknown,
        row_block=np.searchsorted(found, np.concatenate(row_block)),
        block=block,
        blocks=len(found),
    )


def _start(lines: _Lines) -> np.ndarray:
    """Pseudo-random numbers in [-1, 1) that depend on a cell's place within its block only."""
    first = np.searchsorted(lines.block, np.arange(lines.blocks))
    place = (np.arange(len(lines.block)) - first[lines.block]).astype(np.uint64) + np.uint64(1)
    mixed = place * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def _null_vector(lines: _Lines) -> np.ndarray:
    """The projection of the starting vector on the null space of the lines."""
    height, width = len(lines.known), len(lines.unknown)
    scale = 1.0 / np.sqrt(np.maximum(np.bincount(lines.row, minlength=height), 1))
    entry = lines.sign * scale[lines.row]

    def forward(vector: np.ndarray) -> np.ndarray:
        return np.bincount(lines.row, weights=entry * vector[lines.column], minlength=height)

    def backward(vector: np.ndarray) -> np.ndarray:
        return np.bincount(lines.column, weights=entry * vector[lines.row], minlength=width)

    def per_block(vector: np.ndarray, block: np.ndarray) -> np.ndarray:
        return np.bincount(block, weights=vector * vector, minlength=lines.blocks)

    vector = _start(lines)
    limit = _RESIDUAL**2 * per_block(vector, lines.block)
    residual = forward(vector)
    direction = backward(residual)
    size = per_block(residual, lines.row_block)
    is_open = size > limit
    for _ in range(_STEPS_MAX):
        if not is_open.any():
            break
        step = np.where(is_open, size / np.maximum(per_block(direction, lines.block), 1e-300), 0.0)
        vector -= step[lines.block] * direction
        residual -= step[lines.row_block] * forward(direction)
        smaller = per_block(residual, lines.row_block)
        turn = np.where(is_open, smaller / np.maximum(size, 1e-300), 0.0)
        size = smaller
        is_open &= size > limit
        direction = backward(residual) + turn[lines.block] * direction
    return vector


def _first_closed(lines: _Lines, span: int) -> np.ndarray:
    """Unknowns whose smallest and largest possible value come within `span`, starting from 'at least one answer'.

    Of each block only those that close first: the others follow from them.
    """
    low, high = np.ones(len(lines.unknown)), np.full(len(lines.unknown), np.inf)
    is_child = lines.sign > 0
    is_found = np.zeros(len(lines.unknown), dtype=bool)
    is_done = np.zeros(lines.blocks, dtype=bool)
    for _ in range(_NARROWINGS):
        # A child is the known part less the other children (plus a hidden parent); a parent the reverse.
        least = np.where(is_child, low[lines.column], -high[lines.column])
        most = np.where(is_child, high[lines.column], -low[lines.column])
        known = lines.known[lines.row]
        new_least = known - _others(lines, most, np.inf)
        new_most = known - _others(lines, least, -np.inf)
        before = low.copy(), high.copy()
        np.maximum.at(low, lines.column, np.where(is_child, new_least, -new_most))
        np.minimum.at(high, lines.column, np.where(is_child, new_most, -new_least))
        closed = (high - low <= span) & ~is_done[lines.block]
        is_found |= closed
        is_done[lines.block[closed]] = True
        if np.array_equal(low, before[0]) and np.array_equal(high, before[1]):
            break
    return is_found


def _others(lines: _Lines, bound: np.ndarray, unbounded: float) -> np.ndarray:
    """Per member the sum of `bound` over the other members of its line; `unbounded` when one of those is."""
    is_infinite = np.isinf(bound)
    finite = np.where(is_infinite, 0.0, bound)
    height = len(lines.known)
    total = np.bincount(lines.row, weights=finite, minlength=height)[lines.row] - finite
    infinite = np.bincount(lines.row, weights=is_infinite, minlength=height)[lines.row] - is_infinite
    return np.where(infinite > 0, unbounded, total)
