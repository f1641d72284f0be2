"""How many of a file's first rows are its header.

Belongs here: the evidence for it in the rows themselves, per kind of header of a tool (`sources.profiles`), and
refusing a header that its tool does not make: a row of answers would be taken for one, or the other way round.
Does not belong here: the names that come of it (`headers`).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sources.profiles import Profile, profile_of
from sources.readers.table import NATIVE_TIME, Rejection

Row = Sequence[str]

# What stands in a row of answers and never in a row of question texts.
_RESPONSE_CELL = re.compile(
    rf"R_[0-9A-Za-z]{{5,}}|{NATIVE_TIME}.*"
    r"|(?:\d{4}-\d\d?-\d\d?|\d{1,2}[/-]\d{1,2}[/-]\d{2,4})[ T]\d\d?:\d\d.*"
)
_VALUE = re.compile(r"-?\d+(?:[.,]\d+)?|true|false", re.IGNORECASE)
_LEGACY_NAME = re.compile(r"V\d+")


@dataclass(frozen=True)
class HeaderSpec:
    """Where the header stands (`first`, 1-based), of how many rows it is if declared, and whose tool made it."""

    first: int
    declared_rows: int | None
    profile: str | None

    @property
    def last_certain(self) -> int:
        """The last row (1-based) that belongs to the header whatever it holds."""
        return self.first - 1 + (self.declared_rows or 1)

    @property
    def last_possible(self) -> int:
        """The last row (1-based) that can belong to the header, or can show that it is another one."""
        profile = profile_of(self.profile)
        return max(self.last_certain, self.first - 1 + (profile.most_header_rows if profile else 1))

    def header_of(self, rows: Sequence[Row]) -> list[list[str]]:
        """The header among `rows`, which begin at `first`; rows of answers are left out.

        Raises Rejection MH-KOP when the rows are not the header that is declared, or none that the tool makes.
        """
        profile = profile_of(self.profile)
        evidence = _EVIDENCE.get(profile.header) if profile is not None else None
        found = evidence(rows, profile) if evidence is not None and profile is not None else None
        if self.declared_rows is not None:
            if found is not None and found != self.declared_rows:
                raise Rejection("MH-KOP")
            return [list(row) for row in rows[: self.declared_rows]]
        if evidence is not None and found is None and len(rows) > 1:
            raise Rejection("MH-KOP")
        return [list(row) for row in rows[: found or 1]]


def import_ids(row: Row) -> list[str] | None:
    """The import ids of a Qualtrics row, as JSON or as Python writes it, "" for a blank cell; None for another row.

    Raises Rejection MH-KOP for a row that means to be one and cannot be read.
    """
    filled = [cell for cell in row if cell.strip()]
    meant = [cell for cell in filled if cell.strip().startswith("{") or "importid" in cell.casefold()]
    if not meant or 2 * len(meant) < len(filled):
        return None
    found = [_import_id(cell) if cell.strip() else "" for cell in row]
    if any(one is None for one in found):
        raise Rejection("MH-KOP")
    return [one or "" for one in found]


def time_zones(row: Row) -> list[str]:
    """The time zone that each cell of a row of import ids states, "" where it states none: an IANA name."""
    stated = [str((_import_cell(cell) or {}).get("timeZone") or "").strip() for cell in row]
    return ["UTC" if zone == "Z" else zone for zone in stated]


def _import_id(cell: str) -> str | None:
    found = _import_cell(cell)
    return str(found["ImportId"]) if found is not None else None


def _import_cell(cell: str) -> dict[str, Any] | None:
    text = cell.strip()
    # Written to csv twice, the quotes are doubled.
    for attempt in (text, text.replace('""', '"')):
        for parse in (json.loads, ast.literal_eval):
            try:
                found = parse(attempt)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(found, dict) and isinstance(found.get("ImportId"), str):
                return found
    return None


def _qualtrics_rows(rows: Sequence[Row], profile: Profile) -> int | None:
    """Up to the row of import ids; else the names alone, or names and texts; None when nothing tells."""
    for position, row in enumerate(rows[1:3], start=2):
        if import_ids(row) is not None:
            return position
    if len(rows) < 2:
        return None
    if _is_response(rows[0], rows[1], profile):
        return 1
    # A cell such as `IP Address` below `Status` is an answer; below `V6` it names the column.
    is_told = any(
        profile.is_identifier(name) if profile.is_own(name) else profile.is_own(cell)
        for name, cell in zip(rows[0], rows[1], strict=False)
    )
    return 2 if is_told or _is_legacy(rows[0]) else None


def _is_legacy(names: Row) -> bool:
    return bool(names) and _LEGACY_NAME.fullmatch(names[0].strip().lstrip("\ufeff")) is not None


def _is_response(names: Row, row: Row, profile: Profile) -> bool:
    if any(_RESPONSE_CELL.fullmatch(cell.strip()) for cell in row):
        return True
    return any(
        profile.is_own(name) and _VALUE.fullmatch(cell.strip()) is not None
        for name, cell in zip(names, row, strict=False)
    )


def _surveymonkey_rows(rows: Sequence[Row], profile: Profile) -> int | None:
    """Two where the second row holds options, one where it holds answers, None when nothing tells."""
    if len(rows) < 2 or not rows[1]:
        return 1
    questions, below = rows[0], rows[1]
    if not any(cell.strip() for cell in below):
        return 2
    pairs = list(zip(questions, below, strict=False))
    ids = [cell.strip() for name, cell in pairs if profile.is_identifier(name)]
    if ids:
        return 1 if any(ids) else 2
    if any(cell.strip() and profile.is_filler(cell) for cell in below):
        return 2
    facts = [cell.strip() for name, cell in pairs if profile.is_metadata(name)]
    if facts:
        return 1 if any(facts) else 2
    # Every column of a row of options has its own; a response leaves options blank.
    has_options_only = all(cell.strip() for cell in below) and any(not name.strip() for name in questions[1:])
    return None if has_options_only else 1


_EVIDENCE: dict[str, Callable[[Sequence[Row], Profile], int | None]] = {
    "import_ids": _qualtrics_rows,
    "options": _surveymonkey_rows,
}
