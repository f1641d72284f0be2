"""Two hundred governments in which nothing changes hardly ever get an arrow; a change of five points mostly does.

Belongs here: the rate of false alarms and the power of the mart `trend`, through the models that publish it. Does not
belong here: single tests (`tests/estimation`), and rows worked out by hand (`int_trend.unit.yml`).
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey

GOVERNMENTS, ORGANISATIONS, CHANGED = 200, 2, 100
MONTHS = ("2025-09", "2025-10", "2025-11", "2025-12")
QUESTIONS = (
    Question(),
    Question("kpi.aanbeveling", "nps", 0, 10),
    Question("kpi.gemak", "rapportcijfer", 1, 10),
    Question("kpi.doel_bereikt", "yes_no", 0, 1),
)
# What people think: from split opinions to nearly everybody content, where approximations fail first.
OPINIONS = (
    ((10, 15, 25, 30, 20), (1, 1, 3, 15, 80)),
    ((5, 2, 2, 2, 2, 5, 6, 16, 25, 20, 15), (0, 0, 0, 0, 1, 1, 2, 3, 6, 17, 70)),
    ((2, 2, 3, 4, 6, 13, 25, 28, 12, 5), (0, 0, 0, 1, 1, 3, 10, 45, 30, 10)),
    ((30, 70), (4, 96)),
)
SIZES = (15, 40, 130, 600)
SHIFTED = (3, 12, 23, 36, 26)
LEVEL = (5, 15, 25, 35, 20)


def rows_of(
    chance: np.random.Generator, month: str, question: int, opinion: Any, n: int, **where: str
) -> list[dict[str, Any]]:
    """`n` answers to one question, as lines of a table: how often each answer was given."""
    counts = chance.multinomial(n, np.array(opinion) / np.sum(opinion))
    return [
        {
            "answers": [QUESTIONS[question].low + step if one == question else None for one in range(4)],
            "multiplicity": int(count),
            "period_id": month,
            **where,
        }
        for step, count in enumerate(counts)
        if count
    ]


def unchanging(government: int, number: int) -> Survey:
    """One organisation: four months, some channels and services of very different size, opinions that never change."""
    chance = np.random.default_rng([20261123, government, number])
    asked = chance.choice(4, size=2, replace=False)
    opinion = {question: OPINIONS[question][chance.integers(2)] for question in asked}
    size = chance.choice(SIZES)
    services = ("paspoort", "verhuizen")[: 1 + number % 2]
    parts = chance.dirichlet([1.0, 0.6, 0.3])
    rows = []
    for month in MONTHS:
        for channel, part in zip(("web", "phone", "desk"), parts, strict=True):
            for service in services:
                n = 1 + chance.poisson(size * part / len(services))
                for question in asked:
                    where = {"channel": channel, "service_id": service}
                    rows += rows_of(chance, month, int(question), opinion[question], n, **where)
    name = f"test{1 + government * ORGANISATIONS + number:04d}"
    return Survey(tuple(rows), QUESTIONS, name, sample=("random", "census")[number % 2])


def changing(number: int) -> Survey:
    """400 answers in November and in December, when opinion is five points higher on 0 to 100."""
    chance = np.random.default_rng([20261124, number])
    rows = rows_of(chance, "2025-11", 0, LEVEL, 400) + rows_of(chance, "2025-12", 0, SHIFTED, 400)
    return Survey(tuple(rows), QUESTIONS, f"test{5001 + number:04d}")


@pytest.fixture(scope="module")
def trend(bench: Path) -> pd.DataFrame:
    """The mart of all of them, one build."""
    surveys = [unchanging(g, number) for g in range(GOVERNMENTS) for number in range(ORGANISATIONS)]
    landed.write(bench, [*surveys, *(changing(number) for number in range(CHANGED))])
    warehouse.succeed(warehouse.build(bench, "run", "--select", "+trend"))
    return warehouse.read(bench, "select * from marts.trend where not is_suppressed")


def families(trend: pd.DataFrame, has_arrow: pd.Series[bool]) -> pd.Series[bool]:
    """Per organisation, period and comparison with a test: whether any figure of an unchanging one got an arrow."""
    tested = trend["p_value"].notna() & (trend["organisation_id"] < "test5000")
    family = ["organisation_id", "period_id", "comparison"]
    return trend.assign(has_arrow=has_arrow)[tested].groupby(family)["has_arrow"].any()


def report(finding: str) -> None:
    sys.stdout.write(f"{finding}\n")


def limit(n: int) -> float:
    """Five per cent and two standard errors."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / n)


def test_false_arrows_are_rare_with_and_without_the_least_difference(trend: pd.DataFrame) -> None:
    shown = families(trend, trend["is_significant"].astype(bool))
    beyond_chance = families(trend, trend["q_value"] <= 0.05)
    report(f"false arrows: {shown.mean():.2%} of {len(shown)} families; any size: {beyond_chance.mean():.2%}")
    assert len(shown) > 4 * GOVERNMENTS
    assert shown.mean() <= beyond_chance.mean() <= limit(len(shown))


def test_without_the_correction_there_are_too_many(trend: pd.DataFrame) -> None:
    uncorrected = families(trend, trend["p_value"] <= 0.05)
    assert uncorrected.mean() > 3 * limit(len(uncorrected))


def test_five_points_at_400_answers_are_mostly_seen(trend: pd.DataFrame) -> None:
    total = trend.query(
        "organisation_id > 'test5000' and channel == 'all' and service_group == 'all' and audience == 'all'"
    )
    score = total[(total["statistic"] == "mean_pomp") & (total["period_id"] == "2025-12")]
    power = score["is_significant"].astype(bool).mean()
    report(f"power to see 5 points at n = 400: {power:.0%} of {len(score)}")
    assert len(score) == CHANGED
    assert 0.55 < power < 0.9
