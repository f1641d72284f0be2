"""The surveys as data: each file in `surveys/` holds a mapping and what its export looks like.

Belongs here: reading those files, and which organisation holds which survey. Does not belong here: answers
(`population`, `responses`) and bytes (`writers`).

`export` in a survey file: `file` with {month}, `columns` in the order of the file with what each `holds`, and `groups`:
the strata that respondents fall in, each with its `share` of the responses, the `lift` of its opinion and, where
weights are delivered, its share of the `population`. `invited_per_response` has the mapping say how many were invited a
month; `has_process` brings process data along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("surveys")

# Neighbours in the register get different surveys; the first four use four formats.
ROTATION = (
    "csv_excel", "sav_weighted", "ndjson_feed", "aggregate_xlsx", "csv_codes", "qualtrics", "xlsx_table",
    "limesurvey", "csv_bilingual", "surveymonkey", "csv_excel", "google_forms", "json_records", "microsoft_forms",
    "csv_codes", "burgerpeiling", "aggregate_csv", "csv_excel",
)  # fmt: skip
_INSTEAD = "sav_weighted"


@dataclass(frozen=True)
class Question:
    """A closed question: `values` are its answers from bad to good in scale units, `cells` what each looks like.

    `foreign_cells` is what they look like in a form in another language, empty where there is none. `missing` gives
    each missing code its share of the cells; `name` is the column, or the node of an aggregate.
    """

    name: str
    node_id: str
    scale_kind: str
    low: float
    high: float
    allows_decimals: bool
    is_own: bool
    values: tuple[float, ...]
    cells: tuple[Any, ...]
    foreign_cells: tuple[Any, ...]
    offset: float
    missing: dict[str, float]

    @property
    def scale_id(self) -> str:
        """The id of the scale, as published."""
        return f"{self.scale_kind}_{self.low:g}_{self.high:g}"


@dataclass(frozen=True)
class Group:
    """A stratum: its code in the file, share of the responses, lift of the opinion (0-1 scale) and weight."""

    code: str
    share: float
    lift: float
    weight: float


@dataclass(frozen=True)
class Survey:
    """One survey: its mapping without the organisation, its export, questions and groups."""

    name: str
    mapping: dict[str, Any]
    export: dict[str, Any]
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]

    @property
    def source(self) -> dict[str, Any]:
        """The mapping's `source`."""
        return dict(self.mapping["source"])

    @property
    def columns(self) -> dict[str, dict[str, Any]]:
        """What each column of the export holds, in the order of the file."""
        return dict(self.export["columns"])

    @property
    def is_aggregate(self) -> bool:
        """Whether the delivery holds counts instead of responses."""
        return bool(self.source["delivery"] == "aggregate")

    def columns_that_hold(self, *kinds: str) -> list[str]:
        """Names of the columns that hold one of these."""
        return [name for name, column in self.columns.items() if column["holds"] in kinds]

    @property
    def process_services(self) -> dict[str, str]:
        """Codes of the services of which process data come along with the survey; none for most surveys."""
        return dict(self.mapping["dimensions"]["service"]["map"]) if self.export.get("has_process") else {}

    def frame(self, responses: int) -> dict[str, Any]:
        """What the mapping says of the people behind `responses` a month, as a change of it; mostly nothing."""
        each = self.export.get("invited_per_response")
        return {"design": self.mapping["design"] | {"frame": {"invited": each * responses}}} if each else {}

    def mapping_text(self, organisation_id: str, valid_from: str, **changes: Any) -> str:
        """The mapping file of an organisation; `changes` replace whole fields of the mapping."""
        if not changes:
            return (
                _mapping_template(self.name)
                .replace("ORGANISATION", organisation_id)
                .replace("VALID-FROM", valid_from)
            )
        return mapping_text(self.mapping | changes, organisation_id, valid_from)


def mapping_text(mapping: dict[str, Any], organisation_id: str, valid_from: str) -> str:
    """The file of a mapping that lacks the organisation and its validity."""
    return _dumped(_complete(mapping, organisation_id, valid_from))


@cache
def survey(name: str) -> Survey:
    """The survey of that name."""
    content = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    mapping, export = content["mapping"], content["export"]
    return Survey(
        name=name,
        mapping=mapping,
        export=export,
        questions=tuple(_questions(mapping, export)),
        groups=tuple(_group(code, group) for code, group in export["groups"].items()),
    )


def survey_of(position: int, organisation_id: str) -> Survey:
    """The survey of the organisation at this place of the register."""
    found = survey(ROTATION[position % len(ROTATION)])
    is_municipality = organisation_id.startswith("gm")
    return found if is_municipality or not found.export.get("only_municipalities") else survey(_INSTEAD)


def _group(code: str, group: dict[str, Any]) -> Group:
    weight = round(group["population"] / group["share"], 3) if "population" in group else 1.0
    return Group(str(code), group["share"], group["lift"], weight)


def _questions(mapping: dict[str, Any], export: dict[str, Any]) -> list[Question]:
    found = []
    for item in mapping["items"]:
        if item.get("kind") == "open_text":
            continue
        name = item.get("column") or item.get("path") or item["item"]
        scale = mapping["scales"][item["scale"]] if isinstance(item["scale"], str) else item["scale"]
        answered = export["answers"][name] if "counts" in item else export["columns"][name]
        found.append(_question(name, item, scale, answered))
    return found


def _question(name: str, item: dict[str, Any], scale: dict[str, Any], answered: dict[str, Any]) -> Question:
    labels: dict[str, float] = scale.get("labels") or item.get("counts") or {}
    low = float(scale.get("min", min(labels.values(), default=0)))
    high = float(scale.get("max", max(labels.values(), default=0)))
    has_halves = bool(scale.get("allow_decimals"))
    step = 0.5 if has_halves else 1.0
    values = tuple(low + step * index for index in range(int((high - low) / step) + 1))
    text_of: dict[float, str] = {}
    for label, value in labels.items():
        text_of.setdefault(float(value), label)
    asked = [low + high - value if scale["direction"] == "low_is_good" else value for value in values]
    return Question(
        name=name,
        node_id=item["item"],
        scale_kind=scale["kind"],
        low=low,
        high=high,
        allows_decimals=has_halves,
        is_own=item["comparability"] == "X",
        values=values,
        cells=tuple(text_of.get(value, _number(value)) for value in asked),
        foreign_cells=tuple(answered.get("foreign", ())),
        offset=answered.get("offset", 0.0),
        missing=answered.get("missing", {}),
    )


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


@cache
def _mapping_template(name: str) -> str:
    return _dumped(_complete(survey(name).mapping, "ORGANISATION", "VALID-FROM"))


def _complete(mapping: dict[str, Any], organisation_id: str, valid_from: str) -> dict[str, Any]:
    head = {name: mapping[name] for name in ("meethuis_mapping", "mapping_id", "mapping_version")}
    own = {
        "valid_from": valid_from,
        "valid_to": None,
        "organisation": {"org_id": organisation_id},
        "steward": {"team": "synthetisch", "contact_role": "data-steward"},
    }
    return head | own | mapping


class _Dumper(yaml.SafeDumper):
    """YAML without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out."""
        return True


def _dumped(mapping: dict[str, Any]) -> str:
    return yaml.dump(mapping, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
