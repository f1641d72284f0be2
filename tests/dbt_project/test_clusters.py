"""People who answer more than once: the error is that of people, not of answers, against a plain calculation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Survey

N, CHANNELS, BANDS = 400, ("web", "phone", "desk"), ("18-34", "35+")
RANDOM = np.random.default_rng(3)
PERSON = np.array([f"k{number}" for number in RANDOM.integers(0, 150, N)])
EFFECT = {person: RANDOM.normal(0, 1.3) for person in sorted(set(PERSON))}
ANSWER = np.array([int(np.clip(round(3 + EFFECT[one] + RANDOM.normal(0, 0.8)), 1, 5)) for one in PERSON])
WEIGHT = np.round(RANDOM.uniform(0.4, 3, N), 3)
CHANNEL = np.array([CHANNELS[number] for number in RANDOM.integers(0, 3, N)])
BAND = np.array([BANDS[number % 2] for number in range(N)])
# Nine people answer twice, the others once.
FEW = np.array([f"k{number // 2 if number < 18 else number}" for number in range(N)])


def responses(person: np.ndarray) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "answers": [int(ANSWER[i])],
            "channel": str(CHANNEL[i]),
            "age_band": str(BAND[i]),
            "weight": float(WEIGHT[i]),
            "respondent_key": str(person[i]),
        }
        for i in range(N)
    )


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clusters")
    few = tuple(row | {"respondent_key": str(FEW[i])} for i, row in enumerate(responses(PERSON)))
    one_key = tuple(row | {"respondent_key": "k0"} for row in responses(PERSON))
    surveys = [
        Survey(responses(PERSON)),
        Survey(responses(PERSON), organisation_id="test0002", weight_method="delivered"),
        Survey(few, organisation_id="test0003"),
        Survey(one_key, organisation_id="test0004"),
    ]
    landed.write(folder, surveys)
    warehouse.succeed(warehouse.build(folder))
    return folder


def expected(chosen: np.ndarray, weight: np.ndarray, person: np.ndarray) -> float:
    """The linearised error of a weighted mean with people as clusters."""
    score, w = 25.0 * (ANSWER[chosen] - 1), weight[chosen]
    z = w * (score - (w * score).sum() / w.sum())
    totals = np.array([z[person[chosen] == one].sum() for one in sorted(set(person[chosen]))])
    m = len(totals)
    return float(np.sqrt(m / (m - 1) * (totals**2).sum()) / w.sum())


@pytest.mark.parametrize(("organisation_id", "weight"), [("test0001", np.ones(N)), ("test0002", WEIGHT)])
@pytest.mark.parametrize("channel", ["all", "web"])
def test_the_error_is_that_of_people(
    work: Path, organisation_id: str, weight: np.ndarray, channel: str
) -> None:
    found = warehouse.cell(work, organisation_id=organisation_id, channel=channel)
    chosen = (channel == "all") | (channel == CHANNEL)
    answers = np.array([str(number) for number in range(N)])
    error = expected(chosen, weight, PERSON)
    assert found["standard_error"] == pytest.approx(error, rel=1e-9)
    assert error > 1.1 * expected(chosen, weight, answers)


@pytest.mark.parametrize("band", BANDS)
def test_breakdowns_have_it_too(work: Path, band: str) -> None:
    found = warehouse.read(
        work,
        f"select standard_error from marts.breakdown where organisation_id = 'test0002' and period_id = '2025-11'"
        f" and statistic = 'mean_pomp' and dimension = 'age_band' and dimension_value = '{band}'",
    )
    assert found["standard_error"][0] == pytest.approx(expected(band == BAND, WEIGHT, PERSON), rel=1e-9)


@pytest.mark.parametrize("organisation_id", ["test0003", "test0004"])
def test_fewer_than_ten_people_leave_no_trace(work: Path, organisation_id: str) -> None:
    """Nine people, or one with four hundred answers: the error is that of the answers."""
    answers = np.array([str(number) for number in range(N)])
    found = warehouse.cell(work, organisation_id=organisation_id)
    assert found["standard_error"] == pytest.approx(expected(np.full(N, True), np.ones(N), answers), rel=1e-9)
