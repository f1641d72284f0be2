"""What came out, for people: on the terminal, in `docs/performance.md`, and as a picture.

Belongs here: keeping results, and choosing rows and columns. Does not belong here: measuring, goals, drawing.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.breakdown import shares
from benchmarks.goals import Goal, data_work, goals
from benchmarks.picture import Bar, Panel, drawn
from benchmarks.rounds import Round
from benchmarks.sizes import SIZES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
PICTURE = DOCUMENT.parent / "pictures" / "performance.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_LABELS = {
    "floor": "the floor",
    "floor_counting_first": "the floor, counting first",
    "pandas": "pandas notebook",
    "plain_dbt": "plain dbt-duckdb",
}
_NIGHTS = {
    "first": "the first night",
    "quiet": "a night without news",
    "one_file_again": "one file delivered again",
}
_DATA_WORK = "landing and the floor's figures"
_OWN_LOAD = 2.5
_COLUMNS = ("way", "CPU s", "floors", "wall s", "memory MiB")
Results = Mapping[str, Mapping[str, Any]]


def keep(done: Round, cache: Path) -> None:
    """Keep a result beside the deliveries, so that sizes measured in other runs can be shown with it."""
    folder = cache / "results"
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps({**done.as_dict(), "machine": machine()}, indent=2)
    (folder / f"{done.size.name}.json").write_text(content + "\n", encoding="utf-8")


def kept(cache: Path) -> dict[str, dict[str, Any]]:
    """Every result kept, smallest size first."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (cache / "results").glob("*.json")
    }
    return {name: found[name] for name in SIZES if name in found}


def machine() -> str:
    """What it ran on, without a name or a date."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "pandas", "dagster"))
    return (
        f"{os.cpu_count()} cores, {total:.0f} GiB of memory, Python {platform.python_version()}, {packages}"
    )


def show(results: Results, size: str) -> None:
    """Print the result of one size."""
    console = Console(width=None if os.isatty(1) else 140)
    result = results[size]
    table = Table(title=_title(result), title_justify="left")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "way" else "right")
    for row in _rows(result):
        table.add_row(*row)
    console.print(table)
    for share in shares(result["nights"]["first"]):
        console.print(f"  {share.cpu_seconds:8.1f} CPU s  {share.label}: {share.meaning}", markup=False)
    for goal in _goals(results, size):
        word = "met   " if goal.is_met else "missed"
        console.print(
            f"  {word}  {goal.aim}: {goal.outcome}", markup=False, style=None if goal.is_met else "red"
        )


def write_document(results: Results, document: Path = DOCUMENT, picture: Path = PICTURE) -> None:
    """Replace what stands between the markers of the document, and the picture, by what was measured."""
    text = document.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    measured = "\n\n".join(_section(results, size) for size in results)
    document.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")
    picture.write_text(_picture(results), encoding="utf-8")


def _section(results: Results, size: str) -> str:
    result = results[size]
    first = result["nights"]["first"]
    lines = [
        f"### {_title(result)}",
        "",
        f"{result['machine']}. {_company(result)}All {result['cells']:,} cells agree.",
        "",
    ]
    lines += ["| " + " | ".join(_COLUMNS) + " |", "|---|" + "---:|" * (len(_COLUMNS) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(result)]
    reached = _goals(results, size)
    lines += ["", "| goal | measured | |", "|---|---|---|"] if reached else []
    lines += [
        f"| {goal.aim} | {goal.outcome} | {'met' if goal.is_met else '**missed**'} |" for goal in reached
    ]
    lines += ["", "Where the first night went:", "", "| part | CPU s | share | |", "|---|---:|---:|---|"]
    lines += [
        f"| {one.label} | {one.cpu_seconds:,.1f} | {one.cpu_seconds / first['cpu_seconds']:.0%} | {one.meaning} |"
        for one in shares(first)
    ]
    slowest = ", ".join(f"`{name}` {seconds:,.1f} s" for name, seconds in result["slowest_nodes"])
    return "\n".join([*lines, "", f"What dbt took longest for (wall, two at a time): {slowest}."])


def _rows(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    floor = result["ways"]["floor"]["cpu_seconds"]
    for name, label in _LABELS.items():
        if name in result["ways"]:
            yield _row(label, result["ways"][name], floor)
        elif name in result["left_out"]:
            yield (f"{label}: {result['left_out'][name]}", "", "", "", "")
    work = data_work(result)
    yield _row(_DATA_WORK, {"cpu_seconds": work.cpu_seconds, "peak_mib": work.peak_mib}, floor)
    for name, label in _NIGHTS.items():
        if name in result["nights"]:
            yield _row(label, result["nights"][name], floor)


def _row(label: str, used: Mapping[str, Any], floor: float) -> tuple[str, ...]:
    wall = f"{used['wall_seconds']:,.1f}" if "wall_seconds" in used else ""
    cpu = used["cpu_seconds"]
    return label, f"{cpu:,.1f}", f"{cpu / floor:,.1f}", wall, f"{used['peak_mib']:,.0f}"


def _company(result: Mapping[str, Any]) -> str:
    """Whether others were at work when the measuring began; the round before leaves a load of about two."""
    is_shared = result["load"] > _OWN_LOAD
    return f"Others were at work (load {result['load']:.1f}): wall times mean little. " if is_shared else ""


def _title(result: Mapping[str, Any]) -> str:
    return (
        f"{result['size']}: {result['organisations']} organisations, {result['months']} months,"
        f" {result['responses']:,} responses, {result['csv_mib']:,.0f} MiB of CSV"
    )


def _goals(results: Results, size: str) -> list[Goal]:
    """Growth is measured from S."""
    smaller = results.get("S") if size in ("M", "L") else None
    return goals(results[size], smaller) if SIZES[size].has_goals else []


def _picture(results: Results) -> str:
    panels = []
    for result in results.values():
        bars = [Bar(_LABELS[name], [used["cpu_seconds"]]) for name, used in result["ways"].items()]
        bars += [Bar(_LABELS[name], [], "left out: it does not fit in memory") for name in result["left_out"]]
        bars.append(Bar(_DATA_WORK, [data_work(result).cpu_seconds]))
        bars += [
            Bar(label, [share.cpu_seconds for share in shares(result["nights"][name])])
            for name, label in _NIGHTS.items()
            if name in result["nights"]
        ]
        panels.append(Panel(_title(result), bars))
    legend = [share.label for share in shares(next(iter(results.values()))["nights"]["first"])]
    return drawn("Processor seconds per way and size", panels, legend)
