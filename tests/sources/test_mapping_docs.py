"""docs/mapping.md: its examples do what it says, and it leaves no field out."""

import re
from pathlib import Path
from typing import Any

import pytest

from sources.mapping import MappingError, json_schema, load_mapping_file
from tests.sources.mapping_files import product_reference, write
from tests.sources.reference_folder import ROOT

PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")


def block(language: str, position: int) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[position]


def fields(schema: Any) -> set[str]:
    """Every field name in a JSON Schema."""
    if isinstance(schema, list):
        return {name for part in schema for name in fields(part)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own | {name for part in schema.values() for name in fields(part)}


def test_the_example_loads(tmp_path: Path) -> None:
    path = write(tmp_path, block("yaml", 0), "test0001", "klantonderzoek")
    (mapping,) = load_mapping_file(path, product_reference())
    assert len(mapping.items) == 7


def test_the_example_of_process_data_loads(tmp_path: Path) -> None:
    path = write(tmp_path, block("yaml", 1), "test0001", "proces")
    (mapping,) = load_mapping_file(path, product_reference())
    assert [one.metric for one in mapping.metrics] == ["lead_time_p50", "complaints"]


def test_the_faults_read_as_the_page_says(tmp_path: Path) -> None:
    path = write(tmp_path, block("yaml", 2), "test0001", "klantonderzoek")
    with pytest.raises(MappingError) as raised:
        load_mapping_file(path, product_reference())
    assert str(raised.value) == block("text", 0).strip()


def test_every_field_is_described() -> None:
    names = fields(json_schema()) - {"paths"}
    assert len(names) > 60
    assert {name for name in names if f"`{name}`" not in PAGE and f"{name}:" not in PAGE} == set()
