"""A few long-lived reader processes, watched from here: memory, processor time and patience.

Belongs here: starting, handing out tasks, killing and replacing. Does not belong here: what a reader does
(`reading`). A file on which a reader died is rejected; every other file goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from types import TracebackType

from sources import failpoints
from sources.limits import DEFAULT_LIMITS, Limits
from sources.readers.landed_files import partial_path
from sources.readers.reading import Reading, ReadingTask, rejected_reading

__all__ = ["DEFAULT_LIMITS", "Limits", "ReaderPool"]

_PASSED_ON = frozenset({
    "PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD", failpoints.VARIABLE,
})  # fmt: skip
_WATCH_SECONDS = 0.05
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _is_harmless(name: str) -> bool:
    return name in _PASSED_ON or name.startswith(("LC_", "PYTHON", "COV_"))


class ReaderPoolError(Exception):
    """Reader processes cannot be started at all: a fault of the installation, not of a delivery."""


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    pipe: Connection
    is_ready: bool = False
    task: ReadingTask | None = None
    started_at: float = 0.0
    cpu_before: float = 0.0

    @property
    def resident_bytes(self) -> int:
        """Memory in use; 0 when the process is gone."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far; 0 when the process is gone."""
        try:
            after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(after_name[11]) + int(after_name[12])) / _TICKS
        except (OSError, IndexError):
            return 0.0

    def exceeded(self) -> bool:
        """Whether the task at hand uses more than it may."""
        if self.task is None:
            return False
        limits = self.task.limits
        return (
            self.resident_bytes > limits.memory_bytes
            or self.cpu_seconds - self.cpu_before > limits.cpu_seconds
            or time.monotonic() - self.started_at > limits.wall_seconds
        )


class ReaderPool:
    """`size` reader processes. A context manager; start it before the program has other threads.

    `limits` bounds the memory a reader may keep between tasks; a task brings its own limits for itself. `peak_bytes`
    is the most that all readers together were seen to use.
    Raises ReaderPoolError when readers cannot be started.
    """

    def __init__(self, size: int, limits: Limits = DEFAULT_LIMITS) -> None:
        if size < 1:
            raise ValueError("a pool has at least one reader")
        self._size = size
        self._limits = limits
        self._children: list[_Child] = []
        self._failed_starts = 0
        self.peak_bytes = 0

    def __enter__(self) -> ReaderPool:
        self._children = [self._start() for _ in range(self._size)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        children, self._children = self._children, []
        for child in children:
            child.pipe.close()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in children:
            # A reader in the middle of a task is not waited for; an idle one ends when its pipe closes.
            if child.task is not None:
                child.process.kill()
            try:
                child.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def read(self, tasks: Iterable[ReadingTask]) -> Iterator[tuple[ReadingTask, Reading]]:
        """Read every task, in any order; each task gives exactly one reading.

        A reader that exceeds its limits is killed: MH-LIMIET. One that dies by itself: MH-LEZER.
        """
        waiting = iter(tasks)
        is_exhausted = False
        try:
            while True:
                for index, child in enumerate(self._children):
                    if child.task is None and child.is_ready and not is_exhausted:
                        task = next(waiting, None)
                        is_exhausted = task is None
                        if task is not None:
                            self._hand_over(index, task)
                if is_exhausted and all(child.task is None for child in self._children):
                    return
                yield from self._collect()
        finally:
            # The caller may stop half-way: readers that are still busy are of no use to the next caller.
            for index, child in enumerate(self._children):
                if child.task is not None:
                    self._replace(index)

    def _hand_over(self, index: int, task: ReadingTask) -> None:
        child = self._children[index]
        child.task, child.started_at, child.cpu_before = task, time.monotonic(), child.cpu_seconds
        try:
            child.pipe.send(task)
        except (BrokenPipeError, ConnectionError):
            # It died while idle, through no fault of this task: the next one gets the task.
            fresh = self._replace(index)
            self._await_ready(fresh)
            fresh.task, fresh.started_at, fresh.cpu_before = task, time.monotonic(), fresh.cpu_seconds
            fresh.pipe.send(task)

    def _collect(self) -> Iterator[tuple[ReadingTask, Reading]]:
        """Wait a moment for messages and deaths, then look at the limits."""
        by_pipe = {child.pipe: index for index, child in enumerate(self._children)}
        for ready in wait(list(by_pipe), timeout=_WATCH_SECONDS):
            index = by_pipe[ready]  # type: ignore[index]
            yield from self._receive(index)
        self.peak_bytes = max(self.peak_bytes, sum(child.resident_bytes for child in self._children))
        for index, child in enumerate(self._children):
            if child.task is not None and child.exceeded():
                task = child.task
                self._replace(index)
                yield task, rejected_reading(task.delivery_id, "MH-LIMIET")
            elif not child.is_ready and time.monotonic() - child.started_at > _START_SECONDS:
                self._replace_unstarted(index)

    def _receive(self, index: int) -> Iterator[tuple[ReadingTask, Reading]]:
        child = self._children[index]
        try:
            message = child.pipe.recv()
        except Exception:
            # End of file, a reset, or a message cut short by the death of the sender.
            if not child.is_ready:
                self._replace_unstarted(index)
                return
            task = child.task
            was_too_large = child.exceeded()
            self._replace(index)
            if task is not None:
                yield task, rejected_reading(task.delivery_id, "MH-LIMIET" if was_too_large else "MH-LEZER")
            return
        if not child.is_ready:
            child.is_ready, self._failed_starts = True, 0
            return
        task, child.task = child.task, None
        if child.resident_bytes > self._limits.memory_bytes // 2:
            # What one large file left behind must not count against the next.
            self._replace(index)
        if task is not None and isinstance(message, Reading):
            yield task, message

    def _replace(self, index: int) -> _Child:
        old = self._children[index]
        old.process.kill()
        old.process.wait()
        old.pipe.close()
        if old.task is not None:
            for path in (old.task.landed_path, old.task.comments_path, old.task.quarantine_path):
                partial_path(path).unlink(missing_ok=True)
            old.task = None
        self._children[index] = self._start()
        return self._children[index]

    def _replace_unstarted(self, index: int) -> None:
        self._failed_starts += 1
        if self._failed_starts > self._size + 2:
            raise ReaderPoolError("reader processes end before they are ready; see their messages above")
        self._replace(index)

    def _await_ready(self, child: _Child) -> None:
        if not child.pipe.poll(_START_SECONDS):
            raise ReaderPoolError("a reader process does not become ready")
        try:
            child.pipe.recv()
        except (EOFError, ConnectionError):
            raise ReaderPoolError("a reader process ends before it is ready") from None
        child.is_ready = True

    def _start(self) -> _Child:
        """Start one reader. Not `multiprocessing`: that would import the parent's main module into the
        child.
        """
        ours, theirs = Pipe(duplex=True)
        inherited = os.environ.get("PYTHONPATH")
        # A reader opens files of strangers: it gets the one key of its task, and no secret of this process beside it.
        environment = {name: value for name, value in os.environ.items() if _is_harmless(name)} | {
            "PYTHONPATH": os.pathsep.join([str(_ROOT), *([inherited] if inherited else [])]),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sources.readers.child", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        except OSError as error:
            raise ReaderPoolError(f"a reader process cannot be started: {error.strerror}") from None
        finally:
            theirs.close()
        return _Child(process, ours, started_at=time.monotonic())
