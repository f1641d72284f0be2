"""Delivered weights: text to exact decimals of nine places.

Belongs here: parsing and the rule that a weight is a finite number above zero. Does not belong here:
weights that the pipeline computes itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.readers.landed_files import WEIGHT

SCALE = 1_000_000_000
# A weight of a million or more is no weight, and would overflow the exact sums of the warehouse.
_LARGEST = 10**6 * SCALE - 1
_TYPED = re.compile(r"\+?\d{1,15}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")


def weight_parser(decimal: str, thousands: str | None, is_typed: bool) -> Callable[[str], int | None]:
    """A function from a cell to its weight in billionths; None for anything that is no weight.

    A point under a declared decimal comma is read as decimals unless it could be a thousands mark.
    """
    mark = re.escape(decimal)
    group = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|" if thousands else ""
    declared = re.compile(rf"\+?(?:{group}\d{{1,15}})(?:{mark}\d{{1,30}})?(?:[eE][+-]?\d{{1,3}})?")

    def parse(raw: str) -> int | None:
        text = raw.strip()
        if is_typed and _TYPED.fullmatch(text):
            return _billionths(text)
        if declared.fullmatch(text):
            return _billionths(text.replace(thousands or "", "").replace(decimal, "."))
        if thousands != "." and _TYPED.fullmatch(text) and not re.search(r"\.\d{3}$", text):
            return _billionths(text)
        return None

    return parse


def _billionths(text: str) -> int | None:
    weight = Decimal(text) * SCALE
    scaled = int(weight.to_integral_value(rounding=ROUND_HALF_EVEN)) if weight.adjusted() < 19 else 0
    return scaled if 0 < scaled <= _LARGEST else None


def weight_column(billionths: npt.NDArray[np.int64]) -> pa.Array:
    """Weights as DECIMAL(18,9) from billionths."""
    halves = np.empty((len(billionths), 2), dtype="<i8")
    halves[:, 0], halves[:, 1] = billionths, 0
    return pa.Array.from_buffers(WEIGHT, len(billionths), [None, pa.py_buffer(halves.tobytes())])
