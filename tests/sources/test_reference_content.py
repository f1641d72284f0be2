"""Facts about the product's reference tables, and that their documents describe what is there.

Belongs here: what the product's own model and register must say. Does not belong here: rules that any
model must obey (`test_reference_faults`).
"""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from scipy.stats import t as student_t

from sources.reference import Reference, load
from sources.reference_tables import TABLES
from tests.sources.reference_folder import PRODUCT, ROOT

REGISTER = Path(os.environ.get("MEETHUIS_SHARED", ROOT.parent / "shared")) / "register" / "municipalities.csv"


@pytest.fixture(scope="module")
def product() -> Reference:
    return load(PRODUCT)


def test_the_model_is_a_reconstruction_of_6_outcomes_and_14_drivers(product: Reference) -> None:
    nodes = product.tables["ref_model_node"]
    floors = [row["floor"] for row in nodes]
    assert (floors.count("kpi"), floors.count("driver"), floors.count("open")) == (6, 14, 1)
    assert {row["status"] for row in nodes} == {"reconstructie"}
    assert "reconstructie" in product.model_version
    named = {row["node_id"] for row in nodes if row["provenance"] == "named"}
    assert named == {
        "kpi.tevredenheid",
        "kpi.menselijkheid",
        "kpi.vertrouwen",
        "drv.serieus_genomen",
        "drv.empathie",
        "drv.meedenken",
        "drv.snelheid",
        "drv.juistheid",
    }


def test_every_driver_is_soft_or_hygiene_and_explains_an_outcome(product: Reference) -> None:
    for row in product.tables["ref_model_node"]:
        if row["floor"] == "driver":
            assert row["driver_kind"] in ("soft", "hygiene")
            assert product.node(row["parent_node_id"])["floor"] == "kpi"


def test_every_node_that_is_measured_lists_its_own_statistics(product: Reference) -> None:
    listed: dict[str, set[str]] = {}
    for row in product.tables["ref_kpi_definition"]:
        listed.setdefault(row["node_id"], set()).add(row["statistic"])
        assert (row["higher_is_better"] == "false") is (row["statistic"] == "share_negative")
    measured = {row["node_id"] for row in product.tables["ref_model_node"] if row["floor"] != "open"}
    assert set(listed) == measured | {"*"}
    assert {node for node in measured if "nps" in listed[node]} == {"kpi.aanbeveling"}
    assert {node for node in measured if "ces" in listed[node]} == {"kpi.gemak"}
    assert listed["*"] == {row["statistic"] for row in product.tables["ref_statistic"]}


@pytest.mark.parametrize(
    ("kind", "low", "high", "family"),
    [
        ("rapportcijfer", 1, 10, "cijfer10"),
        ("nps", 0, 10, "nps11"),
        ("nps", 1, 10, "nps10"),
        ("ces2", 1, 7, "ces7"),
        ("likert_agree", 1, 4, "likert4"),
        ("likert_agree", 1, 5, "likert5"),
        ("likert_agree", 1, 6, "likert6"),
        ("likert_agree", 1, 7, "likert7"),
        ("likert_satisfaction", 1, 5, "likert5"),
        ("likert_satisfaction", 1, 7, "likert7"),
        ("stars", 1, 5, "stars5"),
        ("smiley", 1, 3, "smiley3"),
        ("smiley", 1, 5, "smiley5"),
        ("smiley", 0, 4, "smiley5"),
        ("numeric", 0, 100, "pomp100"),
        ("yes_no", 0, 1, "binary"),
        ("thumb", 0, 1, "binary"),
        ("oecd_trust", 0, 10, "oecd11"),
        ("slider", 0, 100, "pomp100"),
        ("pomp", 0, 100, "pomp100"),
    ],
)
def test_the_usual_scales_are_known(kind: str, low: int, high: int, family: str, product: Reference) -> None:
    assert product.scale_family(kind, low, high) == family


def test_statistics_per_family_are_those_of_the_contract(product: Reference) -> None:
    own: dict[str, list[tuple[str, ...]]] = {}
    for row in product.tables["ref_family_statistic"]:
        cells = (row["statistic"], row["method"], row["high_from"], row["low_to"])
        own.setdefault(row["scale_family"], []).append(
            (*cells, row["high_from_decimals"], row["required_grade"])
        )
    assert own == {
        "*": [
            ("mean_pomp", "mean_score", "", "", "", ""),
            ("share_positive", "share_category_high", "", "", "", ""),
            ("share_negative", "share_category_low", "", "", "", ""),
        ],
        "cijfer10": [
            ("mean_grade", "mean_value", "", "", "", ""),
            ("share_sufficient", "share_from", "6", "", "5.5", ""),
            ("share_good", "share_from", "8", "", "", ""),
            ("nps", "net_share", "9", "6", "", "C"),
        ],
        "nps11": [("nps", "net_share", "9", "6", "", "")],
        "nps10": [("nps", "net_share", "9", "6", "", "C")],
        "ces7": [("ces", "mean_value", "", "", "", "")],
        "binary": [("rate", "share_category_high", "", "", "", "")],
    }


def test_the_thresholds_are_those_of_the_contract(product: Reference) -> None:
    assert product.thresholds == {
        "suppression_min_n": 10,
        "no_spread_min_n": 30,
        "indicative_below_n": 30,
        "indicative_half_width": 10,
        "publishable_from_n": 100,
        "burgerpeiling_norm_n": 475,
        "format_tolerance": 3,
        "false_discovery_rate": Decimal("0.05"),
        "least_difference": 1,
        "test_min_expected": 1,
        "overlap_min_share": Decimal("0.05"),
        "peers_min_organisations": 3,
        "peers_max_share": Decimal("0.5"),
        "coverage_min_share": Decimal("0.1"),
        "driver_min_n": 200,
        "driver_min_n_per_driver": 20,
        "driver_min_answered_share": Decimal("0.6"),
        "reliability_min_alpha": Decimal("0.7"),
    }


def test_t_quantiles_equal_scipy(product: Reference) -> None:
    rows = product.tables["ref_student_t"]
    assert [int(row["degrees_of_freedom"]) for row in rows] == list(range(1, 1001))
    for row in rows:
        expected = student_t.ppf(0.975, int(row["degrees_of_freedom"]))
        assert float(row["quantile_975"]) == pytest.approx(expected, rel=1e-12, abs=0)


def _municipalities(product: Reference, day: date) -> set[str]:
    ids = (name for name in product.organisation_ids if name.startswith("gm"))
    return {name for name in ids if product.organisation_at(name, day)}


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2022, 1, 1), 345),
        (date(2022, 3, 24), 344),
        (date(2023, 1, 1), 342),
        (date(2026, 1, 1), 342),
    ],
)
def test_number_of_municipalities(day: date, number: int, product: Reference) -> None:
    assert len(_municipalities(product, day)) == number


@pytest.mark.skipif(not REGISTER.exists(), reason="the source list is not part of the repository")
def test_municipalities_equal_the_source(product: Reference) -> None:
    with REGISTER.open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    for column, day in (("exists_2022", date(2022, 1, 1)), ("exists_2024_06", date(2024, 6, 1))):
        expected = {row["cbs_code"].lower(): row for row in source if row[column] == "true"}
        assert _municipalities(product, day) == set(expected)
    for row in source:
        if row["exists_2022"] == "true":
            own = product.organisation_at(row["cbs_code"].lower(), date(2022, 1, 1))
            assert own is not None
            assert own["name"] == row["name"]
            assert own["province"] == row["province"]
            assert own["inhabitants"] == row["inhabitants_2022"]
            assert own["tooi_uri"].endswith("/gemeente/" + row["cbs_code"].lower())


def test_size_class_follows_from_inhabitants(product: Reference) -> None:
    lower = {"under_20k": 0, "20k_50k": 20, "50k_100k": 50, "100k_250k": 100, "over_250k": 250}
    for row in product.tables["ref_organisation"]:
        if row["inhabitants"]:
            thousands = int(row["inhabitants"]) / 1000
            assert (
                row["size_class"]
                == max((limit, name) for name, limit in lower.items() if limit <= thousands)[1]
            )
        else:
            assert not row["size_class"]


def test_predecessors_end_where_their_successor_begins(product: Reference) -> None:
    merged = [row for row in product.tables["ref_organisation"] if row["predecessor_ids"]]
    assert merged
    for row in merged:
        day = date.fromisoformat(row["valid_from"])
        for former in row["predecessor_ids"].split(";"):
            assert product.organisation_at(former, day) is None
            assert product.organisation_at(former, date.fromordinal(day.toordinal() - 1)) is not None


def test_the_organisations_that_the_contract_names_are_known(product: Reference) -> None:
    named = {"uwv", "kvk", "svb", "duo", "cjib", "rdw", "ind", "belastingdienst", "cak", "ciz"}
    for name in named | {"gm0344", "gm0855", "gm0772"}:
        assert product.organisation_at(name, date(2026, 1, 1)), name


@pytest.mark.parametrize("table", ["ref_model_node", "ref_statistic", "ref_service", "ref_life_event"])
def test_labels_are_unique_within_a_list(table: str, product: Reference) -> None:
    for column in ("label_nl", "label_en"):
        labels = [row[column] for row in product.tables[table]]
        assert sorted(set(labels)) == sorted(labels)


def test_organisation_names_are_unique_on_any_day(product: Reference) -> None:
    for day in (date(2022, 1, 1), date(2026, 1, 1)):
        rows = [product.organisation_at(name, day) for name in product.organisation_ids]
        names = [row["name"] for row in rows if row]
        assert len(set(names)) == len(names)


def test_the_model_document_describes_every_column() -> None:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert "reconstructie, niet het Handboek" in text
    sections = {part.split("\n", 1)[0].strip(): part for part in text.split("\n### ")[1:]}
    for table in TABLES.values():
        rows = [line for line in sections[table.file_name].splitlines() if line.startswith("| `")]
        assert tuple(line.split("`")[1] for line in rows) == table.column_names
        optional = tuple(column.name for column in table.columns if not column.required)
        assert tuple(line.split("`")[1] for line in rows if "| yes |" in line) == optional


def test_the_seed_properties_describe_every_column() -> None:
    seeds = yaml.safe_load((PRODUCT / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    assert [seed["name"] for seed in seeds] == list(TABLES)
    for seed in seeds:
        table = TABLES[seed["name"]]
        assert tuple(seed["config"]["column_types"]) == table.column_names
        assert tuple(column["name"] for column in seed["columns"]) == table.column_names
        assert all(column["description"] for column in seed["columns"])
        assert " Grain: one row per " in seed["description"]
