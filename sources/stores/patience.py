"""Patience: how long a store that is reached over a network may keep a run waiting.

Belongs here: the three time limits, what is counted against them, and running one request under them. Does not belong
here: what is asked, and trying again (each protocol's client does that, within its limit).
"""

import asyncio
import contextlib
import math
import time
import weakref
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sources.stores.store import StorageError, StoreConfigurationError

VARIABLE = "MEETHUIS_STORE_TIMEOUTS"
# What a healthy store takes is not counted: this much per request and per byte.
_FREE_SECONDS = 0.1
_FREE_SECONDS_PER_BYTE = 1 / (1024 * 1024)
# A request may take this part of what all organisations may still lose, but never less than the second figure.
_SHARE, _SHORTEST_SECONDS = 0.25, 0.5
T = TypeVar("T")


@dataclass(frozen=True)
class Timeouts:
    """Seconds to make a connection, to get an answer or the next bytes, and to lose on one organisation in one run."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Timeouts":
        """`MEETHUIS_STORE_TIMEOUTS=connect,read,total`, else the defaults; raises StoreConfigurationError."""
        text = environment.get(VARIABLE)
        if not text:
            return cls()
        try:
            connect, read, total = (float(part) for part in text.split(","))
        except ValueError:
            connect = read = total = math.nan
        if not all(0 < seconds < math.inf for seconds in (connect, read, total)):
            raise StoreConfigurationError(
                f"{VARIABLE}: expected three numbers of seconds for connect,read,total, such as 5,30,120"
            )
        return cls(connect, read, total)


class Patience:
    """Runs requests one at a time, each under a limit, and keeps account of the time that was lost.

    An organisation may lose `total_seconds`. What all of them lose together by requests that fail makes the next limits
    shorter, so that a store that answers nobody costs about as much again, and who gets an answer at once is served.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self.timeouts = timeouts
        self._left: dict[str, float] = {}
        self._turn = ""
        self._failing_seconds = 0.0
        self._loop = asyncio.new_event_loop()
        # What is left open when the process ends or a store is given up is nobody's concern.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._finalizer = weakref.finalize(self, self._loop.close)

    def turn(self, organisation_id: str) -> None:
        """From here on it is this organisation's time that is used up."""
        self._turn = organisation_id

    def wait(self, request: Coroutine[Any, Any, T], at_most: float | None = None) -> T:
        """The answer to a request; StorageError when it does not come within `at_most` (default: the read limit)."""
        left = self._left.setdefault(self._turn, self.timeouts.total_seconds)
        if left <= 0:
            request.close()
            raise StorageError("it kept this run waiting too long")
        spare = (self.timeouts.total_seconds - self._failing_seconds) * _SHARE
        limit = min(left, at_most or self.timeouts.read_seconds, max(spare, _SHORTEST_SECONDS))
        started, free_seconds = time.monotonic(), _FREE_SECONDS
        try:
            answer = self._loop.run_until_complete(asyncio.wait_for(request, limit))
            if isinstance(answer, bytes):
                free_seconds += len(answer) * _FREE_SECONDS_PER_BYTE
            return answer
        except TimeoutError:
            # What follows of this organisation in this run gets a last chance, not the same time again.
            self._left[self._turn] = min(left, limit + self.timeouts.connect_seconds)
            self._failing_seconds += time.monotonic() - started
            raise StorageError(f"no answer within {limit:.1f} s") from None
        except Exception:
            self._failing_seconds += max(0.0, time.monotonic() - started - _FREE_SECONDS)
            raise
        finally:
            self._left[self._turn] -= max(0.0, time.monotonic() - started - free_seconds)

    def last_words(self, farewell: Coroutine[Any, Any, Any]) -> None:
        """Run what closes a connection, for a second at most and without a word when that fails."""
        if self._loop.is_closed() or _is_inside_a_loop():
            farewell.close()
            return
        # The other side may be long gone.
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(asyncio.wait_for(farewell, 1.0))


def _is_inside_a_loop() -> bool:
    """Whether this is called, by the garbage collector, while a request of another store is under way."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
