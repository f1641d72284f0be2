"""The warehouse step: one dbt invocation inside this process.

Belongs here: calling dbt with the right folders and reading back what each node did. Does not belong here: any SQL.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

import disclosure
import estimation
from orchestration import warehouse_file
from orchestration.settings import DBT_PROJECT
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
    with _environment(dbt_environment(work, threads)):
        # An exposure is a note on who reads a model; dbt has nothing to do for it.
        arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
        arguments += ["--no-version-check", "--quiet", "--no-use-colors", "--log-level", "none"]
        result = dbtRunner(callbacks=[on_event]).invoke([*arguments, *_folders(work)])
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


def manifest_path(target: Path) -> Path:
    """The manifest that Dagster reads its dbt assets from; parsed anew when the project changed since."""
    from dbt.cli.main import dbtRunner

    manifest, stamp = target / "manifest.json", target / "project.sha256"
    digest = project_digest()
    if manifest.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return manifest
    work = WorkFolder(target)
    with _environment(dbt_environment(work, 1)):
        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        result = dbtRunner().invoke(
            ["parse", "--no-version-check", "--quiet", *folders]
            + ["--target-path", str(target), "--log-path", str(target)]
        )
    if not result.success:
        raise WarehouseError("the dbt project does not parse; run `dbt parse` in dbt_project/ to see why")
    stamp.write_text(digest, encoding="utf-8")
    return manifest


def project_digest() -> str:
    """Changes with any file that decides over figures: the dbt project, the disclosure rules and the formulas.

    Seeds are not among them: their content is in the reference fingerprint.
    """
    import hashlib

    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        inside = path.relative_to(DBT_PROJECT)
        if (
            path.is_file()
            and path.suffix in (".sql", ".yml", ".py")
            and inside.parts[0] not in ("target", "logs")
        ):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    for room in (disclosure, estimation):
        for path in sorted(Path(str(room.__file__)).parent.rglob("*.py")):
            digest.update(f"{room.__name__}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def dbt_environment(work: WorkFolder, threads: int) -> dict[str, str]:
    """The variables that the dbt project and its profile read."""
    return {
        "MEETHUIS_WORK": str(work.root),
        "MEETHUIS_WAREHOUSE": str(work.warehouse),
        "MEETHUIS_THREADS": str(threads),
        "MEETHUIS_MODEL": str(work.model),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _folders(work: WorkFolder) -> list[str]:
    target = work.root / "dbt"
    return [
        "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(target), "--log-path", str(target),
    ]  # fmt: skip


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


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    former = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
