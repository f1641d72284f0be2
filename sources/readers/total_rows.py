"""Rows that add up the others, between responses or table lines where the mapping does not expect them.

Belongs here: recognising them by the words of `total_rows.yml` in the cells that place a row. Does not belong here:
reports without any response (`summary_report`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from sources.mapping.fields import folded
from sources.readers.table import Batch, Rejection

if TYPE_CHECKING:
    from sources.mapping import Mapping

_WORDS_FILE = Path(__file__).with_suffix(".yml")


class TotalRows:
    """Looks for total rows under one mapping; what the mapping itself maps or excludes is no total row."""

    def __init__(self, mapping: Mapping) -> None:
        excluded = {folded(value) for rule in mapping.exclude for value in rule.values}
        known: dict[str, set[str]] = {}
        if mapping.keys.response is not None and mapping.source.delivery != "aggregate":
            known |= {column: set() for column in mapping.keys.response.columns}
        if mapping.when.column is not None:
            known[mapping.when.column] = set()
        for dimension in mapping.dimensions.declared().values():
            if dimension.column is not None:
                known.setdefault(dimension.column, set()).update(map(folded, dimension.map or {}))
        self._words = {
            column: pa.array(
                [word for word in _words() if folded(word) not in mapped | excluded], pa.string()
            )
            for column, mapped in known.items()
        }

    def check(self, batch: Batch) -> None:
        """Raises Rejection MH-TOTAALRIJ, with the rows, when a batch holds a total row."""
        for column, words in self._words.items():
            found = batch.columns.get(column)
            if found is None:
                continue
            if isinstance(found, pa.DictionaryArray):
                if not pc.any(pc.is_in(found.dictionary, words)).as_py():
                    continue
                found = found.dictionary_decode()
            rows = np.flatnonzero(pc.is_in(found, words).to_numpy(zero_copy_only=False))
            if len(rows):
                raise Rejection(
                    "MH-TOTAALRIJ", columns=[column], rows=[int(row) for row in batch.row_numbers[rows]]
                )


@cache
def _words() -> tuple[str, ...]:
    listed: list[str] = yaml.safe_load(_WORDS_FILE.read_text(encoding="utf-8"))
    spelled = (form for word in listed for form in (word, word.title(), word.capitalize(), word.upper()))
    return tuple(dict.fromkeys(text for form in spelled for text in (form, f"{form}:")))
