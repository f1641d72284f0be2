"""Column names from header rows.

Belongs here: joining, blanks, repeats and what each survey tool's profile makes of its header. Does not
belong here: where the header rows stand in a file, and which names a mapping wants.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sources.readers.table import Rejection

JOINT = " | "
# SurveyMonkey's second row says nothing about the column when it holds one of these.
_SURVEYMONKEY_FILLERS = frozenset({"", "response", "open-ended response"})
_MOST_PROFILE_ROWS = {"qualtrics": 3, "surveymonkey": 2}


@dataclass(frozen=True)
class HeaderSpec:
    """Where the header stands (`first`, 1-based), of how many rows it is if declared, and whose names it
    holds.
    """

    first: int
    declared_rows: int | None
    profile: str | None

    @property
    def last_possible(self) -> int:
        """The last row (1-based) that can belong to the header."""
        return self.first - 1 + (self.declared_rows or _MOST_PROFILE_ROWS.get(self.profile or "", 1))

    def header_of(self, rows: Sequence[Sequence[str]]) -> list[list[str]]:
        """The header among `rows`, which begin at `first`; rows of answers are left out.

        Raises Rejection MH-FORMAAT when a declared Qualtrics header has no row of import ids: answers would
        be taken for a header.
        """
        found = [list(row) for row in rows[: self.last_possible - self.first + 1]]
        if self.declared_rows is not None:
            if self.profile == "qualtrics" and self.declared_rows == 3 and not _has_import_ids(found[2:3]):
                raise Rejection("MH-FORMAAT")
            return found
        if self.profile == "qualtrics":
            return found if _has_import_ids(found[2:3]) else found[:2]
        if self.profile == "surveymonkey":
            return found if _has_option_row(found[1:2]) else found[:1]
        return found


def _has_import_ids(rows: Sequence[Sequence[str]]) -> bool:
    return any("ImportId" in cell for row in rows for cell in row)


def _has_option_row(rows: Sequence[Sequence[str]]) -> bool:
    # The row of options says nothing about the respondent's id, the first column.
    return any(row and not clean(row[0]) for row in rows)


def column_names(rows: Sequence[Sequence[str]], profile: str | None = None) -> list[str]:
    """One unique name per column from its header cells, in the order of the file.

    Blank: `column_<position>` (1-based). Repeats: `name#2`, `name#3`. NFC and trimmed. Profiles as in the
    contract.
    """
    cells = [[clean(cell) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    padded = [row + [""] * (width - len(row)) for row in cells]
    return _unique(_profile_names(padded, profile))


def clean(name: str) -> str:
    """A name as names are compared: NFC, trimmed, without a byte order mark."""
    return unicodedata.normalize("NFC", name).strip().lstrip("\ufeff").strip()


def meaningful_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of columns up to the last one that has any header text."""
    return max((index + 1 for row in rows for index, cell in enumerate(row) if clean(cell)), default=0)


def _profile_names(rows: list[list[str]], profile: str | None) -> list[str]:
    if not rows:
        return []
    if profile == "qualtrics":
        return rows[0]
    if profile == "surveymonkey":
        return _surveymonkey_names(rows)
    if profile == "limesurvey":
        return [name.split(". ", 1)[0].strip() for name in rows[0]]
    return [JOINT.join(part for part in column if part) for column in zip(*rows, strict=True)]


def _surveymonkey_names(rows: list[list[str]]) -> list[str]:
    below = rows[1] if len(rows) > 1 else [""] * len(rows[0])
    names, question = [], ""
    for text, option in zip(rows[0], below, strict=True):
        question = text or question
        names.append(question if option.lower() in _SURVEYMONKEY_FILLERS else f"{question}{JOINT}{option}")
    return names


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        base = name or f"column_{position}"
        seen[base] = seen.get(base, 0) + 1
        unique.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return unique
