"""Each wrong formula, put into a copy of the product, makes the named tests of that copy fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
ROOMS = (
    "benchmarks",
    "dbt_project",
    "disclosure",
    "estimation",
    "expectations",
    "orchestration",
    "sources",
    "synthetic",
)
CODEBOOK = "tests/sources/test_codebook.py"
GOLDEN = "tests/dbt_project/test_golden.py"
FAILED = 1


@dataclass(frozen=True)
class Mutation:
    """A text of the product that stands there once, what takes its place, and the test that must notice."""

    name: str
    file: str
    right: str
    wrong: str
    noticed_by: str


MUTATIONS = (
    Mutation(
        "nps counts 8 as a promoter",
        "dbt_project/seeds/ref_family_statistic.csv",
        "nps11,nps,net_share,9,6",
        "nps11,nps,net_share,8,6",
        GOLDEN,
    ),
    Mutation(
        "n for n - 1",
        "dbt_project/models/intermediate/int_statistic.sql",
        "n_clusters / (n_clusters - 1e0)",
        "n_clusters / (n_clusters + 0e0)",
        GOLDEN,
    ),
    Mutation(
        "weights are frequencies",
        "dbt_project/models/intermediate/int_statistic.sql",
        "power(cast(cell.sum_w as double), 2) / cast(cell.sum_w2 as double) as n_eff",
        "cast(cell.sum_w as double) as n_eff",
        GOLDEN,
    ),
    Mutation(
        "a reversed item is not turned round",
        "sources/codebook.py",
        'scale.min + scale.max - value if scale.direction == "low_is_good" else value',
        "value",
        CODEBOOK,
    ),
    Mutation(
        "a missing answer is a zero",
        "sources/codebook.py",
        "CodebookRow(self.item_seq, raw, None, None, reason)",
        "CodebookRow(self.item_seq, raw, Decimal(0), -1, None)",
        CODEBOOK,
    ),
    Mutation(
        "an organisation is its own peer",
        "estimation/ranks.py",
        "((weights * values).sum() - weights * values) / others",
        "(weights * values).sum() / weights.sum()",
        "tests/estimation/test_ranks.py",
    ),
    Mutation(
        "people in both waves are other people",
        "dbt_project/models/intermediate/int_trend_test.py",
        "coalesce(covariance.covariance, 0) as covariance",
        "0.0 as covariance",
        "tests/dbt_project/test_waves.py",
    ),
)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_wrong_formula_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    for folder in (*ROOMS, "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(CLONE / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(CLONE / "pyproject.toml", tmp_path)
    path = tmp_path / mutation.file
    text = path.read_text(encoding="utf-8")
    assert text.count(mutation.right) == 1, f"{mutation.file} no longer holds the formula to be made wrong"
    path.write_text(text.replace(mutation.right, mutation.wrong), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutation.noticed_by],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == FAILED, done.stdout[-3000:] + done.stderr[-2000:]
    # By a test that compares, not by one that could not begin.
    assert " failed" in done.stdout
