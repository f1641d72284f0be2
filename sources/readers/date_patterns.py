"""Declared date formats as strict patterns, independent of the machine's locale.

Belongs here: strptime directives, month and day names per locale, one text to one date or time. Does not
belong here: time zones, periods, and whether a date is acceptable (`moments`). Nothing is ever guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

from babel import Locale
from babel.dates import get_period_names

# Without a declared locale, names of months may be Dutch or English; no name means two months in them.
_DEFAULT_LOCALES = ("nl", "en")
_NUMBERS = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})", "I": r"(?P<I>\d{1,2})", "M": r"(?P<M>\d{1,2})", "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})", "j": r"(?P<j>\d{1,3})", "q": r"(?P<q>[1-4])",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2}|[+-]\d{1,2}(?::\d{2})?)",
}  # fmt: skip
_COMPOSED = {"T": "%H:%M:%S", "R": "%H:%M", "F": "%Y-%m-%d", "D": "%m/%d/%y"}
_NAMED = re.compile("%[BbhAap]")
_ISO_DATE = "%Y-%m-%d"
_ISO_TIMES = tuple(
    f"{_ISO_DATE}{joint}{time}{zone}"
    for joint in ("T", " ")
    for time in ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M")
    for zone in ("", "%z", " %z")
)
_DEFAULTS = {"date": (_ISO_DATE,), "timestamp": _ISO_TIMES, "month": ("%Y-%m",)}
_PIVOT_YEAR = 69


@dataclass(frozen=True)
class DatePattern:
    """One compiled format."""

    expression: re.Pattern[str]
    months: Mapping[str, int]
    afternoons: Mapping[str, bool]

    def parse(self, text: str) -> datetime | None:
        """The date and time that `text` states, None when it does not fit exactly or does not exist.

        Missing parts are the first day, midnight. The result is aware only when the format has an offset.
        """
        match = self.expression.fullmatch(text)
        if match is None:
            return None
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        try:
            return self._moment(found)
        except (ValueError, OverflowError):
            return None

    def _moment(self, found: Mapping[str, str]) -> datetime:
        year = int(found["Y"]) if "Y" in found else _full_year(int(found["y"]))
        moment = datetime(year, self._month(found), int(found.get("d", 1)), self._hour(found))
        moment = moment.replace(minute=int(found.get("M", 0)), second=int(found.get("S", 0)))
        moment = moment.replace(microsecond=int(found.get("f", "0").ljust(6, "0")[:6]))
        if "j" in found:
            moment = _day_of_year(moment, int(found["j"]))
        return moment.replace(tzinfo=_offset(found["z"])) if "z" in found else moment

    def _month(self, found: Mapping[str, str]) -> int:
        if "B" in found:
            return self.months[_name(found["B"])]
        if "q" in found:
            return 3 * int(found["q"]) - 2
        return int(found.get("m", 1))

    def _hour(self, found: Mapping[str, str]) -> int:
        if "I" not in found:
            return int(found.get("H", 0))
        hour = int(found["I"])
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a twelve-hour clock")
        return hour % 12 + (12 if self.afternoons[_name(found["p"])] else 0) if "p" in found else hour


def patterns(formats: tuple[str, ...], kind: str, locale: str | None) -> tuple[DatePattern, ...]:
    """The patterns of a mapping's formats, or ISO 8601 for its kind (date, timestamp, month) without any."""
    return tuple(_pattern(layout, locale) for layout in formats or _DEFAULTS[kind])


def swapped_patterns(formats: tuple[str, ...], kind: str, locale: str | None) -> tuple[DatePattern, ...]:
    """The patterns with day and month in each other's place, of formats that write both as numbers."""
    wanted = [_expanded(layout) for layout in formats or _DEFAULTS[kind]]
    both = [layout for layout in wanted if "%d" in layout and "%m" in layout]
    return tuple(
        _pattern(re.sub("%[dm]", lambda found: "%m" if found[0] == "%d" else "%d", layout), locale)
        for layout in both
    )


def numeric_layouts(formats: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The formats that consist of numbers of a fixed width when written with leading zeros."""
    wanted = formats or _DEFAULTS[kind]
    return tuple(
        layout for layout in map(_expanded, wanted) if re.fullmatch(r"(?:%[YmdHMSfz]|[^%])*", layout)
    )


@cache
def _pattern(layout: str, locale: str | None) -> DatePattern:
    expanded = _expanded(layout)
    # Most formats name nothing, and the names of a locale take longer to load than a small file to read.
    locales = ((locale,) if locale else _DEFAULT_LOCALES) if _NAMED.search(expanded) else ()
    months, days, periods = _month_names(locales), _day_names(locales), _period_names(locales)
    names = {
        "B": _alternatives(months, "B"),
        "A": _alternatives(days, None),
        "p": _alternatives(periods, "p"),
    }
    names |= {"b": names["B"], "h": names["B"], "a": names["A"], "%": "%"}
    expression = ""
    for token in re.findall(r"%.|\s+|[^%\s]+", expanded, re.DOTALL):
        if token.startswith("%"):
            expression += (_NUMBERS | names)[token[1]]
        else:
            expression += r"\s+" if token.isspace() else re.escape(token)
    return DatePattern(re.compile(expression, re.IGNORECASE | re.ASCII), months, periods)


def _expanded(layout: str) -> str:
    return re.sub(r"%([TRFD])", lambda match: _COMPOSED[match.group(1)], layout)


def _alternatives(names: Mapping[str, object], group: str | None) -> str:
    choices = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return rf"(?P<{group}>{choices})\.?" if group else rf"(?:{choices})\.?"


def _name(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().rstrip(".")


@cache
def _month_names(locales: tuple[str, ...]) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in map(Locale.parse, locales):
        for contexts in locale.months.values():
            for width in ("wide", "abbreviated"):
                names |= {_name(name): number for number, name in contexts.get(width, {}).items()}
    return names


@cache
def _day_names(locales: tuple[str, ...]) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in map(Locale.parse, locales):
        for contexts in locale.days.values():
            for width in ("wide", "abbreviated"):
                names |= {_name(name): number for number, name in contexts.get(width, {}).items()}
    return names


@cache
def _period_names(locales: tuple[str, ...]) -> dict[str, bool]:
    names = {"am": False, "pm": True, "a.m": False, "p.m": True}
    for locale in locales:
        for name, text in get_period_names(locale=Locale.parse(locale)).items():
            if name in ("am", "pm"):
                names[_name(text)] = name == "pm"
    return names


def _full_year(two_digits: int) -> int:
    # As POSIX strptime: 69-99 is 1969-1999, 00-68 is 2000-2068.
    return two_digits + (1900 if two_digits >= _PIVOT_YEAR else 2000)


def _day_of_year(moment: datetime, ordinal: int) -> datetime:
    day = date(moment.year, 1, 1) + timedelta(days=ordinal - 1)
    if ordinal < 1 or day.year != moment.year:
        raise ValueError("no day of that year")
    return moment.replace(month=day.month, day=day.day)


def _offset(text: str) -> timezone:
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "")
    # Google writes `GMT+2`: hours alone, without a zero before them.
    hours, rest = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    minutes = int(hours) * 60 + int(rest)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
