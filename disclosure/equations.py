"""The published grid as integers: cells in a total order and the sums that tie them together.

Belongs here: coding the key columns, finding for every published total the cells that add up to it, over each
dimension and over time, and the unpublished cells behind them. Does not belong here: any decision about hiding, and
any threshold.

Source of the grid: the totals, one-way and two-way tables of every published period; within
one organisation, node, kind of instrument and year all of them add up, which is what makes subtraction possible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

BLOCK_COLUMNS = ("organisation_id", "kpi_id", "instrument_kind")
PERIOD_COLUMNS = ("period_type", "period_id", "period_start")
DIMENSIONS = ("service_group", "channel", "audience")
TOTAL = "all"
MONTHS_PER_PERIOD = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

_LENGTHS = tuple(MONTHS_PER_PERIOD.values())


@dataclass(frozen=True)
class Direction:
    """Equations `parent = sum of children + remainder` along one dimension, up to one length of period, or of names.

    Within a direction every cell is a child of at most one equation and no parent is also a child, so all its
    equations can be handled at once without disturbing each other.
    """

    parent: np.ndarray  # (equations,) cell
    child: np.ndarray  # (members,) cell
    equation: np.ndarray  # (members,) equation of that child, ascending
    remainder: np.ndarray  # (equations,) answers of the parent that no published child holds
    as_child: np.ndarray  # (cells,) equation in which the cell is a child, or -1
    as_parent: np.ndarray  # (cells,) equation of which the cell is the parent, or -1


@dataclass(frozen=True)
class Cells:
    """Coded cells, sorted by block, period and dimensions; `position` leads back to the row of the input."""

    position: np.ndarray
    key: np.ndarray  # (cells,) block, period and dimensions in one number
    block: np.ndarray  # organisation, node, kind of instrument and year: no sum reaches beyond
    period: np.ndarray
    members: tuple[np.ndarray, ...]  # per dimension the code of the cell's value
    strides: tuple[int, ...]  # of the period and of each dimension within `key`
    totals: tuple[int, ...]  # per dimension the code of the total, -1 when it does not occur
    periods: tuple[tuple[int, int], ...]  # per code of a period: its length and first month
    n: np.ndarray
    has_spread: np.ndarray
    alike: np.ndarray  # the same number for cells that hold the same people under different names, else -1

    def only(self, chosen: np.ndarray | slice) -> "Cells":
        """The same cells, fewer of them; whole blocks, or their equations change."""
        return replace(
            self,
            position=self.position[chosen],
            key=self.key[chosen],
            block=self.block[chosen],
            period=self.period[chosen],
            members=tuple(member[chosen] for member in self.members),
            n=self.n[chosen],
            has_spread=self.has_spread[chosen],
            alike=self.alike[chosen],
        )

    def parts(self, size: int) -> Iterator["Cells"]:
        """Whole blocks, together about `size` cells: small enough for the processor's cache."""
        starts = np.flatnonzero(np.diff(self.block, prepend=-1))
        first = 0
        while first < len(self.n):
            after = np.searchsorted(starts, first + size)
            last = int(starts[after]) if after < len(starts) else len(self.n)
            yield self.only(slice(first, last))
            first = last


def code_cells(cells: pd.DataFrame, dimensions: Sequence[str] = DIMENSIONS, least_n: int = 1) -> Cells:
    """Code `cells` (one row per published cell, n >= `least_n` answers each).

    Raises ValueError for missing columns, empty keys, an unknown period type, too small an n or two rows with one
    key.
    """
    _require_columns(cells, dimensions)
    n = _whole_numbers(cells["n"], least_n)
    spread = pd.to_numeric(cells["n_values"]).to_numpy(dtype=np.float64, na_value=np.nan) != 1
    period, periods = _period_codes(cells)
    years = np.array([first // 12 for _, first in periods], dtype=np.int64)
    year = np.unique(years[period], return_inverse=True)[1]
    block = _combine([*(_ranks(cells[column], column)[0] for column in BLOCK_COLUMNS), year])
    coded = [_ranks(cells[column], column) for column in dimensions]
    columns = [block, period, *(codes for codes, _ in coded)]
    strides = _strides([int(codes.max(initial=-1)) + 1 for codes in columns])
    key = np.zeros(len(cells), dtype=np.int64)
    for codes, stride in zip(columns, strides, strict=True):
        key += codes * stride
    order = np.argsort(key, kind="stable")
    key = key[order]
    if (key[1:] == key[:-1]).any():
        raise ValueError("disclosure: two rows have the same key; give one row per published cell")
    return Cells(
        position=order,
        key=key,
        block=block[order],
        period=period[order],
        members=tuple(codes[order] for codes, _ in coded),
        strides=tuple(strides[1:]),
        totals=tuple(values.index(TOTAL) if TOTAL in values else -1 for _, values in coded),
        periods=tuple(periods),
        n=n[order],
        has_spread=spread[order],
        alike=np.full(len(cells), -1, dtype=np.int64),
    )


def directions_of(cells: Cells) -> tuple[Direction, ...]:
    """The equations of `cells`, over each dimension, up to each length of period, shortest first, and over names.

    A cell belongs in time to the nearest longer period that is published for the same dimensions: a month to its
    quarter, else to its half-year, else to its year.
    """
    found = [
        _over_dimension(cells, member, stride, total)
        for member, stride, total in zip(cells.members, cells.strides[1:], cells.totals, strict=True)
    ]
    found += _over_time(cells)
    found += _over_names(cells)
    return tuple(direction for direction in found if direction is not None)


def long_directions_of(cells: Cells) -> tuple[Direction, ...]:
    """The equations that skip a length of period: half-years and years of months, years of quarters.

    They follow from those of `directions_of`; what the unknown members of one add up to does not.
    """
    code_of = {span: code for code, span in enumerate(cells.periods)}
    found = []
    for shorter, longer in ((1, 6), (1, 12), (3, 12)):
        target = np.array(
            [
                code_of.get((longer, first - first % longer), -1) if own == shorter else -1
                for own, first in cells.periods
            ],
            dtype=np.int64,
        )[cells.period]
        child = np.flatnonzero(target >= 0)
        wanted = cells.key[child] + (target[child] - cells.period[child]) * cells.strides[0]
        place = np.minimum(np.searchsorted(cells.key, wanted), len(cells.key) - 1)
        is_there = cells.key[place] == wanted
        found.append(_direction(child[is_there], place[is_there], cells.n))
    return tuple(direction for direction in found if direction is not None)


def is_whole(cells: Cells) -> np.ndarray:
    """Whether a cell is the total over every dimension."""
    found = np.ones(len(cells.n), dtype=bool)
    for member, total in zip(cells.members, cells.totals, strict=True):
        found &= member == total
    return found


def crossings_of(cells: Cells, directions: Sequence[Direction], hidden: np.ndarray) -> np.ndarray:
    """The three-way cells behind the two-way ones: nobody publishes them, but none holds less than no answers.

    One row per three-way cell that can hold answers: its three two-way cells. Only of periods with hidden cells, and
    only of those that no shorter periods add up to: a longer one follows from its parts. (crossings, 3)
    """
    slot = cells.block * len(cells.periods) + cells.period
    is_part = np.array([member != total for member, total in zip(cells.members, cells.totals, strict=True)])
    depth = is_part.sum(axis=0)
    closed = is_whole(cells) & _is_sum_of_shorter(cells, directions)
    is_open = np.isin(slot, slot[hidden & (depth == 2)]) & ~np.isin(slot, slot[closed])
    found = [np.empty((0, 3), dtype=np.int64)]
    for one, two, three in combinations(range(len(is_part)), 3):
        tables = [
            _two_way(cells, slot, np.flatnonzero(is_open & (depth == 2) & is_part[a] & is_part[b]), a, b)
            for a, b in ((one, two), (one, three), (two, three))
        ]
        crossed = tables[0].merge(tables[1], on=["slot", one]).merge(tables[2], on=["slot", two, three])
        found.append(crossed[["cell_x", "cell_y", "cell"]].to_numpy())
    return np.concatenate(found)


def _two_way(cells: Cells, slot: np.ndarray, chosen: np.ndarray, one: int, two: int) -> pd.DataFrame:
    codes = {"slot": slot, one: cells.members[one], two: cells.members[two]}
    return pd.DataFrame({name: code[chosen] for name, code in codes.items()}).assign(cell=chosen)


def _is_sum_of_shorter(cells: Cells, directions: Sequence[Direction]) -> np.ndarray:
    found = np.zeros(len(cells.n), dtype=bool)
    for direction in directions:
        first_child = direction.child[np.searchsorted(direction.equation, np.arange(len(direction.parent)))]
        is_in_time = cells.period[direction.parent] != cells.period[first_child]
        found[direction.parent[is_in_time & (direction.remainder == 0)]] = True
    return found


def _require_columns(cells: pd.DataFrame, dimensions: Sequence[str]) -> None:
    wanted = [*BLOCK_COLUMNS, *PERIOD_COLUMNS, *dimensions, "n", "n_values"]
    missing = [column for column in wanted if column not in cells.columns]
    if missing:
        raise ValueError(f"disclosure: the cells lack the column(s) {', '.join(missing)}; add them")


def _whole_numbers(column: pd.Series, least: int) -> np.ndarray:
    if column.isna().any():
        raise ValueError(
            "disclosure: column n has empty values; every published cell has its number of answers"
        )
    numbers = pd.to_numeric(column).to_numpy(dtype=np.int64)
    if (numbers < least).any():
        raise ValueError(f"disclosure: column n has values below {least}; leave cells without answers out")
    return numbers


def _ranks(column: pd.Series, name: str) -> tuple[np.ndarray, list[str]]:
    """Codes in the order of the text of the values, so that no code order depends on the order of the rows."""
    codes, uniques = pd.factorize(column)
    if (codes < 0).any():
        raise ValueError(f"disclosure: key column {name} has empty values; every cell needs its full key")
    texts = [str(value) for value in uniques]
    ascending = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[ascending] = np.arange(len(texts))
    return rank[codes], [texts[i] for i in ascending]


def _combine(codes: list[np.ndarray]) -> np.ndarray:
    combined = codes[0]
    for more in codes[1:]:
        combined = combined * (int(more.max(initial=0)) + 1) + more
    return np.unique(combined, return_inverse=True)[1].astype(np.int64)


def _strides(sizes: list[int]) -> list[int]:
    strides, width = [], 1
    for size in reversed(sizes):
        strides.append(width)
        width *= max(size, 1)
    if width >= 2**62:
        raise ValueError(
            "disclosure: more combinations of keys than 64 bits hold; protect fewer blocks at a time"
        )
    return strides[::-1]


def _period_codes(cells: pd.DataFrame) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Per cell the code of its period; per code (length, first month counted from year 0), ascending."""
    kind, kinds = _ranks(cells["period_type"], "period_type")
    unknown = set(kinds) - set(MONTHS_PER_PERIOD)
    if unknown:
        raise ValueError(f"disclosure: period_type must be one of {', '.join(MONTHS_PER_PERIOD)}")
    start, starts = pd.factorize(cells["period_start"])
    if (start < 0).any():
        raise ValueError(
            "disclosure: key column period_start has empty values; every cell needs its full key"
        )
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Series(starts)))
    first_month = (moments.year * 12 + moments.month - 1).to_numpy(dtype=np.int64)
    length = np.array([MONTHS_PER_PERIOD[name] for name in kinds], dtype=np.int64)
    packed = length[kind] * 1_000_000 + first_month[start]
    found, codes = np.unique(packed, return_inverse=True)
    return codes.astype(np.int64), [divmod(int(value), 1_000_000) for value in found]


def _over_dimension(cells: Cells, member: np.ndarray, stride: int, total: int) -> Direction | None:
    """All cells that differ in this one dimension only: the total is the parent of the others."""
    is_total = member == total
    line = np.unique(cells.key - member * stride, return_inverse=True)[1]
    parent = np.full(int(line.max(initial=-1)) + 1, -1, dtype=np.int64)
    parent[line[is_total]] = np.flatnonzero(is_total)
    child = np.flatnonzero(~is_total & (parent[line] >= 0))
    return _direction(child, parent[line[child]], cells.n)


def _over_time(cells: Cells) -> list[Direction | None]:
    code_of = {span: code for code, span in enumerate(cells.periods)}
    parent = np.full(len(cells.n), -1, dtype=np.int64)
    parent_length = np.zeros(len(cells.n), dtype=np.int64)
    for length in _LENGTHS[1:]:
        longer = [
            code_of.get((length, first - first % length), -1) if own < length else -1
            for own, first in cells.periods
        ]
        target = np.array(longer, dtype=np.int64)[cells.period]
        seeking = np.flatnonzero((target >= 0) & (parent < 0))
        wanted = cells.key[seeking] + (target[seeking] - cells.period[seeking]) * cells.strides[0]
        place = np.minimum(np.searchsorted(cells.key, wanted), len(cells.key) - 1)
        found = cells.key[place] == wanted
        parent[seeking[found]] = place[found]
        parent_length[seeking[found]] = length
    children = (np.flatnonzero(parent_length == length) for length in _LENGTHS[1:])
    return [_direction(child, parent[child], cells.n) for child in children]


def _over_names(cells: Cells) -> Iterator[Direction | None]:
    """Cells that hold the same people are each the only child of the first of them: one direction per further name."""
    named = np.flatnonzero(cells.alike >= 0)
    named = named[np.argsort(cells.alike[named], kind="stable")]
    first = np.searchsorted(cells.alike[named], cells.alike[named])
    place = np.arange(len(named)) - first
    for number in range(1, int(place.max(initial=0)) + 1):
        own = place == number
        yield _direction(named[own], named[first[own]], cells.n)


def _direction(child: np.ndarray, parent_of_child: np.ndarray, n: np.ndarray) -> Direction | None:
    if not len(child):
        return None
    parent, equation = np.unique(parent_of_child, return_inverse=True)
    ascending = np.argsort(equation, kind="stable")
    child, equation = child[ascending], equation[ascending]
    total = np.zeros(len(parent), dtype=np.int64)
    np.add.at(total, equation, n[child])
    as_child = np.full(len(n), -1, dtype=np.int64)
    as_child[child] = equation
    as_parent = np.full(len(n), -1, dtype=np.int64)
    as_parent[parent] = np.arange(len(parent))
    return Direction(parent, child, equation, n[parent] - total, as_child, as_parent)
