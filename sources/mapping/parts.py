"""The parts of a mapping other than its scales and items: shape, defaults, closed lists.

Belongs here: one model per part, as an author writes it. Does not belong here: rules over several parts
(`rules`), what the reference model knows (`reference_rules`) and reading a file with it (the readers).
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sources.mapping.fields import (
    CellRange,
    Character,
    Day,
    Encoding,
    Flag,
    Name,
    Names,
    Patterns,
    ProfileId,
    Quote,
    Slug,
    Text,
    Whole,
)

Format = Literal["csv", "xlsx", "sav", "ndjson", "json"]
DeliveryKind = Literal["respondent", "aggregate", "process"]
Snapshot = Literal["full", "incremental", "correction"]
WeightMethod = Literal["delivered", "poststratify", "rake", "none"]
# Methods of which the weights follow from targets.
COMPUTED_METHODS = ("poststratify", "rake")
WEIGHT_DIMENSIONS = ("service", "channel", "touchpoint", "life_event", "audience", "age_band")

_KEY_SPELLINGS = ("columns", "column", "paths", "path")


class Part(BaseModel):
    """Frozen, and nothing in it that the language does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    # Other spellings that a before-validator turns into the fields; only the JSON Schema needs to know them.
    short_forms: ClassVar[tuple[dict[str, Any], ...]] = ()
    # Elsewhere a field with nothing after its colon is a field left out.
    meaningful_nulls: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            name: value for name, value in data.items() if value is not None or name in cls.meaningful_nulls
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        return {"anyOf": [schema, *cls.short_forms]} if cls.short_forms else schema


class Located(Part):
    """A part that names a column of a table or a path in a JSON record.

    After reading it is always `column`.
    """

    column: Name | None = None
    path: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _path_is_column(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("path") is not None and data.get("column") is None:
            return {name: value for name, value in data.items() if name != "path"} | {"column": data["path"]}
        return data


class Organisation(Part):
    """Who the mapping belongs to; `org_id` is the name of the folder."""

    org_id: Slug
    tooi: Text | None = None
    cbs: Text | None = None
    oin: Text | None = None
    kvk: Text | None = None
    name: Text | None = None


class Steward(Part):
    """Which team answers for the data; never a person's name."""

    team: Text | None = None
    contact_role: Text | None = None


class Legal(Part):
    """Purpose and retention of the processing."""

    purpose: Text | None = None
    register_ref: Text | None = None
    dpia: Flag | None = None
    retention_months: Annotated[Whole, Field(gt=0)] | None = None
    contains_free_text: Flag | None = None


class Approval(Part):
    """Who confirmed the comparability grades, and when."""

    by: Name
    date: Day


class Expected(Part):
    """How often a delivery is due, and how many days after the period."""

    every: Literal["month", "quarter", "half_year"]
    due_days: Annotated[Whole, Field(ge=0)] = 30


class Source(Part):
    """Which files these are and how their bytes become a table."""

    delivery: DeliveryKind = "respondent"
    format: Format
    match: Patterns
    snapshot: Snapshot
    expected: Expected | None = None
    profile: ProfileId | None = None
    encoding: Encoding = "utf-8"
    delimiter: Character = ","
    quote: Quote = '"'
    decimal: Literal[".", ","] = "."
    thousands: Character | None = None
    header_row: Annotated[Whole, Field(ge=1)] = 1
    header_rows: Annotated[Whole, Field(ge=1, le=20)] | None = None
    skip_footer: Annotated[Whole, Field(ge=0)] = 0
    sheet: Name | None = None
    range: CellRange | None = None

    meaningful_nulls = frozenset({"quote"})


class Instrument(Part):
    """The survey itself."""

    id: Slug
    name_nl: Text | None = None
    name_en: Text | None = None
    kind: Name
    languages: Names = ()


class Weights(Part):
    """Which weights the figures use: a delivered column, or those that bring the dimensions `by` to the targets.

    `targets` names a file of the organisation (`sources.targets`).
    """

    method: WeightMethod = "none"
    column: Name | None = None
    by: Names = ()
    targets: Slug | None = None

    short_forms = ({"enum": list(get_args(WeightMethod))},)

    @model_validator(mode="before")
    @classmethod
    def _method_from_shape(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"method": data}
        if isinstance(data, dict) and "method" not in data and data.get("column") is not None:
            return data | {"method": "delivered"}
        return data


class Key(Part):
    """The columns that together make an id."""

    columns: Names
    pseudonymise: Literal["hmac"] = "hmac"
    optional: Flag = False

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        shape = handler.resolve_ref_schema(schema)
        columns = shape["properties"]["columns"]
        shape["properties"] |= {name: columns for name in _KEY_SPELLINGS}
        shape["required"] = []
        shape["oneOf"] = [{"required": [name]} for name in _KEY_SPELLINGS]
        return {"anyOf": [schema, columns]}

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return {"columns": data}
        spellings = [name for name in _KEY_SPELLINGS if data.get(name) is not None]
        if len(spellings) != 1:
            return data
        rest = {name: value for name, value in data.items() if name != spellings[0]}
        return rest | {"columns": data[spellings[0]]}


class Keys(Part):
    """The ids of a respondent (optional) and of a response."""

    respondent: Key | None = None
    response: Key | None = None
