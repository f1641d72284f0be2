"""From batches of a file to landed rows, whatever the format: which version holds for which row.

Belongs here: the choice of mapping version by contact date, and refusing rows that no version covers. Does
not belong here: what one version makes of its rows (`version_reader`, `aggregate`).
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sources.profiles import profile_of
from sources.readers.aggregate import AggregateReader
from sources.readers.codes import NULL
from sources.readers.columns_check import may_be_absent, required_columns
from sources.readers.landed_files import LandedFile
from sources.readers.process import ProcessReader
from sources.readers.table import Batch
from sources.readers.tally import Tally
from sources.readers.timing import TimedRows, Timing
from sources.readers.total_rows import TotalRows
from sources.readers.version_reader import Delivery, VersionReader, taken

if TYPE_CHECKING:
    from sources.codebook import ItemCodebook
    from sources.mapping import Mapping
    from sources.mapping.parts import Located
    from sources.reference import Reference

# A mapping version and the codebook of each of its items.
CompiledVersion = tuple["Mapping", Sequence["ItemCodebook"]]

_EPOCH = date(1970, 1, 1)


class Harmoniser:
    """Lands batches under the versions of one mapping; versions are in order of validity."""

    def __init__(
        self,
        versions: Sequence[CompiledVersion],
        reference: Reference,
        delivery: Delivery,
        today: date,
        tally: Tally,
        zones: MappingType[str, str] | None = None,
    ) -> None:
        mappings = [mapping for mapping, _ in versions]
        self.versions = [
            VersionReader(mapping, codebooks, reference, delivery) for mapping, codebooks in versions
        ]
        self._aggregates = {
            id(version): AggregateReader(version)
            for version in self.versions
            if version.mapping.source.delivery == "aggregate"
        }
        self._processes = {
            id(version): ProcessReader(version, reference)
            for version in self.versions
            if version.mapping.source.delivery == "process"
        }
        self._tally = tally
        self._totals = TotalRows(mappings[-1])
        # Versions that read dates in the same way share the work.
        whens = [mapping.when for mapping in mappings]
        distinct = [when for position, when in enumerate(whens) if when not in whens[:position]]
        self._timings = [Timing(when, today, zones) for when in distinct]
        self._timing_of = [distinct.index(when) for when in whens]

    @property
    def ripe_on(self) -> date | None:
        """The first day that was refused because it is yet to come."""
        return min((one.ripe_on for one in self._timings if one.ripe_on is not None), default=None)

    def columns(self) -> tuple[list[str], list[str]]:
        """Columns to read: those that repeat few values, and the others."""
        plain: dict[str, None] = {}
        coded: dict[str, None] = {}
        for version in self.versions:
            mapping = version.mapping
            keys = (mapping.keys.response, mapping.keys.respondent)
            plain |= dict.fromkeys(column for key in keys if key is not None for column in key.columns)
            plain |= dict.fromkeys(
                item.column for item in mapping.items if item.kind == "open_text" and item.column
            )
            if mapping.when.type == "timestamp" and mapping.when.column:
                plain[mapping.when.column] = None
            weights = mapping.design.weights
            coded |= dict.fromkeys(
                [weights.column] if weights.method == "delivered" and weights.column else []
            )
            coded |= dict.fromkeys((*required_columns(mapping), *version.answers.columns))
            coded |= dict.fromkeys(column for item in mapping.items for column in item.counts)
            coded |= dict.fromkeys(version.frame.columns)
            coded |= dict.fromkeys(part.column for part in _coded_parts(mapping) if part.column is not None)
            profile = profile_of(mapping.source.profile)
            if profile is not None and profile.organisation is not None:
                coded[profile.organisation.column] = None
        for name in plain:
            coded.pop(name, None)
        return list(coded), list(plain)

    def add(self, batch: Batch, responses: LandedFile, comments: LandedFile) -> None:
        """Land one batch. Raises Rejection when a dimension's policy rejects the delivery, or for a total row."""
        self._totals.check(batch)
        timed = [timing.decode(batch) for timing in self._timings]
        waiting = np.ones(len(batch), dtype=np.bool_)
        for version, index in zip(self.versions, self._timing_of, strict=True):
            rows = timed[index]
            chosen = np.flatnonzero(
                waiting & (rows.refusal == NULL) & _holds(version.mapping, rows.deciding_days)
            )
            if len(chosen):
                waiting[chosen] = False
                self._land(version, index, taken(batch, chosen), _timed(rows, chosen), responses, comments)
        self._refuse_rest(batch, timed, waiting)

    def _land(
        self,
        version: VersionReader,
        index: int,
        batch: Batch,
        timed: TimedRows,
        responses: LandedFile,
        comments: LandedFile,
    ) -> None:
        periods = self._timings[index].vocabulary
        process = self._processes.get(id(version))
        aggregate = self._aggregates.get(id(version))
        if process is not None:
            process.add(batch, timed, periods, self._tally)
        elif aggregate is not None:
            aggregate.land(batch, timed, periods, self._tally, responses)
        else:
            version.land(version.judge(batch, timed, self._tally), periods, self._tally, responses, comments)

    def finish(self, landed: LandedFile) -> None:
        """Land what can only be judged when every row has been seen."""
        for process in self._processes.values():
            process.land(landed, self._tally)

    def _refuse_rest(self, batch: Batch, timed: Sequence[TimedRows], waiting: npt.NDArray[np.bool_]) -> None:
        """Rows that no version took: their date was refused everywhere, or lies outside every validity."""
        if not waiting.any():
            return
        is_dated = np.any([rows.refusal == NULL for rows in timed], axis=0)
        newest = timed[self._timing_of[-1]]
        outside = waiting & is_dated
        self._tally.refuse(
            batch.row_numbers[outside], "MH-GELDIGHEID", self._timings[self._timing_of[-1]].column
        )
        for position, (code, column) in enumerate(newest.refusals):
            refused = waiting & ~is_dated & (newest.refusal == position)
            self._tally.refuse(batch.row_numbers[refused], code, column)

    def needed_columns(self) -> tuple[str, ...]:
        """Columns that the file must have, given the versions and items that its rows fall under.

        Of versions without any row only the columns that place a row count, and only when no version has
        rows.
        """
        used = [version for version in self.versions if version.is_used]
        needed: dict[str, None] = {}
        for version in used or self.versions[-1:]:
            needed |= dict.fromkeys(required_columns(version.mapping))
        for version in used:
            optional = {item.column for item in version.mapping.items if may_be_absent(version.mapping, item)}
            wanted = version.answers.used_columns | version.used_columns
            needed |= dict.fromkeys(sorted(wanted - optional))
        return tuple(needed)


def _coded_parts(mapping: Mapping) -> list[Located]:
    parts = [
        mapping.language,
        mapping.completed,
        mapping.when,
        mapping.when.period_override,
        *mapping.exclude,
    ]
    return [part for part in (*parts, *mapping.dimensions.declared().values()) if part is not None]


def _holds(mapping: Mapping, days: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    holds = days >= (mapping.valid_from - _EPOCH).days
    return holds if mapping.valid_to is None else holds & (days <= (mapping.valid_to - _EPOCH).days)


def _timed(rows: TimedRows, chosen: npt.NDArray[np.int64]) -> TimedRows:
    return rows if len(chosen) == len(rows.days) else rows.take(chosen)
