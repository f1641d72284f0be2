"""The published marts as their dbt descriptions declare them.

Belongs here: reading tables, columns, types and descriptions from `dbt_project/models/marts`, and the words for them
from the seed `ref_code`. Does not belong here: what a dashboard does with a column.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "dbt_project" / "models" / "marts"
CODES = ROOT / "dbt_project" / "seeds" / "ref_code.csv"


@dataclass(frozen=True)
class Column:
    """A column of a mart, or one that a dataset computes from it (`expression`); `label` is Dutch."""

    name: str
    type: str
    label: str
    description: str
    expression: str | None = None

    @property
    def is_number(self) -> bool:
        return self.type.split("(")[0] in ("double", "bigint", "integer", "decimal")

    @property
    def is_time(self) -> bool:
        return self.type.startswith(("date", "timestamp"))


@dataclass(frozen=True)
class Mart:
    """A table of the schema `marts`; `model` is the dbt model that makes it."""

    name: str
    model: str
    description: str
    columns: dict[str, Column]


@cache
def column_labels() -> dict[str, str]:
    """Column name to its Dutch label."""
    with CODES.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: row["label_nl"]
            for row in csv.DictReader(file)
            if row["column_name"] == "column_name"
        }


@cache
def marts() -> dict[str, Mart]:
    """Every mart by the name of its published table."""
    found = {}
    for path in sorted(MODELS.glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            name = model.get("config", {}).get("alias", model["name"])
            columns = [
                Column(
                    name=column["name"],
                    type=column["data_type"],
                    label=column_labels().get(column["name"], column["name"]),
                    description=column["description"],
                )
                for column in model["columns"]
            ]
            found[name] = Mart(
                name,
                model["name"],
                " ".join(model["description"].split()),
                {column.name: column for column in columns},
            )
    return found
