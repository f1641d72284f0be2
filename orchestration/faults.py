"""Faults: what may be said of an error that stops a step.

Belongs here: replacing the message of a foreign exception, which may quote a cell, by its class and place. Does not
belong here: our own errors; they are written for people and hold no value.
"""

import sqlite3
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import duckdb

P = ParamSpec("P")
R = TypeVar("R")
STORAGE_FAULTS = (OSError, sqlite3.DatabaseError, duckdb.IOException)


class StepError(Exception):
    """A step failed on an error that is not ours; the text names its class and place only."""


class StepStorageError(StepError):
    """The same, and the disk or a store is the cause (exit code 4)."""


def without_values(*ours: type[Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: lets `ours` pass and raises StepError in the place of any other exception."""

    def decorated(step: Callable[P, R]) -> Callable[P, R]:
        @wraps(step)
        def guarded(*arguments: P.args, **named: P.kwargs) -> R:
            try:
                return step(*arguments, **named)
            except ours:
                raise
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                kind = StepStorageError if isinstance(error, STORAGE_FAULTS) else StepError
                where = f"{Path(place.filename).name}:{place.lineno}"
                raise kind(f"{type(error).__name__} at {where}") from None

        return guarded

    return decorated
