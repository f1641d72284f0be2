"""The import bundle is sound, and the check that says so can fail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboards import bundle, pages
from tests.dashboards import soundness

CHART = "charts/overheid-nu.yaml"
DATASET = "datasets/meethuis/kpi.yaml"
DASHBOARD = "dashboards/briefing.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "assets"
    bundle.write(folder)
    return folder


@pytest.fixture(scope="module")
def sound(folder: Path) -> dict[str, Any]:
    return soundness.read(folder)


@pytest.fixture
def files(sound: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(sound)


def test_the_bundle_has_no_fault(sound: dict[str, Any]) -> None:
    assert soundness.faults(sound) == []


def test_the_same_pages_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    bundle.write(tmp_path / "again")
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.yaml")}
    again = tmp_path / "again"
    assert files == {path.relative_to(again): path.read_bytes() for path in again.rglob("*.yaml")}


def test_every_dashboard_of_the_product_is_there(folder: Path) -> None:
    assert {path.stem for path in (folder / "dashboards").glob("*.yaml")} == set(pages.ORDER)


def _renamed_column(content: dict[str, Any]) -> None:
    next(column for column in content["columns"] if column["column_name"] == "period_id")["column_name"] = (
        "periode"
    )


BROKEN: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "a column that no mart has": (DATASET, _renamed_column, "dataset kpi: other columns than the mart"),
    "a table that is no mart": (DATASET, lambda c: c.update(table_name="kpis"), "dataset kpis: no such mart"),
    "an English label": (
        DATASET,
        lambda c: c["columns"][0].update(verbose_name="Id of the organisation"),
        "an English label",
    ),
    "no label": (DATASET, lambda c: c["columns"][0].update(verbose_name=None), "no Dutch label"),
    "a metric that is not there": (
        CHART,
        lambda c: c.update(query_context=c["query_context"].replace("Bovengrens", "Bovenkant")),
        "no metric Bovenkant (95%)",
    ),
    "no query": (CHART, lambda c: c.update(query_context=None), "no query_context"),
    "another uuid": (CHART, lambda c: c.update(uuid=DASHBOARD), "the uuid is not the one of its name"),
    "a title that is no question": (
        CHART,
        lambda c: c.update(slice_name="Score"),
        "the title is no question",
    ),
    "a numeric id": (CHART, lambda c: c["params"].update(datasource_id=3), "a numeric id is written down"),
    "a dashboard without publication": (
        DASHBOARD,
        lambda c: c["position"].pop("CHART-publicatie"),
        "it does not show which publication it is of",
    ),
    "a filter on nothing": (
        DASHBOARD,
        lambda c: c["metadata"]["native_filter_configuration"][0]["targets"][0]["column"].update(
            name="periode"
        ),
        "has no column periode",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_copy_is_found(case: str, files: dict[str, Any]) -> None:
    name, edit, expected = BROKEN[case]
    edit(files[name])
    assert any(expected in fault for fault in soundness.faults(files)), soundness.faults(files)


def test_a_chart_on_no_dashboard_is_found(files: dict[str, Any]) -> None:
    del files["dashboards/ontwikkeling.yaml"]
    assert any("on no dashboard" in fault for fault in soundness.faults(files))


def test_a_chart_that_is_gone_is_found(files: dict[str, Any]) -> None:
    del files[CHART]
    assert (
        "dashboard overheidsbreed: no chart Hoe tevreden zijn mensen, en hoe zeker is dat?"
        in soundness.faults(files)
    )
