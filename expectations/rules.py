"""The gate's rules: loading and checking `rules.yml`.

Belongs here: the shape of a rule and what its severity means. Does not belong here: thresholds and texts (they are
data), computing metrics (`metrics`), running the expectations (`suites`).
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

RULES_FILE = Path(__file__).with_name("rules.yml")
GRAINS = ("delivery", "item")
PROBLEM_SEVERITY = {"reject": "error", "hold": "error", "warn": "warning", "report": "info"}
TEXTS = ("text_nl", "text_en", "remedy_nl", "remedy_en")

_REQUIRED = {"code", "grain", "metric", "expectation", "bounds", "severity", "count", *TEXTS}
_OPTIONAL = {"where", "minimum"}
_PLACEHOLDERS = {"count", "column"}


class RuleError(Exception):
    """rules.yml is not usable; the text says which rule and which field."""


@dataclass(frozen=True)
class Rule:
    """One expectation about a metric, and what follows when it is not met."""

    code: str
    grain: str
    metric: str
    expectation: str
    bounds: Mapping[str, Any]
    where: Mapping[str, tuple[str, ...]]
    minimum: Mapping[str, float]
    severity: str
    count: str
    text_nl: str
    text_en: str
    remedy_nl: str
    remedy_en: str

    @property
    def check_name(self) -> str:
        """The code as an identifier."""
        return self.code.lower().replace("-", "_")

    @property
    def problem_severity(self) -> str:
        """The severity in the words of a receipt: error, warning or info."""
        return PROBLEM_SEVERITY[self.severity]


@dataclass(frozen=True)
class Parameters:
    """What the metrics need to know beside the rules."""

    history_periods: int
    straight_lining_items: int
    sampled_responses: int
    structural_codes: tuple[str, ...]
    date_order_codes: tuple[str, ...]
    weight_codes: tuple[str, ...]
    new_column_codes: tuple[str, ...]
    label_codes: tuple[str, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the gate, in the order of the file; the texts hold {count} and {column} only."""
    return parse_rules(RULES_FILE.read_text(encoding="utf-8"))


@cache
def parameters() -> Parameters:
    """The parameters that stand above the rules."""
    return parse_parameters(RULES_FILE.read_text(encoding="utf-8"))


def parse_rules(text: str) -> tuple[Rule, ...]:
    """Rules from YAML text; raises RuleError for a missing, unknown or impossible field and for a repeated code."""
    found = tuple(_rule(entry) for entry in yaml.safe_load(text)["rules"])
    codes = [rule.code for rule in found]
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise RuleError(
            f"rules.yml: {', '.join(repeated)} stands there more than once; give each rule its own code"
        )
    return found


def parse_parameters(text: str) -> Parameters:
    """Parameters from YAML text."""
    values = yaml.safe_load(text)["parameters"]
    return Parameters(
        history_periods=int(values["history_periods"]),
        straight_lining_items=int(values["straight_lining_items"]),
        sampled_responses=int(values["sampled_responses"]),
        structural_codes=tuple(values["structural_codes"]),
        date_order_codes=tuple(values["date_order_codes"]),
        weight_codes=tuple(values["weight_codes"]),
        new_column_codes=tuple(values["new_column_codes"]),
        label_codes=tuple(values["label_codes"]),
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    code = entry.get("code", "a rule without code")
    missing, unknown = _REQUIRED - set(entry), set(entry) - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise RuleError(f"rules.yml, {code}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for field, allowed in (("grain", GRAINS), ("severity", tuple(PROBLEM_SEVERITY))):
        if entry[field] not in allowed:
            raise RuleError(f"rules.yml, {code}: {field} must be one of {', '.join(allowed)}")
    for field in TEXTS:
        unknown = {name for _, name, _, _ in string.Formatter().parse(entry[field]) if name} - _PLACEHOLDERS
        if unknown:
            raise RuleError(f"rules.yml, {code}: {field} may hold {{count}} and {{column}} only")
    values = {**entry, "where": _tuples(entry.get("where", {})), "minimum": dict(entry.get("minimum", {}))}
    return Rule(**values)


def _tuples(where: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {column: tuple(values) for column, values in where.items()}
