"""The log: one JSON line per action on standard error, with the six fields that BIO2 measure 8.15.01 asks for.

Belongs here: writing such a line. A line names organisations, counts, codes and ids of our own; never a cell value,
a raw id or a secret. On a terminal people see progress bars and tables instead.
"""

import getpass
import json
import os
import sys
from datetime import UTC, datetime
from functools import cache


def record(action: str, subject: str, result: str, **facts: str | int | None) -> None:
    """Write one line: action, object, result, origin, actor, timestamp, and plain facts."""
    if sys.stderr.isatty():
        return
    line = {
        "timestamp": datetime.now(tz=UTC).isoformat(),
        "action": action,
        "object": subject,
        "result": result,
        "origin": f"meethuis[{os.getpid()}]",
        "actor": _actor(),
        **facts,
    }
    print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)  # noqa: T201


@cache
def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
