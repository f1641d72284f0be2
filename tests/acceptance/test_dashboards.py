"""What every chart asks of a published file: the query of its query_context, with the filters as a page opens."""

from __future__ import annotations

import pytest

from dashboards import bundle, layout, pages
from tests.acceptance.conftest import Nights
from tests.dashboards import default_values, sql

# Figures over organisations begin at three; the sample's have no driver in common.
EMPTY_ON_THE_SAMPLE = {"drijfveren-overheid"}
PAGES = {page.slug: page for page in pages.pages()}


def answers(nights: Nights, slug: str) -> dict[str, int]:
    """Chart to the number of rows that its emptiest query gives."""
    assets = bundle.assets()
    datasets = {one["uuid"]: one for path, one in assets.items() if path.startswith("datasets/")}
    query = nights.installation.query
    page = PAGES[slug]
    chosen = default_values.chosen(page, lambda text: query(text)["value"].tolist())
    found = {}
    for chart in layout.charts_of(page):
        asset = assets[f"charts/{chart.name}.yaml"]
        reaching = default_values.reaching(chart, chosen)
        statements = sql.queries(asset, datasets[asset["dataset_uuid"]], reaching)
        found[chart.name] = min(len(query(statement)) for statement in statements)
    return found


@pytest.mark.parametrize("slug", pages.ORDER)
def test_every_chart_has_rows_when_the_page_opens(slug: str, sample: Nights) -> None:
    empty = {name for name, rows in answers(sample, slug).items() if rows == 0}
    assert empty <= EMPTY_ON_THE_SAMPLE


@pytest.mark.parametrize("slug", pages.ORDER)
def test_another_model_is_asked_the_same(slug: str, other_model: Nights) -> None:
    assert answers(other_model, slug)["publicatie"] == 1


def test_another_models_nodes_are_called_by_its_names(other_model: Nights) -> None:
    label = bundle.assets()["datasets/meethuis/trend.yaml"]
    columns = {column["column_name"]: column["expression"] for column in label["columns"]}
    found = other_model.installation.query(
        f"select distinct {columns['kpi_label_nl']} as label from marts.trend"
    )
    told = other_model.installation.query("select distinct kpi_label_nl as label from marts.kpi")
    assert set(found["label"]) <= set(told["label"])


@pytest.mark.parametrize(("is_sample", "notice"), [("true", "VOORBEELDGEGEVENS"), ("false", "Gegevens van")])
def test_every_dashboard_says_whether_its_figures_are_invented(
    is_sample: str, notice: str, sample: Nights
) -> None:
    dataset = bundle.assets()["datasets/meethuis/snapshot.yaml"]
    (statement,) = sql.queries(bundle.assets()[f"charts/{layout.BANNER.name}.yaml"], dataset)
    snapshot = f"from (select * replace ({is_sample} as is_sample) from marts.snapshot)"
    asked = statement.replace("from marts.snapshot", snapshot)
    assert asked != statement
    (row,) = sample.installation.query(asked).to_dict("records")
    assert row["notice_nl"].startswith(notice)
    assert row["model_nl"].startswith("Reconstructie")
    assert row["snapshot_id"] == sample.first.manifest["snapshot_id"]


def test_a_hidden_figure_reads_as_hidden(sample: Nights) -> None:
    dataset = bundle.assets()["datasets/meethuis/kpi.yaml"]
    columns = {column["column_name"]: column["expression"] for column in dataset["columns"]}
    # A figure of several kinds of scale is empty, which is not hidden.
    hidden = f"coalesce({columns['figure_nl']} = 'afgeschermd', false)"
    asked = f"select distinct is_suppressed, {hidden} as is_hidden from marts.kpi"
    found = sample.installation.query(asked)
    assert sorted(zip(found["is_suppressed"], found["is_hidden"], strict=True)) == [
        (False, False),
        (True, True),
    ]


def test_every_code_in_the_file_is_explained(sample: Nights) -> None:
    """Flags, statuses and the like have a Dutch label: a reader sees no code."""
    datasets = [one for path, one in bundle.assets().items() if path.startswith("datasets/")]
    labelled = {"flags", "reason"}
    for dataset in datasets:
        stored = {column["column_name"] for column in dataset["columns"] if column["expression"] is None}
        for column in sorted(stored & labelled):
            bare = sample.installation.query(
                f"select distinct code from (select unnest(string_split({column}, ',')) as code "
                f"from marts.{dataset['table_name']}) where code <> '' and code not in "
                f"(select code from marts.code_label where column_name = '{column}')"
            )
            assert bare.empty or (dataset["table_name"], column) == ("catalogue", "reason"), dataset[
                "table_name"
            ]
