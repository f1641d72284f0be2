"""Builds a warehouse with dbt in this process and reads it.

Belongs here: the invocation as orchestration makes it, and reading tables back.
Does not belong here: what is in the files (`landed.py`), any expectation about figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from dbt.cli.main import dbtRunner

from orchestration.project import project_of
from orchestration.warehouse import release
from sources.workfolder import WorkFolder

PROJECT = Path(__file__).parents[2] / "dbt_project"


def build(work: Path, *arguments: str, threads: int = 2, model: Path | None = None) -> Any:
    """Run `dbt build` with every data test, or what `arguments` say, on the files below `work`."""
    (work / "dbt").mkdir(parents=True, exist_ok=True)
    environment = {
        "MEETHUIS_WORK": str(work),
        "MEETHUIS_WAREHOUSE": str(work / "warehouse.duckdb"),
        "MEETHUIS_THREADS": str(threads),
        "MEETHUIS_MODEL": str(model or PROJECT / "seeds"),
    }
    verb = arguments or ("build", "--exclude-resource-type", "unit_test")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        result = dbtRunner(manifest=project_of(WorkFolder(work))).invoke(
            [
                *verb,
                *("--project-dir", str(PROJECT)),
                *("--profiles-dir", str(PROJECT)),
                *("--target-path", str(work / "dbt" / "target")),
                *("--log-path", str(work / "dbt" / "logs")),
                *("--log-level", "none"),
                *("--log-level-file", "info"),
                *("--no-version-check",),
            ]
        )
    release()
    return result


def transform(work: Path, threads: int = 2) -> None:
    """Run the models alone, on a warehouse that has its reference tables."""
    succeed(build(work, "run", threads=threads))


def succeed(result: Any) -> None:
    """Fail with what dbt reports, unless everything passed."""
    failed = [
        f"{node.node.name}: {node.status} {node.message}"
        for node in getattr(result.result, "results", None) or []
        if node.status not in ("success", "pass", "no-op", "skipped")
    ]
    assert result.success and not failed, "\n".join([*failed, str(result.exception or "")])


def read(work: Path, query: str) -> pd.DataFrame:
    """The result of `query` on the warehouse, attached read-only as after a nightly run."""
    with duckdb.connect() as connection:
        path = str(work / "warehouse.duckdb").replace("'", "''")
        connection.execute(f"attach '{path}' as warehouse (read_only)")
        connection.execute("use warehouse")
        return connection.execute(query).df()


def write(work: Path, statement: str) -> None:
    """Change the warehouse behind dbt's back."""
    with duckdb.connect(str(work / "warehouse.duckdb")) as connection:
        connection.execute(statement)


def cell(work: Path, statistic: str = "mean_pomp", **where: str) -> pd.Series:
    """The one row of the mart kpi in November 2025 for all groups, unless `where` says otherwise."""
    wanted = {
        "kpi_id": "kpi.tevredenheid",
        "period_id": "2025-11",
        "service_group": "all",
        "channel": "all",
        "audience": "all",
        "statistic": statistic,
        **where,
    }
    condition = " and ".join(f"{name} = '{value}'" for name, value in wanted.items())
    found = read(work, f"select * from marts.kpi where {condition}")
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return found.iloc[0]
