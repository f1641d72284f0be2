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
    locale: LocaleName | None = None
    period_override: PeriodOverride | None = None


class Coded(Located):
    """A value from a column or fixed, with the organisation's own codes mapped to those of the model."""

    const: Name | None = None
    map: dict[Text, MapValue] | None = None
    default: Annotated[Name | None, BeforeValidator(null_is_unknown)] = None

    meaningful_nulls = frozenset({"default"})

    def decode(self, raw: str) -> str | None:
        """The value for one raw cell, or None when nothing in the mapping covers it.

        Map keys are compared like labels (NFC, trimmed, case folded). Without a map the cell itself is the
        value, an empty cell excepted.
        """
        if self.const is not None:
            return self.const
        mapped = {folded(key): value for key, value in (self.map or {}).items()}.get(folded(raw))
        return mapped or self._unmapped(normalised(raw)) or self.default

    def _unmapped(self, text: str) -> str | None:
        return text if self.map is None else None


class Dimension(Coded):
    """A property of a response; `unknown` says what a value outside the mapping does to the row.

    Bands turn a number into `18-34`, into `0-17` below the first and `67+` from the last.
    """

    bands: tuple[Whole, ...] | None = None
    unknown: UnknownPolicy = "quarantine"

    meaningful_nulls = frozenset({"default", "unknown"})

    def band_codes(self) -> tuple[str, ...]:
        """The bands by name, from the youngest; none without `bands`."""
        starts = (0, *(self.bands or ()))
        closed = [f"{start}-{following - 1}" for start, following in pairwise(starts)]
        return (*closed, f"{starts[-1]}+") if self.bands else ()

    def _unmapped(self, text: str) -> str | None:
        return super()._unmapped(text) if self.bands is None else _band(self.bands, text)


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


class Language(Coded):
    """The language of a response."""

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
