"""The static check of an import bundle: does everything lead from dashboard to column of a mart, without a server."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from dashboards.marts import marts

Json = dict[str, Any]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Words that a Dutch text does not hold.
ENGLISH = re.compile(
    r"\b(the|and|of the|by|with|without|figure|share|count|average|organisation|survey|select)\b", re.I
)
# Characters of a title that fit in a card, per column of twelve.
TITLE_PER_COLUMN = 10


def read(folder: Path) -> dict[str, Json]:
    """Every file of the bundle by its path."""
    return {
        str(path.relative_to(folder)): yaml.load(path.read_text(encoding="utf-8"), _Loader)
        for path in sorted(folder.rglob("*.yaml"))
    }


def faults(files: dict[str, Json]) -> list[str]:
    """Everything that is wrong with the bundle, each with where it is."""
    datasets = {one["uuid"]: one for path, one in files.items() if path.startswith("datasets/")}
    charts = {one["uuid"]: one for path, one in files.items() if path.startswith("charts/")}
    dashboards = [one for path, one in files.items() if path.startswith("dashboards/")]
    return [
        *_identities(files),
        *(fault for one in datasets.values() for fault in _dataset_faults(one, files)),
        *(fault for one in charts.values() for fault in _chart_faults(one, datasets)),
        *(fault for one in dashboards for fault in _dashboard_faults(one, charts, datasets)),
        *_unplaced(charts, dashboards),
    ]


def _identities(files: dict[str, Json]) -> Iterator[str]:
    seen = Counter(one["uuid"] for path, one in files.items() if path != "metadata.yaml")
    for path, one in files.items():
        if path == "metadata.yaml":
            continue
        folder, _, name = path.removesuffix(".yaml").replace("datasets/meethuis/", "datasets/").partition("/")
        key = "database" if folder == "databases" else f"{folder.removesuffix('s')}/{name}"
        if one["uuid"] != str(uuid5(NAMESPACE_URL, f"meethuis/{key}")):
            yield f"{path}: the uuid is not the one of its name"
        if seen[one["uuid"]] > 1:
            yield f"{path}: the uuid is used twice"
        if re.search(r"(?<![a-z_])(datasource_id|datasetId|slice_id|database_id)\b", json.dumps(one)):
            yield f"{path}: a numeric id is written down"


def _dataset_faults(dataset: Json, files: dict[str, Json]) -> Iterator[str]:
    name = dataset["table_name"]
    if name not in marts() or dataset["schema"] != "marts":
        yield f"dataset {name}: no such mart"
        return
    if dataset["database_uuid"] != files["databases/meethuis.yaml"]["uuid"]:
        yield f"dataset {name}: another database"
    stored = {column["column_name"] for column in dataset["columns"] if column["expression"] is None}
    if stored != set(marts()[name].columns):
        yield f"dataset {name}: other columns than the mart: {sorted(stored ^ set(marts()[name].columns))}"
    for column in dataset["columns"]:
        if not column["verbose_name"] or column["verbose_name"] == column["column_name"]:
            yield f"dataset {name}, column {column['column_name']}: no Dutch label"
        elif ENGLISH.search(column["verbose_name"]):
            yield f"dataset {name}, column {column['column_name']}: an English label"


def _chart_faults(chart: Json, datasets: dict[str, Json]) -> Iterator[str]:
    name = chart["slice_name"]
    if chart["dataset_uuid"] not in datasets:
        yield f"chart {name}: no such dataset"
        return
    if not name.endswith("?"):
        yield f"chart {name}: the title is no question"
    for text in (name, chart["description"]):
        if ENGLISH.search(text):
            yield f"chart {name}: an English text"
    dataset = datasets[chart["dataset_uuid"]]
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    if not chart.get("query_context"):
        yield f"chart {name}: no query_context"
        return
    for query in json.loads(chart["query_context"])["queries"]:
        asked = {*query["columns"], *(one["col"] for one in query["filters"])}
        yield from (f"chart {name}: no column {one}" for one in sorted(asked - columns))
        yield from (f"chart {name}: no metric {one}" for one in sorted(set(query["metrics"] or []) - metrics))
        ordered = {one for one, _ in query["orderby"]}
        yield from (f"chart {name}: no column {one}" for one in sorted(ordered - columns - metrics))


def _dashboard_faults(dashboard: Json, charts: dict[str, Json], datasets: dict[str, Json]) -> Iterator[str]:
    slug, boxes = dashboard["slug"], dashboard["position"]
    if slug is None:
        yield f"dashboard {dashboard['dashboard_title']}: no slug"
    placed = [box for box in boxes.values() if isinstance(box, dict) and box["type"] == "CHART"]
    if datasets and not any(_shows(charts.get(box["meta"]["uuid"]), datasets, "snapshot") for box in placed):
        yield f"dashboard {slug}: it does not show which publication it is of"
    for box in placed:
        chart = charts.get(box["meta"]["uuid"])
        if chart is None:
            yield f"dashboard {slug}: no chart {box['meta']['sliceName']}"
        elif len(chart["slice_name"]) > box["meta"]["width"] * TITLE_PER_COLUMN:
            yield f"dashboard {slug}: the title does not fit: {chart['slice_name']}"
    for name, box in boxes.items():
        for child in box["children"] if isinstance(box, dict) and "children" in box else []:
            if child not in boxes:
                yield f"dashboard {slug}: {name} holds {child}, which is not there"
    for one in dashboard["metadata"]["native_filter_configuration"]:
        yield from (
            f"dashboard {slug}: the filter {one['name']} {fault}" for fault in _filter_faults(one, datasets)
        )


def _filter_faults(one: Json, datasets: dict[str, Json]) -> Iterator[str]:
    for target in one["targets"]:
        dataset = datasets[target["datasetUuid"]]
        if target["column"]["name"] not in {column["column_name"] for column in dataset["columns"]}:
            yield f"has no column {target['column']['name']}"
        if one.get("sortMetric") not in (None, *(metric["metric_name"] for metric in dataset["metrics"])):
            yield f"has no metric {one['sortMetric']}"


def _shows(chart: Json | None, datasets: dict[str, Json], mart: str) -> bool:
    return chart is not None and datasets.get(chart["dataset_uuid"], {}).get("table_name") == mart


def _unplaced(charts: dict[str, Json], dashboards: list[Json]) -> Iterator[str]:
    placed = {
        box["meta"]["uuid"]
        for dashboard in dashboards
        for box in dashboard["position"].values()
        if isinstance(box, dict) and box["type"] == "CHART"
    }
    yield from (
        f"chart {chart['slice_name']}: on no dashboard"
        for uuid, chart in charts.items()
        if uuid not in placed
    )
