"""From plain data to a document, with pydantic's errors in the words of the mapping language.

Belongs here: the translation of shape errors, and the sound remainder of a faulty document, so that the rules
can be checked on it too. Does not belong here: rules (`rules`, `reference_rules`).
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sources.mapping.document import ItemEntry, MappingDocument, ScaleEntry
from sources.mapping.fields import REFUSED
from sources.mapping.issues import FieldPath, Finding, one_of, quoted
from sources.mapping.parts import (
    Completed,
    Design,
    Dimension,
    Exclusion,
    Instrument,
    Keys,
    Language,
    Organisation,
    Source,
    When,
)

_SPELLINGS = {"column": ("path",), "columns": ("column", "path", "paths")}
_KINDS = {
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
    faulty_scales: frozenset[str] = frozenset()


def read_document(data: object) -> tuple[MappingDocument | None, Draft, list[Finding]]:
    """The document when its shape is sound, the draft for the rules, and every fault of shape."""
    if not isinstance(data, dict):
        return None, Draft(), [Finding((), quoted(data), "the fields of a mapping")]
    try:
        document = MappingDocument.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        findings = list({finding: None for finding in (_finding(one, data) for one in details)})
        return None, _remainder(data, [one["loc"] for one in details]), findings
    return document, _draft(document), []


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name as a question, and the closed list."""
    choices = sorted(known)
    near = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    return (f"did you mean '{near[0]}'? " if near else "") + one_of(choices)


def _draft(document: MappingDocument) -> Draft:
    shared = {name: getattr(document, name) for name in _PLAIN_PARTS}
    return Draft(
        **shared,
        dimensions=document.dimensions.declared(),
        scales=document.scales,
        items=dict(enumerate(document.items)),
    )


_PLAIN_PARTS = (
    "mapping_id", "valid_from", "valid_to", "organisation", "source", "instrument", "design", "keys", "when",
    "language", "completed", "exclude",
)  # fmt: skip


def _remainder(data: Mapping[str, Any], faults: list[FieldPath]) -> Draft:
    faulty = {path[0] for path in faults if path}
    within = {path[:2] for path in faults}
    sound: dict[str, Any] = {}
    for name in _PLAIN_PARTS:
        if name in data and name not in faulty:
            sound[name] = _validated(MappingDocument.model_fields[name], data[name])
    sections = {
        name: {} if (name,) in faults else _entries(data.get(name))
        for name in ("dimensions", "scales", "items")
    }
    entries = {
        name: {key: value for key, value in section.items() if (name, key) not in within}
        for name, section in sections.items()
    }
    return Draft(
        **sound,
        dimensions={
            str(key): Dimension.model_validate(value) for key, value in entries["dimensions"].items()
        },
        scales={str(key): ScaleEntry.model_validate(value) for key, value in entries["scales"].items()},
        items={int(key): ItemEntry.model_validate(value) for key, value in entries["items"].items()},
        faulty_scales=frozenset(str(path[1]) for path in within if path[0] == "scales" and len(path) > 1),
    )


def _entries(section: object) -> dict[Any, Any]:
    if isinstance(section, dict):
        return section
    return dict(enumerate(section)) if isinstance(section, list) else {}


def _validated(info: FieldInfo, value: object) -> Any:
    return TypeAdapter(info.rebuild_annotation()).validate_python(value)


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
        return str(context["expected"]).replace(" or ", ", ")
    if error["type"] == "string_pattern_mismatch":
        return f"text that matches {context['pattern']}"
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
