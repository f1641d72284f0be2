"""The kinds of values a mapping's fields take, from text as written to typed values.

Belongs here: one annotated type per kind of value, with the JSON Schema an editor needs. Does not belong
here: which field has which kind (`parts`, `document`) and rules over more than one field (`rules`).
"""

import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from pydantic import BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from sources.mapping.issues import did_you_mean
from sources.profiles import profile_ids

REFUSED = "meethuis"

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_CELL_RANGE = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]*:\$?[A-Z]{1,3}\$?[0-9]*")
_PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?")


def refusal(allowed: str) -> PydanticCustomError:
    """The error of a value that its field does not take."""
    return PydanticCustomError(REFUSED, "{allowed}", {"allowed": allowed})


def normalised(text: str) -> str:
    """Unicode NFC, trimmed: how names and labels are compared and kept."""
    return unicodedata.normalize("NFC", text).strip()


def folded(text: str) -> str:
    """What answers and labels are compared by: NFC, trimmed, case folded."""
    return unicodedata.normalize("NFC", normalised(text).casefold())


def parse_number(text: str) -> Decimal | None:
    """A plain decimal of the mapping itself (always with a point), or None."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _as_written(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal, date)):
        return str(value)
    return value


def _text(value: object) -> object:
    written = _as_written(value)
    return normalised(written) if isinstance(written, str) else written


def _matching(value: object, pattern: re.Pattern[str], allowed: str) -> str:
    written = _text(value)
    if isinstance(written, str) and pattern.fullmatch(written):
        return written
    raise refusal(allowed)


def _slug(value: object) -> str:
    return _matching(value, _SLUG, "letters, digits, points, dashes and underscores")


def _version(value: object) -> str:
    return _matching(value, _VERSION, "three whole numbers as 2.0.1")


def _cell_range(value: object) -> str:
    return _matching(value, _CELL_RANGE, "a range of cells as B4:K200 or B:K")


def _period(value: object) -> str:
    return _matching(value, _PERIOD, "a period as 2025-11, 2025-Q4, 2025-H2 or 2025")


def _whole(value: object) -> int:
    written = _as_written(value)
    if isinstance(written, str) and _WHOLE.fullmatch(written.strip()):
        return int(written)
    raise refusal("a whole number")


def _number(value: object) -> Decimal:
    written = _as_written(value)
    number = parse_number(written.strip()) if isinstance(written, str) else None
    if number is None:
        raise refusal("a number, with a point before at most 6 decimals")
    # One spelling for one number, so that 1 and 1.0 are the same content.
    return Decimal(int(number)) if number == int(number) else number.normalize()


def _flag(value: object) -> bool:
    written = _as_written(value)
    if written in ("true", "false"):
        return written == "true"
    raise refusal("true or false")


def _day(value: object) -> date:
    written = _as_written(value)
    if isinstance(written, str) and _DAY.fullmatch(written.strip()):
        try:
            return date.fromisoformat(written.strip())
        except ValueError:
            raise refusal("a date that exists") from None
    raise refusal("a date as 2025-12-31")


def _items(value: object) -> object:
    if value is None or isinstance(value, (list, tuple, dict)):
        return value
    return [value]


def _character(value: object) -> str:
    written = _as_written(value)
    character = {"\\t": "\t", "tab": "\t"}.get(written, written) if isinstance(written, str) else None
    if character is None or len(character) != 1 or character in "\r\n\0":
        raise refusal("one character, or tab")
    return character


def _quote(value: object) -> str:
    return "" if value is None or value == "" else _character(value)


def _encoding(value: object) -> str:
    name = str(value)
    try:
        # Refuses unknown names, and codecs such as hex that give bytes and not text.
        "".encode(name)
    except (LookupError, ValueError):
        raise refusal("the name of a text encoding that Python knows, such as utf-8 or cp1252") from None
    return name


def _timezone(value: object) -> str:
    if value == "source":
        return "source"
    try:
        return zoneinfo.ZoneInfo(str(value)).key
    except (KeyError, ValueError, OSError):
        raise refusal("source, or an IANA time zone such as Europe/Amsterdam") from None


def _locale(value: object) -> str:
    try:
        return str(Locale.parse(str(value).replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise refusal("a locale such as nl_NL") from None


def _profile(value: object) -> str:
    if value in profile_ids():
        return str(value)
    raise refusal(did_you_mean(str(value), profile_ids()))


def unknown_policy(value: object) -> object:
    """`fail` and `null` are other spellings of `reject` and `keep`."""
    written = "null" if value is None else value
    return {"fail": "reject", "null": "keep"}.get(written, written) if isinstance(written, str) else written


def null_is_unknown(value: object) -> object:
    """A null that is written out means: this value is unknown."""
    return "unknown" if value is None else value


def _schema(validate: Callable[[Any], object], schema: dict[str, Any]) -> tuple[Any, ...]:
    return (BeforeValidator(validate), WithJsonSchema(schema))


_ANY_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_SCALARS: dict[str, Any] = {"anyOf": [_ANY_SCALAR, {"type": "array", "items": _ANY_SCALAR}]}
_CHARACTER = {"type": "string", "description": "one character, or tab"}

Text = Annotated[str, *_schema(_text, _ANY_SCALAR)]
Name = Annotated[str, StringConstraints(min_length=1), *_schema(_text, _ANY_SCALAR)]
Pattern = Annotated[str, StringConstraints(min_length=1), WithJsonSchema({"type": "string", "minLength": 1})]
Slug = Annotated[str, *_schema(_slug, {"type": "string", "pattern": f"^{_SLUG.pattern}$"})]
Version = Annotated[str, *_schema(_version, {"type": "string", "pattern": f"^{_VERSION.pattern}$"})]
CellRange = Annotated[str, *_schema(_cell_range, {"type": "string", "pattern": f"^{_CELL_RANGE.pattern}$"})]
Whole = Annotated[int, *_schema(_whole, {"type": "integer"})]
Number = Annotated[Decimal, *_schema(_number, {"type": "number"})]
Flag = Annotated[bool, *_schema(_flag, {"type": "boolean"})]
Day = Annotated[date, *_schema(_day, {"type": "string", "format": "date"})]
Names = Annotated[tuple[Name, ...], *_schema(_items, _SCALARS)]
Texts = Annotated[tuple[Text, ...], *_schema(_items, _SCALARS)]
Patterns = Annotated[tuple[Pattern, ...], *_schema(_items, _SCALARS)]
Character = Annotated[str, *_schema(_character, _CHARACTER)]
Quote = Annotated[str, *_schema(_quote, {"type": ["string", "null"], "maxLength": 1})]
Encoding = Annotated[str, *_schema(_encoding, {"type": "string"})]
TimeZone = Annotated[str, *_schema(_timezone, {"type": "string"})]
LocaleName = Annotated[str, *_schema(_locale, {"type": "string"})]
ProfileId = Annotated[str, *_schema(_profile, {"enum": list(profile_ids())})]
PeriodId = Annotated[str, *_schema(_period, {"type": ["string", "integer"]})]
MapValue = Annotated[Name, *_schema(null_is_unknown, {"type": ["string", "number", "boolean", "null"]})]
