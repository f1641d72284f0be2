"""What a reading counts while it goes: problems, refused rows, periods.

Belongs here: adding up, and at most ten example rows per problem. Does not belong here: deciding that
something is a problem. It never sees a cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sources.messages import message

MOST_EXAMPLES = 10
RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """Something about a delivery that its organisation should know. `column` is a name of the mapping.

    `line` (1-based, in the file) and `byte` (1-based, in that line) say where a text stops being readable.
    """

    code: str
    severity: str
    count: int
    column: str | None = None
    example_rows: tuple[int, ...] = ()
    line: int | None = None
    byte: int | None = None


@dataclass
class Refused:
    """Rows that go to quarantine for one reason."""

    row_numbers: RowNumbers
    code: str
    column: str | None


@dataclass
class Tally:
    """Counts of one reading."""

    refused: list[Refused] = field(default_factory=list)
    periods: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    incomplete: int = 0
    landed_rows: int = 0
    erased_rows: int = 0
    _problems: dict[tuple[str, str | None], tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def refuse(self, row_numbers: RowNumbers, code: str, column: str | None) -> None:
        """Send rows to quarantine; each row is refused once."""
        if len(row_numbers):
            self.refused.append(Refused(row_numbers, code, column))
            self.note(code, column, len(row_numbers), row_numbers)

    def note(self, code: str, column: str | None, count: int, row_numbers: RowNumbers) -> None:
        """Count a problem; `row_numbers` may hold more or fewer rows than are shown."""
        before, examples = self._problems.get((code, column), (0, ()))
        shown = sorted({*examples, *(int(number) for number in row_numbers[:MOST_EXAMPLES])})
        self._problems[code, column] = (before + count, tuple(shown[:MOST_EXAMPLES]))

    @property
    def refused_rows(self) -> int:
        """How many rows are refused."""
        return sum(len(refused.row_numbers) for refused in self.refused)

    def problems(self) -> list[Problem]:
        """The problems so far, by code and column."""
        return [
            problem(code, column=column, count=count, rows=rows)
            for (code, column), (count, rows) in sorted(
                self._problems.items(), key=lambda item: (item[0][0], item[0][1] or "")
            )
        ]


def problem(
    code: str,
    *,
    column: str | None = None,
    count: int = 1,
    rows: Iterable[int] = (),
    severity: str | None = None,
) -> Problem:
    """A problem with the severity that messages.yml gives its code, unless another is stated."""
    return Problem(code, severity or message(code).severity, count, column, tuple(rows)[:MOST_EXAMPLES])
