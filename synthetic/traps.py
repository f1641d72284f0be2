"""Traps: everything that goes wrong with deliveries, each planted once in a known place.

Belongs here: which organisation a trap falls to. Does not belong here: what a trap does to a delivery (`planting`), and
its description and the surveys that it fits (`traps.yml`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from synthetic.chance import chance
from synthetic.delivery import Delivery
from synthetic.planting import PLANTING, Scene
from synthetic.surveys import Survey

_NEEDS_RESPONSES = 20


@dataclass(frozen=True)
class Trap:
    """A trap: `plant` changes a scene and returns the deliveries that it touched, the one it is about first."""

    trap_id: str
    description_nl: str
    description_en: str
    surveys: frozenset[str]
    touches_figures: bool
    needs_responses: int
    needs_months: int
    plant: Callable[[Scene], list[Delivery]]


def _described() -> dict[str, Trap]:
    content = yaml.safe_load(Path(__file__).with_name("traps.yml").read_text(encoding="utf-8"))
    return {
        trap_id: Trap(
            trap_id,
            described["nl"],
            described["en"],
            frozenset(described["surveys"]),
            described["touches_figures"],
            described.get("needs", {}).get("responses", _NEEDS_RESPONSES),
            described.get("needs", {}).get("months", 1),
            PLANTING[trap_id],
        )
        for trap_id, described in content.items()
    }


TRAPS = _described()


def matched(surveys: dict[str, Survey], seed: int, responses: int, months: int) -> dict[str, Trap]:
    """As many traps as fit, by organisation: one each, where its own survey is one that the trap can stand in.

    A trap that so few `responses` per month or so few `months` would not show is left out.
    """
    shuffled = [list(surveys)[index] for index in chance(seed, "traps").permutation(len(surveys))]
    owner: dict[str, str] = {}

    def place(trap: Trap, tried: set[str]) -> bool:
        """Give the trap an organisation; one that is taken may move if it finds another (augmenting path)."""
        for name in shuffled:
            if surveys[name].name in trap.surveys and name not in tried:
                tried.add(name)
                if name not in owner or place(TRAPS[owner[name]], tried):
                    owner[name] = trap.trap_id
                    return True
        return False

    for trap in TRAPS.values():
        if responses >= trap.needs_responses and months >= trap.needs_months:
            place(trap, set())
    return {name: TRAPS[trap_id] for name, trap_id in owner.items()}
