"""Attacks the published cells the way a curious reader would, and lists what it finds.

Belongs here: a second way, sharing no code with `protection`, to compute hidden cells from shown ones: its own
equations, dense linear algebra per connected group, its own intervals, linear programmes. Does not belong here: any
decision to hide. An empty answer is a condition for publication; a row in it means that `protection` has a hole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array

_BLOCK = ["organisation_id", "kpi_id", "instrument_kind"]
_PERIOD = ["period_type", "period_id", "period_start"]
_GRID = ("service_group", "channel", "audience")
_LONGER = {"quarter": 3, "half_year": 6, "year": 12}
_SHORTER = {
    "quarter": ["month"],
    "half_year": ["quarter", "month"],
    "year": ["half_year", "quarter", "month"],
}

_RIDGE = 1e-6
_ROUNDS = 12
_ZERO = 1e-7
_PASSES = 40
_UNBOUNDED = 1e12
_LARGEST = 1e6
_NARROWEST = 3


@dataclass(frozen=True)
class _Group:
    """Hidden cells that hang together through equations; one entry per hidden member of an equation."""

    cells: np.ndarray
    row: np.ndarray
    column: np.ndarray
    sign: np.ndarray
    known: np.ndarray  # (rows,) what the signed hidden members of the equation add up to


def audit_changes(
    cells: pd.DataFrame, changes: pd.DataFrame, min_n: int, dimensions: Sequence[str] = _GRID
) -> pd.DataFrame:
    """Small changes since the last publication that follow from its file and tonight's together.

    `cells`: every cell of either night with n (tonight, true), `n_before` (true on the night of that publication),
    `is_unknown` (hidden, standing or withheld tonight) and `was_unknown` (the same then; true where its period was
    not published). `changes`: one row per cell and answer value whose count changed since then: `cell` (row number),
    `answer`, `since`. A change of 1 to `min_n` - 1 answers may not be told, neither of one cell nor of what the unknown
    members of a line add up to.

    Returns the key columns of what was found and `method`: 'change' (of a cell) or 'line' (named by its total).
    """
    keys = [*_BLOCK, *_PERIOD, *dimensions]
    size = changes["since"].abs().groupby(changes["cell"]).sum().reindex(range(len(cells)), fill_value=0)
    frame = pd.DataFrame({
        "n": (cells["n"] - cells["n_before"]).to_numpy(dtype=np.int64),
        "hidden": (cells["is_unknown"] | cells["was_unknown"]).to_numpy(dtype=bool),
        "secret": (size.to_numpy() > 0) & (size.to_numpy() < min_n) & ~cells["was_new"].to_numpy(dtype=bool),
    })  # fmt: skip
    sums = _telling(cells, dimensions, frame)
    has_secret = sums["secret"].groupby(sums["equation"]).transform("any")
    told = _told_lines(sums, changes, min_n)
    near = sums["equation"].isin(sums.loc[has_secret, "equation"])
    found = [
        pd.Series("change", index=group.cells[_fixed_by_equations(group)])
        for group in _groups(sums if near.any() else sums.iloc[:0])
    ]
    method = pd.concat([*found, pd.Series(dtype="str")])
    method = method[frame["secret"].to_numpy()[method.index.to_numpy(dtype=np.int64)]]
    method = pd.concat([method, pd.Series("line", index=told)]).sort_index()
    return cells.iloc[method.index][keys].assign(method=method.to_numpy())


def _told_lines(sums: pd.DataFrame, changes: pd.DataFrame, min_n: int) -> np.ndarray:
    """Totals known on both nights whose unknown members changed by a few answers together."""
    total = sums[sums["sign"] < 0].set_index("equation")
    known = total.index[~total["hidden"]]
    parts = sums[sums["equation"].isin(known) & sums["hidden"]]
    changed = parts[["equation", "cell"]].merge(changes, on="cell")
    told = changed.groupby(["equation", "answer"])["since"].sum().abs().groupby("equation").sum()
    return total.loc[told.index[(told > 0) & (told < min_n)], "cell"].to_numpy(dtype=np.int64)


def audit_ranges(
    cells: pd.DataFrame, dimensions: Sequence[str] = _GRID, narrowest: int = _NARROWEST
) -> pd.DataFrame:
    """Hidden cells whose n a reader can tell to within less than `narrowest`, among those that are asked for.

    `cells`: as for `audit`, with `is_unknown` as for `audit_changes` and `is_asked`. Smallest and largest n are linear
    programmes over the year of the organisation, node and kind of instrument, given that a hidden row holds at least
    one answer and no crossing of three dimensions, published or not, less than none. Returns the key columns and
    `method`, 'range'.
    """
    keys = [*_BLOCK, *_PERIOD, *dimensions]
    year = pd.to_datetime(cells["period_start"]).dt.year
    block = _number(cells.assign(year=year), [*_BLOCK, "year"])
    is_asked = (cells["is_asked"] & cells["is_suppressed"] & cells["is_unknown"]).to_numpy(dtype=bool)
    near = np.flatnonzero(np.isin(block, block[is_asked]))
    cells, block, is_asked = cells.iloc[near], block[near], is_asked[near]
    n, hidden = cells["n"].to_numpy(dtype=np.int64), cells["is_unknown"].to_numpy(dtype=bool)
    frame = pd.DataFrame({"n": n, "hidden": hidden})
    sums = pd.concat([_telling(cells, dimensions, frame), _crossed(cells, dimensions)], ignore_index=True)
    sums["block"] = block[sums["total"].where(sums["cell"] < 0, sums["cell"]).astype("int64")]
    found = [
        _narrow(own, np.flatnonzero(is_asked & (block == of_block)), n, hidden, narrowest)
        for of_block, own in sums.groupby("block")
    ]
    rows = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *found]))
    return cells.iloc[rows][keys].assign(method="range")


def _crossed(cells: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """The equations of two-way cells and their crossings, as `_sums` gives them; a crossing is a `cell` below zero.

    A crossing can hold answers where each of its three two-way cells is published. Periods in which every two-way cell
    is known tell nothing more.
    """
    same = [*_BLOCK, *_PERIOD]
    parts = (cells[list(dimensions)] != "all").sum(axis=1)
    is_open = ((parts == 2) & cells["is_unknown"]).groupby([cells[name] for name in same]).transform("any")
    rows = cells[[*same, *dimensions]].assign(cell=np.arange(len(cells)))
    rows = rows[(is_open & (cells["n"] > 0) & (parts == 2)).to_numpy()]
    found = [np.empty((0, 3), dtype=np.int64)]
    for triple in combinations(dimensions, 3):
        tables = [
            rows[(rows[a] != "all") & (rows[b] != "all")][[*same, a, b, "cell"]]
            for a, b in combinations(triple, 2)
        ]
        crossed = tables[0].merge(tables[1], on=[*same, triple[0]])
        crossed = crossed.merge(tables[2], on=[*same, triple[1], triple[2]])
        found.append(crossed[["cell_x", "cell_y", "cell"]].to_numpy())
    total = np.concatenate(found)
    crossing = np.repeat(-1 - np.arange(len(total)), 3)
    two_way = np.unique(total)
    members = pd.DataFrame({"total": total.ravel(), "cell": crossing, "sign": 1})
    totals = pd.DataFrame({"total": two_way, "cell": two_way, "sign": -1})
    both = pd.concat([members, totals], ignore_index=True)
    return both.assign(equation=-1 - both["total"])


def _narrow(
    sums: pd.DataFrame, asked: np.ndarray, n: np.ndarray, hidden: np.ndarray, narrowest: int
) -> np.ndarray:
    """Those of the asked cells whose largest less smallest whole number is below `narrowest`."""
    equation, equations = pd.factorize(sums["equation"])
    cell, sign = sums["cell"].to_numpy(), sums["sign"].to_numpy()
    is_known = (cell >= 0) & ~hidden[np.maximum(cell, 0)]
    column, columns = pd.factorize(cell[~is_known])
    shape = (len(equations), len(columns))
    matrix = csr_array((sign[~is_known], (equation[~is_known], column)), shape=shape)
    weights = sign[is_known] * n[cell[is_known]]
    known = -np.bincount(equation[is_known], weights=weights, minlength=shape[0])
    least = np.where(columns >= 0, np.minimum(n[np.maximum(columns, 0)], 1), 0)
    # Nobody has a million answers here, and a bound keeps every programme solvable.
    bounds = np.column_stack([least, np.full(shape[1], _LARGEST)])
    place = {one: index for index, one in enumerate(columns.tolist())}

    def furthest(one: int, direction: int) -> float:
        goal = np.zeros(shape[1])
        goal[place[one]] = -direction
        solved = linprog(goal, A_eq=matrix, b_eq=known, bounds=bounds, method="highs")
        # A solver is exact up to a millionth. Without an answer the truth is all that is known to be possible.
        return float(n[one] if solved.x is None else np.floor(-solved.fun + 1e-6) * direction)

    def is_narrow(one: int) -> bool:
        # The truth is possible too: room on one side of it is enough.
        most = furthest(one, 1)
        return most - n[one] < narrowest and most - furthest(one, -1) < narrowest

    return np.array([one for one in asked.tolist() if one in place and is_narrow(one)], dtype=np.int64)


def audit(cells: pd.DataFrame, dimensions: Sequence[str] = _GRID) -> pd.DataFrame:
    """Hidden cells whose number of answers follows exactly from the shown ones.

    `cells`: as for `protect`, with the true n of every cell and the decision `is_suppressed`; where cells of two
    dimensions may be the same people, `answers_hash` (equal for equal answers). Returns the key columns of the
    recovered cells and `method`: 'equations' (subtraction, in any combination) or 'intervals' (subtraction and the
    knowledge that a published row holds at least one answer). No count is returned.
    """
    keys = [*_BLOCK, *_PERIOD, *dimensions]
    frame = pd.DataFrame({"n": cells["n"].astype("int64"), "hidden": cells["is_suppressed"].astype(bool)})
    frame = frame.reset_index(drop=True)
    sums = _telling(cells, dimensions, frame)
    least = np.minimum(frame["n"].to_numpy(), 1)
    found = [_attack(group, least[group.cells]) for group in _groups(sums)]
    method = pd.concat([*found, pd.Series(dtype="str")]).sort_index()
    return cells.iloc[method.index][keys].assign(method=method.to_numpy())


def _telling(cells: pd.DataFrame, dimensions: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    """The equations with hidden members, and per member the columns of `frame`: n, hidden and what else it has."""
    # Equations stay within a block: where nothing is hidden they are not made.
    block = _number(cells, _BLOCK)
    near = np.flatnonzero(np.isin(block, block[frame["hidden"].to_numpy()]))
    sums = _sums(cells.iloc[near], dimensions)
    sums = sums.assign(cell=near[sums["cell"].to_numpy()]).merge(frame, left_on="cell", right_index=True)
    balance = (sums["sign"] * sums["n"]).groupby(sums["equation"]).transform("sum")
    # A total that exceeds its parts holds answers nobody publishes: one more unknown, so the line proves nothing.
    return sums[(balance == 0) & sums["hidden"].groupby(sums["equation"]).transform("any")]


def _sums(cells: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """One row per member of an equation: equation, cell (row number), sign (+1 part, -1 total)."""
    codes = pd.DataFrame({name: pd.factorize(cells[name])[0] for name in [*_BLOCK, *dimensions]})
    codes["type"] = cells["period_type"].to_numpy()
    start = pd.DatetimeIndex(pd.to_datetime(cells["period_start"]))
    codes["month"] = start.year * 12 + start.month - 1
    codes["cell"] = np.arange(len(cells))
    parts = []
    for name in dimensions:
        line = _number(codes, [*_BLOCK, "type", "month", *(other for other in dimensions if other != name)])
        parts.append(_tie(codes["cell"], line, (cells[name] == "all").to_numpy()))
    for longer, months in _LONGER.items():
        span = codes.assign(month=codes["month"] // months)
        line = _number(span, [*_BLOCK, "month", *dimensions])
        for shorter in _SHORTER[longer]:
            inside = codes["type"].isin([longer, shorter]).to_numpy()
            parts.append(
                _tie(codes["cell"][inside], line[inside], (codes["type"] == longer).to_numpy()[inside])
            )
    if "answers_hash" in cells:
        parts.append(_same_people(cells, codes, dimensions))
    offset = 0
    for part in parts:
        part["equation"] += offset
        offset += len(cells)
    return pd.concat(parts, ignore_index=True)


def _same_people(cells: pd.DataFrame, codes: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """Pairs of cells of different dimensions that have the same answers in every period of a year: one n twice."""
    has_value = (cells[list(dimensions)] != "all").reset_index(drop=True)
    if {"service", "service_group"} <= set(dimensions):
        has_value["service_group"] &= ~has_value["service"]
    own = codes[(has_value.sum(axis=1) == 1).to_numpy() & (cells["n"] > 0).to_numpy()].copy()
    own["year"] = own["month"] // 12
    answers = cells["answers_hash"].to_numpy(dtype=np.uint64)[own["cell"]]
    period = own["type"] + " " + own["month"].astype(str)
    own["content"] = pd.util.hash_pandas_object(period, index=False).to_numpy() ^ pd.util.hash_array(answers)
    series = [*_BLOCK, "year", *dimensions]
    own["content"] = own.groupby(series)["content"].transform("sum")
    own["line"] = _number(own, [*_BLOCK, "year", "content", "type", "month"])
    own = own.sort_values(["line", "cell"])
    line, cell = own["line"].to_numpy(), own["cell"].to_numpy()
    is_same = line[1:] == line[:-1]
    first, second = cell[:-1][is_same], cell[1:][is_same]
    pair = np.arange(len(first))
    return pd.DataFrame({
        "equation": np.concatenate([pair, pair]),
        "cell": np.concatenate([first, second]),
        "sign": np.repeat([-1, 1], len(pair)),
    })  # fmt: skip


def _number(codes: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """One number per distinct combination of the columns, below the number of rows."""
    number = np.zeros(len(codes), dtype=np.int64)
    for column in columns:
        values, uniques = pd.factorize(codes[column])
        number = pd.factorize(number * (len(uniques) + 1) + values)[0].astype(np.int64)
    return number


def _tie(cell: pd.Series, line: np.ndarray, is_total: np.ndarray) -> pd.DataFrame:
    tied = pd.DataFrame({"equation": line, "cell": cell.to_numpy(), "sign": np.where(is_total, -1, 1)})
    by_line = tied.groupby("equation")["sign"]
    return tied[(by_line.transform("min") == -1) & (by_line.transform("max") == 1)].copy()


def _groups(sums: pd.DataFrame) -> Iterator[_Group]:
    hidden = sums[sums["hidden"]]
    equation, equations = pd.factorize(hidden["equation"], sort=True)
    cell, cells = pd.factorize(hidden["cell"], sort=True)
    label = np.arange(len(cells))
    while True:
        lowest = np.full(len(equations), len(cells))
        np.minimum.at(lowest, equation, label[cell])
        lower = label.copy()
        np.minimum.at(lower, cell, lowest[equation])
        if np.array_equal(lower, label):
            break
        label = lower[lower]
    order = np.argsort(label[cell], kind="stable")
    sign, n = hidden["sign"].to_numpy(), hidden["n"].to_numpy()
    for entry in np.split(order, np.flatnonzero(np.diff(label[cell][order])) + 1):
        rows, row = np.unique(equation[entry], return_inverse=True)
        columns, column = np.unique(cell[entry], return_inverse=True)
        if len(columns):
            known = np.bincount(row, weights=sign[entry] * n[entry], minlength=len(rows))
            yield _Group(cells.to_numpy()[columns], row, column, sign[entry], known)


def _attack(group: _Group, least: np.ndarray) -> pd.Series:
    by_equations = _fixed_by_equations(group)
    by_intervals = _fixed_by_intervals(group, least) & ~by_equations
    found = pd.Series(np.where(by_equations, "equations", "intervals"), index=group.cells)
    return found[by_equations | by_intervals]


def _fixed_by_equations(group: _Group) -> np.ndarray:
    """Unknowns that are the same in every solution: where the null-space part of random vectors is zero.

    Two vectors: among a million unknowns one is nearly zero by chance now and then, and no night may stop for that.
    """
    matrix = np.zeros((len(group.known), len(group.cells)))
    matrix[group.row, group.column] = group.sign
    gram = matrix.T @ matrix
    inverse = np.linalg.inv(gram + _RIDGE * np.eye(len(gram)))
    vectors = np.random.default_rng(len(gram)).uniform(0.5, 1.5, (len(gram), 2))
    for _ in range(_ROUNDS):
        vectors = vectors - inverse @ (matrix.T @ (matrix @ vectors))
    return np.asarray((np.abs(vectors) < _ZERO).all(axis=1))


def _fixed_by_intervals(group: _Group, least: np.ndarray) -> np.ndarray:
    low, high = least.astype(np.float64), np.full(len(group.cells), _UNBOUNDED)
    row, column, is_part = group.row, group.column, group.sign > 0
    for _ in range(_PASSES):
        least = np.where(is_part, low[column], -high[column])
        most = np.where(is_part, high[column], -low[column])
        # What remains for one member when all others of its line take their extreme values.
        ceiling = (group.known - np.bincount(row, weights=least))[row] + least
        floor = (group.known - np.bincount(row, weights=most))[row] + most
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, column, np.where(is_part, floor, -ceiling))
        np.minimum.at(new_high, column, np.where(is_part, ceiling, -floor))
        if np.array_equal(new_low, low) and np.array_equal(new_high, high):
            break
        low, high = new_low, new_high
    return low == high
