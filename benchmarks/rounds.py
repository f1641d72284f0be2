"""A round: one size, every way, one after the other on the same deliveries.

Belongs here: the order, what each way leaves behind, and the checks that all agree. Does not belong here: measuring
(`measure`), the ways themselves, and showing (`report`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import agreement, deliveries, night
from benchmarks.deliveries import Deliveries
from benchmarks.measure import Usage, measured
from benchmarks.sizes import Size

FLOOR, COUNTING_FIRST, NOTEBOOK, PLAIN_DBT = "floor", "floor_counting_first", "pandas", "plain_dbt"
_SAID = "needs about {need} GiB for {responses:,} responses, and {free} GiB is free"
# Measured: 7 GiB at 1.26 million responses; nothing else may be pushed out of memory.
_NOTEBOOK_GIB_PER_MILLION = 6.0
_SPARE_GIB = 4.0


@dataclass
class Round:
    """What came out: usage per way, or the reason why it was left out; `load` is that of the machine at the start."""

    size: Size
    responses: int = 0
    csv_mib: float = 0.0
    load: float = 0.0
    cells: int = 0
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    nights: dict[str, dict[str, Any]] = field(default_factory=dict)
    cube: dict[str, Any] = field(default_factory=dict)
    slowest_nodes: list[tuple[str, float]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as kept between runs."""
        return {**vars(self), "size": self.size.name, "organisations": self.size.organisations} | {
            "months": self.size.months
        }


def run(size: Size, cache: Path, say: Callable[[str], None]) -> Round:
    """Measure every way on one size. Raises Disagreement when figures differ, CommandFailed when a way fails."""
    delivered = deliveries.kept(size, cache)
    folder = cache / "run" / size.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = Round(size, load=os.getloadavg()[0])
    done.responses, done.csv_mib = _looked_at(delivered)
    say(f"{size.name}: {done.responses:,} responses in {done.csv_mib:,.0f} MiB of CSV")
    compute_all_ways(done, delivered, folder, say)
    installed = first_night(done, delivered, folder, say)
    later_nights(done, installed, say)
    return done


def _looked_at(delivered: Deliveries) -> tuple[int, float]:
    """Responses and MiB; having read every file once, all ways find them in memory."""
    rows, size = 0, 0
    for organisation_id in delivered.organisation_ids():
        for file in delivered.files(organisation_id):
            content = file.read_bytes()
            rows += content.count(b"\n") - 1
            size += len(content)
    return rows, size / 2**20


def compute_all_ways(done: Round, delivered: Deliveries, folder: Path, say: Callable[[str], None]) -> None:
    """The floor and the rivals; each must agree with the floor."""
    floor = folder / f"{FLOOR}.parquet"
    commands = {
        FLOOR: ["benchmarks.floor"],
        COUNTING_FIRST: ["benchmarks.floor", "counting-first"],
        PLAIN_DBT: ["benchmarks.plain_dbt"],
        NOTEBOOK: ["benchmarks.notebook"],
    }
    need = done.responses / 1e6 * _NOTEBOOK_GIB_PER_MILLION
    free = free_gib()
    if need + _SPARE_GIB > free:
        done.left_out[NOTEBOOK] = _SAID.format(need=round(need), responses=done.responses, free=round(free))
        say(f"  {NOTEBOOK}: left out, {done.left_out[NOTEBOOK]}")
        del commands[NOTEBOOK]
    for name, (module, *rest) in commands.items():
        target = folder / f"{name}.parquet"
        usage = _python([module, str(delivered.root), str(target), *rest], folder / f"{name}.log")
        done.ways[name] = usage.as_dict()
        done.cells = agreement.compare(floor, target, name)
        say(f"  {name}: {_told(usage)}")


def first_night(
    done: Round, delivered: Deliveries, folder: Path, say: Callable[[str], None]
) -> night.Installation:
    """A night from nothing, and its count cube by itself; both must agree with the floor."""
    installed = night.prepared(delivered, folder / "night")
    floor, own = folder / f"{FLOOR}.parquet", folder / "night.parquet"
    _spend(done, installed, "first", 0, say)
    agreement.write_night_figures(installed.work / "warehouse.duckdb", own)
    agreement.compare(floor, own, "night")
    done.slowest_nodes = _slowest_nodes(installed.work)
    target = folder / "cube.parquet"
    usage = _python(["benchmarks.cube", str(installed.work), str(target)], folder / "cube.log")
    agreement.compare(floor, target, "cube")
    done.cube = usage.as_dict()
    say(f"  cube and the floor's figures from it: {_told(usage)}")
    return installed


def later_nights(done: Round, installed: night.Installation, say: Callable[[str], None]) -> None:
    """A night without news, and one with a single file delivered again."""
    _spend(done, installed, "quiet", 1, say)
    installed.deliver_again()
    _spend(done, installed, "one_file_again", 2, say)


def _spend(
    done: Round, installed: night.Installation, name: str, nights_later: int, say: Callable[[str], None]
) -> None:
    one = installed.run(name, nights_later)
    done.nights[name] = {**one.usage.as_dict(), "steps": one.summary["steps"]}
    say(f"  night, {name}: {_told(one.usage)}")


def _slowest_nodes(work: Path) -> list[tuple[str, float]]:
    """What dbt took longest for, in wall seconds; two run at a time."""
    results = json.loads((work / "dbt" / "run_results.json").read_text(encoding="utf-8"))["results"]
    timed = [(one["unique_id"].split(".")[2], round(one["execution_time"], 2)) for one in results]
    return sorted(timed, key=lambda one: -one[1])[:8]


def _python(arguments: list[str], log: Path) -> Usage:
    return measured([sys.executable, "-m", *arguments], log)[0]


def free_gib() -> float:
    """Memory that can be had without pushing anything out."""
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 2**20
    return 0.0


def _told(usage: Usage) -> str:
    return f"{usage.cpu_seconds:.1f} CPU s, {usage.wall_seconds:.1f} s, {usage.peak_mib:,.0f} MiB"
