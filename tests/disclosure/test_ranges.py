"""How closely a solver can tell what is hidden, in a formulation of its own: what people may stand behind the file."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from disclosure import audit, audit_ranges, protect
from tests.disclosure.published_grid import DIMENSIONS, THRESHOLDS, by_hand, counted

NARROWEST = 3
LENGTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
Base = tuple[str, int, str, str, str]  # period type, first month, service group, channel, audience


def base_cells(cells: pd.DataFrame) -> list[Base]:
    """Every month or half-year, service group, channel and audience that can hold answers: its rows are published."""
    month = cells["period_start"].dt.year * 12 + cells["period_start"].dt.month - 1
    present = set(zip(cells["period_type"], month, *(cells[name] for name in DIMENSIONS), strict=True))
    values = [sorted(set(cells[name]) - {"all"}) for name in DIMENSIONS]
    periods = sorted({one[:2] for one in present if one[0] in ("month", "half_year")})
    return [
        (kind, start, group, channel, audience)
        for (kind, start), group, channel, audience in product(periods, *values)
        if {(kind, start, group, channel, "all"), (kind, start, group, "all", audience),
            (kind, start, "all", channel, audience)} <= present
    ]  # fmt: skip


def members(cells: pd.DataFrame, bases: list[Base]) -> csr_array:
    """Which base cells (columns) a published cell (row) counts; half-years count their undated answers as well."""
    frame = pd.DataFrame(bases, columns=["kind", "start", *DIMENSIONS])
    of = {name: frame[name].to_numpy() for name in frame}
    rows = []
    for row in cells.itertuples(index=False):
        length, first = LENGTHS[row.period_type], row.period_start.year * 12 + row.period_start.month - 1
        own = (of["start"] >= first) & (of["start"] < first + length)
        own &= (of["kind"] == "month") | (length >= LENGTHS["half_year"])
        for name in DIMENSIONS:
            if getattr(row, name) != "all":
                own &= of[name] == getattr(row, name)
        rows.append(own)
    return csr_array(np.array(rows, dtype=float))


def told(cells: pd.DataFrame, hidden: np.ndarray) -> list[int]:
    """Row numbers of hidden cells whose n lies in a range narrower than three whatever people stand behind it."""
    counts = members(cells, base_cells(cells))
    n = cells["n"].to_numpy(dtype=float)
    known = {"A_eq": counts[~hidden], "b_eq": n[~hidden]}
    known |= {"A_ub": -counts[hidden], "b_ub": -np.ones(int(hidden.sum()))}

    def solution(goal: np.ndarray) -> np.ndarray:
        found = linprog(-goal, **known, bounds=(0, 1e6), method="highs")
        assert found.status == 0
        return np.asarray(counts @ found.x)

    low, high = n.copy(), n.copy()
    for goal in goals(counts, hidden):
        values = solution(goal)
        low, high = np.minimum(low, values), np.maximum(high, values)
    for row in np.flatnonzero(hidden):
        for sign in (1, -1):
            if high[row] - low[row] < NARROWEST - 1e-6:
                values = solution(sign * counts[[row]].toarray()[0])
                low, high = np.minimum(low, values), np.maximum(high, values)
    return np.flatnonzero(hidden & (high - low < NARROWEST - 1e-6)).tolist()


def goals(counts: csr_array, hidden: np.ndarray) -> Iterator[np.ndarray]:
    """Some directions to look in for many cells at once."""
    rng = np.random.default_rng(0)
    for _ in range(12):
        yield rng.normal(size=int(hidden.sum())) @ counts[hidden]


@pytest.mark.parametrize(
    ("seed", "responses", "months", "sizes", "undated"),
    [
        (1, 60, 3, (2, 2, 2), 0.0),
        (2, 400, 6, (3, 3, 2), 0.1),
        (3, 1200, 6, (4, 3, 2), 0.0),
        (4, 3000, 7, (4, 4, 3), 0.03),
        (5, 12_000, 6, (5, 4, 3), 0.0),
    ],
)
def test_no_hidden_number_can_be_told_to_within_three(
    seed: int, responses: int, months: int, sizes: tuple[int, int, int], undated: float
) -> None:
    cells = counted(seed, responses, months, sizes, undated)
    cells = cells[cells["organisation_id"] == "test0001"].reset_index(drop=True)
    hidden = protect(cells, THRESHOLDS)["is_suppressed"].to_numpy()
    assert hidden.any()
    assert told(cells, hidden) == []


def test_lines_that_are_safe_one_by_one_are_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the linear programmes protection leaves cells that the audit, and this solver, can tell."""
    monkeypatch.setattr("disclosure.protection._repairs", lambda state, min_n: iter(()))
    cells = counted(seed=1, responses=600, months=6, sizes=(3, 3, 2))
    cells = cells[cells["organisation_id"] == "test0001"].reset_index(drop=True)
    hidden = protect(cells, THRESHOLDS)["is_suppressed"]
    found = audit_ranges(cells.assign(is_suppressed=hidden, is_unknown=hidden, is_asked=True))
    assert not found.empty
    assert set(found.index) == set(told(cells, hidden.to_numpy()))


@pytest.mark.parametrize(("counts", "found"), [({"desk": 2, "mail": 2}, 2), ({"desk": 5, "mail": 6}, 0)])
def test_two_rows_that_add_up_to_four_are_told(counts: dict[str, int], found: int) -> None:
    """They hold 1, 2 or 3 answers each; two that add up to 11, from 1 to 10."""
    n = {"web": 50, **counts}
    month = ("month", "2025-11-01", "all")
    cells = by_hand(
        {(*month, "all", "all"): sum(n.values())} | {(*month, name, "all"): n[name] for name in n}
    )
    hidden = cells["channel"].isin(list(counts))
    assert len(audit_ranges(cells.assign(is_suppressed=hidden, is_unknown=hidden, is_asked=True))) == found


def test_a_number_can_be_told_from_two_other_tables() -> None:
    """Of 100 citizens 98 came for s1 and 99 by web, so 97 or 98 of them came for s1 by web; of 10 businesses 0 or 1.

    From their row and column the four hidden cells could be anything.
    """
    n = {("all", "all", "all"): 110, ("s1", "all", "all"): 99, ("s2", "all", "all"): 11,
         ("all", "web", "all"): 100, ("all", "desk", "all"): 10,
         ("all", "all", "citizen"): 100, ("all", "all", "business"): 10,
         ("s1", "all", "citizen"): 98, ("s2", "all", "citizen"): 2,
         ("s1", "all", "business"): 1, ("s2", "all", "business"): 9,
         ("all", "web", "citizen"): 99, ("all", "desk", "citizen"): 1,
         ("all", "web", "business"): 1, ("all", "desk", "business"): 9,
         ("s1", "web", "all"): 98, ("s1", "desk", "all"): 1,
         ("s2", "web", "all"): 2, ("s2", "desk", "all"): 9}  # fmt: skip
    cells = by_hand({("month", "2025-11-01", *key): count for key, count in n.items()})
    hidden = (cells["service_group"] != "all") & (cells["channel"] != "all")
    cells = cells.assign(is_suppressed=hidden, is_unknown=hidden, is_asked=True)
    assert audit(cells).empty
    assert set(audit_ranges(cells).index) == set(told(cells, hidden.to_numpy())) == set(cells.index[hidden])
