"""Charts: what Superset stores of each kind of picture, and the query it means.

Belongs here: a function per kind, from a chart of a page to `params` and `query_context`. Does not belong here: which
charts there are (`pages/`), how columns are computed (`datasets`).

Every number is a saved metric of the dataset that shows the figure of one cell and is empty over several, so a chart
cannot pool what must not be pooled. Queries have no `datasource`: the importer fills in its own ids.
"""

import json
from collections.abc import Callable
from typing import Any

from dashboards import appearance, identity
from dashboards.datasets import Dataset, datasets
from dashboards.pages import Chart

Json = dict[str, Any]
NOT_NULL = "!null"
SEQUENTIAL = appearance.SEQUENTIAL[0]["id"]
CATEGORICAL = appearance.CATEGORICAL[0]["id"]


def asset(chart: Chart) -> Json:
    """The YAML of a chart."""
    params, queries = KINDS[chart.kind](chart, datasets()[chart.mart])
    params = {**params, "adhoc_filters": _adhoc_filters(chart), "extra_form_data": {}, "dashboards": []}
    context = {
        "datasource": {"type": "table"},
        "force": False,
        "queries": queries,
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": chart.question,
        "description": chart.read,
        "viz_type": params["viz_type"],
        "params": params,
        "query_context": json.dumps(context, ensure_ascii=False, sort_keys=True),
        "cache_timeout": None,
        "uuid": identity.uuid_of("chart", chart.name),
        "version": "1.0.0",
        "dataset_uuid": identity.uuid_of("dataset", chart.mart),
    }


def twin(chart: Chart) -> Chart:
    """The table with the rows of a picture."""
    return Chart(
        name=f"{chart.name}-tabel",
        question=chart.question,
        read=chart.read,
        mart=chart.mart,
        kind="table",
        columns=chart.twin,
        where=chart.where,
        order=chart.order or tuple(c for c in chart.twin if not c.endswith(("figure_nl", "interval_nl")))[:2],
        limit=chart.limit,
        page=25,
        answers=chart.answers,
        width=12,
        height=44,
        ignores=chart.ignores,
    )


def colours(chart: Chart) -> dict[str, str]:
    """The colours that say what a series is: a figure, the ends of its interval, the band between them."""
    if chart.kind == "interval":
        value, low, high = chart.metrics
        return {value: appearance.FIGURE, low: appearance.BOUND, high: appearance.BOUND}
    if chart.kind == "band":
        value, low, width = chart.metrics
        return {value: appearance.FIGURE, low: appearance.UNPAINTED, width: appearance.BAND}
    return {}


def _table(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    formats = {
        name: {
            "d3NumberFormat": ",d" if dataset.columns[name].type in ("bigint", "integer") else chart.format
        }
        for name in chart.columns
        if dataset.columns[name].is_number
    }
    order = [[name.removeprefix("-"), not name.startswith("-")] for name in chart.order]
    params = {
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": list(chart.columns),
        "order_by_cols": [json.dumps(entry) for entry in order],
        "row_limit": chart.limit,
        "page_length": chart.page,
        "table_timestamp_format": "%d-%m-%Y",
        "column_config": formats,
        "show_cell_bars": False,
        "color_pn": False,
        "server_pagination": False,
        "allow_render_html": False,
    }
    query = _query(chart) | {"columns": list(chart.columns), "metrics": None, "orderby": order}
    return params, [query]


def _counts(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    """A table of groups with their number of rows or another metric."""
    params = {
        "viz_type": "table",
        "query_mode": "aggregate",
        "groupby": list(chart.columns),
        "metrics": list(chart.metrics),
        "row_limit": chart.limit,
        "page_length": chart.page,
        "order_desc": True,
        "timeseries_limit_metric": chart.metrics[0],
        "show_cell_bars": True,
        "color_pn": False,
        "column_config": {name: {"d3NumberFormat": _format(dataset, name, chart)} for name in chart.metrics},
    }
    query = _query(chart) | {
        "columns": list(chart.columns),
        "metrics": list(chart.metrics),
        "orderby": [[chart.metrics[0], False]],
    }
    return params, [query]


def _lines(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    by = [chart.by] if chart.by else []
    params = _axes(chart) | {
        "viz_type": "echarts_timeseries_line",
        "x_axis": chart.x,
        "x_axis_sort": chart.x,
        "x_axis_sort_asc": True,
        "groupby": by,
        "metrics": list(chart.metrics),
        "markerEnabled": True,
        "markerSize": 6,
        "seriesType": "line",
        "connect_nulls": False,
    }
    return params, [_query(chart) | {"columns": [chart.x, *by], "metrics": list(chart.metrics)}]


def _bars(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    by = [chart.by] if chart.by else []
    # Parts of a whole end at 100 %.
    bounds: list[int | None] = [0, 1] if by and chart.format.endswith("%") else [None, None]
    params = _axes(chart) | {
        "viz_type": "echarts_timeseries_bar",
        "x_axis": chart.x,
        "groupby": by,
        "metrics": list(chart.metrics),
        "orientation": "horizontal",
        "truncateYAxis": bounds != [None, None],
        "y_axis_bounds": bounds,
        "stack": "Stack" if chart.by else None,
        # In a stack the numbers would lie over each other; the table has them.
        "show_value": not by,
        "x_axis_sort": chart.x,
        "x_axis_sort_asc": True,
    }
    return params, [_query(chart) | {"columns": [chart.x, *by], "metrics": list(chart.metrics)}]


def _interval(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    """A point per category with the ends of its interval. Superset draws no error bars: the ends are marks."""
    value, low, high = chart.metrics
    params = _axes(chart) | {
        "viz_type": "mixed_timeseries",
        "x_axis": chart.x,
        "metrics": [value],
        "groupby": [],
        "seriesType": "scatter",
        "markerEnabled": True,
        "markerSize": 14,
        "show_value": True,
        "metrics_b": [low, high],
        "groupby_b": [],
        "seriesTypeB": "scatter",
        "markerEnabledB": True,
        "markerSizeB": 8,
        "adhoc_filters_b": _adhoc_filters(chart),
        "row_limit_b": chart.limit,
        "order_desc": False,
        "xAxisLabelRotation": 30,
        "xAxisLabelInterval": "0",
        # Beside the axis, so that the first slanted label has room.
        "y_axis_title": value,
        "y_axis_title_margin": 60,
        "y_axis_title_position": "Left",
        "y_axis_format_secondary": chart.format,
    }
    query = _query(chart) | {"columns": [chart.x]}
    return params, [query | {"metrics": [value]}, query | {"metrics": [low, high]}]


def _band(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    """A line over time in the band of its interval: an invisible area below it and the width on top."""
    value, low, width = chart.metrics
    params = _axes(chart) | {
        "viz_type": "mixed_timeseries",
        "x_axis": chart.x,
        "metrics": [low, width],
        "groupby": [],
        "seriesType": "line",
        "area": True,
        "stack": "Stack",
        "opacity": 0.25,
        "metrics_b": [value],
        "groupby_b": [],
        "seriesTypeB": "line",
        "markerEnabledB": True,
        "markerSizeB": 8,
        "adhoc_filters_b": _adhoc_filters(chart),
        "row_limit_b": chart.limit,
        "y_axis_format_secondary": chart.format,
    }
    query = _query(chart) | {"columns": [chart.x]}
    return params, [query | {"metrics": [low, width]}, query | {"metrics": [value]}]


def _heatmap(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    params = {
        "viz_type": "heatmap_v2",
        "x_axis": chart.x,
        "groupby": chart.y,
        "metric": chart.metrics[0],
        "row_limit": chart.limit,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "normalize_across": "heatmap",
        "linear_color_scheme": SEQUENTIAL,
        "xscale_interval": 1,
        "yscale_interval": 1,
        "left_margin": 150,
        "bottom_margin": 110,
        "x_axis_label_rotation": 30,
        "value_bounds": [None, None],
        "y_axis_format": chart.format,
        "show_legend": False,
        "show_percentage": False,
        "show_values": True,
    }
    return params, [_query(chart) | {"columns": [chart.x, chart.y], "metrics": list(chart.metrics)}]


def _matrix(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    """Importance against performance: a bubble per driver."""
    across, up, size = chart.metrics
    params = {
        "viz_type": "bubble_v2",
        "entity": chart.x,
        "series": chart.by,
        "x": across,
        "y": up,
        "size": size,
        "max_bubble_size": "25",
        "row_limit": chart.limit,
        "xAxisFormat": ",.0f",
        "y_axis_format": ",.0%",
        "x_axis_label": across,
        "y_axis_label": up,
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 50,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "opacity": 0.6,
        "truncateXAxis": True,
        "truncateYAxis": True,
        "xAxisBounds": [0, 100],
        "y_axis_bounds": [0, None],
        "color_scheme": CATEGORICAL,
    }
    return params, [_query(chart) | {"columns": [chart.x, chart.by], "metrics": list(chart.metrics)}]


def _map(chart: Chart, dataset: Dataset) -> tuple[Json, list[Json]]:
    """Provinces; the outlines come with Superset."""
    params = {
        "viz_type": "country_map",
        "select_country": "netherlands",
        "entity": chart.x,
        "metric": chart.metrics[0],
        "number_format": chart.format,
        "linear_color_scheme": SEQUENTIAL,
        "row_limit": chart.limit,
    }
    return params, [_query(chart) | {"columns": [chart.x], "metrics": list(chart.metrics)}]


KINDS: dict[str, Callable[[Chart, Dataset], tuple[Json, list[Json]]]] = {
    "table": _table,
    "counts": _counts,
    "lines": _lines,
    "bars": _bars,
    "interval": _interval,
    "band": _band,
    "heatmap": _heatmap,
    "matrix": _matrix,
    "map": _map,
}


def _axes(chart: Chart) -> Json:
    return {
        "row_limit": chart.limit,
        "color_scheme": CATEGORICAL,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "y_axis_format": chart.format,
        "x_axis_title_margin": 15,
        "y_axis_title_margin": 15,
        "y_axis_title_position": "Top",
        "truncateXAxis": True,
        "truncateYAxis": True,
        "y_axis_bounds": [None, None],
        "minorSplitLine": False,
        "zoomable": False,
    }


def _format(dataset: Dataset, metric: str, chart: Chart) -> str:
    return dataset.metrics[metric].format or (
        ",d" if "count(" in dataset.metrics[metric].expression else chart.format
    )


def _query(chart: Chart) -> Json:
    return {
        "filters": [{"col": col, "op": op, **_value(val)} for col, op, val in _conditions(chart)],
        "extras": {"having": "", "where": ""},
        "row_limit": chart.limit,
        "orderby": [],
        "annotation_layers": [],
        "applied_time_extras": {},
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }


def _value(value: Any) -> Json:
    return {} if value is None else {"val": value}


def _conditions(chart: Chart) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    for column, wanted in chart.where.items():
        if wanted == NOT_NULL:
            found.append((column, "IS NOT NULL", None))
        elif isinstance(wanted, str) and wanted.startswith("!"):
            found.append((column, "!=", wanted[1:]))
        elif isinstance(wanted, bool):
            found.append((column, "IS TRUE" if wanted else "IS FALSE", None))
        elif isinstance(wanted, list):
            found.append((column, "IN", wanted))
        else:
            found.append((column, "==", wanted))
    return found


def _adhoc_filters(chart: Chart) -> list[Json]:
    return [
        {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": column,
            "operator": operator,
            "comparator": value,
            "filterOptionName": f"filter_{chart.name}_{column}",
        }
        for column, operator, value in _conditions(chart)
    ]
