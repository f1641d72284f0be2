"""What the native filters of a page start with, worked out as Superset does: the first value by the filter's metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboards.datasets import datasets
from dashboards.pages import Chart, Filter, Page, filters

Ask = Callable[[str], list[Any]]


def chosen(page: Page, ask: Ask) -> dict[str, Any]:
    """Filter key to the value it starts with; filters that start empty are left out. `ask` gives a query's values."""
    found = {key: ask(_first(filters()[key])) for key in page.filters if filters()[key].single}
    return {key: values[0] for key, values in found.items() if values}


def reaching(chart: Chart, values: dict[str, Any]) -> dict[str, Any]:
    """Column to value, for the filters that reach a chart."""
    return {filters()[key].column: value for key, value in values.items() if key not in chart.ignores}


def _first(found: Filter) -> str:
    dataset = datasets()[found.dataset]
    column = dataset.columns[found.column]
    value = column.expression or column.name
    order = dataset.metrics[found.first_by].expression if found.first_by else value
    return (
        f"select {value} as value from marts.{found.dataset} where {value} is not null group by {value} "
        f"order by {order} {'desc' if found.descending else 'asc'}, value limit 1"
    )
