"""Datasets: each published mart as Superset knows it, with Dutch labels and computed columns.

Belongs here: which columns and metrics a dataset has, and its YAML. Does not belong here: SQL phrases (`phrases`), the
marts themselves (`marts`), charts.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dashboards import identity, phrases
from dashboards.marts import Column, Mart, column_labels, marts

DESCRIPTION = Path(__file__).with_name("datasets.yml")
SCHEMA = "marts"


@dataclass(frozen=True)
class Metric:
    """A number over rows; its name is its Dutch label, as charts print it."""

    name: str
    expression: str
    description: str
    format: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A mart with what is computed from it. Columns include the computed ones."""

    mart: Mart
    columns: dict[str, Column]
    metrics: dict[str, Metric]


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by the name of its mart."""
    described = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    return {name: _dataset(mart, described) for name, mart in marts().items()}


def _dataset(mart: Mart, described: dict[str, Any]) -> Dataset:
    columns = dict(mart.columns)
    for column in _labelled(mart, described):
        columns.setdefault(column.name, column)
    for name, entry in described["derived"].items():
        if _holds(mart, columns, entry):
            columns[name] = _computed(name, entry["label"], entry["description"], entry["sql"])
    metrics = {metric.name: metric for metric in map(_single, mart.columns.values()) if metric is not None}
    for name, entry in described["metrics"].items():
        if _holds(mart, columns, entry):
            metrics[name] = Metric(name, phrases.written(entry["sql"]), entry["description"])
    return Dataset(mart, columns, metrics)


def _labelled(mart: Mart, described: dict[str, Any]) -> list[Column]:
    found = []
    for code, name in described["labels"].items():
        if code in mart.columns and mart.name != "code_label":
            label = column_labels().get(name, column_labels()[code])
            explained_by = described["lists_of"].get(code)
            is_list = code in described["lists"]
            sql = phrases.labels(code) if is_list else phrases.label(code, explained_by)
            found.append(Column(name, "varchar", label, f"Dutch label of {code}.", sql))
    return found


def _holds(mart: Mart, columns: dict[str, Column], entry: dict[str, Any]) -> bool:
    return set(entry["needs"]) <= set(columns) and mart.name in entry.get("marts", [mart.name])


def _computed(name: str, label: str, description: str, sql: str) -> Column:
    return Column(name, "varchar", label, description, phrases.written(sql))


def _single(column: Column) -> Metric | None:
    """The figure of one cell. Over several cells it is empty: figures are never pooled in a chart."""
    if not column.is_number:
        return None
    return Metric(
        column.label,
        f"case when count(*) = 1 then max({column.name}) end",
        column.description,
        ",d" if column.type in ("bigint", "integer") else ",.1f",
    )


def asset(dataset: Dataset) -> dict[str, Any]:
    """The YAML of a dataset."""
    mart = dataset.mart
    return {
        "table_name": mart.name,
        "main_dttm_col": "period_start" if "period_start" in mart.columns else None,
        "description": mart.description,
        "schema": SCHEMA,
        "sql": None,
        "params": None,
        "filter_select_enabled": True,
        "uuid": identity.uuid_of("dataset", mart.name),
        "columns": [_column_asset(column) for column in dataset.columns.values()],
        "metrics": [_metric_asset(metric) for metric in dataset.metrics.values()],
        "version": "1.0.0",
        "database_uuid": identity.DATABASE,
    }


def _column_asset(column: Column) -> dict[str, Any]:
    return {
        "column_name": column.name,
        "verbose_name": column.label,
        "description": column.description,
        "type": column.type.upper(),
        "is_dttm": column.is_time,
        "is_active": True,
        "groupby": True,
        "filterable": True,
        "expression": column.expression,
    }


def _metric_asset(metric: Metric) -> dict[str, Any]:
    return {
        "metric_name": metric.name,
        "verbose_name": metric.name,
        "description": metric.description,
        "expression": metric.expression,
        "d3format": metric.format,
    }
