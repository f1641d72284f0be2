"""Another reference model as data: two KPIs and five drivers, without a change of code."""

from __future__ import annotations

import math

import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights


@pytest.mark.parametrize(("column", "node"), cases.A11_NODES.items())
def test_each_node_is_published(other_model: Nights, column: str, node: str) -> None:
    position = 2 + list(cases.A11_NODES).index(column)
    answers = [int(str(row[position])) for row in cases.A11_ROWS]
    figure = other_model.first.figure("test0020", node, "mean_pomp", "2025-11")
    assert figure["n"] == 60
    assert math.isclose(figure["value"], sum(25 * (x - 1) for x in answers) / 60, rel_tol=1e-9)


def test_nothing_of_the_products_own_model_is_there(other_model: Nights) -> None:
    assert set(other_model.first.kpi["kpi_id"]) == set(cases.A11_NODES.values())
    assert set(other_model.first.kpi["model_version"]) == {"a11-section280-v1"}


def test_labels_come_from_the_model(other_model: Nights) -> None:
    figure = other_model.first.figure("test0020", "drv.employee", "share_positive", "2025")
    assert (figure["kpi_label_nl"], figure["kpi_label_en"]) == ("Medewerker", "Employee")
