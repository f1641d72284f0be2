"""The warehouse step: one dbt invocation inside this process.

Belongs here: calling dbt with the right folders and reading back what each node did. Does not belong here: any SQL.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration import warehouse_file
from orchestration.project import arguments, environment, project_of
from sources.bucket import StorageError
from sources.workfolder import WorkFolder

_CLOSE_TRIES, _CLOSE_SECONDS = 100, 0.1


class WarehouseError(Exception):
    """dbt could not build the warehouse, or one of its tests failed; nothing is published (exit code 6)."""


@dataclass(frozen=True)
class NodeResult:
    """What dbt did with one node. `failures` is set for tests; `is_of_storage` when its disk failed it."""

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    is_of_storage: bool = False

    @property
    def passed(self) -> bool:
        """Whether the node was built, or the test found nothing."""
        return self.status in ("success", "pass", "warn")


@dataclass(frozen=True)
class Build:
    """One dbt invocation: a result per node, in the order of execution."""

    nodes: tuple[NodeResult, ...]

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        """Nodes that did not pass; what was skipped because of them is not listed."""
        return tuple(node for node in self.nodes if not node.passed and node.status != "skipped")


def build(work: WorkFolder, threads: int, progress: Callable[[str], None]) -> Build:
    """Seed, build and test the warehouse from the landed files and the state.

    Raises WarehouseError when dbt breaks off, StorageError when a disk fails it; a failing test is a result.
    """
    from dbt.cli.main import dbtRunner

    def on_event(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogSeedResult", "LogTestResult"):
            progress(event.data.node_info.node_name)

    warehouse_file.begin(work)
    with environment(work, threads):
        # An exposure is a note on who reads a model; dbt has nothing to do for it.
        verb = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
        verb += ["--quiet", "--no-use-colors", "--log-level", "none"]
        dbt = dbtRunner(manifest=project_of(work), callbacks=[on_event])
        result = dbt.invoke([*verb, *arguments(work.root / "dbt")])
    release()
    if isinstance(result.exception, OSError):
        raise result.exception
    if result.exception is not None:
        raise WarehouseError(f"dbt could not run: {type(result.exception).__name__}") from result.exception
    executed = getattr(result.result, "results", [])
    build = Build(
        tuple(
            NodeResult(
                unique_id=one.node.unique_id,
                resource_type=str(one.node.resource_type),
                status=str(one.status),
                seconds=float(one.execution_time),
                failures=one.failures,
                is_of_storage=_is_of_storage(str(one.message)),
            )
            for one in executed
        )
    )
    if any(node.is_of_storage for node in build.failed) or not warehouse_file.end(work):
        raise StorageError(f"{work.warehouse} cannot be read or written: the disk may be full")
    return build


def _is_of_storage(message: str) -> bool:
    """Whether a node failed because a disk is full or failing; DuckDB says so in words."""
    return any(words in message for words in ("No space left on device", "IO Error", "Could not write file"))


def release() -> None:
    """Close dbt's connection, so that publication can attach the warehouse read-only in this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    environment = DuckDBConnectionManager._ENV
    DuckDBConnectionManager.close_all_connections()
    reset_adapters()
    if environment is None:
        return
    for _ in range(_CLOSE_TRIES):
        # A result that a worker thread of dbt has not let go of yet keeps the file open.
        gc.collect()
        try:
            environment.close()
            return
        except duckdb.ResourceInUseException:
            time.sleep(_CLOSE_SECONDS)
