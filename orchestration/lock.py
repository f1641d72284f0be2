"""The run lock: one run per work folder.

Belongs here: taking and releasing it. The kernel releases it when its owner dies, so no stale lock needs removing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunActive(Exception):
    """Another run holds the work folder (exit code 5)."""


@contextmanager
def run_lock(work: Path) -> Iterator[None]:
    """Hold `<work>/run.lock`; raises RunActive at once when another process does."""
    work.mkdir(parents=True, exist_ok=True)
    handle = os.open(work / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunActive(f"another run is active on {work}; try again when it has ended") from error
        yield
    finally:
        os.close(handle)
