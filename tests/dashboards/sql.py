"""The SQL that a chart's query_context means, written as Superset writes it: saved columns and metrics in place,
filters and, where given, the values of native filters."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def queries(chart: Json, dataset: Json, chosen: dict[str, Any] | None = None) -> list[str]:
    """One statement per query of the chart; `chosen` are native filters, column to value."""
    context = json.loads(chart["query_context"])
    return [_statement(query, dataset, chosen or {}) for query in context["queries"]]


def _statement(query: Json, dataset: Json, chosen: dict[str, Any]) -> str:
    columns = {
        column["column_name"]: column["expression"] or column["column_name"] for column in dataset["columns"]
    }
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    selected = [f'{columns[name]} as "{name}"' for name in query["columns"]]
    selected += [f'{metrics[name]} as "{name}"' for name in query["metrics"] or []]
    conditions = [_condition(columns[one["col"]], one["op"], one.get("val")) for one in query["filters"]]
    conditions += [
        f"{columns[name]} = {_literal(value)}" for name, value in chosen.items() if name in columns
    ]
    text = f"select {', '.join(selected)} from {dataset['schema']}.{dataset['table_name']}"
    if conditions:
        text += " where " + " and ".join(f"({condition})" for condition in conditions)
    if query["metrics"]:
        text += " group by " + ", ".join(columns[name] for name in query["columns"])
    if query["orderby"]:
        text += " order by " + ", ".join(
            f"{metrics.get(name) or columns[name]} {'asc' if rises else 'desc'}"
            for name, rises in query["orderby"]
        )
    return f"{text} limit {query['row_limit']}"


def _condition(expression: str, operator: str, value: Any) -> str:
    if operator in ("IS NOT NULL", "IS TRUE", "IS FALSE"):
        return f"{expression} {operator}"
    if operator == "IN":
        return f"{expression} in ({', '.join(map(_literal, value))})"
    return f"{expression} {'=' if operator == '==' else operator} {_literal(value)}"


def _literal(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"
