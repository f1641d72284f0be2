"""Where the night went: processor time, wall time and memory per step, for the operator.

Belongs here: measuring. Does not belong here: what a step does. Nothing of this reaches the ledger, a figure or a hash.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

_MIB = 1024 * 1024
START, BETWEEN = "start", "between"


@dataclass
class StepUsage:
    """What a step used, with the processes that it started and waited for.

    `peak_mib` is resident memory. `parts` divides processor seconds further; it need not add up to all of them.
    """

    step: str
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


@dataclass
class Usage:
    """The steps of a night in the order in which they first ran; a step that runs twice is one line."""

    steps: dict[str, StepUsage] = field(default_factory=dict)
    _active: StepUsage | None = None
    _began: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Everything up to now was starting up: imports, settings, the reference model."""
        self.steps[START] = StepUsage(START, _process_age(), _cpu_seconds(), _peak_mib())

    def begin(self, name: str) -> bool:
        """Start a step; False when one is under way, which then pays for this one."""
        if self._active is not None:
            return False
        self._active = self.steps.setdefault(name, StepUsage(name))
        _forget_peak()
        self._began = time.monotonic(), _cpu_seconds()
        return True

    def end(self) -> None:
        """End the step under way."""
        assert self._active is not None
        wall, cpu = self._began
        self._active.wall_seconds += time.monotonic() - wall
        self._active.cpu_seconds += _cpu_seconds() - cpu
        self._active.peak_mib = max(self._active.peak_mib, _peak_mib())
        self._active = None

    def charge(self, parts: dict[str, float]) -> None:
        """Say what part of the step's processor time went where."""
        assert self._active is not None
        for part, seconds in parts.items():
            self._active.parts[part] = self._active.parts.get(part, 0.0) + seconds

    def mark(self, part: str) -> None:
        """What the step used until now, and was not marked before, was this part; only the first mark of it counts."""
        if self._active is not None and part not in self._active.parts:
            self._active.parts[part] = _cpu_seconds() - self._began[1] - sum(self._active.parts.values())

    def beside(self, peak_bytes: int) -> None:
        """Memory that processes started by this step held beside this one."""
        assert self._active is not None
        self._active.peak_mib = max(self._active.peak_mib, _peak_mib() + peak_bytes / _MIB)

    def as_list(self) -> list[dict[str, Any]]:
        """Plain data, rounded; parts only where there are any. `between` is what no step paid for: Dagster itself."""
        found: list[dict[str, Any]] = []
        steps = list(self.steps.values())
        wall = _process_age() - sum(one.wall_seconds for one in steps)
        cpu = _cpu_seconds() - sum(one.cpu_seconds for one in steps)
        for one in (*steps, StepUsage(BETWEEN, wall, cpu, _peak_mib())):
            parts = {part: round(seconds, 3) for part, seconds in one.parts.items()}
            row = {**asdict(one), "parts": parts}
            for name in ("wall_seconds", "cpu_seconds", "peak_mib"):
                row[name] = round(row[name], 3)
            found.append(row if parts else {name: row[name] for name in row if name != "parts"})
        return found


class _Measured(Protocol):
    usage: Usage


S = TypeVar("S", bound=_Measured)
P = ParamSpec("P")
T = TypeVar("T")


def timed(name: str) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """A method that is this step of the night of the object it belongs to."""

    def mark(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @wraps(method)
        def measured(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            is_ours = self.usage.begin(name)
            try:
                return method(self, *args, **kwargs)
            finally:
                if is_ours:
                    self.usage.end()

        return measured

    return mark


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _process_age() -> float:
    """Seconds since this process began."""
    after_name = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(after_name[19]) / os.sysconf("SC_CLK_TCK")


def _forget_peak() -> None:
    """Let the kernel begin anew with the highest memory; where it may not, a step shows the highest so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
