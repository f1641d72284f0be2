"""From plain data to a document, with pydantic's errors in the words of the mapping language.

Belongs here: the translation of shape errors, and the sound remainder of a faulty document, so that the rules
can be checked on it too. Does not belong here: rules (`rules`, `reference_rules`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sources.mapping.design import Design
from sources.mapping.document import ItemEntry, MappingDocument, ScaleEntry
from sources.mapping.fields import REFUSED
from sources.mapping.issues import FieldPath, Finding, did_you_mean, one_of, quoted
from sources.mapping.metrics import MetricEntry
from sources.mapping.parts import Instrument, Keys, Organisation, Source
from sources.mapping.response_parts import Completed, Dimension, Exclusion, Language, When

PartModel = TypeVar("PartModel", bound=BaseModel)

_PLAIN_PARTS = (
    "mapping_id", "valid_from", "valid_to", "organisation", "source", "instrument", "design", "keys", "when",
    "language", "completed", "exclude",
)  # fmt: skip

_SPELLINGS = {"column": ("path",), "columns": ("column", "path", "paths")}
_KINDS = {
    "string_too_short": "text that is not empty",
    "dict_type": "fields (name: value)",
    "model_type": "fields (name: value)",
    "model_attributes_type": "fields (name: value)",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
}


@dataclass(frozen=True)
class Draft:
    """The sound parts of a document; what is missing or faulty is None or left out."""

    mapping_id: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    organisation: Organisation | None = None
    source: Source | None = None
    instrument: Instrument | None = None
    design: Design | None = None
    keys: Keys | None = None
    when: When | None = None
    language: Language | None = None
    completed: Completed | None = None
    exclude: tuple[Exclusion, ...] = ()
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    scales: Mapping[str, ScaleEntry] = field(default_factory=dict)
    items: Mapping[int, ItemEntry] = field(default_factory=dict)
    metrics: Mapping[int, MetricEntry] = field(default_factory=dict)
    faulty_scales: frozenset[str] = frozenset()
    faults: tuple[FieldPath, ...] = ()

    def follows_from_fault(self, path: FieldPath) -> bool:
        """Whether a finding at `path` lies in or around a faulty field, and so may only follow from it."""
        return bool(path) and any(
            path == fault[: len(path)] or fault == path[: len(fault)] for fault in self.faults
        )


def read_document(data: object) -> tuple[MappingDocument | None, Draft, list[Finding]]:
    """The document when its shape is sound, the draft for the rules, and every fault of shape."""
    if not isinstance(data, dict):
        return None, Draft(), [Finding((), quoted(data), "the fields of a mapping")]
    try:
        document = MappingDocument.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        findings = list(dict.fromkeys(_finding(one, data) for one in details))
        return None, _remainder(data, [finding.path for finding in findings]), findings
    return document, _draft(document), []


def _draft(document: MappingDocument) -> Draft:
    shared = {name: getattr(document, name) for name in _PLAIN_PARTS}
    return Draft(
        **shared,
        dimensions=document.dimensions.declared(),
        scales=document.scales,
        items=dict(enumerate(document.items)),
        metrics=dict(enumerate(document.metrics)),
    )


def _remainder(data: Mapping[str, Any], faults: list[FieldPath]) -> Draft:
    """What is left when every faulty field is taken out, as far as it still has its required fields."""
    sound = _without(data, set(faults), ())
    assert isinstance(sound, dict)
    parts = {
        name: part
        for name in _PLAIN_PARTS
        if name in sound and (part := _valid(MappingDocument.model_fields[name], sound[name])) is not None
    }
    scales = _valid_entries(ScaleEntry, sound.get("scales"))
    return Draft(
        **parts,
        dimensions=_valid_entries(Dimension, sound.get("dimensions")),
        scales=scales,
        items=_valid_entries(ItemEntry, sound.get("items")),
        metrics=_valid_entries(MetricEntry, sound.get("metrics")),
        faulty_scales=frozenset(_entries(sound.get("scales"))) - frozenset(scales),
        faults=tuple(faults),
    )


def _without(data: object, faults: set[FieldPath], path: FieldPath) -> object:
    """The data without the fields at the faulty paths; a faulty list element stays as None, to keep positions."""
    if isinstance(data, dict):
        return {
            name: _without(value, faults, (*path, name))
            for name, value in data.items()
            if (*path, name) not in faults
        }
    if isinstance(data, list):
        places = [(*path, index) for index in range(len(data))]
        return [
            None if place in faults else _without(value, faults, place)
            for place, value in zip(places, data, strict=True)
        ]
    return data


def _entries(section: object) -> dict[Any, Any]:
    if isinstance(section, dict):
        return section
    return dict(enumerate(section)) if isinstance(section, list) else {}


def _valid_entries(model: type[PartModel], section: object) -> dict[Any, PartModel]:
    valid = {}
    for key, value in _entries(section).items():
        try:
            valid[key] = model.model_validate(value)
        except ValidationError:
            continue
    return valid


def _valid(info: FieldInfo, value: object) -> Any:
    try:
        return TypeAdapter(info.rebuild_annotation()).validate_python(value)
    except ValidationError:
        return None


def _finding(error: ErrorDetails, data: object) -> Finding:
    path = _as_written(error["loc"], data, is_absent=error["type"] == "missing")
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        return Finding(path, "an unknown field", did_you_mean(name, _known_fields(error["loc"][:-1])))
    if error["type"] == "missing":
        return Finding(path, "nothing", "a value; this field is required")
    return Finding(path, quoted(error["input"]), _allowed(error))


def _allowed(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == REFUSED:
        return str(context["allowed"])
    if error["type"] == "literal_error":
        return one_of(re.findall("'([^']*)'", context["expected"]))
    return _KINDS.get(error["type"], error["msg"])


def _as_written(loc: FieldPath, data: object, is_absent: bool) -> FieldPath:
    """The error's path without pydantic's own parts, in the spelling the author chose."""
    path: list[str | int] = []
    for position, part in enumerate(loc):
        spelling = next((name for name in (part, *_SPELLINGS.get(str(part), ())) if _holds(data, name)), None)
        if spelling is not None:
            path.append(spelling)
            data = data[spelling]  # type: ignore[index]
        elif is_absent and position == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _holds(data: object, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _known_fields(loc: FieldPath) -> tuple[str, ...]:
    """The fields of the model at a path of an error, found along the annotations."""
    models: list[Any] = [MappingDocument]
    for part in loc:
        following = []
        for model in models:
            if isinstance(part, str) and part in model.model_fields:
                following += _models_in(model.model_fields[part].annotation)
        # List positions, names of scales and tags of unions stay with the models found so far.
        models = following or models
    return tuple(models[0].model_fields)


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
