"""What a reader spends its processor time on: keeping deliveries safe, decoding them, writing what has landed.

Belongs here: charging time to a part. Does not belong here: deciding what a part is; the functions that say so are
marked where they stand. A reader does one task at a time on one thread, so one account per process will do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

SAFETY, DECODE, WRITE = "safety", "decode", "write"
"""Counting, pseudonyms, hashes and redaction; the way from cells to codes; Parquet."""

P = ParamSpec("P")
T = TypeVar("T")


class _Account:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._part = DECODE
        self._since = time.process_time()

    def switch(self, part: str) -> str:
        """Charge what was spent since the last switch; returns the part that it was charged to."""
        former, now = self._part, time.process_time()
        self.seconds[former] = self.seconds.get(former, 0.0) + now - self._since
        self._part, self._since = part, now
        return former


_account = _Account()


def charged_to(part: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function whose time, and that of what it calls, counts as this part unless they say otherwise."""

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def charged(*args: P.args, **kwargs: P.kwargs) -> T:
            former = _account.switch(part)
            try:
                return function(*args, **kwargs)
            finally:
                _account.switch(former)

        return charged

    return mark


def open_account() -> None:
    """Begin a task: nothing is spent yet."""
    _account.switch(DECODE)
    _account.seconds = {}


def spent() -> dict[str, float]:
    """Processor seconds by part since the account was opened."""
    _account.switch(DECODE)
    return {part: round(seconds, 6) for part, seconds in _account.seconds.items()}
