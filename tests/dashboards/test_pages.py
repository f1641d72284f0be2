"""What the pages promise: questions answered, words that come from data, documents that say the same."""

from __future__ import annotations

import csv
import re

import yaml

from dashboards import charts, documents, layout, marts, pages
from dashboards.datasets import DESCRIPTION, datasets

SEEDS = marts.CODES.parent
UNANSWERED = {22, 23}


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(column: str) -> set[str]:
    return {row["code"] for row in seed("ref_code") if row["column_name"] == column}


def test_every_question_but_two_has_a_chart() -> None:
    answered = {number for page in pages.pages() for chart in page.charts for number in chart.answers}
    assert answered == set(range(1, 26)) - UNANSWERED
    assert {number for number, one in documents.questions().items() if "unanswered" in one} == UNANSWERED


def test_the_page_for_analysts_is_up_to_date() -> None:
    assert documents.ANALYSTS.read_text(encoding="utf-8") == documents.analysts()


def test_the_exposures_are_up_to_date() -> None:
    assert documents.EXPOSURES.read_text(encoding="utf-8") == documents.exposures_text()


def test_nothing_of_the_model_is_written_in_a_page() -> None:
    nodes = seed("ref_model_node")
    names = {row["node_id"] for row in nodes} | {row["label_nl"].lower() for row in nodes}
    organisations = {row["name"].lower() for row in seed("ref_organisation") if len(row["name"]) > 6}
    for path in (*pages.PAGES.glob("*.yml"), pages.FILTERS, DESCRIPTION):
        text = path.read_text(encoding="utf-8").lower()
        # A time zone is called after a city.
        text = text.replace("europe/amsterdam", "")
        found = {
            name
            for name in names | organisations
            if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text)
        }
        assert not found, path.name


def test_every_picture_has_a_table_twin() -> None:
    for page in pages.pages():
        for chart in page.charts:
            assert chart.twin or chart.kind in ("table", "counts") or chart.name == "overheid-kaart", (
                chart.name
            )


def test_every_figure_stands_with_its_interval_and_number() -> None:
    """A table with a figure of answers has its interval and n, or the number of organisations, beside it."""
    for page in pages.pages():
        for chart in layout.charts_of(page):
            if chart.kind == "table" and "figure_nl" in chart.columns:
                assert "interval_nl" in chart.columns, chart.name
                assert "n" in chart.columns, chart.name


def test_everything_computed_is_used() -> None:
    """A column or metric that no chart, filter or other column asks is words for nothing."""
    described = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    asked = {one.column for one in pages.filters().values()} | {
        one.first_by for one in pages.filters().values()
    }
    for page in pages.pages():
        for chart in layout.charts_of(page):
            asked |= {*chart.columns, *chart.metrics, *chart.where, chart.x, chart.y, chart.by}
            asked |= {name.removeprefix("-") for name in chart.order}
    needed = {name for entry in described["derived"].values() for name in entry["needs"]}
    assert not {*described["derived"], *described["metrics"]} - asked - needed


def test_every_code_that_dbt_allows_has_a_label() -> None:
    for path in marts.MODELS.glob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for column in model["columns"]:
                for test in column.get("data_tests", []):
                    if (
                        isinstance(test, dict)
                        and "accepted_values" in test
                        and column["name"] in ("kind", "status")
                    ):
                        assert set(test["accepted_values"]["arguments"]["values"]) <= codes(column["name"])


def test_a_number_over_several_cells_is_empty() -> None:
    """Only what is counted, or a mean of organisations from three on, is taken over rows."""
    for dataset in datasets().values():
        for metric in dataset.metrics.values():
            pooled = re.search(r"\b(sum|avg)\(", metric.expression)
            assert not pooled or metric.name in (
                "Gemiddelde van organisaties",
                "Belang samen",
                "Meest te zien",
                "Meeste delen",
                "Meeste drijfveren",
            ), metric.name


def test_a_chart_keeps_the_words_of_its_page() -> None:
    for page in pages.pages():
        for chart in page.charts:
            asset = charts.asset(chart)
            assert (asset["slice_name"], asset["description"]) == (chart.question, chart.read)
