"""Stopping: what a run does when it is told to stop.

Belongs here: hearing the signal and ending the process. Does not belong here: tidying up; there is nothing that the
next run would not do (`recovery`), and a run that waits for a model to end does not stop in time.

The interpreter writes the number of every signal to a pipe the moment it comes in, and a thread reads there: so neither
Dagster, which puts handlers of its own in place, nor a long statement can hold it up. Readers end with their parent,
and the kernel gives the run lock back.
"""

import os
import signal
import threading
from types import FrameType

from orchestration.log import record

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


def stop_when_told() -> None:
    """From now on SIGTERM ends this process at once with exit code 143, and SIGINT with 130. For the main thread."""
    hearing, telling = os.pipe()
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, _left_to_the_thread)
    threading.Thread(target=_listen, args=(hearing,), name="stopping", daemon=True).start()


def _listen(hearing: int) -> None:
    while (number := os.read(hearing, 1)[0]) not in SIGNALS:
        pass
    code = 128 + number
    record("run", "meethuis", "stopped", signal=signal.Signals(number).name, exit_code=code)
    os._exit(code)


def _left_to_the_thread(_number: int, _frame: FrameType | None) -> None:
    """Without a handler the interpreter would not hear the signal at all."""
