"""A process that has loaded the libraries and forks for every command: loading them costs a third of a small night.

Belongs here: running `meethuis` as the installed script does, in a fork with the environment, folder and streams that
it was given. Does not belong here: what a command does. A command that asks for a time zone, a locale or a start-up
file of its own gets a process of its own (`harness`), and so does every command of the fault tests.

Protocol: one JSON object per line on standard input, the exit code of each on standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, NoReturn

# What a night loads. Modules of ours read settings when they are called, not when they are loaded.
LIBRARIES = (
    "dagster", "dbt.cli.main", "dbt.adapters.duckdb", "duckdb", "great_expectations", "pandas", "pyarrow.parquet",
    "orchestration.definitions", "orchestration.run", "orchestration.summary", "orchestration.rehearsal",
    "orchestration.verification", "orchestration.explanation", "expectations.suites", "sources.readers.reading",
)  # fmt: skip


def serve() -> None:
    """Answer until the other end closes."""
    for name in LIBRARIES:
        importlib.import_module(name)
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _become(request: dict[str, Any]) -> NoReturn:
    """Run one command in this fork, and end it."""
    code = 70
    try:
        os.setsid()
        for descriptor, path in ((1, request["stdout"]), (2, request["stderr"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        os.chdir(request["folder"])
        sys.argv = request["command"]
        from orchestration.cli import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
