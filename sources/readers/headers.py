"""Column names from header rows.

Belongs here: joining, blanks, repeats and what each kind of tool makes of its header. Does not belong here:
which rows are the header (`header_rows`), and which names a mapping wants.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sources.profiles import Profile, profile_of
from sources.readers.header_rows import import_ids, time_zones
from sources.readers.table import ToolColumns

JOINT = " | "
_CODE = re.compile(r"[A-Za-z]\w*(?:\[[^\]]*\])*")


def column_names(rows: Sequence[Sequence[str]], profile: str | None = None) -> list[str]:
    """One unique name per column from its header cells, in the order of the file.

    Blank: `column_<position>` (1-based). Repeats: `name#2`, `name#3`. NFC and trimmed. Profiles as in the
    contract.
    """
    return _unique(_profile_names(_padded(rows), profile_of(profile)))


def tool_columns(rows: Sequence[Sequence[str]], names: Sequence[str], profile: str | None) -> ToolColumns:
    """What the header tells of the tool's columns, also where their name does not.

    A legacy Qualtrics export calls the e-mail address `V5` and names it in the row below; a column without any
    text ends its header.
    """
    described = profile_of(profile)
    if described is None:
        return ToolColumns()
    told = [(name, name) for name in names]
    own: set[str] = set()
    zones: dict[str, str] = {}
    if described.header == "import_ids":
        for row in rows[1:]:
            told += zip(names, import_ids(row) or row, strict=False)
            zones |= {name: zone for name, zone in zip(names, time_zones(row), strict=False) if zone}
        texts = list(zip(*_padded(rows), strict=True))
        own = {name for name, cells in zip(names, texts, strict=False) if not any(cells)}
    return ToolColumns(
        frozenset(own | {name for name, text in told if described.is_own(text)}),
        frozenset(name for name, text in told if described.is_personal(text)),
        zones,
    )


def clean(name: str) -> str:
    """A name as names are compared: NFC, trimmed, without a byte order mark."""
    return unicodedata.normalize("NFC", name).strip().lstrip("\ufeff").strip()


def meaningful_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of columns up to the last one that has any header text."""
    return max((index + 1 for row in rows for index, cell in enumerate(row) if clean(cell)), default=0)


def _padded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    cells = [[clean(cell) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    return [row + [""] * (width - len(row)) for row in cells]


def _profile_names(rows: list[list[str]], profile: Profile | None) -> list[str]:
    if not rows:
        return []
    if profile is not None and profile.header == "import_ids":
        return rows[0]
    if profile is not None and profile.header == "options":
        return _question_names(rows, profile)
    if profile is not None and profile.header == "code":
        return _code_names(rows[0], profile)
    return [JOINT.join(part for part in column if part) for column in zip(*rows, strict=True)]


def _question_names(rows: list[list[str]], profile: Profile) -> list[str]:
    below = rows[1] if len(rows) > 1 else [""] * len(rows[0])
    names, question = [], ""
    for text, option in zip(rows[0], below, strict=True):
        question = text or question
        names.append(question if profile.is_filler(option) else f"{question}{JOINT}{option}")
    return names


def _code_names(headings: list[str], profile: Profile) -> list[str]:
    """The code before the first separator; another separator than the usual one shows in the tool's own columns."""
    shown = _shown_separator(headings, profile)
    separator = shown if shown and not shown.startswith(profile.separator) else profile.separator
    return [_code_of(heading, separator) for heading in headings]


def _shown_separator(headings: list[str], profile: Profile) -> str | None:
    for heading in headings:
        code = _CODE.match(heading)
        if code is not None and profile.is_own(code.group()):
            mark = re.match(r"[^\w\[]+_?(?=\w)", heading[code.end() :])
            # A space alone also stands between the words of a full heading, such as `Last page`.
            if mark is not None and mark.group().strip():
                return mark.group()
    return None


def _code_of(heading: str, separator: str) -> str:
    code, mark, _ = heading.partition(separator)
    if not mark and heading.endswith(separator.rstrip()):
        # A question without text: trimming took the blank behind its separator.
        bare = heading.removesuffix(separator.rstrip())
        return bare if _CODE.fullmatch(bare) else heading
    return code.strip()


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        base = name or f"column_{position}"
        seen[base] = seen.get(base, 0) + 1
        unique.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return unique
