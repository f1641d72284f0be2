"""True figures: by hand for a population of two groups, and answers drawn from it come near."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from orchestration.installation import SEEDS
from sources.reference import Reference, assemble, load
from synthetic.chance import chance
from synthetic.population import Population, population, true_figures
from synthetic.responses import respond
from synthetic.surveys import ROTATION, Question, Survey, survey

SURVEYS = sorted(set(ROTATION))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("model") / "model"
    assemble(SEEDS, None, folder)
    return load(folder)


def question(of: Survey, name: str) -> Question:
    return next(one for one in of.questions if one.name == name)


def certain(name: str, asked: str, shares: list[list[float]]) -> Population:
    """A population in which one question has these shares per group, and each other question one answer."""
    found = survey(name)
    plain = {
        one.name: np.eye(len(one.values))[np.zeros(len(found.groups), dtype=int)] for one in found.questions
    }
    return Population(found, plain | {asked: np.array(shares)})


def test_figures_of_a_weighted_population_by_hand(reference: Reference) -> None:
    """Groups of sav_weighted: shares .4 .35 .25, weights .75 .714 1.8; only the first group is content (5 of 5)."""
    content, discontent = [0.0, 0, 0, 0, 1], [1.0, 0, 0, 0, 0]
    made = certain("sav_weighted", "v02", [content, discontent, discontent])
    figures = {
        one.statistic: one.value for one in true_figures(made, reference) if one.kpi_id == "kpi.vertrouwen"
    }
    first = 0.4 * 0.75 / (0.4 * 0.75 + 0.35 * 0.714 + 0.25 * 1.8)
    assert figures == pytest.approx(
        {"mean_pomp": 100 * first, "share_positive": first, "share_negative": 1 - first}
    )


def test_school_marks_with_halves_are_sufficient_from_five_and_a_half(reference: Reference) -> None:
    marks = question(survey("csv_excel"), "Rapportcijfer vertrouwen")
    shares = [0.0] * len(marks.values)
    shares[marks.values.index(5.0)] = shares[marks.values.index(5.5)] = 0.5
    made = certain("csv_excel", marks.name, [shares] * 3)
    figures = {
        one.statistic: one.value for one in true_figures(made, reference) if one.kpi_id == "kpi.vertrouwen"
    }
    assert figures["share_sufficient"] == 0.5
    assert figures["mean_grade"] == 5.25


def test_recommendation_is_promoters_minus_detractors(reference: Reference) -> None:
    shares = [0.0] * 11
    shares[10], shares[8], shares[6] = 0.5, 0.3, 0.2
    made = certain("csv_codes", "q3", [shares] * 3)
    figures = {
        one.statistic: one.value for one in true_figures(made, reference) if one.kpi_id == "kpi.aanbeveling"
    }
    assert figures["nps"] == pytest.approx(30)


@pytest.mark.parametrize("name", SURVEYS)
def test_shares_add_up_and_every_figure_can_be_a_figure(name: str, reference: Reference) -> None:
    made = population(survey(name), 1, "gm0014")
    assert all(np.allclose(shares.sum(axis=1), 1) for shares in made.shares.values())
    for one in true_figures(made, reference):
        low, high = {"nps": (-100, 100), "mean_pomp": (0, 100)}.get(one.statistic, (0, 10))
        assert low <= one.value <= high, one


@pytest.mark.parametrize("name", [name for name in SURVEYS if not survey(name).is_aggregate])
def test_answers_come_from_the_population(name: str) -> None:
    """Per question, the answers of 4,000 respondents against their shares: no z above 4.5."""
    found = survey(name)
    made = population(found, 1, "gm0014")
    table, counted, _ = respond("gm0014", made, date(2026, 1, 1), 4_000, chance(1, "test"))
    assert counted.in_file == len(table.rows)
    groups = found.columns_that_hold("group")
    for one in found.questions:
        cells = [row[table.at(one.name)] for row in table.rows]
        for index, group in enumerate(found.groups):
            own = [
                cell
                for cell, row in zip(cells, table.rows, strict=True)
                if row[table.at(groups[0])] == group.code and cell not in one.missing
            ]
            spelled = [{a, b} for a, b in zip(one.cells, one.foreign_cells or one.cells, strict=True)]
            shares = made.shares[one.name][index]
            counts = np.array([sum(cell in answer for cell in own) for answer in spelled])
            assert counts.sum() == len(own)
            spread = np.sqrt(len(own) * shares * (1 - shares)) + 1
            assert np.max(np.abs(counts - len(own) * shares) / spread) < 4.5


def test_drivers_and_satisfaction_hang_together() -> None:
    found = survey("csv_codes")
    table, _, _ = respond(
        "gm0014", population(found, 1, "gm0014"), date(2026, 1, 1), 1_000, chance(1, "test")
    )
    pairs = [
        (row[table.at("q1")], row[table.at("q4")])
        for row in table.rows
        if isinstance(row[table.at("q1")], int) and isinstance(row[table.at("q4")], int)
    ]
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.5
