"""The reader process: takes one task after another from its parent, and ends when the parent is gone.

Belongs here: the loop, the hard limits the process sets on itself, and keeping libraries quiet. Does not belong here:
reading (`reading`), watching and killing (`pool`). Started as `python -m sources.readers.child <descriptor> <parent>`.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import sys
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

from sources.limits import MEBIBYTE, Limits

# Address space is no memory: libraries reserve far more than they use. This is the stop for a single huge request,
# which aborts at once instead of dragging the machine down; the parent watches what is really used.
_ADDRESS_SPACE_MARGIN = 4096 * MEBIBYTE
_CPU_GRACE_SECONDS = 30
# Giving memory back after every small file, and asking for it again, would cost as much as decoding does.
_KEPT_BYTES = 256 * MEBIBYTE
_PR_SET_PDEATHSIG = 1
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOG_LINE = '{"actor": "reader", "level": "%(levelname)s", "message": "%(message)s"}'


def main() -> None:
    """Serve tasks until the other end of the pipe is closed."""
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A crash must not leave the delivery's content in a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(int(sys.argv[1])) as pipe:
        import pyarrow

        from sources.readers.reading import read_delivery

        pyarrow.set_cpu_count(1)
        pyarrow.set_io_thread_count(1)
        _silence_libraries()
        try:
            pipe.send("ready")
            while True:
                task = pipe.recv()
                _limit_process(task.limits)
                pipe.send(read_delivery(task))
                if _resident_bytes() > _KEPT_BYTES:
                    pyarrow.default_memory_pool().release_unused()
        except (EOFError, ConnectionError):
            return


def _end_with_parent() -> None:
    """Have the kernel kill this process when the one that started it dies: its task may be another's by then."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[2]):
        os._exit(1)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def _silence_libraries() -> None:
    """Keep standard error for our own lines: what a library warns or panics about may quote a cell."""
    ours = os.fdopen(os.dup(2), "w", buffering=1)
    logging.basicConfig(format=_LOG_LINE, stream=ours)
    warnings.simplefilter("ignore")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _limit_process(limits: Limits) -> None:
    """Hard stops, in case the parent is no longer there to watch."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    cpu = used + int(limits.cpu_seconds) + _CPU_GRACE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.RLIM_INFINITY))
    address_space = limits.memory_bytes + _ADDRESS_SPACE_MARGIN
    resource.setrlimit(resource.RLIMIT_AS, (address_space, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
    # Skip the interpreter's tear-down: libraries with threads of their own can stall in it.
    os._exit(0)
