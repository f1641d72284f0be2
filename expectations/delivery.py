"""What the gate is given: deliveries that were read, with the reader's counts.

Belongs here: the input records. Does not belong here: reading files, deciding which deliveries are current.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class CountedProblem(Protocol):
    """What a reader found, how bad it is (error, warning, info) and how often."""

    @property
    def code(self) -> str: ...

    @property
    def severity(self) -> str: ...

    @property
    def count(self) -> int: ...


class ReaderCounts(Protocol):
    """The counts of a reader's report that the gate uses."""

    @property
    def rows_in_file(self) -> int | None: ...

    @property
    def rows_landed(self) -> int: ...

    @property
    def rows_quarantined(self) -> int: ...

    @property
    def period_rows(self) -> Mapping[str, int]: ...

    @property
    def problems(self) -> Sequence[CountedProblem]: ...


@dataclass(frozen=True)
class Delivery:
    """A delivery that landed: to be judged, or part of the history.

    `landed_path` is not opened when no row landed. `population` and `invited` are numbers of people where the
    organisation gives them, else None. `running_periods` have not ended: their rows are still coming in.
    """

    delivery_id: str
    organisation_id: str
    instrument_id: str
    landed_path: Path
    reading: ReaderCounts
    population: int | None = None
    invited: int | None = None
    running_periods: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """Organisation and delivery: two organisations may deliver the same bytes."""
        return self.organisation_id, self.delivery_id
