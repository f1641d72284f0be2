"""The part of a mapping that says how people came to answer, and how many stand behind the responses.

Belongs here: shape and defaults of `design`. Does not belong here: the weights themselves (`parts`) and reading counts.
"""

from typing import Annotated, Any

from pydantic import Field, model_validator

from sources.mapping.fields import Name, Names, Whole
from sources.mapping.parts import Part, Weights
from sources.mapping.response_parts import When


class FrameSource(Part):
    """Where a count of the sampling frame stands: a column, a column of another file, or a number.

    `when` says how that other file writes its periods, where that is not how the deliveries do.
    """

    column: Name | None = None
    file: Name | None = None
    when: When | None = None
    const: Annotated[Whole, Field(ge=0)] | None = None

    short_forms = ({"type": "string", "pattern": "^column:"}, {"type": "integer", "minimum": 0})

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if isinstance(data, str) and data.startswith("column:"):
            return {"column": data.removeprefix("column:")}
        if isinstance(data, (str, int)):
            return {"const": data}
        return data


class Frame(Part):
    """Counts of people or contacts behind the responses."""

    population: FrameSource | None = None
    invited: FrameSource | None = None
    delivered: FrameSource | None = None
    started: FrameSource | None = None
    complete: FrameSource | None = None
    partial: FrameSource | None = None
    screened_out: FrameSource | None = None

    def sources(self) -> dict[str, FrameSource]:
        """The declared counts by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class Design(Part):
    """How people came to answer."""

    sample: Name
    mode: Names = ()
    weights: Weights = Weights()
    frame: Frame = Frame()
