"""The goals: ratios between ways that were measured in one run.

Belongs here: what is compared with what, and the limits. Does not belong here: measuring, showing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

from benchmarks.breakdown import landing_seconds, steps_of

Result = Mapping[str, Any]
_FIXED_CPU_SECONDS = 30
_MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Goal:
    """What was aimed at, what came out, and whether that is within the limit."""

    aim: str
    outcome: str
    is_met: bool


@dataclass(frozen=True)
class DataWork:
    """Landing and the count cube with the floor's figures: what the night does that the floor does too."""

    cpu_seconds: float
    peak_mib: float


def data_work(result: Result) -> DataWork:
    """Of the first night; without starting up, safety, gate, marts beyond the floor's, and publication."""
    first = result["nights"]["first"]
    return DataWork(
        landing_seconds(first) + result["cube"]["cpu_seconds"],
        max(steps_of(first)["read"]["peak_mib"], result["cube"]["peak_mib"]),
    )


def goals(result: Result, smaller: Result | None = None) -> list[Goal]:
    """What was aimed at for one size; `smaller` is the size that growth is measured from."""
    floor = result["ways"]["floor"]["cpu_seconds"]
    first, again = result["nights"]["first"], result["nights"].get("one_file_again")
    work = data_work(result)
    limit = 3 * floor + _FIXED_CPU_SECONDS
    found = [
        _at_most(
            "landing and the floor's figures: at most 1.5 floors", work.cpu_seconds / floor, 1.5, "floors"
        ),
        _at_most(
            f"the first night: at most 3 floors + {_FIXED_CPU_SECONDS} CPU s, here {limit:,.0f}",
            first["cpu_seconds"],
            limit,
            "CPU s",
        ),
        _at_most("memory of the first night: at most 1.5 GiB", first["peak_mib"] / _MIB_PER_GIB, 1.5, "GiB"),
    ]
    if again is not None:
        found.append(
            _at_most("one file delivered again: at most 15 s in all", again["wall_seconds"], 15, "s")
        )
    notebook = result["ways"].get("pandas")
    if notebook is not None:
        found += [
            _at_least(
                "pandas costs at least 3 times the CPU of landing and the floor's figures",
                notebook["cpu_seconds"] / work.cpu_seconds,
                3,
            ),
            _at_least(
                "pandas takes at least 10 times the memory of landing and the floor's figures",
                notebook["peak_mib"] / work.peak_mib,
                10,
            ),
        ]
    if smaller is not None:
        before, after = (one["nights"]["first"]["cpu_seconds"] for one in (smaller, result))
        rows = log(result["responses"] / smaller["responses"])
        data = log(work.cpu_seconds / data_work(smaller).cpu_seconds) / rows
        whole = log(after / before) / rows
        aim = f"growth from {smaller['size']}: CPU as responses to the power of at most 1.05"
        outcome = f"{data:.2f} for landing and the floor's figures, {whole:.2f} for the night"
        found.append(Goal(aim, outcome, max(data, whole) <= 1.05))
    return found


def _at_most(aim: str, value: float, limit: float, unit: str) -> Goal:
    return Goal(aim, f"{value:,.1f} {unit}", value <= limit)


def _at_least(aim: str, value: float, limit: float) -> Goal:
    return Goal(aim, f"{value:,.1f} times", value >= limit)
