"""Contact dates and submission times of a column, with the rules that a date must meet.

Belongs here: time zones, the hour that does not exist, date limits, one decision per distinct value. Does
not belong here: the patterns of dates (`date_patterns`) and which period or mapping version a date falls in
(`harmonise`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.readers.date_patterns import DatePattern, patterns, swapped_patterns
from sources.readers.fixed_times import parse_fixed_times
from sources.readers.table import NATIVE_TIME

if TYPE_CHECKING:
    from sources.mapping.response_parts import When

COUNTRY_ZONE = ZoneInfo("Europe/Amsterdam")
OK, BLANK, UNREADABLE, GAP, FUTURE, SWAPPED = range(6)
REFUSALS = {
    BLANK: "MH-DATUM",
    UNREADABLE: "MH-DATUM",
    GAP: "MH-TIJD",
    FUTURE: "MH-DATUM-TOEKOMST",
    SWAPPED: "MH-DAGVOLGORDE",
}
NO_MOMENT = np.iinfo(np.int64).min
_FIRST_YEAR = 1990
_EPOCH = date(1970, 1, 1)
_EPOCH_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MANY_DISTINCT = 256


@dataclass(frozen=True)
class Moments:
    """Per row: `days` since 1970 of the contact date in the Netherlands, `micros` UTC since 1970 or
    NO_MOMENT, `status` (OK or one of the others, for which days and micros mean nothing), and `is_repeated`:
    whether the hour occurs twice, so that the first of the two was taken.
    """

    days: npt.NDArray[np.int32]
    micros: npt.NDArray[np.int64]
    status: npt.NDArray[np.int8]
    is_repeated: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Moment:
    """One decoded value, as in Moments."""

    day: int
    micros: int
    status: int
    is_repeated: bool = False


class WhenDecoder:
    """Decodes a mapping's `when` column; each distinct value once.

    `stated_zone` is what the file says of the column's times as a whole; it holds where the mapping leaves it to the
    source, for times that state no zone of their own.
    """

    def __init__(self, when: When, today: date, stated_zone: str | None = None) -> None:
        self._kind = when.type
        self._formats = tuple(when.format)
        self._patterns = patterns(self._formats, when.type, when.locale)
        self._swapped = swapped_patterns(self._formats, when.type, when.locale)
        self._zone = _known_zone(stated_zone) if when.timezone == "source" else ZoneInfo(when.timezone)
        self._today = (today - _EPOCH).days
        self._first_day = (date(_FIRST_YEAR, 1, 1) - _EPOCH).days
        self._first_future: int | None = None
        self._known: dict[str, Moment] = {}

    @property
    def ripe_on(self) -> date | None:
        """The first day that was refused because it is yet to come: from then on its rows can be read."""
        return _EPOCH + timedelta(days=self._first_future) if self._first_future is not None else None

    def decode(self, column: pa.Array) -> Moments:
        """The moments of a text column."""
        if self._kind == "timestamp" and not isinstance(column, pa.DictionaryArray):
            fast = parse_fixed_times(column, self._formats, self._zone)
            if fast is not None:
                return self._with_slow_rows(column, *fast)
        return self._by_distinct(column)

    def one(self, raw: str) -> Moment:
        """The moment of one cell."""
        known = self._known.get(raw)
        if known is None:
            known = self._limited(self._decoded(raw))
            self._known[raw] = known
        return known

    def _by_distinct(self, column: pa.Array) -> Moments:
        coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
        moments = [self.one(raw) for raw in coded.dictionary.to_pylist()]
        if len(self._known) > _MANY_DISTINCT * 1024:
            self._known.clear()
        index = coded.indices.to_numpy(zero_copy_only=False)
        return Moments(
            np.array([moment.day for moment in moments], dtype=np.int32)[index],
            np.array([moment.micros for moment in moments], dtype=np.int64)[index],
            np.array([moment.status for moment in moments], dtype=np.int8)[index],
            np.array([moment.is_repeated for moment in moments], dtype=np.bool_)[index],
        )

    def _with_slow_rows(
        self,
        column: pa.Array,
        days: npt.NDArray[np.int32],
        micros: npt.NDArray[np.int64],
        is_fast: npt.NDArray[np.bool_],
    ) -> Moments:
        """What the fast way read, checked against the limits; the other rows one by one."""
        status = np.where(days < self._first_day, UNREADABLE, np.where(days > self._today, FUTURE, OK))
        status = status.astype(np.int8)
        is_repeated = np.zeros(len(column), dtype=np.bool_)
        # Whether the text states its own offset shows in the text only.
        slow = np.flatnonzero(~is_fast | self._may_be_repeated(micros, is_fast))
        if len(slow):
            rest = self._by_distinct(column.take(pa.array(slow)))
            days[slow], micros[slow], status[slow] = rest.days, rest.micros, rest.status
            is_repeated[slow] = rest.is_repeated
        is_future = is_fast & (status == FUTURE)
        if is_future.any():
            self._meet_future(int(days[is_future].min()))
        return Moments(days, micros, status, is_repeated)

    def _may_be_repeated(
        self, micros: npt.NDArray[np.int64], is_read: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(micros), dtype=np.bool_)
        if self._zone is None or not is_read.any():
            return found
        read = micros[is_read]
        first, last = (_EPOCH_TIME + int(edge) * _MICROSECOND for edge in (read.min(), read.max()))
        for year in range(first.year, last.year + 1):
            for start, end in _repeated_hours(self._zone, year):
                found |= (micros >= start) & (micros < end)
        return found

    def _limited(self, moment: Moment) -> Moment:
        if moment.status != OK:
            return moment
        if moment.day < self._first_day:
            return _refused(UNREADABLE)
        if moment.day <= self._today:
            return moment
        self._meet_future(moment.day)
        return _refused(FUTURE)

    def _meet_future(self, day: int) -> None:
        self._first_future = day if self._first_future is None else min(self._first_future, day)

    def _decoded(self, raw: str) -> Moment:
        text = raw.strip()
        if not text or text == NATIVE_TIME:
            return _refused(BLANK)
        stated = _native(text) if text.startswith(NATIVE_TIME) else _first_parsed(self._patterns, text)
        if stated is None:
            return _refused(UNREADABLE if _first_parsed(self._swapped, text) is None else SWAPPED)
        if self._kind == "month":
            return _on_day(stated.date().replace(day=1))
        if self._kind == "date":
            return _on_day((stated.astimezone(COUNTRY_ZONE) if stated.tzinfo else stated).date())
        is_repeated = False
        if stated.tzinfo is None:
            if self._zone is None:
                return _refused(UNREADABLE)
            # Of an hour that occurs twice the first is taken (fold=0).
            local = stated.replace(tzinfo=self._zone, fold=0)
            if local.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != stated:
                return _refused(GAP)
            is_repeated = local.utcoffset() != local.replace(fold=1).utcoffset()
            stated = local
        try:
            instant = stated.astimezone(UTC)
            day = instant.astimezone(COUNTRY_ZONE).date()
        except (OverflowError, ValueError):
            return _refused(UNREADABLE)
        return Moment((day - _EPOCH).days, (instant - _EPOCH_TIME) // _MICROSECOND, OK, is_repeated)


def _known_zone(name: str | None) -> ZoneInfo | None:
    """The zone of that IANA name; None where there is none of it."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None


def _first_parsed(choices: tuple[DatePattern, ...], text: str) -> datetime | None:
    return next((found for pattern in choices if (found := pattern.parse(text)) is not None), None)


@cache
def _repeated_hours(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """The first pass through the local hours of a year that occur twice: UTC microseconds, end excluded."""
    new_year = datetime(year, 1, 1, tzinfo=UTC)
    days = [new_year + timedelta(days=number) for number in range(366)]
    hours = [
        day + timedelta(hours=hour)
        for day in days
        if _offset(day + timedelta(days=1), zone) < _offset(day, zone)
        for hour in range(24)
    ]
    found = []
    for hour in hours:
        turned_back = _offset(hour, zone) - _offset(hour + timedelta(hours=1), zone)
        end = (hour + timedelta(hours=1) - _EPOCH_TIME) // _MICROSECOND
        if turned_back > timedelta():
            found.append((end - turned_back // _MICROSECOND, end))
    return tuple(found)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _native(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.removeprefix(NATIVE_TIME))
    except ValueError:
        return None


def _on_day(day: date) -> Moment:
    return Moment((day - _EPOCH).days, int(NO_MOMENT), OK)


def _refused(status: int) -> Moment:
    return Moment(0, int(NO_MOMENT), status)
