"""Chance that depends on a seed and a name only, never on what else is drawn.

Belongs here: generators of random numbers. Does not belong here: what is drawn with them.
"""

from __future__ import annotations

import hashlib

import numpy as np


def chance(seed: int, *names: str) -> np.random.Generator:
    """The generator for this seed and these names: the same numbers on every machine, in whatever order asked."""
    digest = hashlib.sha256("|".join(names).encode()).digest()
    words = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
