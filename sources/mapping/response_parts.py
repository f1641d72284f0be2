"""The parts of a mapping that are read from every response: date, dimensions, language, completeness, exclusion.

Belongs here: their shape, and what a raw cell means for them. Does not belong here: answers to questions
(`sources.codebook`) and the parts about the delivery as a whole (`parts`).
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from sources.mapping.fields import (
    LocaleName,
    MapValue,
    Name,
    Patterns,
    PeriodId,
    Text,
    Texts,
    TimeZone,
    Whole,
    folded,
    normalised,
    null_is_unknown,
    parse_number,
    unknown_policy,
)
from sources.mapping.parts import Located, Part

UNKNOWN = "unknown"

UnknownPolicy = Annotated[
    Literal["reject", "quarantine", "keep"],
    BeforeValidator(unknown_policy),
    WithJsonSchema({"enum": ["reject", "quarantine", "keep", "fail", "null", None]}),
]


class PeriodOverride(Located):
    """A period that the organisation states itself, such as a half-year wave."""

    const: PeriodId | None = None
    map: dict[Text, PeriodId] | None = None


class When(Located):
    """The date of the contact or of the answer."""

    const: Text | None = None
    type: Literal["date", "timestamp", "month"] = "date"
    format: Patterns = ()
    timezone: TimeZone = "Europe/Amsterdam"
    locale: LocaleName = "nl_NL"
    period_override: PeriodOverride | None = None


class Dimension(Located):
    """A property of a response, from a column or fixed.

    `unknown` says what an unmapped value does to the row.
    """

    const: Name | None = None
    map: dict[Text, MapValue] | None = None
    default: Annotated[Name, BeforeValidator(null_is_unknown)] | None = None
    bands: tuple[Whole, ...] | None = None
    unknown: UnknownPolicy = "quarantine"

    meaningful_nulls = frozenset({"default", "unknown"})

    def decode(self, raw: str) -> str | None:
        """The value for one raw cell, or None when nothing in the mapping covers it.

        Map keys are compared like labels (NFC, trimmed, case folded). Without a map the cell itself is the
        value, an empty cell excepted. Bands turn a number into `18-34`, `0-17` below the first and `67+` from
        the last.
        """
        if self.const is not None:
            return self.const
        mapped = self._folded_map().get(folded(raw))
        if mapped is not None:
            return mapped
        if self.bands is not None:
            return _band(self.bands, normalised(raw)) or self.default
        if self.map is None and normalised(raw):
            return normalised(raw)
        return self.default

    def _folded_map(self) -> dict[str, str]:
        return {folded(key): value for key, value in (self.map or {}).items()}


class Dimensions(Part):
    """The dimensions of the model; an absent one is `unknown` for every response."""

    service: Dimension | None = None
    channel: Dimension | None = None
    touchpoint: Dimension | None = None
    life_event: Dimension | None = None
    audience: Dimension | None = None
    age_band: Dimension | None = None

    def declared(self) -> dict[str, Dimension]:
        """The declared dimensions by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class Language(Located):
    """The language of a response."""

    const: Name | None = None
    map: dict[Text, MapValue] | None = None
    default: Name | None = None

    short_forms = ({"type": "string", "minLength": 1},)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"const": data} if isinstance(data, str) else data


class Completed(Located):
    """Which answers in a column mean that the response is complete; without values, any answer does."""

    values: Texts = ()

    def is_met(self, raw: str) -> bool:
        """Whether a row with this cell is a completed response."""
        if not self.values:
            return bool(normalised(raw))
        return folded(raw) in {folded(value) for value in self.values}


class Exclusion(Located):
    """Rows that are counted but feed no figure, such as tests by the supplier."""

    values: Texts
    reason: Text = "excluded"

    def applies(self, raw: str) -> bool:
        """Whether a row with this cell is excluded."""
        return folded(raw) in {folded(value) for value in self.values}


def _band(bands: tuple[int, ...], raw: str) -> str | None:
    number = parse_number(raw)
    if number is None or number < 0:
        return None
    if number < bands[0]:
        return f"0-{bands[0] - 1}"
    for start, following in pairwise(bands):
        if number < following:
            return f"{start}-{following - 1}"
    return f"{bands[-1]}+"
