"""Dimension values of a batch: the mapping's map, then the registers of the reference model.

Belongs here: what an unknown value does to its row. Does not belong here: the map itself
(`sources.mapping`), the registers (`sources.reference`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sources.readers.codes import NULL, Codes, DistinctDecoder, Vocabulary
from sources.readers.table import NATIVE_TIME, NOT_ONE_VALUE, Batch, Rejection

if TYPE_CHECKING:
    from sources.mapping.response_parts import Dimension
    from sources.reference import Reference

UNKNOWN = "unknown"
_WARNINGS = {"service": "MH-DIENST", "touchpoint": "MH-MEETMOMENT", "life_event": "MH-LEVENSGEBEURTENIS"}
# A value the register lacks is kept under its own name for a service, and becomes unknown for these.
_BECOMES_UNKNOWN = frozenset({"touchpoint", "life_event"})
_UNLISTED = -2


@dataclass(frozen=True)
class DecodedDimension:
    """Codes in the dimension's vocabulary (NULL where the row is refused) and rows the register does not
    list.
    """

    codes: Codes
    is_refused: npt.NDArray[np.bool_]
    is_unlisted: npt.NDArray[np.bool_]


class DimensionDecoder:
    """Decodes one dimension of one mapping version."""

    def __init__(self, name: str, dimension: Dimension | None, reference: Reference) -> None:
        self.name = name
        self.column = dimension.column if dimension is not None else None
        self.vocabulary = Vocabulary((UNKNOWN,))
        self.warning = _WARNINGS.get(name)
        self._dimension = dimension
        self._listed = _register(name, reference)
        self._unlisted: set[int] = set()
        self._distinct = DistinctDecoder(self._code)

    def decode(self, batch: Batch) -> DecodedDimension:
        """Decode the dimension; raises Rejection MH-DIMENSIE when its policy is to reject the delivery."""
        if self._dimension is None or self.column is None:
            code = 0 if self._dimension is None else self._code("")
            codes = np.full(len(batch), code, dtype=np.int32)
        else:
            codes = self._distinct(batch.column(self.column))
        is_unlisted = codes == _UNLISTED
        if self._unlisted:
            is_unlisted |= np.isin(codes, list(self._unlisted))
        codes = np.where(codes == _UNLISTED, 0, codes)
        is_unknown = codes == NULL
        policy = self._dimension.unknown if self._dimension is not None else "keep"
        if policy == "reject" and is_unknown.any():
            raise Rejection(
                "MH-DIMENSIE", columns=[self.column], rows=batch.row_numbers[is_unknown][:10].tolist()
            )
        if policy == "keep":
            codes, is_unknown = np.where(is_unknown, 0, codes), np.zeros_like(is_unknown)
        return DecodedDimension(codes.astype(np.int32), is_unknown, is_unlisted)

    def _code(self, raw: str) -> int:
        assert self._dimension is not None
        value = None if raw.startswith((NATIVE_TIME, NOT_ONE_VALUE)) else self._dimension.decode(raw)
        if value is None:
            return NULL
        if value == UNKNOWN or self._listed is None or value in self._listed:
            return self.vocabulary.code(value)
        if self.warning is None:
            return NULL
        if self.name in _BECOMES_UNKNOWN:
            return _UNLISTED
        code = self.vocabulary.code(value)
        self._unlisted.add(code)
        return code


def _register(name: str, reference: Reference) -> frozenset[str] | None:
    """The ids a dimension may have, None where any value will do."""
    registers = {
        "service": frozenset(reference.services),
        "channel": reference.channels,
        "audience": reference.audiences,
        "touchpoint": reference.touchpoints,
        "life_event": reference.life_events,
    }
    return registers.get(name)
