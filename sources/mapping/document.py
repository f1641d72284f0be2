"""A mapping document as an author writes it: its scales, its items and the whole.

Belongs here: shape, defaults and closed lists. Does not belong here: what the parts mean together (`rules`)
and the mapping that the rest of the product uses, with scales looked up and validity filled in (`model`).
"""

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sources.mapping.design import Design
from sources.mapping.fields import Day, Flag, Name, Names, Number, Slug, Text, Version, Whole
from sources.mapping.metrics import MetricEntry
from sources.mapping.parts import (
    Approval,
    Instrument,
    Keys,
    Legal,
    Located,
    Organisation,
    Part,
    Source,
    Steward,
)
from sources.mapping.response_parts import Completed, Dimensions, Exclusion, Language, When

LANGUAGE_VERSION = 1
# The kind of delivery that is no survey, and what stands where a survey has an instrument and a design.
PROCESS = "process"

MissingReason = Literal["dont_know", "not_applicable", "not_answered", "not_offered", "invalid"]
Direction = Literal["high_is_good", "low_is_good"]
Comparability = Literal["A", "B", "C", "X", "impossible"]
Role = Literal["primary", "secondary"]
ItemKind = Literal["closed", "open_text"]

# Tags of the two ways to give a scale. The brackets keep them apart from field names in error locations.
_NAMED = "<named>"
_INLINE = "<inline>"


class ScaleEntry(Part):
    """An answer scale as written; what is left out follows from the rest."""

    kind: Name
    min: Number | None = None
    max: Number | None = None
    points: Annotated[Whole, Field(ge=2, le=1001)] | None = None
    direction: Direction = "high_is_good"
    allow_decimals: Flag = False
    labels: dict[Text, Number] = Field(default_factory=dict)
    missing: dict[Text, MissingReason] = Field(default_factory=dict)


def _scale_spelling(value: Any) -> str:
    return _INLINE if isinstance(value, (dict, ScaleEntry)) else _NAMED


ScaleChoice = Annotated[
    Annotated[Name, Tag(_NAMED)] | Annotated[ScaleEntry, Tag(_INLINE)], Discriminator(_scale_spelling)
]


class ItemEntry(Located):
    """One question of the survey and the node of the reference model that it measures."""

    counts: dict[Name, Text] | None = None
    item: Slug
    kind: ItemKind = "closed"
    scale: ScaleChoice | None = None
    role: Role = "primary"
    comparability: Comparability | None = None
    reason: Text | None = None
    text_nl: Text | None = None
    text_en: Text | None = None
    language: Text | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class _OneOrMore:
    """Lets the JSON Schema of a list also take a single element."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        return {"anyOf": [schema, schema["items"]]}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class DocumentFields(Part):
    """What a mapping document and the resolved mapping have in common."""

    mapping_id: Slug
    mapping_version: Version
    valid_from: Day
    valid_to: Day | None = None
    organisation: Organisation
    steward: Steward = Steward()
    legal: Legal = Legal()
    approval: Approval | None = None
    source: Source
    instrument: Instrument
    design: Design
    keys: Keys = Keys()
    when: When
    language: Language | None = None
    dimensions: Dimensions = Dimensions()
    completed: Completed | None = None
    exclude: Annotated[tuple[Exclusion, ...], BeforeValidator(_as_list), _OneOrMore()] = ()
    metrics: tuple[MetricEntry, ...] = ()
    ignore: Names = ()
    on_new_column: Literal["report", "hold", "reject"] = "report"


class MappingDocument(DocumentFields):
    """One YAML document: one version of one mapping."""

    meethuis_mapping: Annotated[Whole, Field(ge=1, le=1), WithJsonSchema({"const": LANGUAGE_VERSION})] = 1
    scales: dict[Name, ScaleEntry] = Field(default_factory=dict)
    items: tuple[ItemEntry, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _process_data_is_no_survey(cls, data: Any) -> Any:
        """Process data have no instrument and no design; the mapping's own id stands for the instrument."""
        if isinstance(data, dict) and is_process(data):
            nothing = {
                "instrument": {"id": data.get("mapping_id"), "kind": PROCESS},
                "design": {"sample": PROCESS},
            }
            return nothing | {name: value for name, value in data.items() if value is not None}
        return data


def is_process(data: dict[str, Any]) -> bool:
    """Whether a document as written is about process data."""
    source = data.get("source")
    return isinstance(source, dict) and source.get("delivery") == PROCESS


def json_schema() -> dict[str, Any]:
    """The JSON Schema of one YAML document, for editors and reviewers."""
    schema = MappingDocument.model_json_schema()
    survey_only = ["design", "instrument"]
    schema["required"] = [name for name in schema["required"] if name not in survey_only]
    process = {
        "properties": {"source": {"properties": {"delivery": {"const": PROCESS}}, "required": ["delivery"]}}
    }
    schema |= {"if": process, "then": {"required": ["metrics"]}, "else": {"required": survey_only}}
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Meethuis mapping"}
