"""The JSON Schema that ships: current, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from sources.mapping import json_schema
from sources.mapping.schema import TARGET, schema_text
from tests.sources.mapping_files import BASE, Edit, edited
from tests.sources.test_mapping_loading import EXAMPLE_FILES


def faults(text: str) -> list[str]:
    """Messages of the schema's validator; dates become text, as JSON has none."""
    document: Any = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(document)]


def test_the_schema_that_ships_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == schema_text(), "run: python -m sources.mapping.schema"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.stem)
def test_the_examples_fit_the_schema(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("{response: {column: id}}", "{response: id}"),
        ("{response: {column: id}}", "{response: {paths: [a, b]}}"),
        ("mode: [web], weights: {method: none}", "mode: web, weights: none"),
        ("items:\n", "language: nl\nexclude: {column: t, values: 1}\nignore: q*\nitems:\n"),
        ("Web: web}}", "Web: web}, unknown: null}"),
        ("scale: eens5, comparability: A", "scale: {min: 1, max: 5, kind: stars}, comparability: A"),
    ],
)
def test_short_spellings_fit_the_schema(edit: Edit) -> None:
    assert faults(edited(edit)) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("snapshot: full", "snapshot: all"),
        ("snapshot: full", "snapshott: full"),
        (", snapshot: full", ""),
        ("mapping_version: 1.0.0", "mapping_version: 1.0"),
        ("{response: {column: id}}", "{response: {column: a, path: b}}"),
        ("comparability: A", "comparability: D"),
        ("meethuis_mapping: 1", "meethuis_mapping: 2"),
        ("Web: web}}", "Web: web}, unknown: ignore}"),
    ],
)
def test_faults_do_not_fit_the_schema(edit: Edit) -> None:
    assert faults(BASE) == []
    assert faults(edited(edit))
