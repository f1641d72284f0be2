"""The same deliveries give the same marts, bit for bit, whatever the threads and the order of rows and files."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey

QUESTIONS = (
    Question("kpi.tevredenheid", "rapportcijfer", 1, 10, grade="C"),
    Question("kpi.vertrouwen", "likert_agree", 1, 7),
    Question("drv.snelheid", "likert_agree", 1, 4),
    Question("drv.juistheid", "rapportcijfer", 1, 10),
    Question("drv.bereikbaarheid", "yes_no", 0, 1),
)
MARTS = (
    "kpi",
    "breakdown",
    "driver",
    "reliability",
    "trend",
    "benchmark",
    "government",
    "life_event",
    "distribution",
    "delivery",
    "catalogue",
    "change",
    "expected_delivery",
    "snapshot",
)


def surveys() -> list[Survey]:
    """Two organisations with weights of nine decimals; the second mixes two scale families in one node."""
    chance = random.Random(1)
    responses: list[dict[str, Any]] = [
        {
            "row_number": number,
            "answers": [chance.randint(question.low, question.high) for question in QUESTIONS],
            "weight": round(chance.uniform(0.001, 3), 9),
            "channel": chance.choice(["web", "phone", "desk"]),
            "service_id": chance.choice(["paspoort", "afval"]),
        }
        for number in range(1, 3001)
    ]
    fives = tuple({**row, "answers": [min(row["answers"][1], 5)]} for row in responses[:500])
    return [
        Survey(tuple(responses), QUESTIONS, "test0001", weight_method="delivered"),
        Survey(tuple(responses[:2000]), QUESTIONS, "test0002", weight_method="delivered"),
        Survey(fives, (Question("kpi.vertrouwen", "likert_agree", 1, 5),), "test0002", mapping_id="other"),
    ]


def marts(work: Path) -> dict[str, pd.DataFrame]:
    return {name: warehouse.read(work, f"select * from marts.{name} order by all") for name in MARTS}


def shuffled(survey: Survey, seed: int) -> Survey:
    return replace(
        survey, responses=tuple(random.Random(seed).sample(survey.responses, len(survey.responses)))
    )


def test_threads_and_order_change_nothing(work: Path) -> None:
    first = surveys()
    landed.write(work, first)
    warehouse.transform(work, threads=2)
    expected = marts(work)
    assert "scale_family_mixed" in set(",".join(expected["kpi"]["flags"]).split(","))
    for seed, threads in ((1, 1), (2, 2)):
        shutil.copy(work / "reference.duckdb", work / "warehouse.duckdb")
        landed.write(work, [shuffled(survey, seed) for survey in reversed(first)])
        warehouse.transform(work, threads=threads)
        for name, found in marts(work).items():
            pd.testing.assert_frame_equal(found, expected[name], check_exact=True, obj=name)
    assert len(expected["kpi"]) > 200
    assert expected["driver"]["importance_low"].notna().sum() > 10
    assert len(expected["reliability"]) > 5
