"""What a command costs: the processor time, the wall time and the memory of everything it starts.

Belongs here: running one command and watching its whole process tree. Does not belong here: what is run. Reads `/proc`,
so it needs Linux.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_CLONE = Path(__file__).resolve().parent.parent
_SAMPLE_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


class CommandFailed(Exception):
    """A measured command ended with an exit code that says it failed; its log says why."""


@dataclass(frozen=True)
class Usage:
    """Processor seconds (user and system) of the whole tree, wall seconds, and the tree's highest memory in MiB.

    Memory is the sum over the tree of each process's proportional set size, looked at ten times a second: pages that
    processes share count once.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def measured(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> tuple[Usage, str]:
    """Run a command to its end; returns what it used and what it wrote to standard output.

    Standard error goes to `log`. Raises CommandFailed unless it exits with 0 or 2 (published, with something to see).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    output = log.with_suffix(".out")
    with log.open("wb") as errors, output.open("wb") as stream:
        started = time.monotonic()
        process = subprocess.Popen(
            list(command), stdout=stream, stderr=errors, stdin=subprocess.DEVNULL, cwd=_CLONE,
            env=dict(os.environ) | dict(environment or {}),
        )  # fmt: skip
        watch = _Watch()
        while True:
            watch.look(process.pid)
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(_SAMPLE_SECONDS)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2):
        raise CommandFailed(f"{command[0]} ended with exit code {process.returncode}; see {log} and {output}")
    # What a process did not wait for is missing in the kernel's sum, and then seen by the watch only.
    cpu = max(used.ru_utime + used.ru_stime, watch.cpu_seconds)
    return Usage(cpu, wall, watch.peak_mib), output.read_text(encoding="utf-8")


class _Watch:
    """What was seen of a process tree."""

    def __init__(self) -> None:
        self.peak_mib = 0.0
        self._ticks: dict[int, int] = {}

    @property
    def cpu_seconds(self) -> float:
        """Processor time of every process seen, as last seen."""
        return sum(self._ticks.values()) / _TICKS

    def look(self, root: int) -> None:
        """Add what the tree uses now."""
        memory = 0
        for pid in tree(root):
            try:
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self._ticks[pid] = int(after_name[11]) + int(after_name[12])
                memory += _proportional_kib(pid)
            except (OSError, IndexError):
                continue
        self.peak_mib = max(self.peak_mib, memory / 1024)


def tree(root: int) -> list[int]:
    """A process and all its descendants that are alive."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


def _proportional_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
