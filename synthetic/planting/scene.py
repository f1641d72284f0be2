"""What a trap is planted in, and how it says what must come of it.

Belongs here: an organisation's deliveries as a trap finds them, and the turns that several kinds of traps share. Does
not belong here: any trap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from synthetic.delivery import Delivery, Expected, Table
from synthetic.responses import expected
from synthetic.surveys import Question, Survey

# The share of rows that a trap spoils where it spoils some: well above the one per cent that the gate lets pass.
_SOME = 0.06


@dataclass
class Scene:
    """An organisation's deliveries, which a trap changes; nothing may be stored after `latest`.

    `mapping_changes` replaces fields of its mapping, `valid_from` the mapping's first day.
    """

    survey: Survey
    deliveries: list[Delivery]
    rng: np.random.Generator
    latest: datetime
    valid_from: str
    mapping_changes: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> Delivery:
        """The delivery of the last month."""
        return self.deliveries[-1]

    @property
    def when(self) -> str:
        """The column of the moment."""
        when = self.survey.mapping["when"]
        return str(when.get("column") or when.get("path"))

    @property
    def when_format(self) -> str:
        """How that column writes a moment."""
        return str(self.survey.columns[self.when]["format"])

    def moment(self, cell: str) -> datetime:
        """The moment that such a cell says."""
        return datetime.strptime(cell, self.when_format)

    def question(self, *kinds: str, floor: str = "") -> Question:
        """The first question on a scale of these kinds, for a node whose id begins with `floor`."""
        return next(
            one
            for one in self.survey.questions
            if one.scale_kind in kinds and one.node_id.startswith(floor) and not one.is_own
        )

    def some_rows(self, table: Table, at_least: int = 2) -> list[int]:
        """Indexes of some rows, evenly spread over the first half."""
        half = max(1, len(table.rows) // 2)
        count = min(half, max(at_least, int(np.ceil(_SOME * len(table.rows)))))
        return sorted({index * half // count for index in range(count)})


def rejected(delivery: Delivery, *codes: str, in_file: int | None) -> None:
    """Nothing of the delivery counts; `in_file` is None where its rows cannot be counted."""
    delivery.expected = Expected(
        in_file, None if in_file is None else 0, in_file, status="rejected", codes=codes
    )
    if in_file is None:
        delivery.expected.duplicate = delivery.expected.excluded = delivery.expected.incomplete = None


def held(delivery: Delivery, *codes: str) -> None:
    """The delivery is read, and waits for a decision."""
    delivery.expected.status, delivery.expected.codes = "held", codes


def partial(scene: Scene, delivery: Delivery, rows: Iterable[int], *codes: str) -> None:
    """These rows go to quarantine, the others count."""
    refused = set(rows)
    table = delivery.table
    kept = Table(table.columns, [row for index, row in enumerate(table.rows) if index not in refused])
    duplicates = delivery.expected.duplicate or 0
    counted = (
        Expected(len(kept.rows), len(kept.rows))
        if scene.survey.is_aggregate
        else expected(scene.survey, kept, duplicates)
    )
    delivery.expected = replace(
        counted, in_file=len(table.rows), quarantined=len(refused), status="partial", codes=codes
    )


def otherwise(survey: Survey, source: dict[str, Any], export: dict[str, Any]) -> Survey:
    """The survey as another program would write it."""
    changed = survey.mapping | {"source": survey.source | source}
    return replace(survey, mapping=changed, export=survey.export | export)


def rewrite(table: Table, column: str, write: Callable[[Any], Any]) -> None:
    """Write every cell of a column anew."""
    at = table.at(column)
    for row in table.rows:
        row[at] = write(row[at])
