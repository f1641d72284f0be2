"""The sentences that explain a problem code to an organisation.

Belongs here: loading and checking `messages.yml`. Does not belong here: deciding which code applies, and
any value of a delivery: a sentence knows a count, a column name and a place in the file, nothing else.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

MESSAGES_FILE = Path(__file__).with_name("messages.yml")
SEVERITIES = ("error", "warning", "info")
PLACEHOLDERS = frozenset({"count", "column", "line", "byte"})
_NUMBER = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
_FIELDS = frozenset({"severity", "text_nl", "text_en", "remedy_nl", "remedy_en"})


class MessageError(Exception):
    """messages.yml is not usable; the text says which code and which field."""


@dataclass(frozen=True)
class Message:
    """What a code means and what the organisation can do about it, in Dutch and English."""

    code: str
    severity: str
    text_nl: str
    text_en: str
    remedy_nl: str
    remedy_en: str

    def filled(
        self, count: int, column: str | None, line: int | None = None, byte: int | None = None
    ) -> dict[str, str]:
        """The four sentences with their placeholders filled; keys text_nl, text_en, remedy_nl, remedy_en.

        Of `[rows are|row is]` the second part is said when the count is 1.
        """
        known = {"count": count, "column": column, "line": line, "byte": byte}
        values = {name: "-" if value is None else str(value) for name, value in known.items()}
        return {
            name: _NUMBER.sub(r"\2" if count == 1 else r"\1", getattr(self, name)).format_map(values)
            for name in ("text_nl", "text_en", "remedy_nl", "remedy_en")
        }


def message(code: str) -> Message:
    """The message of `code`; raises MessageError for a code that messages.yml lacks."""
    try:
        return all_messages()[code]
    except KeyError:
        raise MessageError(f"messages.yml has no entry for code {code}; add one") from None


@cache
def all_messages() -> Mapping[str, Message]:
    """Every message by code, read once per process."""
    return parse_messages(MESSAGES_FILE.read_text(encoding="utf-8"))


def parse_messages(text: str) -> dict[str, Message]:
    """Messages by code from YAML text; raises MessageError on a missing field or an unknown placeholder."""
    document = yaml.safe_load(text)
    if not isinstance(document, dict):
        raise MessageError("messages.yml must be a mapping of code to fields")
    return {str(code): _message(str(code), fields) for code, fields in document.items()}


def _message(code: str, fields: object) -> Message:
    if not isinstance(fields, dict) or set(fields) != _FIELDS:
        raise MessageError(f"messages.yml, {code}: expected exactly the fields {sorted(_FIELDS)}")
    if fields["severity"] not in SEVERITIES:
        raise MessageError(f"messages.yml, {code}: severity must be one of {SEVERITIES}")
    texts = {name: str(fields[name]).strip() for name in sorted(_FIELDS - {"severity"})}
    for name, sentence in texts.items():
        unknown = _placeholders(sentence) - PLACEHOLDERS
        if unknown or not sentence:
            raise MessageError(
                f"messages.yml, {code}, {name}: empty, or placeholders other than {sorted(PLACEHOLDERS)}"
            )
    return Message(code=code, severity=str(fields["severity"]), **texts)


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
