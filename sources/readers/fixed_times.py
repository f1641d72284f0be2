"""The fast way through a column of times: digits at fixed places, a whole column at once.

Belongs here: reading zero-padded numeric formats with numpy, and zone offsets per quarter of an hour. Does
not belong here: anything this way cannot decide with certainty; such rows are left to `moments`, which is
the authority.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.readers.date_patterns import numeric_layouts

_FEWEST_ROWS = 512
_QUARTER_MICROS = 900_000_000
_QUARTERS_A_DAY = 96
_DAY_MICROS = 86_400_000_000
_MINUTE_MICROS = 60_000_000
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_COUNTRY = ZoneInfo("Europe/Amsterdam")
_GAP = np.iinfo(np.int64).min
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_Ints = npt.NDArray[np.int64]
_NO_ROWS = np.zeros(0, dtype=np.int64)
_MONTH_STARTS = (
    np.arange((_FIRST_YEAR - 1970) * 12, (_LAST_YEAR + 1 - 1970) * 12 + 1)
    .astype("datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int64)
)


@dataclass(frozen=True)
class _Layout:
    """How long the text is, where its numbers (name, place, width) and its fixed characters stand, and how it
    states a zone: "Z", "+" (an offset) or not at all."""

    width: int
    numbers: tuple[tuple[str, int, int], ...]
    fixed: tuple[tuple[int, int], ...]
    zone: str


def parse_fixed_times(
    column: pa.Array, formats: tuple[str, ...], zone: ZoneInfo | None
) -> tuple[npt.NDArray[np.int32], _Ints, npt.NDArray[np.bool_]] | None:
    """Days of contact in the Netherlands, UTC microseconds, and which rows could be read this way.

    None when the column is too short or no format has fixed places. A row that falls in an hour that does
    not exist is not read.
    """
    layouts = _layouts(formats)
    if len(column) < _FEWEST_ROWS or not layouts:
        return None
    starts, lengths, data = _text_buffers(column)
    micros = np.zeros(len(column), dtype=np.int64)
    is_read = np.zeros(len(column), dtype=np.bool_)
    for layout in layouts:
        if not layout.zone and zone is None:
            continue
        rows = np.flatnonzero((lengths == layout.width) & ~is_read) if layout.width in lengths else _NO_ROWS
        if len(rows):
            found, is_good = _instants(_characters(starts, data, rows, layout.width), layout, zone)
            micros[rows[is_good]] = found[is_good]
            is_read[rows[is_good]] = True
        if is_read.all():
            break
    return _days(micros), micros, is_read


def _text_buffers(column: pa.Array) -> tuple[_Ints, npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each text starts, how many bytes it has, and the bytes of all of them."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)[
        column.offset : column.offset + len(column) + 1
    ]
    data = np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8)
    return offsets[:-1].astype(np.int64), np.diff(offsets), data


def _characters(
    starts: _Ints, data: npt.NDArray[np.uint8], rows: _Ints, width: int
) -> list[npt.NDArray[np.uint8]]:
    """The bytes of the chosen texts, one array per place."""
    if len(rows) == len(starts):
        block = data[starts[0] : starts[0] + len(rows) * width].reshape(len(rows), width)
        return [block[:, place] for place in range(width)]
    first = starts[rows]
    return [data[first + place] for place in range(width)]


@cache
def _layouts(formats: tuple[str, ...]) -> tuple[_Layout, ...]:
    variants = []
    for layout in numeric_layouts(formats, "timestamp"):
        for fraction in ("%3", "%6") if "%f" in layout else ("",):
            for zone in ("Z", "+") if "%z" in layout else ("",):
                variants.append(_places(layout.replace("%f", fraction), zone))
    return tuple(dict.fromkeys(variant for variant in variants if variant is not None))


def _places(layout: str, zone: str) -> _Layout | None:
    """Where everything stands in a text of this layout; None when a part is missing or repeated."""
    numbers: dict[str, tuple[int, int]] = {}
    fixed: list[tuple[int, int]] = []
    at, index = 0, 0
    while index < len(layout):
        character, kind = layout[index], layout[index + 1 : index + 2]
        if character != "%":
            fixed.append((at, ord(character)))
            at, index = at + 1, index + 1
            continue
        index += 2
        if kind == "z":
            numbers["z"] = (at, 1 if zone == "Z" else 6)
            at += numbers["z"][1]
            continue
        name, width = ("f", int(kind)) if kind in "36" else (kind, _WIDTHS[kind])
        if name in numbers:
            return None
        numbers[name] = (at, width)
        at += width
    if not {"Y", "m", "d", "H", "M"} <= set(numbers) or not layout.isascii():
        return None
    return _Layout(at, tuple((name, *place) for name, place in numbers.items()), tuple(fixed), zone)


def _instants(
    characters: Sequence[npt.NDArray[np.uint8]], layout: _Layout, zone: ZoneInfo | None
) -> tuple[_Ints, npt.NDArray[np.bool_]]:
    places = {name: (at, width) for name, at, width in layout.numbers}
    is_good = np.ones(len(characters[0]), dtype=np.bool_)
    for at, code in layout.fixed:
        is_good &= characters[at] == code
    numbers: dict[str, npt.NDArray[np.int32]] = {}
    for name, (at, width) in places.items():
        if name != "z":
            numbers[name] = _number(characters[at : at + width], is_good)
    days = _days_of_civil(numbers["Y"], numbers["m"], numbers["d"], is_good)
    hour, minute, second = numbers["H"], numbers["M"], numbers.get("S", np.zeros_like(numbers["M"]))
    is_good &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = days * 86_400 + ((hour * 60 + minute) * 60 + second)
    local = seconds * 1_000_000
    if "f" in numbers:
        local += numbers["f"].astype(np.int64) * (1000 if places["f"][1] == 3 else 1)
    if layout.zone == "Z":
        letter = characters[places["z"][0]]
        return local, is_good & ((letter == ord("Z")) | (letter == ord("z")))
    if layout.zone == "+":
        return local - _stated_offset(characters, places["z"][0], is_good), is_good
    assert zone is not None
    local[~is_good] = local[is_good][0] if is_good.any() else 0
    shift = _per_quarter(local, _offset_of_local, zone)
    is_good &= shift != _GAP
    return local - np.where(is_good, shift, 0), is_good


def _number(digits: Sequence[npt.NDArray[np.uint8]], is_good: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """The number that the digits write; rows with something else are marked in `is_good`."""
    value = np.zeros(len(digits[0]), dtype=np.int32)
    for digit in digits:
        # Bytes below "0" wrap around to large numbers, so one comparison catches both sides.
        plain = digit - np.uint8(ord("0"))
        is_good &= plain <= 9
        value = value * 10 + plain
    return value


def _days_of_civil(
    year: npt.NDArray[np.int32],
    month: npt.NDArray[np.int32],
    day: npt.NDArray[np.int32],
    is_good: npt.NDArray[np.bool_],
) -> _Ints:
    """Days since 1970; rows whose date does not exist are marked in `is_good`."""
    is_good &= (month >= 1) & (month <= 12) & (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (day >= 1)
    index = np.where(is_good, (year - _FIRST_YEAR) * 12 + month - 1, 0)
    is_good &= day <= _MONTH_STARTS[index + 1] - _MONTH_STARTS[index]
    return _MONTH_STARTS[index] + day - 1


def _stated_offset(
    characters: Sequence[npt.NDArray[np.uint8]], at: int, is_good: npt.NDArray[np.bool_]
) -> _Ints:
    sign = characters[at]
    hours, minutes = (
        _number(characters[at + 1 : at + 3], is_good),
        _number(characters[at + 4 : at + 6], is_good),
    )
    is_good &= (characters[at + 3] == ord(":")) & (hours < 24) & (minutes < 60)
    is_good &= (sign == ord("+")) | (sign == ord("-"))
    return np.where(sign == ord("-"), -1, 1) * (hours * 60 + minutes).astype(np.int64) * _MINUTE_MICROS


def _days(micros: _Ints) -> npt.NDArray[np.int32]:
    shift = _per_quarter(micros, _offset_of_utc, _COUNTRY)
    return ((micros + shift) // _DAY_MICROS).astype(np.int32)


def _per_quarter(micros: _Ints, offset_of: Callable[[int, ZoneInfo], int], zone: ZoneInfo) -> _Ints:
    """An offset per row, asked per day and, on days on which it changes, per quarter of an hour."""
    quarters = micros // _QUARTER_MICROS
    first = int(quarters.min()) // _QUARTERS_A_DAY * _QUARTERS_A_DAY
    quarters -= first
    asked = np.zeros((int(quarters.max()) // _QUARTERS_A_DAY + 1, _QUARTERS_A_DAY), dtype=np.bool_)
    asked.reshape(-1)[quarters] = True
    offsets = np.zeros(asked.shape, dtype=np.int64)
    for day in np.flatnonzero(asked.any(axis=1)):
        begin = first + int(day) * _QUARTERS_A_DAY
        offset, next_offset = offset_of(begin, zone), offset_of(begin + _QUARTERS_A_DAY, zone)
        offsets[day] = offset
        if offset != next_offset:
            offsets[day] = [offset_of(begin + quarter, zone) for quarter in range(_QUARTERS_A_DAY)]
    return offsets.reshape(-1)[quarters]


@cache
def _offset_of_utc(quarter: int, zone: ZoneInfo) -> int:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=quarter * _QUARTER_MICROS)
    return _micros(instant.astimezone(zone).utcoffset())


@cache
def _offset_of_local(quarter: int, zone: ZoneInfo) -> int:
    """The offset of a local quarter of an hour, the first of two when it occurs twice; _GAP when it never
    does.
    """
    stated = datetime(1970, 1, 1) + timedelta(microseconds=quarter * _QUARTER_MICROS)
    local = stated.replace(tzinfo=zone, fold=0)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != stated:
        return int(_GAP)
    return _micros(local.utcoffset())


def _micros(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(microseconds=1)
