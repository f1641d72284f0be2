"""Renders docs/schema.md from the descriptions that stand beside the models.

Belongs here: the page's text around the tables, and how a column is printed.
Does not belong here: descriptions themselves (models/*/*.yml). Run: `python dbt_project/schema_page.py`.
"""

from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parent
PAGE = PROJECT.parent / "docs" / "schema.md"
INTRODUCTION = """\
# Schema

Made by `python dbt_project/schema_page.py` from the descriptions beside the dbt models; change those.

Two schemas, for two kinds of readers:

- **harmonised**, in `<work>/warehouse.duckdb`: what every organisation's answers look like after reading, for
  operators and tests. Views: nothing is stored, the landed files are read. They name those files by their full path,
  so `duckdb -readonly <work>/warehouse.duckdb` works from any folder. A filter on `organisation_id` opens only that
  organisation's files. Never for dashboards: nothing in it is protected.
- **marts**, in `<published>/meethuis.duckdb`: what is published, protected. For everybody.

Types are DuckDB's. `not null` is enforced by the model's contract.
"""
LAYERS = {
    "harmonised": "Harmonised schema",
    "marts": "Published marts",
}


def models(layer: str) -> list[dict[str, Any]]:
    """The models of one layer with their columns, by name."""
    found = []
    for path in sorted((PROJECT / "models" / layer).glob("*.yml")):
        found += yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    return sorted(found, key=lambda model: str(model["name"]))


def table(model: dict[str, Any]) -> str:
    """Name, description and one line per column."""
    name = model.get("config", {}).get("alias", model["name"])
    lines = [f"### {name}", "", " ".join(model["description"].split()), ""]
    lines += ["| column | type | meaning |", "|---|---|---|"]
    for column in model["columns"]:
        is_required = any(rule["type"] == "not_null" for rule in column.get("constraints", []))
        kind = column["data_type"] + (", not null" if is_required else "")
        lines.append(f"| `{column['name']}` | {kind} | {column['description']} |")
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for layer, title in LAYERS.items():
        parts += [f"## {title}\n", *(table(model) + "\n" for model in models(layer))]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
