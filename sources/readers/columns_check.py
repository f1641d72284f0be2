"""Whether a file has the columns that its mapping needs, and which it has beside them.

Belongs here: missing, repeated and new column names. Does not belong here: cells. Names that are reported are
names of the mapping; of new columns only their number is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sources.mapping.fields import normalised
from sources.readers.process import metric_columns
from sources.readers.table import Rejection
from sources.readers.tally import Problem, problem

if TYPE_CHECKING:
    from sources.mapping import Item, Mapping

# In these an absent path is a null, so optional content may be absent from a whole file.
PATH_FORMATS = frozenset({"json", "ndjson"})


def required_columns(mapping: Mapping) -> tuple[str, ...]:
    """Columns without which no row can be placed; items are required only for rows on which they hold."""
    has_paths = mapping.source.format in PATH_FORMATS
    columns: list[str | None] = [mapping.when.column]
    columns += [mapping.when.period_override.column if mapping.when.period_override else None]
    if mapping.source.delivery == "respondent":
        for key in (mapping.keys.response, mapping.keys.respondent):
            if key is not None and not (has_paths and key.optional):
                columns += key.columns
    for dimension in mapping.dimensions.declared().values():
        if not has_paths or (dimension.default is None and dimension.unknown != "keep"):
            columns.append(dimension.column)
    columns.append(mapping.design.weights.column if mapping.design.weights.method == "delivered" else None)
    if not has_paths:
        columns.append(mapping.language.column if mapping.language else None)
        columns.append(mapping.completed.column if mapping.completed else None)
        columns += [rule.column for rule in mapping.exclude]
        columns += [count.column for count in mapping.design.frame.sources().values() if count.file is None]
        columns += metric_columns(mapping.metrics)
    return tuple(dict.fromkeys(column for column in columns if column is not None))


def may_be_absent(mapping: Mapping, item: Item) -> bool:
    """Whether a file may lack an item's column altogether."""
    if mapping.source.format not in PATH_FORMATS:
        return False
    return item.kind == "open_text" or (item.scale is not None and "null" in item.scale.missing)


def check_repeats(names: Sequence[str], mapping: Mapping) -> None:
    """Raises Rejection MH-KOLOM-DUBBEL when a mapped name occurs twice and the mapping does not say which."""
    mapped = set(mapping.mapped_columns)
    for name in names:
        base, mark, position = name.rpartition("#")
        is_repeat = mark and position.isdigit() and base in mapped
        if is_repeat and name not in mapped and not mapping.is_ignored(name):
            raise Rejection("MH-KOLOM-DUBBEL", columns=[base])


def check_personal(personal: Collection[str], mapping: Mapping) -> None:
    """Raises Rejection MH-PERSOON when the mapping stores a column that the file shows to hold personal data."""
    stored = [column for column in mapping.stored_columns if column in personal]
    if stored:
        raise Rejection("MH-PERSOON", columns=stored)


def missing_columns(columns: Collection[str], names: Collection[str]) -> list[str]:
    """The columns that are needed and absent."""
    present = {normalised(name) for name in names}
    return [column for column in columns if normalised(column) not in present]


def new_column_problem(
    names: Sequence[str], own: Collection[str], mappings: Sequence[Mapping]
) -> Problem | None:
    """The problem of columns that no version maps or ignores and that are not the survey tool's `own`.

    It is `info`, or `error` where a version holds the delivery for it.

    Raises Rejection MH-KOLOM-NIEUW when the newest version rejects them.
    """
    known = {column for mapping in mappings for column in mapping.mapped_columns}
    new = [
        name
        for name in names
        if name not in known and name not in own and not any(one.is_ignored(name) for one in mappings)
    ]
    if not new:
        return None
    policy = mappings[-1].on_new_column
    if policy == "reject":
        raise Rejection("MH-KOLOM-NIEUW")
    return problem("MH-KOLOM-NIEUW", count=len(new), severity="error" if policy == "hold" else "info")
