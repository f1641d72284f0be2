"""The population behind a survey: how likely each answer is, per group of respondents, and what follows from that.

Belongs here: probabilities and the true figures, computed from them. Does not belong here: drawing responses
(`responses`). Which statistic belongs to which scale and node is read from the reference tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from synthetic.chance import chance
from synthetic.surveys import Question, Survey

if TYPE_CHECKING:
    from sources.reference import Reference

# Opinions lie on 0 (bad) to 1 (good): a level per organisation, a difference per question, a spread per person.
_LEVEL, _LEVEL_SPREAD, _QUESTION_SPREAD, _PERSON_SPREAD = 0.62, 0.05, 0.03, 0.2
_LOWEST, _HIGHEST = 0.3, 0.92
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """`shares[name]`: per group (rows) the probability of each answer (columns) to that question."""

    survey: Survey
    shares: dict[str, Shares]

    def total(self, question: Question) -> Shares:
        """The probability of each answer in the whole population, groups weighted as they occur there."""
        weights = np.array([group.share * group.weight for group in self.survey.groups])
        found: Shares = weights @ self.shares[question.name] / weights.sum()
        return found


def population(survey: Survey, seed: int, organisation_id: str) -> Population:
    """The population of an organisation; it is the same in every month."""
    rng = chance(seed, organisation_id, "population")
    level = _LEVEL + _LEVEL_SPREAD * rng.standard_normal()
    shares = {}
    for question in survey.questions:
        centre = level + question.offset + _QUESTION_SPREAD * rng.standard_normal()
        shares[question.name] = np.array(
            [_answer_shares(centre + group.lift, len(question.values)) for group in survey.groups]
        )
    return Population(survey, shares)


def _answer_shares(centre: float, answers: int) -> Shares:
    """Shares of the answers to a question: opinions around `centre`, cut in steps of equal width."""
    opinion = NormalDist(min(max(centre, _LOWEST), _HIGHEST), _PERSON_SPREAD)
    below = [0.0, *(opinion.cdf(cut / answers) for cut in range(1, answers)), 1.0]
    return np.diff(np.array(below))


@dataclass(frozen=True)
class TrueFigure:
    """The true value of one statistic of a node, in the units of the published marts."""

    kpi_id: str
    scale_id: str
    statistic: str
    value: float


def true_figures(population: Population, reference: Reference) -> Iterator[TrueFigure]:
    """Every statistic that the reference tables define for the nodes and scales of the survey."""
    for question in population.survey.questions:
        if question.is_own:
            continue
        shares = population.total(question)
        family = reference.scale_family(question.scale_kind, int(question.low), int(question.high))
        for row in reference.tables["ref_family_statistic"]:
            applies = row["scale_family"] in ("*", family) and not row["required_grade"]
            if applies and row["statistic"] in _defined(question.node_id, reference):
                value = _figure(row, question, shares)
                yield TrueFigure(question.node_id, question.scale_id, row["statistic"], value)


def _defined(node_id: str, reference: Reference) -> set[str]:
    rows = reference.tables["ref_kpi_definition"]
    own = {row["statistic"] for row in rows if row["node_id"] == node_id}
    return own or {row["statistic"] for row in rows if row["node_id"] == "*"}


def _figure(row: dict[str, str], question: Question, shares: Shares) -> float:
    values = np.array(question.values)
    steps = question.high - question.low
    masks = {
        "share_category_high": 5 * (values - question.low) >= 3 * steps,
        "share_category_low": 5 * (values - question.low) <= 2 * steps,
    }
    if row["method"] in masks:
        return _share(shares, masks[row["method"]])
    if row["method"] == "mean_score":
        return float(100 * (shares @ (values - question.low)) / steps)
    if row["method"] == "mean_value":
        return float(shares @ values)
    has_own_cut = question.allows_decimals and row["high_from_decimals"]
    cut = float(row["high_from_decimals"] if has_own_cut else row["high_from"])
    high = _share(shares, values >= cut)
    if row["method"] == "share_from":
        return high
    return 100 * (high - _share(shares, values <= float(row["low_to"])))


def _share(shares: Shares, is_counted: Sequence[bool] | npt.NDArray[np.bool_]) -> float:
    return float(shares[np.asarray(is_counted)].sum())
