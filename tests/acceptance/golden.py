"""The golden data set of the domain reference (3.9) and what its published figures must be.

Belongs here: the generator, digit for digit, and the printed values. The md5 of the CSV that it writes is
checked before use, so that a wrong generator cannot pass for a wrong product.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass

MD5 = "6e470e62f12d0bc7291977512671c604"
HEADER = ["id", "channel", "age", "cijfer", "nps", "d1", "d2", "d3", "d4"]
POPULATION = {"web": 60_000, "telefoon": 30_000, "balie": 10_000}
AGES = {"18-34": 28_000, "35-64": 48_000, "65+": 24_000}
SAMPLE = {"web": 87, "telefoon": 72, "balie": 81}


@dataclass
class Congruential:
    """The reference's own random numbers: no library, the same everywhere."""

    state: int = 20261123

    def __call__(self) -> float:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state / 2**32


def clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def rows() -> list[list[int | str]]:
    """240 responses: id, channel, age, cijfer (1-10), nps (0-10), d1-d4 (1-5)."""
    u = Congruential()
    found: list[list[int | str]] = []
    for number in range(1, 241):
        r = u()
        channel = "web" if r < 0.40 else ("telefoon" if r < 0.70 else "balie")
        age = "18-34" if u() < 0.25 else ("35-64" if u() < 0.6 else "65+")
        q = (u() + u() + u() + u()) / 4
        q += {"web": -0.03, "telefoon": 0.0, "balie": 0.06}[channel]
        d = [clip(1 + int(5 * (q * 0.75 + u() * 0.25 + off)), 1, 5) for off in (0, 0.03, -0.04, 0.01)]
        z = (
            0.35 * q
            + 0.13 * (d[0] - 1) / 4
            + 0.10 * (d[1] - 1) / 4
            + 0.22 * (d[2] - 1) / 4
            + 0.05 * (d[3] - 1) / 4
            + 0.15 * u()
        )
        grade = clip(1 + int(10 * z + 0.8), 1, 10)
        nps = clip(int(11 * (z + 0.02 + 0.1 * (u() - 0.5))), 0, 10)
        found.append([number, channel, age, int(grade), int(nps), *map(int, d)])
    return found


def csv_text() -> str:
    """The data set as `csv.writer` writes it; refuses to go on when the md5 differs."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows()])
    if hashlib.md5(text.getvalue().encode(), usedforsecurity=False).hexdigest() != MD5:
        raise AssertionError("the golden data set is not the reference's")
    return text.getvalue()


def weight_of(channel: str) -> float:
    """The delivered design weight N_h / n_h."""
    return POPULATION[channel] / SAMPLE[channel]


def weighted_csv_text() -> str:
    """The same responses with their design weight, 9 decimals, as a last column."""
    text = io.StringIO(newline="")
    body = [[*row, f"{weight_of(str(row[1])):.9f}"] for row in rows()]
    csv.writer(text).writerows([[*HEADER, "weegfactor"], *body])
    return text.getvalue()


# The printed values: (value, standard error, low, high), each with the digits that the reference prints.
MEAN = ("6.4625", None, "6.29003221", "6.63496779")
MEAN_SD = "1.35631562"
POSITIVE = ("0.454166667", None, "0.392391464", "0.517385979")
MEAN_POMP = "60.6944444"
NPS = ("-76.6666667", "2.86046164")
WEIGHTED_MEAN = ("6.3091209025", "0.092534034")
WEIGHTED_POSITIVE = ("0.4204980843", "0.351048713", "0.493244053")
WEIGHTED_NPS = "-81.9545551"
WEIGHTED_N_EFF = "181.44250266"
R_SQUARED = "0.819460189"
# Shares of variance of d1 to d4, by the nodes that the cases give them.
LMG = {
    "drv.serieus_genomen": "0.193541948",
    "drv.empathie": "0.172569174",
    "drv.meedenken": "0.282425015",
    "drv.snelheid": "0.170924052",
}

POSTSTRATIFIED_MEAN = ("6.3091209025", ".0921418922")
POSTSTRATIFIED_SHARE = ("0.4204980843", ".0365629932")
POSTSTRATIFIED_NPS = ("-81.9545551", "2.7675650")
# Of a sample drawn at random within the channels, with the correction for finite populations and without it.
STRATIFIED_ERROR, STRATIFIED_ERROR_INFINITE = ".0924220343", ".0925087983"
DESIGN_EFFECT = "1.32273308"
RAKED_MEAN = ("6.32980314", ".08914429")
RAKED_DESIGN_EFFECT, RAKED_N_EFF = "1.37727612", "174.256997"
RAKED_WEIGHTS = ("86.1505087", "815.328388")


def agrees(found: float, printed: str) -> bool:
    """Whether `found` rounds to the printed digits; published figures carry ten significant ones at most."""
    decimals = min(len(printed.partition(".")[2]), 10 - len(printed.partition(".")[0].lstrip("-0")))
    return abs(found - float(printed)) <= 0.51 * 10**-decimals
