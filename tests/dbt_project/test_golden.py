"""The golden numbers of the domain reference (R 4.2.2 with survey 4.1-1) that kpi and distribution carry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey

POPULATION = {"web": 60000, "telefoon": 30000, "balie": 10000}
CHANNEL = {"web": "web", "telefoon": "phone", "balie": "desk"}
QUESTIONS = (
    Question("kpi.tevredenheid", "rapportcijfer", 1, 10),
    Question("kpi.aanbeveling", "nps", 0, 10),
)
# Weights have nine decimals; a third of a nanounit is all that can differ from R's.
PRINTED = 1e-8


def respondents() -> pd.DataFrame:
    """The 240 respondents of the generator: channel, cijfer (1-10) and nps (0-10)."""
    seed = 20261123

    def uniform() -> float:
        nonlocal seed
        seed = (1664525 * seed + 1013904223) % 2**32
        return seed / 2**32

    def clip(x: int, low: int, high: int) -> int:
        return max(low, min(high, x))

    rows = []
    for _ in range(240):
        r = uniform()
        channel = "web" if r < 0.40 else ("telefoon" if r < 0.70 else "balie")
        if uniform() >= 0.25:  # the age band, which these figures do not use
            uniform()
        q = (uniform() + uniform() + uniform() + uniform()) / 4
        q += {"web": -0.03, "telefoon": 0.0, "balie": 0.06}[channel]
        d = [clip(1 + int(5 * (q * 0.75 + uniform() * 0.25 + off)), 1, 5) for off in (0, 0.03, -0.04, 0.01)]
        z = 0.35 * q + 0.13 * (d[0] - 1) / 4 + 0.10 * (d[1] - 1) / 4 + 0.22 * (d[2] - 1) / 4
        z += 0.05 * (d[3] - 1) / 4 + 0.15 * uniform()
        grade = clip(1 + int(10 * z + 0.8), 1, 10)
        nps = clip(int(11 * (z + 0.02 + 0.1 * (uniform() - 0.5))), 0, 10)
        rows.append((channel, grade, nps))
    return pd.DataFrame(rows, columns=["channel", "grade", "nps"])


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    people = respondents()
    n = people["channel"].value_counts()
    rows = [
        {
            "answers": [person.grade, person.nps],
            "channel": CHANNEL[person.channel],
            "contact_date": date(2025, 11, 15),
            "weight": POPULATION[person.channel] / n[person.channel],
        }
        for person in people.itertuples()
    ]
    landed.write(
        folder,
        [
            Survey(tuple(rows), QUESTIONS, "test0001"),
            Survey(tuple(rows), QUESTIONS, "test0002", weight_method="delivered"),
        ],
    )
    warehouse.succeed(warehouse.build(folder))
    return folder


def test_the_generator_is_the_reference_one() -> None:
    people = respondents()
    assert people["channel"].value_counts().to_dict() == {"web": 87, "telefoon": 72, "balie": 81}


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("mean_grade", {"value": 6.4625, "ci_low": 6.29003221, "ci_high": 6.63496779, "n": 240, "n_eff": 240}),
        ("mean_grade", {"standard_error": 1.35631562 / 240**0.5}),
        ("mean_pomp", {"value": 60.6944444}),
        ("share_positive", {"value": 0.454166667, "ci_low": 0.392391464, "ci_high": 0.517385979}),
    ],
)
def test_unweighted(work: Path, statistic: str, expected: dict[str, float]) -> None:
    row = warehouse.cell(work, statistic, organisation_id="test0001")
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, rel=PRINTED), name
    assert row["value_unweighted"] == row["value"]


def test_nps(work: Path) -> None:
    row = warehouse.cell(work, "nps", organisation_id="test0001", kpi_id="kpi.aanbeveling")
    assert row["value"] == pytest.approx(-76.6666667, rel=PRINTED)
    assert row["standard_error"] == pytest.approx(2.86046164, rel=PRINTED)
    assert row["ci_low"] == pytest.approx(-76.6666667 - 1.96 * 2.86046164, rel=PRINTED)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("mean_grade", {"value": 6.3091209025, "standard_error": 0.092534034, "n_eff": 181.44250266, "n": 240}),
        ("mean_grade", {"value_unweighted": 6.4625}),
        ("share_positive", {"value": 0.4204980843, "ci_low": 0.351048713, "ci_high": 0.493244053}),
    ],
)
def test_delivered_weights(work: Path, statistic: str, expected: dict[str, float]) -> None:
    row = warehouse.cell(work, statistic, organisation_id="test0002")
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, rel=PRINTED), name


def test_weighted_nps(work: Path) -> None:
    row = warehouse.cell(work, "nps", organisation_id="test0002", kpi_id="kpi.aanbeveling")
    assert row["value"] == pytest.approx(-81.9545551, rel=PRINTED)


def test_distribution_counts_the_respondents(work: Path) -> None:
    found = warehouse.read(
        work,
        "select answer_value, n, share from marts.distribution where organisation_id = 'test0001'"
        " and kpi_id = 'kpi.tevredenheid' and period_id = '2025-11'",
    ).set_index("answer_value")
    expected = respondents()["grade"].value_counts()
    assert {int(value): n for value, n in found["n"].items()} == expected.to_dict()
    assert found["share"].to_numpy() == pytest.approx(found["n"].to_numpy() / 240, rel=1e-9)
