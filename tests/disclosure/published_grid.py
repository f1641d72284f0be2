"""Published grids for the tests: written out by hand, or counted from responses in plain pandas."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain, combinations

import numpy as np
import pandas as pd

THRESHOLDS = {"suppression_min_n": 10, "no_spread_min_n": 30}
DIMENSIONS = ["service_group", "channel", "audience"]
KEYS = [
    "organisation_id",
    "kpi_id",
    "instrument_kind",
    "period_type",
    "period_id",
    "period_start",
    *DIMENSIONS,
]
CALENDAR = {
    "month": lambda m: (f"{m // 12}-{m % 12 + 1:02d}", m),
    "quarter": lambda m: (f"{m // 12}-Q{m % 12 // 3 + 1}", m - m % 3),
    "half_year": lambda m: (f"{m // 12}-H{m % 12 // 6 + 1}", m - m % 6),
    "year": lambda m: (f"{m // 12}", m - m % 12),
}

Cell = tuple[str, str, str, str, str]


def by_hand(
    counts: Mapping[Cell, int], no_spread: tuple[Cell, ...] = (), organisation: str = "test0001"
) -> pd.DataFrame:
    """Cells as {(period_type, period_start, service_group, channel, audience): n}."""
    return pd.DataFrame(
        [
            {
                "organisation_id": organisation,
                "kpi_id": "kpi.a",
                "instrument_kind": "transactional",
                "period_type": kind,
                "period_id": f"{kind} {start}",
                "period_start": pd.Timestamp(start),
                "service_group": service,
                "channel": channel,
                "audience": audience,
                "n": n,
                "n_values": 1 if (kind, start, service, channel, audience) in no_spread else 2,
            }
            for (kind, start, service, channel, audience), n in counts.items()
        ]
    )


def channels(**counts: int) -> dict[Cell, int]:
    """One month: the total over channels and the channels."""
    cells = {("month", "2025-11-01", "all", channel, "all"): n for channel, n in counts.items()}
    return {("month", "2025-11-01", "all", "all", "all"): sum(counts.values()), **cells}


def counted(
    seed: int, responses: int, months: int, sizes: tuple[int, int, int], undated: float = 0.0
) -> pd.DataFrame:
    """A government of two organisations with skewed dimensions, counted over every published period and table."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "organisation_id": rng.choice(["test0001", "test0002"], responses, p=[0.8, 0.2]),
            "month": 2025 * 12 + rng.integers(0, months, responses),
            "value": rng.integers(1, 6, responses),
            "is_undated": rng.random(responses) < undated,
        }
    )
    for name, size in zip(DIMENSIONS, sizes, strict=True):
        share = 1.0 / np.arange(1, size + 1) ** 1.5
        frame[name] = [f"{name[0]}{code}" for code in rng.choice(size, responses, p=share / share.sum())]
    return pd.concat(list(_tables(frame)), ignore_index=True)[[*KEYS, "n", "n_values"]]


def _tables(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for kind, period in CALENDAR.items():
        dated = frame if kind in ("half_year", "year") else frame[~frame["is_undated"]]
        labels = dated["month"].map(period)
        dated = dated.assign(
            kpi_id="kpi.a",
            instrument_kind="transactional",
            period_type=kind,
            period_id=[label for label, _ in labels],
            period_start=pd.to_datetime([f"{month // 12}-{month % 12 + 1:02d}-01" for _, month in labels]),
        )
        for kept in chain.from_iterable(combinations(DIMENSIONS, size) for size in range(3)):
            table = dated.assign(**{name: "all" for name in DIMENSIONS if name not in kept})
            yield table.groupby(KEYS)["value"].agg(n="size", n_values="nunique").reset_index()


def equations(cells: pd.DataFrame) -> list[tuple[int, list[int]]]:
    """(total, parts) by row number, found by comparing keys one by one; totals that exceed their parts left out."""
    rows = list(cells[KEYS].itertuples(index=False))
    month = [row.period_start.year * 12 + row.period_start.month - 1 for row in rows]
    place = {(*row[:4], month[i], *row[6:]): i for i, row in enumerate(rows)}
    parts: dict[tuple[str, int], list[int]] = {}
    for i, row in enumerate(rows):
        for position, name in enumerate(DIMENSIONS):
            if getattr(row, name) != "all":
                grid = [*row[6:]]
                grid[position] = "all"
                total = place.get((*row[:4], month[i], *grid))
                if total is not None:
                    parts.setdefault((name, total), []).append(i)
        kinds = list(CALENDAR)
        for longer in kinds[kinds.index(row.period_type) + 1 :]:
            total = place.get((*row[:3], longer, CALENDAR[longer](month[i])[1], *row[6:]))
            if total is not None:
                parts.setdefault(("time", total), []).append(i)
                break
    n = cells["n"].tolist()
    return [
        (total, members) for (_, total), members in parts.items() if n[total] == sum(n[i] for i in members)
    ]


def determined(cells: pd.DataFrame, is_suppressed: pd.Series) -> set[int]:
    """Row numbers of hidden cells that follow from the shown ones: Gauss-Jordan elimination in exact fractions."""
    hidden = is_suppressed.to_numpy()
    lines = [
        {i: Fraction(sign) for i, sign in [(total, -1), *((part, 1) for part in parts)] if hidden[i]}
        for total, parts in equations(cells)
    ]
    pivots: dict[int, dict[int, Fraction]] = {}
    for line in lines:
        for column, pivot in pivots.items():
            _subtract(line, pivot, column)
        if line:
            column = min(line)
            scale = line[column]
            line = {i: value / scale for i, value in line.items()}
            for pivot in pivots.values():
                _subtract(pivot, line, column)
            pivots[column] = line
    return {column for column, line in pivots.items() if len(line) == 1}


def _subtract(line: dict[int, Fraction], pivot: dict[int, Fraction], column: int) -> None:
    factor = line.get(column)
    if factor is None:
        return
    for i, value in pivot.items():
        rest = line.get(i, Fraction(0)) - factor * value
        if rest:
            line[i] = rest
        else:
            line.pop(i, None)
