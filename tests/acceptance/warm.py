"""Commands in forks of a process that has loaded the libraries: loading them costs a third of a small night.

Belongs here: running `meethuis` as the installed script does, in a fork with the environment, folder and streams that
it was given. Does not belong here: what a command does. A command that asks for a time zone, a locale or a start-up
file of its own gets a process of its own (`harness`), and so does one that runs under another program.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NoReturn

# What a night loads. Modules of ours read settings when they are called, not when they are loaded.
LIBRARIES = [
    "dagster", "dbt.cli.main", "dbt.adapters.duckdb", "duckdb", "great_expectations", "pandas", "pyarrow.parquet",
    "orchestration.definitions", "orchestration.run", "orchestration.summary", "orchestration.rehearsal",
    "orchestration.verification", "orchestration.explanation", "expectations.suites", "sources.readers.reading",
    "dagster._core.storage.sqlite_storage", "dbt.task.build", "estimation", "disclosure", "upath", "pyarrow.dataset",
]  # fmt: skip


class Fork:
    """A command that was started in a fork: a process group of its own, waited for as a `subprocess.Popen` is."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], folder: Path, out: Path, err: Path
    ) -> None:
        self.args = command
        self._process = context().Process(target=_become, args=(command, environment, folder, out, err))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, or None while it runs; -N where signal N ended it."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired when it still runs after so many seconds."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code


@cache
def context() -> ForkServerContext:
    """The process that forks, with what a night loads in it and nothing but a path in its environment.

    Its first fork waits until everything is loaded.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    inherited = dict(os.environ)
    try:
        os.environ.clear()
        os.environ["PATH"] = inherited["PATH"]
        forkserver.ensure_running()
    finally:
        os.environ.update(inherited)
    return context


def _become(
    command: Sequence[str], environment: dict[str, str], folder: Path, out: Path, err: Path
) -> NoReturn:
    """Run one command in this fork, and end it."""
    code = 70
    # What was loaded before lasts as long as this process: not to be looked through by every collection.
    gc.freeze()
    try:
        os.setsid()
        for descriptor, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        os.chdir(folder)
        sys.argv = list(command)
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
