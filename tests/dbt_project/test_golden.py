"""The golden numbers of the domain reference (3.9) that kpi and distribution carry, from landed files on."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance import golden
from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey

CHANNEL = {"web": "web", "telefoon": "phone", "balie": "desk"}
QUESTIONS = (
    Question("kpi.tevredenheid", "rapportcijfer", 1, 10),
    Question("kpi.aanbeveling", "nps", 0, 10),
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    golden.csv_text()  # refuses a generator that is not the reference's
    responses = tuple(
        {
            "answers": [grade, nps],
            "channel": CHANNEL[str(channel)],
            "weight": golden.weight_of(str(channel)),
        }
        for _, channel, _, grade, nps, *_ in golden.rows()
    )
    landed.write(
        folder,
        [
            Survey(responses, QUESTIONS, "test0001"),
            Survey(responses, QUESTIONS, "test0002", weight_method="delivered"),
        ],
    )
    warehouse.succeed(warehouse.build(folder))
    return folder


def test_mean_and_t_interval(work: Path) -> None:
    mean = warehouse.cell(work, "mean_grade", organisation_id="test0001")
    assert (mean["n"], mean["n_eff"]) == (240, 240.0)
    assert golden.agrees(mean["value"], golden.MEAN[0])
    assert golden.agrees(mean["standard_error"] * math.sqrt(240), golden.MEAN_SD)
    assert golden.agrees(mean["ci_low"], golden.MEAN[2])
    assert golden.agrees(mean["ci_high"], golden.MEAN[3])
    assert mean["value_unweighted"] == mean["value"]


def test_share_and_wilson(work: Path) -> None:
    share = warehouse.cell(work, "share_positive", organisation_id="test0001")
    assert golden.agrees(share["value"], golden.POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.POSITIVE[2])
    assert golden.agrees(share["ci_high"], golden.POSITIVE[3])


def test_mean_pomp(work: Path) -> None:
    score = warehouse.cell(work, "mean_pomp", organisation_id="test0001")
    assert golden.agrees(score["value"], golden.MEAN_POMP)


def test_nps_and_its_error(work: Path) -> None:
    nps = warehouse.cell(work, "nps", organisation_id="test0001", kpi_id="kpi.aanbeveling")
    assert golden.agrees(nps["value"], golden.NPS[0])
    assert golden.agrees(nps["standard_error"], golden.NPS[1])
    assert nps["ci_high"] == pytest.approx(nps["value"] + 1.96 * nps["standard_error"], rel=1e-9)


def test_delivered_weights(work: Path) -> None:
    mean = warehouse.cell(work, "mean_grade", organisation_id="test0002")
    assert golden.agrees(mean["value"], golden.WEIGHTED_MEAN[0])
    assert golden.agrees(mean["standard_error"], golden.WEIGHTED_MEAN[1])
    assert golden.agrees(mean["n_eff"], golden.WEIGHTED_N_EFF)
    assert golden.agrees(mean["value_unweighted"], golden.MEAN[0])


def test_weighted_share_rests_on_the_effective_number(work: Path) -> None:
    share = warehouse.cell(work, "share_positive", organisation_id="test0002")
    assert golden.agrees(share["value"], golden.WEIGHTED_POSITIVE[0])
    assert golden.agrees(share["ci_low"], golden.WEIGHTED_POSITIVE[1])
    assert golden.agrees(share["ci_high"], golden.WEIGHTED_POSITIVE[2])


def test_weighted_nps(work: Path) -> None:
    nps = warehouse.cell(work, "nps", organisation_id="test0002", kpi_id="kpi.aanbeveling")
    assert golden.agrees(nps["value"], golden.WEIGHTED_NPS)


def test_distribution_counts_the_respondents(work: Path) -> None:
    found = warehouse.read(
        work,
        "select answer_value, n, share from marts.distribution where organisation_id = 'test0001'"
        " and kpi_id = 'kpi.tevredenheid' and period_id = '2025-11'",
    )
    counts = Counter(row[3] for row in golden.rows())
    assert dict(zip(found["answer_value"].astype(int), found["n"], strict=True)) == counts
    assert found["share"].to_numpy() == pytest.approx(found["n"].to_numpy() / 240, rel=1e-9)
