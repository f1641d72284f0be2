"""Process data of an invented municipality: what it knows of its own processes, beside what people say of them.

Belongs here: a table of lead times, contacts, complaints and objections per month and service. Does not belong here:
its file format (`generate.py`). Nothing ties these figures to the answers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from sample.respondents import clip

HEADER = (
    "Maand",
    "Proces",
    "Afgehandeld",
    "Doorlooptijd P50 (dagen)",
    "Doorlooptijd P90 (dagen)",
    "Contacten per zaak",
    "Klachten",
    "Bezwaren",
)
# Service, cases a month, days for half of them and for nine in ten, contacts per case, complaints and objections.
SERVICES: tuple[tuple[str, int, float, float, float, int, int], ...] = (
    ("Paspoort", 1450, 5.0, 8.0, 1.4, 24, 0),
    ("Rijbewijs", 960, 4.0, 7.0, 1.5, 13, 0),
    ("Verhuizing", 1720, 2.0, 6.0, 1.6, 8, 2),
    ("Omgevingsvergunning", 210, 48.0, 96.0, 3.4, 12, 19),
)


def table(rng: random.Random, months: Sequence[tuple[int, int, int]]) -> list[list[str]]:
    """One line per month and service, numbers with a decimal comma; contacts are counted from the second month on."""
    rows: list[list[str]] = []
    for index, (year, month, _) in enumerate(months):
        for service, cases, half, ninety, contacts, complaints, objections in SERVICES:
            rows.append(
                [
                    f"{year}-{month:02d}",
                    service,
                    str(clip(_about(rng, cases), 0, 9_999)),
                    _decimal(_about(rng, half)),
                    _decimal(_about(rng, ninety)),
                    _decimal(_about(rng, contacts)) if index else "",
                    str(clip(_about(rng, complaints), 0, 999)),
                    str(clip(_about(rng, objections), 0, 999)),
                ]
            )
    return rows


def _about(rng: random.Random, figure: float) -> float:
    """The figure, at most a fifth more or less."""
    return figure * (0.8 + 0.4 * rng.random())


def _decimal(figure: float) -> str:
    return f"{figure:.1f}".replace(".", ",")
