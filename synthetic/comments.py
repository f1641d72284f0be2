"""Open comments of invented people, some with invented but well-formed personal data in them.

Belongs here: making such numbers and addresses, and choosing texts. Does not belong here: the texts (`comments.yml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

_TEXTS = Path(__file__).with_name("comments.yml")
_BSN_FACTORS = (9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Planted:
    """A piece of personal data that stands in a delivery: its kind and the text itself."""

    kind: str
    text: str


def comments(
    rng: np.random.Generator, count: int, language: str, filled: float
) -> tuple[list[str], list[Planted]]:
    """`count` comments, of which the share `filled` is not empty, and the personal data planted in them."""
    texts = _texts()
    plain, personal = texts["plain"][language], texts["with_personal_data"][language]
    is_filled = rng.random(count) < filled
    is_personal = rng.random(count) < texts["filled_with_personal_data"]
    choice = rng.random(count)
    found, planted = [], []
    for index in range(count):
        if not is_filled[index]:
            found.append("")
        elif is_personal[index]:
            template = personal[int(choice[index] * len(personal))]
            one = Planted(template["kind"], personal_data(rng, template["kind"]))
            planted.append(one)
            found.append(template["text"].format(**{one.kind: one.text}))
        else:
            found.append(plain[int(choice[index] * len(plain))])
    return found, planted


def personal_data(rng: np.random.Generator, kind: str) -> str:
    """An invented e-mail address, telephone number, IBAN or BSN. Domain, bank and range are those kept for tests."""
    number = int(rng.integers(10_000, 99_999))
    if kind == "email":
        return f"inwoner.{number}@example.nl"
    if kind == "phone":
        return f"06-00{number:05d}{number % 10}"
    if kind == "iban":
        body = f"TEST{number:010d}"
        return f"NL{98 - _remainder(body + 'NL00'):02d}{body}"
    return _bsn(number)


def _remainder(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text)) % 97


def _bsn(number: int) -> str:
    """A number that passes the eleven-test; those that begin with 999 belong to nobody."""
    while True:
        digits = f"999{number % 100_000:05d}"
        check = sum(factor * int(digit) for factor, digit in zip(_BSN_FACTORS, digits, strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"
        number += 1


@cache
def _texts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return found
