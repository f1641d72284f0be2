"""Traps: everything that goes wrong with deliveries, planted once each in a known place.

Belongs here: which survey a trap needs and which organisation it falls to. Does not belong here: what a trap does to a
delivery (`planting`) and its description (`traps.yml`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from synthetic.delivery import Delivery
from synthetic.surveys import Survey


@dataclass
class Scene:
    """An organisation's deliveries, which a trap changes; nothing may be stored after `latest`.

    `mapping_changes` replaces fields of its mapping, `valid_from` the first day of it.
    """

    survey: Survey
    deliveries: list[Delivery]
    rng: np.random.Generator
    latest: datetime
    valid_from: str
    mapping_changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trap:
    """A trap: `plant` changes a scene and returns the deliveries that it touched, the one it is about first."""

    trap_id: str
    description_nl: str
    description_en: str
    surveys: tuple[str, ...]
    touches_figures: bool
    plant: Callable[[Scene], list[Delivery]]


TRAPS: dict[str, Trap] = {}


def matched(surveys: dict[str, Survey], seed: int) -> dict[str, Trap]:
    """Traps by organisation."""
    return {}
