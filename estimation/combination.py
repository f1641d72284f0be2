"""Figures over several organisations: combined in one period, and chained over periods for those in both.

Belongs here: weighted means of organisations with their errors, the matched panel. Does not belong here: which
organisations may take part (`ref_threshold`, the models), how much each counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure in the unit of its statistic, and its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class Link:
    """The panel in one period: its level, and the change since the period before where there is one."""

    level: Estimate
    change: Estimate | None


def parts(weights: Floats) -> Floats:
    """What each contributes: its weight as a part of the sum."""
    return weights / weights.sum()


def combine(values: Floats, standard_errors: Floats, weights: Floats) -> Estimate:
    """The weighted mean of independent figures; SE² is the sum of squared parts times squared errors."""
    part = parts(weights)
    return Estimate(float((part * values).sum()), float(np.sqrt(((part * standard_errors) ** 2).sum())))


@dataclass(frozen=True)
class Member:
    """One organisation in one period."""

    value: float
    standard_error: float


class MatchedPanel:
    """A chain: each period's level is the last one plus the change of those who are in both periods.

    The error of a level counts every figure once, with what the links on both sides leave of it: between links of the
    same members nothing is left, and the error is that of the period's own figures.
    """

    def __init__(self) -> None:
        self._level = 0.0
        self._variance_before = 0.0
        self._part: dict[str, float] = {}

    def start(self, members: Mapping[str, Member], weights: Mapping[str, float]) -> Link:
        """Begin (again) at the combined figure of these members."""
        self._variance_before = 0.0
        self._part = _part(weights)
        self._level = sum(self._part[one] * members[one].value for one in sorted(weights))
        return Link(self._estimate(members), None)

    def link(
        self, earlier: Mapping[str, Member], later: Mapping[str, Member], weights: Mapping[str, float]
    ) -> Link:
        """Go on from the period of `earlier` to that of `later`; `weights` names who is in both."""
        part = _part(weights)
        self._variance_before += sum(
            ((self._part.get(one, 0.0) - part.get(one, 0.0)) * earlier[one].standard_error) ** 2
            for one in sorted({*self._part, *part})
        )
        delta = sum(part[one] * (later[one].value - earlier[one].value) for one in sorted(part))
        variance = sum(
            part[one] ** 2 * (later[one].standard_error ** 2 + earlier[one].standard_error ** 2)
            for one in sorted(part)
        )
        self._level += delta
        self._part = part
        return Link(self._estimate(later), Estimate(delta, float(np.sqrt(variance))))

    def _estimate(self, members: Mapping[str, Member]) -> Estimate:
        own = sum((self._part[one] * members[one].standard_error) ** 2 for one in sorted(self._part))
        return Estimate(self._level, float(np.sqrt(self._variance_before + own)))


def _part(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights[one] for one in sorted(weights))
    return {one: weights[one] / total for one in sorted(weights)}
