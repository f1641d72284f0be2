"""When each row happened and which period it feeds.

Belongs here: the `when` part of a mapping over a batch, the stated period included. Does not belong here:
reading one date (`moments`), period algebra (`sources.periods`), which mapping version a day belongs to
(`harmonise`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sources.mapping.fields import folded, normalised
from sources.periods import first_day
from sources.readers.codes import NULL, Codes, DistinctDecoder, Vocabulary
from sources.readers.moments import BLANK, NO_MOMENT, OK, REFUSALS, Moments, WhenDecoder
from sources.readers.table import Batch

if TYPE_CHECKING:
    from sources.mapping.response_parts import PeriodOverride, When

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class TimedRows:
    """Per row: contact day (days since 1970), whether there is one, submission (UTC microseconds or
    NO_MOMENT), the code of its period, the day that decides which mapping version holds, and the reason why
    it is refused.

    `refusals` lists (reason code, column); `refusal` indexes it per row, NULL where the row is fine.
    `is_repeated`: the hour occurs twice and the first was taken.
    """

    days: npt.NDArray[np.int32]
    has_day: npt.NDArray[np.bool_]
    micros: npt.NDArray[np.int64]
    periods: Codes
    deciding_days: npt.NDArray[np.int32]
    refusal: Codes
    refusals: tuple[tuple[str, str | None], ...]
    is_repeated: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.int64]) -> TimedRows:
        """These rows only."""
        return TimedRows(
            self.days[rows],
            self.has_day[rows],
            self.micros[rows],
            self.periods[rows],
            self.deciding_days[rows],
            self.refusal[rows],
            self.refusals,
            self.is_repeated[rows],
        )


class Timing:
    """Decodes one `when`; `vocabulary` holds the period ids, `zones` what the file says of its columns' times."""

    def __init__(self, when: When, today: date, zones: Mapping[str, str] | None = None) -> None:
        self.column = when.column
        self.vocabulary = Vocabulary()
        self._decoder = WhenDecoder(when, today, (zones or {}).get(when.column or ""))
        self._const = when.const
        self._override = when.period_override
        self._months: dict[int, int] = {}
        self._first_days: dict[int, int] = {}
        self._stated = DistinctDecoder(self._stated_code)

    @property
    def ripe_on(self) -> date | None:
        """The first day that was refused because it is yet to come."""
        return self._decoder.ripe_on

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        override = self._override.column if self._override is not None else None
        return tuple(name for name in (self.column, override) if name is not None)

    def decode(self, batch: Batch) -> TimedRows:
        """Times, periods and refusals of a batch."""
        moments = self._moments(batch)
        refusals = (
            *((REFUSALS[status], self.column) for status in sorted(REFUSALS)),
            ("MH-DATUM", self._stated_in),
        )
        refusal = np.where(moments.status == OK, NULL, moments.status - 1).astype(np.int32)
        has_day = moments.status == OK
        if self._override is None:
            periods = self._months_of(moments.days, has_day)
            deciding = moments.days
        else:
            periods = self._stated_periods(batch)
            refusal[(moments.status == BLANK) & (periods != NULL)] = NULL
            refusal[(refusal == NULL) & (periods == NULL)] = len(refusals) - 1
            deciding = np.where(has_day, moments.days, self._first_days_of(periods)).astype(np.int32)
        return TimedRows(
            moments.days, has_day, moments.micros, periods, deciding, refusal, refusals, moments.is_repeated
        )

    @property
    def _stated_in(self) -> str | None:
        return self._override.column if self._override is not None else None

    def _moments(self, batch: Batch) -> Moments:
        if self.column is not None:
            return self._decoder.decode(batch.column(self.column))
        one = self._decoder.one(self._const or "")
        count = len(batch)
        return Moments(
            np.full(count, one.day, dtype=np.int32),
            np.full(count, one.micros, dtype=np.int64),
            np.full(count, one.status, dtype=np.int8),
            np.full(count, one.is_repeated, dtype=np.bool_),
        )

    def _months_of(self, days: npt.NDArray[np.int32], has_day: npt.NDArray[np.bool_]) -> Codes:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        first = int(months.min()) if len(months) else 0
        spread = int(months.max()) - first + 1 if len(months) else 0
        table = np.full(spread, NULL, dtype=np.int32)
        for month in np.flatnonzero(np.bincount(months - first, minlength=spread)):
            number = first + int(month)
            table[month] = self._months.setdefault(
                number, self.vocabulary.code(f"{1970 + number // 12:04d}-{number % 12 + 1:02d}")
            )
        return np.where(has_day, table[months - first], NULL).astype(np.int32)

    def _stated_periods(self, batch: Batch) -> Codes:
        assert self._override is not None
        if self._override.column is None:
            return np.full(len(batch), self._stated_code(""), dtype=np.int32)
        return self._stated(batch.column(self._override.column))

    def _stated_code(self, raw: str) -> int:
        assert self._override is not None
        period_id = _stated_period(self._override, raw)
        if period_id is None:
            return NULL
        try:
            start = first_day(period_id)
        except ValueError:
            return NULL
        code = self.vocabulary.code(period_id)
        self._first_days[code] = (start - _EPOCH).days
        return code

    def _first_days_of(self, periods: Codes) -> npt.NDArray[np.int32]:
        table = np.zeros(len(self.vocabulary.texts()) + 1, dtype=np.int32)
        for code, day in self._first_days.items():
            table[code] = day
        return table[periods]


def _stated_period(override: PeriodOverride, raw: str) -> str | None:
    if override.const is not None:
        return override.const
    if override.map is not None:
        return {folded(key): value for key, value in override.map.items()}.get(folded(raw))
    return normalised(raw) or None


def has_moment(micros: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where there is a submission time."""
    return micros != NO_MOMENT
