"""Files of frame counts: how many people were invited, how many contacts there were, per period and channel.

Belongs here: from an opened table to counts. Does not belong here: adding lines up (`frame`), opening a file
(`reading`), and which of several files holds (`sources.frame_counts`).

A line has a period, as `when` beside the file says, or else as deliveries write it; it has a channel where the file
has the column of `dimensions.channel`.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sources.frame_counts import ALL_CHANNELS
from sources.mapping.fields import normalised
from sources.mapping.matching import matches
from sources.readers.codes import NULL, Codes
from sources.readers.columns_check import missing_columns
from sources.readers.dimensions import DimensionDecoder
from sources.readers.frame import FrameColumns, strata_of
from sources.readers.table import Batch, OpenTable, Rejection
from sources.readers.tally import Tally
from sources.readers.timing import Timing
from sources.readers.version_reader import taken

if TYPE_CHECKING:
    from sources.mapping import Mapping
    from sources.mapping.parts import Source
    from sources.reference import Reference

_FORMATS = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx"}


def frame_source(mapping: Mapping, file_name: str) -> Source:
    """How a frame file is opened: by its name, with the marks and rows of the mapping where the format is the same."""
    source = mapping.source
    suffix = PurePosixPath(file_name.lower().removesuffix(".gz")).suffix
    kind = _FORMATS.get(suffix, "csv")
    plain = {"profile": None, "format": kind}
    if kind == source.format:
        return source.model_copy(update=plain)
    names = ("delivery", "match", "snapshot", "decimal", "thousands")
    return type(source).model_validate({name: getattr(source, name) for name in names} | plain)


class FrameFile:
    """Reads the lines of one file of counts under a mapping version that names it."""

    def __init__(
        self, mapping: Mapping, table: OpenTable, file_name: str, reference: Reference, today: date
    ) -> None:
        self.mapping = mapping
        named = {
            measure: source
            for measure, source in self.mapping.design.frame.sources().items()
            if source.file is not None and matches(source.file, file_name)
        }
        first = next(iter(named.values()))
        self._timing = Timing(first.when or self.mapping.when, today)
        measures = tuple((measure, source.column or "") for measure, source in named.items())
        self.frame = FrameColumns(self.mapping, measures, adds_up=True)
        channel = self.mapping.dimensions.channel
        present = {normalised(name) for name in table.names}
        is_there = channel is not None and (channel.column is None or channel.column in present)
        self._channel = DimensionDecoder("channel", channel, reference) if is_there else None
        self._check_columns(table, present)

    @property
    def ripe_on(self) -> date | None:
        """The first day that was refused because it is yet to come."""
        return self._timing.ripe_on

    @property
    def columns(self) -> list[str]:
        """The columns to read."""
        channel = self._channel.column if self._channel is not None else None
        names = [*self._timing.columns, *self.frame.columns, *([channel] if channel is not None else [])]
        return list(dict.fromkeys(names))

    def add(self, batch: Batch, tally: Tally) -> None:
        """Add one batch of lines; a line without a period or with an unknown channel goes to quarantine."""
        timed = self._timing.decode(batch)
        for position, (code, column) in enumerate(timed.refusals):
            tally.refuse(batch.row_numbers[timed.refusal == position], code, column)
        is_kept = timed.refusal == NULL
        channels, names = self._channels(batch, is_kept, tally)
        kept = np.flatnonzero(is_kept)
        periods = self._timing.vocabulary.texts()
        strata = strata_of(
            periods, timed.periods[kept], [""], np.zeros(len(kept), dtype=np.int32), names, channels[kept]
        )
        self.frame.add(taken(batch, kept), *strata)
        for period_id, count in zip(periods, np.bincount(timed.periods[kept]), strict=False):
            tally.periods[period_id] += int(count)
        tally.landed_rows += len(kept)

    def _channels(
        self, batch: Batch, is_kept: npt.NDArray[np.bool_], tally: Tally
    ) -> tuple[Codes, list[str]]:
        """The channel of every line; lines with an unknown one are no longer kept."""
        if self._channel is None:
            return np.zeros(len(batch), dtype=np.int32), [ALL_CHANNELS]
        decoded = self._channel.decode(batch)
        refused = decoded.is_refused & is_kept
        tally.refuse(batch.row_numbers[refused], "MH-DIMENSIE", self._channel.column)
        is_kept &= ~decoded.is_refused
        return decoded.codes, self._channel.vocabulary.texts()

    def _check_columns(self, table: OpenTable, present: set[str]) -> None:
        """Raises Rejection MH-KOLOM when counts or periods are missing; one of two ways to a period will do."""
        missing = missing_columns(self.frame.columns, table.names)
        places = self._timing.columns
        if places and not any(normalised(name) in present for name in places):
            missing += list(places)
        if missing:
            raise Rejection("MH-KOLOM", columns=missing, rows_in_file=table.rows_in_file)


def names_file(mapping: Mapping, file_name: str) -> bool:
    """Whether a mapping version takes counts from the file."""
    return any(matches(pattern, file_name) for pattern in mapping.frame_patterns)
