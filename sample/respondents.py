"""Invented respondents: their opinions, answers on a scale, and comments.

Belongs here: what all four surveys share, driven by one `random.Random`. Does not belong here: columns,
labels and file formats (`generate.py`). Only `Random.random`, `choice` and `shuffle` are used: the same
seed gives the same numbers in every Python.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

# The published test numbers for a BSN and an IBAN: they must never leave the landing zone.
FAKE_PII = (
    "Mijn BSN is 111222333, kunt u dat nakijken?",
    "Graag terugbetalen op NL91 ABNA 0417 1643 00.",
    "Mail mij op voorbeeld.persoon@example.nl of bel 06-12345678.",
    "Mevrouw Jansen heeft mij goed geholpen.",
    "Mijn naam is Pieter de Vries en ik wacht nog steeds.",
)
PLAIN_NL = (
    "Snel geholpen, dank u wel.",
    "Ik moest lang wachten.",
    "De uitleg was duidelijk.",
    "Niemand kon mij vertellen hoe het ervoor stond.",
    "Prima zo.",
    "De brief was moeilijk te begrijpen.",
)
PLAIN_EN = (
    "Quick and friendly, thank you.",
    "The website kept logging me out.",
    "Clear explanation, but only in Dutch.",
)


def clip(value: float, low: int, high: int) -> int:
    """The whole number in [low, high] nearest to `value` from below."""
    return max(low, min(high, int(value)))


def latent(rng: random.Random, shift: float) -> float:
    """One respondent's opinion, 0 (bad) to 1 (good), peaked at .6 + shift."""
    return (rng.random() + rng.random()) / 2 + 0.1 + shift


def rate(rng: random.Random, opinion: float, low: int, high: int, offset: float = 0.0) -> int:
    """An answer on the whole-number scale low..high: mostly the opinion, partly chance."""
    share = 0.8 * opinion + 0.2 * rng.random() + offset
    return clip(low + (high - low + 1) * share, low, high)


def pick(rng: random.Random, weighted: Sequence[tuple[Any, float]]) -> Any:
    """One of the values with the given shares (which sum to 1)."""
    point = rng.random()
    for value, share in weighted:
        point -= share
        if point < 0:
            return value
    return weighted[-1][0]


def comment(rng: random.Random, plain: Sequence[str], filled: float, personal: float) -> str:
    """An open comment: empty, plain, or (rarely) with invented personal data in it."""
    if rng.random() >= filled:
        return ""
    return rng.choice(FAKE_PII if rng.random() < personal else plain)
