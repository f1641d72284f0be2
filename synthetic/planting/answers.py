"""Traps in answers: cells that the mapping does not know, or that mean something else than it says.

Belongs here: answers and counts. Does not belong here: how the file around them is laid out (`layout`).
"""

from __future__ import annotations

from typing import Any

from synthetic.delivery import Delivery
from synthetic.planting.scene import Scene, held, partial, rewrite
from synthetic.surveys import Question


def two_languages(scene: Scene) -> list[Delivery]:
    """Labels that the mapping does not list are no answers; at a KPI that holds the delivery."""
    question = scene.question("likert_satisfaction", "likert_agree")
    at = scene.last.table.at(question.name)
    foreign = ("Strongly negative", "Negative", "In between", "Positive", "Strongly positive")
    for index in range(0, len(scene.last.table.rows), 3):
        row = scene.last.table.rows[index]
        if row[at] in question.cells:
            row[at] = foreign[question.cells.index(row[at])]
    held(scene.last, "MH-ONGELDIG", "MH-K-ONGELDIG")
    return [scene.last]


def reversed_scale(scene: Scene) -> list[Delivery]:
    """Whoever was content is not any more: the driver's correlation with satisfaction has changed its sign."""
    question = scene.question("likert_agree", floor="drv.")
    turned = dict(zip(question.cells, reversed(question.cells), strict=True))
    rewrite(scene.last.table, question.name, lambda cell: turned.get(cell, cell))
    held(scene.last, "MH-K-OMGEKEERD")
    return [scene.last]


def outside_the_scale(scene: Scene) -> list[Delivery]:
    """Numbers outside the scale are no answers; at a KPI that holds the delivery."""
    question = scene.question("rapportcijfer")
    _spoil(scene, question, (0, 11))
    return [scene.last]


def half_marks(scene: Scene) -> list[Delivery]:
    """Halves are no answers where the mapping does not allow decimals."""
    question = scene.question("rapportcijfer")
    _spoil(scene, question, (7.5, 6.5))
    return [scene.last]


def not_applicable_spelled_five_ways(scene: Scene) -> list[Delivery]:
    """Capitals do not matter; other spellings are no answers until the mapping lists them."""
    question = scene.question("likert_agree")
    _spoil(scene, question, ("n.v.t.", "N.V.T.", "nvt", "n.v.t", "niet van toepassing"), 5)
    return [scene.last]


def _spoil(scene: Scene, question: Question, cells: tuple[Any, ...], at_least: int = 2) -> None:
    at = scene.last.table.at(question.name)
    for number, index in enumerate(scene.some_rows(scene.last.table, at_least)):
        scene.last.table.rows[index][at] = cells[number % len(cells)]
    held(scene.last, "MH-ONGELDIG", "MH-K-ONGELDIG")


def thousands_dots(scene: Scene) -> list[Delivery]:
    """1.204 may be a thousand or a little over one: the line goes to quarantine."""
    table = scene.last.table
    table.rows[0][table.at(scene.survey.columns_that_hold("count")[0])] = "1.204"
    partial(scene, scene.last, [0], "MH-AANTAL")
    return [scene.last]


def age_ninety_nine(scene: Scene) -> list[Delivery]:
    """An age of 99 is an age: a code is missing at the question that declares it, nowhere else."""
    at = scene.last.table.at(scene.survey.columns_that_hold("age")[0])
    for index in scene.some_rows(scene.last.table):
        scene.last.table.rows[index][at] = 99
    return [scene.last]
