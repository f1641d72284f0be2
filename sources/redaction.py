"""Removal of personal data from open answers, before anything of them is stored.

Belongs here: the patterns of domain reference 4.4, their order and their checks. Does not belong here: who
may read a redacted comment, and where it is stored. Over-masking is accepted, a missed number is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from stdnum import iban
from stdnum.nl import bsn

from sources.redaction_names import FIRST_NAMES

REDACTION_VERSION = "1.0.0"

_DASH = r"[\s.\-‐‑–/]"
_MONTHS = (
    r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
    r"|jan|feb|mrt|apr|jun|jul|aug|sept?|okt|nov|dec)\.?"
)
_CAPITAL = "[A-ZÀ-ÖØ-Þ]"
_PARTICLE = r"(?:van|de|den|der|ter|ten|te|het|'t|’t|in|op|la|le|du|von|bin|ben|el|al|dos|da)"
_SURNAME = rf"{_CAPITAL}[\w'’]+(?:-{_CAPITAL}?[\w'’]+)*"
_INITIALS = rf"(?:{_CAPITAL}\.\s?)+"
_NAME_PART = rf"(?:{_PARTICLE}\s+){{0,3}}{_SURNAME}"
_FULL_NAME = rf"(?:{_INITIALS}\s?)?{_NAME_PART}(?:\s+{_NAME_PART}){{0,2}}"
_FIRST = "|".join(sorted(FIRST_NAMES, key=len, reverse=True))

# A text without any of these holds nothing that a pattern below could match.
_SUSPECT = re.compile(
    rf"[\d@]|(?i:naam|heet|\bheer\b|meneer|mevr|\bdhr\b|\bmw\b|groet|afzender|ondertekend)|\b(?:{_FIRST})\b"
)

_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ .\-]?[A-Za-z0-9])")
_EMAIL = re.compile(r"[\w.+%'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    rf"(?<![\d+])(?:(?:\+|00)31{_DASH}?(?:\(0\)|0)?{_DASH}?|\(?0(?![89]00))[1-9](?:[)]?{_DASH}{{0,3}}\d){{8}}(?!\d)"
    rf"|(?<![\d+])\+(?!31)[1-9]\d{{0,2}}(?:{_DASH}?\d){{7,11}}(?!\d)"
)
_BSN = re.compile(
    r"(?<![\d,])(?<!\d[.\-/])"
    r"(?:\d{9}|\d{4}[. \-]\d{2}[. \-]\d{3}|\d{3}[. \-]\d{3}[. \-]\d{3}|\d{2}[. \-]\d{3}[. \-]\d{3}|\d{8})"
    r"(?![\d])(?![.,\-/]\d)"
)
_KVK_BEFORE = re.compile(r"(?i)(?:kvk|kamer van koophandel)[\s\-]*(?:nummer|nr)?[\s.:\-]*(?:is\s+)?$")
_UNIT = "KM|KG|MM|CM|MB|GB|KB|SA|SD|SS"
_POSTCODE = re.compile(
    rf"(?<![\w€.,])([1-9]\d{{3}})(?:\s?(?!{_UNIT})[A-Z]{{2}}|(?!{_UNIT.lower()})[a-z]{{2}})\b"
    r"(?P<number>[\s,]*(?i:huisnummer|huisnr\.?|nr\.?|nummer)?\s*\d{1,5}(?!\d|[.,:]\d|\s?%)"
    r"(?:\s?[a-zA-Z]\b|[\-/]\w{1,4})?)?"
)
_STREET = re.compile(
    rf"\b{_CAPITAL}[\w'’.\-]*(?:straat|laan|weg|plein|gracht|kade|singel|dijk|hof|dreef|steeg|park|pad)"
    r"\s+(?:nr\.?\s*)?\d{1,4}\s?[a-zA-Z]?\b"
)
_L, _D = "[A-Za-z]", r"\d"
_SIDECODES = (
    "LL-DD-DD", "DD-DD-LL", "DD-LL-DD", "LL-DD-LL", "LL-LL-DD", "DD-LL-LL", "DD-LLL-D",
    "D-LLL-DD", "LL-DDD-L", "L-DDD-LL", "LLL-DD-L", "L-DD-LLL", "D-LL-DDD", "DDD-LL-D",
)  # fmt: skip


def _sidecode(separator: str) -> str:
    codes = (code.replace("-", separator).replace("L", _L).replace("D", _D) for code in _SIDECODES)
    return "|".join(codes)


_PLATE = re.compile(
    rf"(?<![\w-])(?:{_sidecode('-')})(?![\w-])"
    rf"|(?:(?<=kenteken )|(?<=kenteken: )|(?<=kenteken is ))(?:{_sidecode('[ -]?')})(?!\w)",
    re.IGNORECASE,
)
_BIRTH_DATE = re.compile(
    r"\b(geboren|geb\.?|geboortedatum|geboortedag)(\s*(?:is|op|:|=|,)?\s*(?:op\s+)?)"
    r"(?:\d{1,2}[\s.\-/]\d{1,2}[\s.\-/]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{8}"
    rf"|\d{{1,2}}\s+{_MONTHS}\s+\d{{2,4}})\b",
    re.IGNORECASE,
)
_ANNOUNCED_NAME = re.compile(
    r"\b((?i:mijn\s+naam\s+is|ik\s+heet|naam\s*:|de\s+heer|meneer|heer|mevrouw|mevr\b\.?|dhr\b\.?|mw\b\.?|"
    rf"(?:met\s+)?(?:vriendelijke\s+)?groet(?:en|jes)?\s*(?:van|,)|afzender\s*:|ondertekend\s*:?)\s+)({_FULL_NAME})"
)
_INTRODUCED_NAME = re.compile(
    rf"\b((?i:mijn\s+naam\s+is|ik\s+heet)\s+)((?i:{_FIRST})\b(?:\s+(?:{_PARTICLE}\s+){{0,3}}\w{{3,}})?)"
)
_KNOWN_NAME = re.compile(rf"\b(?:{_FIRST})\b(?:\s+{_NAME_PART}){{0,2}}")

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})


@lru_cache(maxsize=50_000)
def redact(text: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """`text` with personal data replaced by tags, and how many of each kind were replaced (sorted by kind).

    Kinds: address, birth_date, bsn, email, iban, licence_plate, name, phone. Invisible characters are removed
    first, so that they cannot split a number.
    """
    clean = _visible(text)
    if _SUSPECT.search(clean) is None:
        return clean, ()
    counts: dict[str, int] = {}
    for kind, step in _STEPS:
        clean, found = step(clean)
        if found:
            counts[kind] = counts.get(kind, 0) + found
    return clean, tuple(sorted(counts.items()))


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    normal = unicodedata.normalize("NFC", text)
    kept = (
        " " if character in "\r\n\t\u00a0\u2007\u202f" else character
        for character in normal
        if character in "\r\n\t" or unicodedata.category(character) not in _INVISIBLE
    )
    return "".join(kept).strip()


def _iban(text: str) -> tuple[str, int]:
    found, position = 0, 0
    while (start := _IBAN_START.search(text, position)) is not None:
        end = _iban_end(text, start.start())
        if end is None:
            position = start.end()
            continue
        text = f"{text[: start.start()]}[IBAN]{text[end:]}"
        position, found = start.start() + len("[IBAN]"), found + 1
    return text, found


def _iban_end(text: str, start: int) -> int | None:
    """Where the valid IBAN that begins at `start` ends; words may follow it without a clear border."""
    compact, ends = "", []
    for index in range(start, min(len(text), start + 50)):
        if text[index].isascii() and text[index].isalnum():
            compact += text[index].upper()
            ends.append(index + 1)
        elif text[index] not in " .-":
            break
    for length in range(min(len(compact), 34), 14, -1):
        follows = text[ends[length - 1] : ends[length - 1] + 1]
        if not (follows.isascii() and follows.isalnum()) and iban.is_valid(compact[:length]):
            return ends[length - 1]
    return None


def _bsn(text: str) -> tuple[str, int]:
    found = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        digits = re.sub(r"\D", "", match.group())
        if _KVK_BEFORE.search(text[: match.start()]) or not bsn.is_valid(digits.zfill(9)):
            return match.group()
        found += 1
        return "[BSN]"

    return _BSN.sub(replace, text), found


def _address(text: str) -> tuple[str, int]:
    def replace(match: re.Match[str]) -> str:
        return "[ADRES]" if match.group("number") else match.group(1)

    text, postcodes = _POSTCODE.subn(replace, text)
    text, streets = _STREET.subn("[ADRES]", text)
    return text, postcodes + streets


def _names(text: str) -> tuple[str, int]:
    text, introduced = _INTRODUCED_NAME.subn(r"\1[NAAM]", text)
    text, announced = _ANNOUNCED_NAME.subn(r"\1[NAAM]", text)
    text, known = _KNOWN_NAME.subn("[NAAM]", text)
    return text, introduced + announced + known


def _substitution(pattern: re.Pattern[str], tag: str) -> Callable[[str], tuple[str, int]]:
    return lambda text: pattern.subn(tag, text)


_STEPS: tuple[tuple[str, Callable[[str], tuple[str, int]]], ...] = (
    ("iban", _iban),
    ("email", _substitution(_EMAIL, "[E-MAIL]")),
    ("birth_date", _substitution(_BIRTH_DATE, r"\1\2[GEBOORTEDATUM]")),
    ("phone", _substitution(_PHONE, "[TELEFOON]")),
    ("bsn", _bsn),
    ("address", _address),
    ("licence_plate", _substitution(_PLATE, "[KENTEKEN]")),
    ("name", _names),
)
