"""One delivery in the making: a table of cells, where it is dropped, and what must become of it.

Belongs here: the shapes that responses, writers and traps share. Does not belong here: what fills them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

NEEDS_LOOK = frozenset({"rejected", "held", "partial", "waiting"})


@dataclass
class Expected:
    """What must become of a delivery: status, codes that its receipt must hold at least, and the counts of rows.

    A count of None is one that the receipt leaves open.
    """

    in_file: int | None
    processed: int | None
    quarantined: int | None = 0
    duplicate: int | None = 0
    excluded: int | None = 0
    incomplete: int | None = 0
    status: str = "processed"
    codes: tuple[str, ...] = ()

    @property
    def rows(self) -> dict[str, int | None]:
        """The counts by the receipt's names."""
        names = ("in_file", "processed", "quarantined", "duplicate", "excluded", "incomplete")
        return {name: getattr(self, name) for name in names}


@dataclass
class Table:
    """Cells by row, under the names of the columns."""

    columns: list[str]
    rows: list[list[Any]]

    def at(self, name: str) -> int:
        """The position of a column."""
        return self.columns.index(name)


@dataclass
class Delivery:
    """A file: `key` below the organisation's folder, its `table` or, where a trap needs it, its bytes as `content`.

    `marker`: None for no `.done` file beside it, else what that says beside or instead of hash, size and rows.
    """

    key: str
    month: date
    stored_at: datetime
    table: Table
    expected: Expected
    content: bytes | None = None
    marker: dict[str, Any] | None = None
    personal_data: list[tuple[str, str]] = field(default_factory=list)
