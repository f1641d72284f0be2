"""The dbt tests of the reference seeds: all pass on the product's tables, each fails on a spoilt set.

Belongs here: running those tests, in a dbt project that holds nothing but the seeds. Does not belong here:
the rules that are checked before dbt starts (`test_reference_faults`).
"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sources.reference_tables import TABLES, Kind, Table
from tests.sources.reference_folder import PRODUCT, read

PROJECT = """
name: seeds_only
version: "1.0"
profile: seeds_only
flags: {send_anonymous_usage_stats: false, version_check: false}
"""
PROFILE = "seeds_only: {target: it, outputs: {it: {type: duckdb, path: seeds.duckdb, threads: 1}}}"


def statuses(project: Path) -> dict[str, str]:
    """Build all seeds, run all their tests; the status of each test by its name."""
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "profiles.yml").write_text(PROFILE)
    for verb in ("seed", "test"):
        subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "--quiet", verb, "--profiles-dir", "."],
            cwd=project,
            check=verb == "seed",
        )
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"]: result["status"] for result in results}


def spoil(table: Table, path: Path) -> None:
    """Repeat the first row, and add one with an empty key and links to nowhere."""
    rows = read(path)
    broken = {
        column.name: "nowhere"
        if column.refers_to and column.kind is not Kind.IDENTIFIERS
        else rows[0][column.name]
        for column in table.columns
    }
    orphan = {**rows[0], **broken}
    keyless = {**rows[0], **dict.fromkeys(table.key, "")}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table.column_names)
        writer.writeheader()
        writer.writerows([*rows, rows[0], orphan, keyless])


@pytest.mark.parametrize(("is_spoilt", "expected"), [(False, "pass"), (True, "fail")])
def test_every_seed_test_passes_on_the_product_and_fails_on_a_spoilt_set(
    is_spoilt: bool, expected: str, tmp_path: Path
) -> None:
    shutil.copytree(PRODUCT, tmp_path / "seeds")
    if is_spoilt:
        for table in TABLES.values():
            spoil(table, tmp_path / "seeds" / table.file_name)
    found = statuses(tmp_path)
    assert len(found) > 40
    assert {name: status for name, status in found.items() if status != expected} == {}
