"""The mapping that the rest of the product uses: scales looked up, items numbered, validity filled in.

Belongs here: the resolved shape and what can be read off it. Does not belong here: how it comes about
(`resolution`) and how a raw answer becomes a score (`sources.codebook`).
"""

import fnmatch
import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from sources.mapping.document import Comparability, Direction, DocumentFields, ItemKind, MissingReason, Role
from sources.mapping.fields import normalised


class Scale(BaseModel):
    """A scale with its ends known.

    `min` and `max` are in scale units before reverse coding. `labels` and `missing` keep the author's
    spelling. `takes_numbers` is false where only labels are answers; `scale_family` is the reference model's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale_id: str
    scale_family: str
    kind: str
    min: Decimal
    max: Decimal
    points: int
    direction: Direction
    allow_decimals: bool
    takes_numbers: bool
    labels: dict[str, Decimal]
    missing: dict[str, MissingReason]


class Item(BaseModel):
    """One question: where it stands, what it measures and when it counts.

    `seq` is 1-based in the order of the file. `column` is a column name or a JSON path; `counts` gives, per
    column of an aggregate, the raw value of the codebook whose count stands there. `valid_from` and
    `valid_to` are the first and the last day, both included; None is the mapping's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    column: str | None
    counts: dict[str, str]
    node: str
    kind: ItemKind
    scale: Scale | None
    role: Role
    comparability: Comparability | None
    reason: str | None
    text_nl: str | None
    text_en: str | None
    language: str | None
    valid_from: date | None
    valid_to: date | None

    @property
    def is_measured(self) -> bool:
        """Whether the delivery holds answers to it."""
        return self.comparability != "impossible"

    def is_valid_on(self, day: date) -> bool:
        """Whether the item counts for a contact on that day."""
        return _covers(self.valid_from, self.valid_to, day)


class Mapping(DocumentFields):
    """One version of a mapping, resolved.

    `valid_to` is the last day it holds, or None; `digest` is its content.
    """

    scales: dict[str, Scale]
    items: tuple[Item, ...]
    digest: str

    @property
    def organisation_id(self) -> str:
        """The organisation whose folder the mapping stands in."""
        return self.organisation.org_id

    def is_valid_on(self, day: date) -> bool:
        """Whether this version holds for a contact on that day."""
        return _covers(self.valid_from, self.valid_to, day)

    @cached_property
    def mapped_columns(self) -> tuple[str, ...]:
        """Every column or path that the mapping reads in its deliveries, once, in order of first use."""
        keys = [name for key in self._keys() for name in key]
        return tuple(dict.fromkeys((*keys, *self.stored_columns)))

    @cached_property
    def stored_columns(self) -> tuple[str, ...]:
        """The columns or paths of which something is kept other than a pseudonym, in order of first use."""
        columns: list[str | None] = [self.when.column]
        columns += [self.when.period_override.column if self.when.period_override else None]
        columns += [dimension.column for dimension in self.dimensions.declared().values()]
        columns += [self.language.column if self.language else None]
        columns += [self.completed.column if self.completed else None]
        columns += [exclusion.column for exclusion in self.exclude]
        columns += [self.design.weights.column]
        columns += [count.column for count in self.design.frame.sources().values() if count.file is None]
        for item in self.items:
            columns += [item.column, *item.counts]
        for metric in self.metrics:
            columns += [metric.column, metric.n.column if metric.n is not None else None]
        return tuple(dict.fromkeys(name for name in columns if name is not None))

    @property
    def frame_patterns(self) -> tuple[str, ...]:
        """The globs of files that hold counts of the sampling frame; they are no deliveries."""
        return tuple(count.file for count in self.design.frame.sources().values() if count.file is not None)

    def is_ignored(self, column: str) -> bool:
        """Whether `ignore` names this column.

        `*` stands for any text, and a mapped column is never ignored.
        """
        name = normalised(column)
        return name not in self.mapped_columns and any(rule.fullmatch(name) for rule in self._ignore_rules)

    @cached_property
    def _ignore_rules(self) -> tuple[re.Pattern[str], ...]:
        # Only `*` is special: question texts hold `?` and `[`, and must match themselves.
        literal = (rule.replace("[", "[[]").replace("?", "[?]") for rule in self.ignore)
        return tuple(re.compile(fnmatch.translate(rule)) for rule in literal)

    def _keys(self) -> list[tuple[str, ...]]:
        return [key.columns for key in (self.keys.response, self.keys.respondent) if key is not None]


def _covers(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def day_after(day: date) -> date:
    """The first day of what begins where `day` ends."""
    return day + timedelta(days=1)
