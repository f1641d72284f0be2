"""Every figure of the kpi grid and its distributions, before protection, straight from the formulas.

Belongs here: periods, grid and statistics as docs/schema.md and docs/model.md describe them. Does not
belong here: reading files (`deliveries.py`) and comparing with the product (`tests/acceptance/`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Z = 1.959963984540054
NPS_Z = 1.96
LEAST_PEOPLE = 10
DIMENSIONS = ("service_group", "channel", "audience")
SHOWN_SPLITS: tuple[tuple[str, ...], ...] = (
    (),
    ("service_group",),
    ("channel",),
    ("audience",),
    ("service_group", "channel"),
    ("service_group", "audience"),
    ("channel", "audience"),
)
CELL = ["organisation_id", "kpi_id", "instrument_kind", "period_type", "period_id", *DIMENSIONS]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Statistic:
    """One statistic of a scale: its score per answer and how its interval is made."""

    name: str
    interval: str  # t | wilson | nps
    score: Callable[[Floats], Floats]


def pomp(low: float, high: float) -> Callable[[Floats], Floats]:
    """Percent of maximum possible: 0 at the lowest answer, 100 at the highest."""
    return lambda x: 100.0 * (x - low) / (high - low)


def positive(low: float, high: float) -> Callable[[Floats], Floats]:
    """1 where 5(x - min) >= 3(max - min)."""
    return lambda x: (5 * (x - low) >= 3 * (high - low)).astype(float)


def negative(low: float, high: float) -> Callable[[Floats], Floats]:
    """1 where 5(x - min) <= 2(max - min)."""
    return lambda x: (5 * (x - low) <= 2 * (high - low)).astype(float)


def statistics_of(scale_id: str, *, has_decimals: bool = False) -> list[Statistic]:
    """The statistics that a scale carries."""
    kind, low_text, high_text = scale_id.rsplit("_", 2)
    low, high = float(low_text), float(high_text)
    found = [
        Statistic("mean_pomp", "t", pomp(low, high)),
        Statistic("share_positive", "wilson", positive(low, high)),
        Statistic("share_negative", "wilson", negative(low, high)),
    ]
    if kind == "rapportcijfer":
        enough = 5.5 if has_decimals else 6.0
        found += [
            Statistic("mean_grade", "t", lambda x: x),
            Statistic("share_sufficient", "wilson", lambda x: (x >= enough).astype(float)),
            Statistic("share_good", "wilson", lambda x: (x >= 8).astype(float)),
        ]
    if kind == "nps":
        found.append(
            Statistic("nps", "nps", lambda x: 100.0 * ((x >= 9).astype(float) - (x <= 6).astype(float)))
        )
    if kind == "ces2":
        found.append(Statistic("ces", "t", lambda x: x))
    if kind == "yes_no":
        found.append(Statistic("rate", "wilson", lambda x: (x == high).astype(float)))
    return found


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of n answers (n may be an effective number)."""
    shrink = 1 + Z * Z / n
    centre = (share + Z * Z / (2 * n)) / shrink
    half = Z / shrink * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return centre - half, centre + half


def interval(kind: str, value: float, error: float, n: int, n_eff: float) -> tuple[float, float]:
    """The 95 % interval: t(n - 1), Wilson on the effective number, or 1.96 errors inside -100..100."""
    if kind == "wilson":
        return wilson(value, n_eff)
    if kind == "nps":
        return max(-100.0, value - NPS_Z * error), min(100.0, value + NPS_Z * error)
    half = float(stats.t.ppf(0.975, n - 1)) * error
    return value - half, value + half


def taken_out(u: Floats, w: Floats, strata: pd.DataFrame) -> float:
    """The sum of w^2 (u - mean of u in its stratum)^2 over all responses of the strata, u being 0 outside the cell."""
    total = 0.0
    for rows in strata.groupby("stratum").indices.values():
        size = int(strata["stratum_n"].to_numpy()[rows[0]])
        everybody = np.zeros(size)
        everybody[: len(rows)] = u[rows]
        total += float((w[rows[0]] ** 2 * (everybody - everybody.mean()) ** 2).sum())
    return total


def figure(
    scores: Floats,
    w: Floats,
    count: Floats,
    kind: str,
    *,
    has_interval: bool,
    strata: pd.DataFrame | None = None,
    people: pd.Series | None = None,
) -> dict[str, Any]:
    """One statistic of one cell; scores, w and count have one entry per (answer, multiplicity).

    `strata` (stratum, stratum_n) says what every answer was post-stratified by, where it was; `people` who gave it, or
    '' where that is not known. Ten people who answered more than once make people the units of the error.
    """
    n = int(count.sum())
    total = float((w * count).sum())
    value = float((w * count * scores).sum()) / total
    n_eff = total**2 / float((w**2 * count).sum())
    result: dict[str, Any] = {
        "n": n,
        "n_eff": n_eff,
        "value": value,
        "value_unweighted": float((count * scores).sum()) / n,
        "standard_error": None,
        "ci_low": None,
        "ci_high": None,
    }
    if has_interval and n >= 2:
        spread = float((count * w**2 * (scores - value) ** 2).sum())
        if strata is not None:
            spread = taken_out(scores - value, w, strata)
        units = n
        if people is not None:
            counted = people[people != ""].value_counts()
            if (counted > 1).sum() >= LEAST_PEOPLE:
                z = pd.Series(w * (scores - value), index=people.index)
                of_people = z[people != ""].groupby(people[people != ""]).sum()
                spread += float((of_people**2).sum() - (z[people != ""] ** 2).sum())
                units = n - int(counted.sum() - len(counted))
        error = math.sqrt(units / (units - 1) * spread) / total
        low, high = interval(kind, value, error, n, n_eff)
        result |= {"standard_error": error, "ci_low": low, "ci_high": high}
    return result


def scored(cell: pd.DataFrame, name: str) -> Floats:
    """Each answer of a cell by the statistic of its own scale."""
    found = np.empty(len(cell))
    for scale_id, rows in cell.groupby("scale_id").indices.items():
        (statistic,) = [s for s in statistics_of(str(scale_id)) if s.name == name]
        found[rows] = statistic.score(cell["value"].to_numpy(dtype=float)[rows])
    return found


def cell_figures(cell: pd.DataFrame, *, has_interval: bool) -> Iterator[dict[str, Any]]:
    """Every statistic of one cell; where scales are mixed only the mean score has a value."""
    w = cell["weight"].to_numpy(dtype=float)
    count = cell["count"].to_numpy(dtype=float)
    has_strata = "stratum" in cell and bool((cell["stratum"] != "").all())
    strata = cell[["stratum", "stratum_n"]] if has_strata else None
    people = cell.get("person")
    scale_ids = [str(found) for found in cell["scale_id"].unique()]
    kinds = {s.name: s.interval for scale_id in scale_ids for s in statistics_of(scale_id)}
    mean = figure(
        scored(cell, "mean_pomp"), w, count, "t", has_interval=has_interval, strata=strata, people=people
    )
    for name, kind in kinds.items():
        if name == "mean_pomp":
            yield {"statistic": name} | mean
        elif len(scale_ids) == 1:
            found = figure(
                scored(cell, name), w, count, kind, has_interval=has_interval, strata=strata, people=people
            )
            yield {"statistic": name} | found
        else:
            yield {"statistic": name, "n": mean["n"], "n_eff": mean["n_eff"]}


def periods_of(base_period: str) -> list[tuple[str, str]]:
    """The published periods that an answer feeds: a month four, a half-year two."""
    year, part = base_period.split("-")
    if part.startswith("H"):
        return [("half_year", base_period), ("year", year)]
    month = int(part)
    return [
        ("month", base_period),
        ("quarter", f"{year}-Q{(month + 2) // 3}"),
        ("half_year", f"{year}-H{(month + 5) // 6}"),
        ("year", year),
    ]


def last_month(period_type: str, period_id: str) -> tuple[int, int]:
    """Year and month in which a period ends."""
    year = int(period_id[:4])
    if period_type == "month":
        return year, int(period_id[5:])
    if period_type == "quarter":
        return year, 3 * int(period_id[-1])
    if period_type == "half_year":
        return year, 6 * int(period_id[-1])
    return year, 12


def has_ended(period_type: str, period_id: str, today: date) -> bool:
    """Whether the period's last day lies before `today`."""
    return last_month(period_type, period_id) < (today.year, today.month)


def in_periods(answers: pd.DataFrame, today: date) -> pd.DataFrame:
    """Each answer once per ended period that it feeds."""
    wide = answers.assign(period=answers["base_period"].map(periods_of)).explode("period", ignore_index=True)
    wide["period_type"] = wide["period"].str[0]
    wide["period_id"] = wide["period"].str[1]
    ended = [has_ended(t, p, today) for t, p in zip(wide["period_type"], wide["period_id"], strict=True)]
    return wide.loc[ended]


def cells(answers: pd.DataFrame, today: date) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Every cell of the grid with its answers; the key follows `CELL`."""
    wide = in_periods(answers, today)
    for split in SHOWN_SPLITS:
        collapsed = wide.assign(**{name: "all" for name in DIMENSIONS if name not in split})
        yield from collapsed.groupby(CELL, sort=True)


def kpi_grid(answers: pd.DataFrame, today: date, without_interval: frozenset[str]) -> pd.DataFrame:
    """All kpi figures before protection; `without_interval` names the self-selected organisations."""
    rows = [
        dict(zip(CELL, key, strict=True)) | found
        for key, cell in cells(answers, today)
        for found in cell_figures(cell, has_interval=key[0] not in without_interval)
    ]
    return pd.DataFrame(rows)


def distributions(answers: pd.DataFrame, today: date) -> pd.DataFrame:
    """Counts and shares per answer value of the total cells: organisation x node x period x scale."""
    keys = ["organisation_id", "kpi_id", "instrument_kind", "period_type", "period_id", "scale_id"]
    wide = in_periods(answers, today)
    wide = wide.assign(value=wide["value"].astype(float))
    found = wide.groupby([*keys, "value"], as_index=False).agg(n=("count", "sum"))
    found["share_unweighted"] = found["n"] / found.groupby(keys)["n"].transform("sum")
    return found
