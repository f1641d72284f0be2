"""Where a night went: the steps of its summary, brought together under the names that people ask for.

Belongs here: which step belongs to which name. Does not belong here: measuring (the night says it itself), goals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Share:
    """A part of the night: processor seconds, and how it came to them."""

    label: str
    cpu_seconds: float
    meaning: str


def steps_of(one: dict[str, Any]) -> Steps:
    """The steps of a night's summary by name."""
    return {step["step"]: step for step in one["steps"]}


def landing_seconds(one: dict[str, Any]) -> float:
    """Processor seconds of reading without what keeps it safe: decoding, Parquet, starting the readers."""
    return _cpu(steps_of(one), "read") - _part(steps_of(one), "read", "safety")


def shares(one: dict[str, Any]) -> list[Share]:
    """The whole of a night's processor time, part by part."""
    steps = steps_of(one)
    transform_start = _part(steps, "transform", "start")
    found = [
        Share(
            "start-up",
            _cpu(steps, "start") + transform_start,
            "imports, settings, the reference model; dbt loading itself and the project",
        ),
        Share(
            "orchestration",
            _cpu(steps, "between"),
            "Dagster: loading it, its assets, and storing every event of theirs",
        ),
        Share(
            "safety of intake",
            _cpu(steps, "take_in") + _part(steps, "read", "safety"),
            "copies by hash, counting rows independently, pseudonyms, content hashes, redaction",
        ),
        Share("landing", landing_seconds(one), "decoding against the mapping, Parquet, starting the readers"),
        Share("gate", _cpu(steps, "judge"), "measures per delivery and item, rules, Data Docs"),
        Share(
            "settling and receipts",
            sum(_cpu(steps, name) for name in ("settle", "receipts", "compare", "retain")),
            "which deliveries and rows count; answers to the organisations; counts in the place of rows",
        ),
        Share(
            "marts",
            _cpu(steps, "transform") - transform_start,
            "dbt: the count cube, the grid, statistics, intervals, protection, tests",
        ),
        Share("disclosure audit", _cpu(steps, "audit"), "an attack on the marts before they are published"),
        Share("publication", _cpu(steps, "publish"), "a file of its own, in a total order, with hashes"),
    ]
    rest = one["cpu_seconds"] - sum(share.cpu_seconds for share in found)
    return [*found, Share("ending", max(rest, 0.0), "the summary, and the end of the process")]


def _cpu(steps: Steps, name: str) -> float:
    return float(steps.get(name, {}).get("cpu_seconds", 0.0))


def _part(steps: Steps, name: str, part: str) -> float:
    return float(steps.get(name, {}).get("parts", {}).get(part, 0.0))
