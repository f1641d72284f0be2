"""docs/schema.md says what the models say."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType

import pytest

from orchestration.project import manifest_path
from tests.dbt_project import warehouse


@pytest.fixture(scope="module")
def schema_page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schema_page", warehouse.PROJECT / "schema_page.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(schema_page: ModuleType) -> None:
    assert schema_page.PAGE.read_text(encoding="utf-8") == schema_page.page()


def test_every_description_of_a_model_ends_with_its_grain() -> None:
    manifest = json.loads(manifest_path().read_text())
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            last = node["description"].strip().rsplit(". ", 1)[-1]
            assert last.startswith("Grain: one row"), node["name"]


def test_every_published_column_is_described_and_typed() -> None:
    manifest = json.loads(manifest_path().read_text())
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("marts", "harmonised"):
            assert node["config"]["contract"]["enforced"], node["name"]
            assert all(column["description"] and column["data_type"] for column in node["columns"].values())
