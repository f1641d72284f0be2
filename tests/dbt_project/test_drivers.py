"""Drivers and reliability of the golden data set (domain reference 3.9), from landed files on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import golden
from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey
from tests.estimation.test_importance import ALPHA, ALPHA_IF_DROPPED, ALPHA_STANDARDISED, LMG, R_SQUARED

CHANNEL = {"web": "web", "telefoon": "phone", "balie": "desk"}
DRIVERS = ("drv.serieus_genomen", "drv.empathie", "drv.meedenken", "drv.eerlijkheid")
QUESTIONS = (
    Question("kpi.tevredenheid", "rapportcijfer", 1, 10),
    *(Question(node, "likert_agree") for node in DRIVERS),
)
# Answered by some only: too few to take part.
RARE = Question("drv.snelheid", "likert_agree")


def responses(times: int = 1, **common: Any) -> tuple[dict[str, Any], ...]:
    """The golden responses, so many times."""
    return tuple(
        {
            "answers": [row[3], *row[5:], 3 if index % 2 else None],
            "channel": CHANNEL[str(row[1])],
            "weight": golden.weight_of(str(row[1])),
            **common,
        }
        for index, row in enumerate(golden.rows() * times)
    )


SURVEYS = (
    Survey(responses(), (*QUESTIONS, RARE), "test0001"),
    # Half a year under another version of the mapping.
    Survey(responses()[:100], (*QUESTIONS, RARE), "test0002", valid_from=landed.date(2020, 1, 1)),
    Survey(responses()[100:], (*QUESTIONS, RARE), "test0002", mapping_version="2.0.0"),
    # Every response three times: enough for each channel.
    Survey(responses(3), (*QUESTIONS, RARE), "test0003", weight_method="delivered"),
    # The weights of test0003, computed from the targets that they were delivered from.
    Survey(
        responses(3),
        (*QUESTIONS, RARE),
        "test0007",
        weight_method="poststratify",
        weight_by="channel",
        targets=tuple({"channel": CHANNEL[name], "population": n} for name, n in golden.POPULATION.items()),
    ),
    Survey(responses(3, channel="web")[:705], (*QUESTIONS, RARE), "test0004", sample="self_selected"),
    Survey(responses()[:199], (*QUESTIONS, RARE), "test0005"),
    # Without the three answers of the desk the web holds all but three.
    Survey((*responses(1, channel="web"), *responses(1, channel="desk")[:3]), (*QUESTIONS, RARE), "test0006"),
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drivers")
    landed.write(folder, SURVEYS)
    warehouse.succeed(warehouse.build(folder))
    return folder


def drivers(work: Path, organisation_id: str, channel: str = "all", table: str = "driver") -> Any:
    """The rows of one analysis, in the order of `DRIVERS`."""
    found = warehouse.read(
        work,
        f"select * from marts.{table} where organisation_id = '{organisation_id}' and channel = '{channel}'",
    ).set_index("driver_id")
    return found.loc[[name for name in DRIVERS if name in found.index]]


@pytest.mark.parametrize("organisation_id", ["test0001", "test0002"])
def test_importance_is_the_golden_share_of_what_is_explained(work: Path, organisation_id: str) -> None:
    found = drivers(work, organisation_id)
    assert list(found["n"]) == [240] * 4
    assert list(found["n_drivers"]) == [4] * 4
    assert found["importance"].to_numpy() == pytest.approx([share / R_SQUARED for share in LMG], rel=1e-5)
    assert found["importance"].sum() == pytest.approx(1, abs=2e-6)
    assert found["r_squared"].to_numpy() == pytest.approx(R_SQUARED, abs=1e-6)
    assert set(found["importance_method"]) == {"lmg"}
    assert (found["importance_low"] < found["importance"]).all()
    assert (found["importance_high"] > found["importance"]).all()
    assert list(found["quadrant"]) == ["overkill", "overkill", "improve", "overkill"]
    assert set(found["note_nl"]) == {"Samenhang is geen oorzaak."}


def test_performance_is_the_published_score(work: Path) -> None:
    for name in DRIVERS:
        cell = warehouse.cell(work, organisation_id="test0001", kpi_id=name, period_id="2025")
        assert drivers(work, "test0001").loc[name, "performance"] == cell["value"]


def test_reliability_is_the_golden_one(work: Path) -> None:
    found = drivers(work, "test0001", table="reliability")
    assert found["alpha"].to_numpy() == pytest.approx(ALPHA, abs=1e-6)
    assert found["alpha_standardised"].to_numpy() == pytest.approx(ALPHA_STANDARDISED, abs=1e-6)
    assert found["alpha_if_dropped"].to_numpy() == pytest.approx(ALPHA_IF_DROPPED, abs=1e-6)
    assert found["is_reliable"].all()


@pytest.mark.parametrize("organisation_id", ["test0003", "test0007"])
def test_weights_are_those_of_the_figures(work: Path, organisation_id: str) -> None:
    """Three times the same responses: the weighted regression of one time."""
    import numpy as np

    rows = golden.rows()
    answers = np.array([[row[3], *row[5:]] for row in rows], dtype=float)
    weights = np.array([golden.weight_of(str(row[1])) for row in rows])
    centred = answers - np.average(answers, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred / weights.sum()
    deviation = np.sqrt(np.diag(covariance))
    beta = np.linalg.solve(covariance[1:, 1:], covariance[1:, 0]) * deviation[1:] / deviation[0]
    found = drivers(work, organisation_id)
    assert found["beta"].to_numpy() == pytest.approx(beta, rel=1e-5)
    assert found["correlation"].to_numpy() == pytest.approx(
        (covariance / np.outer(deviation, deviation))[0, 1:], rel=1e-5
    )
    assert list(found["n"]) == [720] * 4


def test_a_channel_has_its_own_analysis_when_it_is_large_enough(work: Path) -> None:
    assert list(drivers(work, "test0003", "web")["n"]) == [261] * 4
    assert drivers(work, "test0001", "web").empty


def test_too_few_responses_have_no_analysis(work: Path) -> None:
    assert drivers(work, "test0005").empty


def test_a_driver_that_few_answered_takes_no_part(work: Path) -> None:
    found = warehouse.read(work, "select distinct driver_id from marts.driver")
    assert set(found["driver_id"]) == set(DRIVERS)


def test_without_a_basis_there_is_no_interval(work: Path) -> None:
    found = drivers(work, "test0004")
    assert found["importance"].notna().all()
    assert found[["importance_low", "importance_high"]].isna().all(axis=None)


def test_three_responses_do_not_follow_by_subtraction(work: Path) -> None:
    found = drivers(work, "test0006", "web")
    assert len(found) == 4
    assert found["is_suppressed"].all()
    shown = [
        "n",
        "importance",
        "importance_low",
        "correlation",
        "beta",
        "r_squared",
        "performance",
        "quadrant",
    ]
    assert found[shown].isna().all(axis=None)
    assert set(found["suppression_reason"]) == {"disclosure"}


def test_the_summary_counts_organisations_once(work: Path) -> None:
    """Those with a basis for an interval: test0001, test0002, test0003, test0006 and test0007."""
    found = warehouse.read(work, "select * from marts.driver_summary where channel = 'all'").set_index(
        "driver_id"
    )
    own = warehouse.read(
        work,
        "select driver_id, importance from marts.driver where channel = 'all' and interval_basis <> 'none'"
        " and not is_suppressed",
    )
    assert set(found["n_organisations"]) == {5}
    for name, rows in own.groupby("driver_id"):
        assert found.loc[name, "importance"] == pytest.approx(rows["importance"].mean(), rel=1e-9)
    assert found.loc["drv.meedenken", "importance_rank"] == 1
