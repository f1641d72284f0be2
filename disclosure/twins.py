"""Which cells hold the same people under two names.

Belongs here: finding them by their answers. Does not belong here: what follows from it (`equations` ties them, as it
ties every sum).

A life event that is exactly one service, a channel that one audience has to itself: two cells of different dimensions
with one n. No sum of the grid ties them, yet who knows the organisation knows that they are equal, and the number that
is hidden in the one stands in the other.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from disclosure.equations import Cells

# A value of both is a value of the first: services lie in a service group.
_INSIDE = ("service", "service_group")
_NONE = -1
_MIXERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def with_twins(cells: Cells, answers: np.ndarray, dimensions: Sequence[str]) -> Cells:
    """The same cells, told which of them are the same people.

    `answers`: per row of what was coded a whole number that is equal for equal answers. A series is one value of one
    dimension over all periods of a block. Two series are twins when they have the same periods and in each of them the
    same answers; a cell is alike with that of its twin in the same period. Cells without answers are nobody's twin.
    """
    dimension, value = _one_way(cells, dimensions)
    chosen = np.flatnonzero((dimension != _NONE) & (cells.n > 0))
    found = np.full(len(cells.n), _NONE, dtype=np.int64)
    if len(chosen):
        block, period = cells.block[chosen], cells.period[chosen]
        series = _numbered(block, dimension[chosen], value[chosen])
        content = _mixed(_mixed(answers[cells.position[chosen]]) + period.astype(np.uint64))
        # A sum is the same in whatever order the periods come.
        whole = np.zeros(int(series.max()) + 1, dtype=np.uint64)
        np.add.at(whole, series, content)
        alike = _numbered(block, whole[series], period)
        found[chosen] = np.where(np.bincount(alike)[alike] > 1, alike, _NONE)
    return replace(cells, alike=found)


def _one_way(cells: Cells, dimensions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Per cell the one dimension that it has a value in, and that value; _NONE for the total and for two-way cells."""
    has_value = np.column_stack(
        [member != total for member, total in zip(cells.members, cells.totals, strict=True)]
    )
    if set(_INSIDE) <= set(dimensions):
        inside, around = (dimensions.index(name) for name in _INSIDE)
        has_value[:, around] &= ~has_value[:, inside]
    dimension = np.where(has_value.sum(axis=1) == 1, has_value.argmax(axis=1), _NONE)
    value = np.choose(np.maximum(dimension, 0), cells.members)
    return dimension, value


def _numbered(*columns: np.ndarray) -> np.ndarray:
    """One number per distinct combination."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1]
        number = np.unique(number * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    return number


def _mixed(values: np.ndarray) -> np.ndarray:
    """Spread over 64 bits, so that sums of different contents differ (the finaliser of SplitMix64)."""
    mixed = values.astype(np.uint64)
    for shift, factor in zip((30, 27), _MIXERS, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return mixed ^ (mixed >> np.uint64(31))
