"""Every figure of random surveys equals a calculation that shares no code with dbt (`tests/oracle`)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import TODAY, Question, Survey
from tests.oracle.figures import CELL, cell_figures, in_periods, kpi_grid

FIGURES = ["n", "n_eff", "value", "value_unweighted", "standard_error", "ci_low", "ci_high"]
SCALES = {
    "kpi.tevredenheid": ("rapportcijfer", 1, 10),
    "kpi.vertrouwen": ("likert_agree", -2, 2),
    "kpi.gemak": ("ces2", 1, 7),
    "kpi.aanbeveling": ("nps", 0, 10),
    "drv.snelheid": ("likert_agree", 1, 4),
    "drv.in_een_keer_goed": ("yes_no", 0, 1),
}
QUESTIONS = tuple(Question(node, *scale) for node, scale in SCALES.items())
GROUPS = {"paspoort": "identity", "afval": "public_space", "unknown": "unknown", "iets-nieuws": "other"}


def survey(organisation_id: str, n: int, **design: Any) -> Survey:
    """`n` random respondents over four months and all dimensions; some questions left open."""
    chance = random.Random(organisation_id)
    responses = []
    for _ in range(n):
        period: dict[str, Any] = {"contact_date": date(2025, chance.choice([9, 10, 11, 12]), 15)}
        if chance.random() < 0.1:
            period = {"contact_date": None, "period_id": "2025-H2"}
        answers = [
            chance.choice(["", "!invalid", None])
            if chance.random() < 0.1
            else chance.randint(question.low, question.high)
            for question in QUESTIONS
        ]
        responses.append(
            {
                **period,
                "answers": answers,
                "service_id": chance.choice(list(GROUPS)),
                "channel": chance.choice(["web", "phone", "unknown"]),
                "audience": chance.choice(["citizen", "business"]),
                "age_band": chance.choice(["18-34", "35+"]),
                "weight": round(chance.uniform(0.0001, 900), 9),
            }
        )
    return Survey(tuple(responses), QUESTIONS, organisation_id, **design)


SURVEYS = (
    survey("test0001", 800),
    survey("test0002", 300, weight_method="delivered"),
    survey("test0003", 90, sample="self_selected"),
)


def long_table() -> pd.DataFrame:
    """The valid answers, one per row, as the oracle reads them."""
    rows = []
    for one in SURVEYS:
        for response in one.responses:
            day = response["contact_date"]
            for question, answer in zip(QUESTIONS, response["answers"], strict=True):
                if isinstance(answer, int):
                    rows.append(
                        {
                            "organisation_id": one.organisation_id,
                            "instrument_kind": one.instrument_kind,
                            "kpi_id": question.node_id,
                            "scale_id": question.scale_id,
                            "base_period": f"{day:%Y-%m}" if day else response["period_id"],
                            "service_group": GROUPS[response["service_id"]],
                            "channel": response["channel"],
                            "audience": response["audience"],
                            "age_band": response["age_band"],
                            "value": answer,
                            "weight": response["weight"] if one.weight_method == "delivered" else 1.0,
                            "count": 1,
                        }
                    )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    landed.write(folder, SURVEYS)
    warehouse.succeed(warehouse.build(folder))
    return folder


@pytest.fixture(scope="module")
def compared(work: Path) -> pd.DataFrame:
    """Every cell before protection beside the oracle's."""
    expected = kpi_grid(long_table(), TODAY, frozenset({"test0003"}))
    found = warehouse.read(
        work,
        """
        select
            statistic.*, cell.* exclude (organisation_id, cell_number, state_fingerprint),
            power(cell.sum_w::double, 2) / cell.sum_w2::double as n_eff,
            period.period_type
        from intermediate.int_statistic as statistic
        inner join intermediate.int_cell as cell
            using (organisation_id, cell_number)
        inner join (select distinct period_id, period_type from intermediate.int_period) as period
            using (period_id)
        where cell.breakdown = 'all'
        """,
    )
    return found.merge(
        expected, on=[*CELL, "statistic"], how="outer", suffixes=("", "_oracle"), indicator=True
    )


def test_every_cell_is_there_and_no_other(compared: pd.DataFrame) -> None:
    assert len(compared) > 5000
    assert set(compared["_merge"]) == {"both"}


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_is_the_oracles(compared: pd.DataFrame, figure: str) -> None:
    found = compared[figure].to_numpy(dtype=float)
    expected = compared[f"{figure}_oracle"].to_numpy(dtype=float)
    assert (np.isnan(found) == np.isnan(expected)).all()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_what_is_shown_is_what_was_computed(work: Path, compared: pd.DataFrame) -> None:
    shown = warehouse.read(work, "select * from marts.kpi where not is_suppressed")
    both = shown.merge(compared, on=[*CELL, "statistic"], suffixes=("", "_computed"))
    assert len(both) == len(shown) > 1000
    for figure in ("n", "value", "standard_error", "ci_low", "ci_high"):
        left, right = both[figure], both[f"{figure}_computed"]
        assert ((left == right) | (left.isna() & right.isna())).all(), figure


def test_every_figure_by_age_is_the_oracles(work: Path) -> None:
    """Of the organisation with weights, before protection."""
    keys = ["kpi_id", "period_id", "age_band"]
    answers = long_table()
    weighted = in_periods(answers[answers["organisation_id"] == "test0002"], TODAY)
    expected = pd.DataFrame(
        dict(zip(keys, key, strict=True)) | figure
        for key, part in weighted.groupby(keys)
        for figure in cell_figures(part, has_interval=True)
    )
    found = warehouse.read(
        work,
        """
        select statistic.*, cell.kpi_id, cell.period_id, cell.breakdown_value as age_band, cell.n
        from intermediate.int_statistic as statistic
        inner join intermediate.int_cell as cell using (organisation_id, cell_number)
        where organisation_id = 'test0002' and cell.breakdown = 'age_band'
        """,
    )
    both = found.merge(expected, on=[*keys, "statistic"], how="outer", suffixes=("", "_oracle"))
    assert len(both) == len(found) == len(expected) > 300
    for figure in ("n", "value", "standard_error", "ci_low", "ci_high"):
        left, right = both[figure].to_numpy(dtype=float), both[f"{figure}_oracle"].to_numpy(dtype=float)
        assert left == pytest.approx(right, rel=1e-9, abs=1e-12, nan_ok=True), figure
