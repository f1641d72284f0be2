"""Counts of people behind the responses that stand in the rows themselves: invited, population and the like.

Belongs here: what the cells of such a column together say of a period. Does not belong here: numbers in the mapping
and the choice between deliveries (`sources.frame_counts`), and rates.

Lines of a table add up. Responses repeat the count of their group, which is the widest one that fits: everybody in
the period, everybody of their channel, or the stratum (service) in which they were drawn; strata add up. Where the
cells fit no group, or one of them is no count, the count of that period is unknown: half a sum would pass for a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sources.codebook import NumberFormat
from sources.frame_counts import ALL_CHANNELS, FrameCount
from sources.readers.codes import Codes, DistinctDecoder
from sources.readers.table import Batch

if TYPE_CHECKING:
    from sources.mapping import Mapping

UNUSABLE = "MH-KADER"
_BAD, _BLANK = -2, -1
_LARGEST = 999_999_999

# Period, service and channel of a row.
Stratum = tuple[str, str, str]
# Lowest and highest cell (_BAD and _BLANK are lower than any count) and the sum of the counts.
Extent = tuple[int, int, int]


class FrameColumns:
    """Collects the counts in the rows of one mapping version, batch after batch.

    `measures` are (measure, column) of `design.frame`; where `adds_up`, rows are table lines.
    """

    def __init__(self, mapping: Mapping, measures: tuple[tuple[str, str], ...], adds_up: bool) -> None:
        self._measures = measures
        self._adds_up = adds_up
        channel = mapping.dimensions.channel
        self._total_channel = (channel.const if channel is not None else None) or ALL_CHANNELS
        source = mapping.source
        self._numbers = NumberFormat(source.decimal, source.thousands, source.format != "csv")
        self._count = DistinctDecoder(self._count_of)
        self._found: dict[tuple[str, str], dict[Stratum, Extent]] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold counts."""
        return tuple(dict.fromkeys(column for _, column in self._measures))

    def add(self, batch: Batch, strata: list[Stratum], stratum_of: Codes) -> None:
        """Add rows; `stratum_of` is the position of each row's period, service and channel in `strata`."""
        if not len(batch):
            return
        order = np.argsort(stratum_of, kind="stable")
        present, first = np.unique(stratum_of[order], return_index=True)
        for measure, column in self._measures:
            counts = self._count(batch.column(column)).astype(np.int64)[order]
            lowest, highest = np.minimum.reduceat(counts, first), np.maximum.reduceat(counts, first)
            total = np.add.reduceat(np.maximum(counts, 0), first)
            own = self._found.setdefault((measure, column), {})
            for position, low, high, added in zip(present, lowest, highest, total, strict=True):
                stratum = strata[int(position)]
                before = own.get(stratum, (int(low), int(high), 0))
                own[stratum] = (min(before[0], int(low)), max(before[1], int(high)), before[2] + int(added))

    def counts(self, refuse: Callable[[str, str, int], None]) -> Iterator[FrameCount]:
        """What the rows say per period and channel; `refuse(code, column, periods)` hears what they do not say."""
        for (measure, column), own in sorted(self._found.items()):
            unusable = 0
            for period_id in sorted({stratum[0] for stratum in own}):
                rows = {stratum: extent for stratum, extent in own.items() if stratum[0] == period_id}
                if all(high == _BLANK for _, high, _ in rows.values()):
                    continue
                found = _summed(rows) if self._adds_up else _repeated(rows, self._total_channel)
                unusable += found is None
                for channel, value in sorted((found or {}).items()):
                    yield FrameCount(period_id, channel, measure, value)
            if unusable:
                refuse(UNUSABLE, column, unusable)

    def _count_of(self, raw: str) -> int:
        text = raw.strip()
        if not text:
            return _BLANK
        number = self._numbers.parse(text)
        is_count = number is not None and number == number.to_integral_value() and 0 <= number <= _LARGEST
        return int(number) if is_count and number is not None else _BAD


def _summed(rows: dict[Stratum, Extent]) -> dict[str, int] | None:
    if any(low < 0 for low, _, _ in rows.values()):
        return None
    found: dict[str, int] = {}
    for (_, _, channel), (_, _, total) in rows.items():
        found[channel] = found.get(channel, 0) + total
    return found


def _repeated(rows: dict[Stratum, Extent], total_channel: str) -> dict[str, int] | None:
    """The count per channel when rows repeat the count of a group; None when no group fits."""
    if any(low < 0 for low, _, _ in rows.values()):
        return None
    for by_service, by_channel in ((False, False), (False, True), (True, False), (True, True)):
        groups: dict[tuple[str, str], set[int]] = {}
        for (_, service, channel), (low, high, _) in rows.items():
            group = (service if by_service else "", channel if by_channel else total_channel)
            groups.setdefault(group, set()).update((low, high))
        if all(len(values) == 1 for values in groups.values()):
            found: dict[str, int] = {}
            for (_, channel), (value,) in groups.items():
                found[channel] = found.get(channel, 0) + value
            return found
    return None


def strata_of(
    periods: list[str], period_codes: Codes, services: list[str], service_codes: Codes,
    channels: list[str], channel_codes: Codes,
) -> tuple[list[Stratum], npt.NDArray[np.int32]]:  # fmt: skip
    """The strata of some rows, and per row which one; codes stand for the texts of the lists."""
    packed = (period_codes.astype(np.int64) * len(services) + service_codes) * len(channels) + channel_codes
    found, stratum_of = np.unique(packed, return_inverse=True)
    strata = []
    for code in found.tolist():
        rest, channel = divmod(code, len(channels))
        period, service = divmod(rest, len(services))
        strata.append((periods[period], services[service], channels[channel]))
    return strata, stratum_of.astype(np.int32)
