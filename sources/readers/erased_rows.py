"""Rows of people who asked to be erased: they are left out before anything else looks at them.

Belongs here: recognising them in a batch by pseudonym. Does not belong here: who asked (`sources.tombstones`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.mapping import Mapping
from sources.readers.identities import ids_of, respondent_keys, response_keys
from sources.readers.table import Batch


@dataclass(frozen=True)
class Erased:
    """Pseudonyms under one version of the key, and that key."""

    secret: bytes = field(repr=False)
    respondents: frozenset[str]
    responses: frozenset[str]


class ErasedRows:
    """Knows which rows of a delivery of responses are of people who were erased."""

    def __init__(self, mappings: Iterable[Mapping], organisation_id: str, erased: Sequence[Erased]) -> None:
        self._organisation_id = organisation_id
        self._erased = erased
        own = [one.keys for one in mappings if one.source.delivery == "respondent"]
        self._respondent_columns = {one.respondent.columns for one in own if one.respondent is not None}
        self._response_columns = {one.response.columns for one in own if one.response is not None}

    def kept(self, batch: Batch) -> npt.NDArray[np.int64]:
        """Positions of the rows that may be loaded."""
        is_erased = np.zeros(len(batch), dtype=np.bool_)
        for one in self._erased:
            for columns in self._respondent_columns:
                is_erased |= self._found(batch, columns, respondent_keys, one.secret, one.respondents)
            for columns in self._response_columns:
                is_erased |= self._found(batch, columns, response_keys, one.secret, one.responses)
        return np.flatnonzero(~is_erased)

    def _found(
        self,
        batch: Batch,
        columns: Sequence[str],
        pseudonyms: Callable[[pa.StringArray, bytes, str], pa.StringArray],
        secret: bytes,
        wanted: frozenset[str],
    ) -> npt.NDArray[np.bool_]:
        if not wanted or not len(batch):
            return np.zeros(len(batch), dtype=np.bool_)
        keys = pseudonyms(ids_of(batch, columns).texts, secret, self._organisation_id)
        found = pc.is_in(keys, value_set=pa.array(sorted(wanted), pa.string()))
        return found.to_numpy(zero_copy_only=False).astype(np.bool_)
