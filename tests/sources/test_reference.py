"""The reference tables: the product's set loads, another model takes its place, look-ups answer.

Belongs here: loading, overlaying and looking up. Does not belong here: faults (`test_reference_faults`),
the product's content (`test_reference_content`) and the dbt tests of the seeds (`test_reference_seeds`).
"""

import random
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.reference import Reference, ReferenceError, assemble, load, scale_id
from sources.reference_tables import TABLES, Kind
from tests.sources.reference_folder import A11, PRODUCT, Rows, copy_product, edit, read, without, write


@pytest.fixture(scope="module")
def product() -> Reference:
    return load(PRODUCT)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_product(tmp_path / "product")


def test_the_product_loads(product: Reference) -> None:
    assert set(product.tables) == set(TABLES)
    assert product.fingerprint == load(PRODUCT).fingerprint
    assert len(product.fingerprint) == 64


def test_without_an_override_the_product_is_taken_as_it_is(tmp_path: Path, product: Reference) -> None:
    target = tmp_path / "work" / "model"
    assemble(PRODUCT, None, target)
    assert {path.name for path in target.iterdir()} == {table.file_name for table in TABLES.values()}
    assert load(target).fingerprint == product.fingerprint


def test_the_american_model_takes_the_place_of_ours(tmp_path: Path, product: Reference) -> None:
    assemble(PRODUCT, A11, tmp_path / "model")
    effective = load(tmp_path / "model")
    assert effective.model_version == "a11-section280-v1"
    floors = [row["floor"] for row in effective.tables["ref_model_node"]]
    assert (floors.count("kpi"), floors.count("driver")) == (2, 5)
    assert {row["node_id"] for row in effective.tables["ref_kpi_definition"]} == {"*"}
    assert effective.fingerprint != product.fingerprint
    same = set(TABLES) - {"ref_model_node", "ref_kpi_definition"}
    assert all(effective.tables[name] == product.tables[name] for name in same)


def test_an_override_without_a_node_of_ours_keeps_the_definitions_of_the_others(
    tmp_path: Path, product: Reference
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(
        other / "ref_model_node.csv",
        [row for row in product.tables["ref_model_node"] if row["node_id"] != "kpi.gemak"],
    )
    assemble(PRODUCT, other, tmp_path / "model")
    defined = {row["node_id"] for row in load(tmp_path / "model").tables["ref_kpi_definition"]}
    assert "kpi.gemak" not in defined
    assert {"*", "kpi.aanbeveling"} <= defined


def test_a_definition_that_the_override_itself_brings_must_fit(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(A11, other)
    shutil.copy(PRODUCT / "ref_kpi_definition.csv", other)
    with pytest.raises(ReferenceError, match=r"kpi\.tevredenheid"):
        assemble(PRODUCT, other, tmp_path / "model")


def test_a_replaced_list_does_not_silently_take_rows_of_another_list(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    groups = [row for row in read(PRODUCT / "ref_service_group.csv") if row["service_group"] != "care"]
    write(other / "ref_service_group.csv", groups)
    with pytest.raises(
        ReferenceError, match=r"ref_service\.csv, row \d+, column service_group: found 'care'"
    ):
        assemble(PRODUCT, other, tmp_path / "model")


@pytest.mark.parametrize("name", ["ref_model_nodes.csv", "REF_CHANNEL.csv", "readme.txt"])
def test_an_unknown_file_name_in_an_override_is_refused(name: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(A11, other)
    (other / name).write_text("")
    with pytest.raises(ReferenceError, match="an unknown file name"):
        assemble(PRODUCT, other, tmp_path / "model")


def test_an_override_folder_must_hold_something(tmp_path: Path) -> None:
    with pytest.raises(ReferenceError, match="no such folder"):
        assemble(PRODUCT, tmp_path / "nowhere", tmp_path / "model")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".keep").write_text("")
    with pytest.raises(ReferenceError, match="an empty folder"):
        assemble(PRODUCT, tmp_path / "other", tmp_path / "model")


def test_a_fault_leaves_the_effective_tables_as_they_were(tmp_path: Path, copy: Path) -> None:
    target = tmp_path / "work" / "model"
    assemble(PRODUCT, A11, target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    edit(copy, "ref_channel", without("channel", "unknown"))
    with pytest.raises(ReferenceError):
        assemble(copy, None, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_assembling_again_touches_nothing_and_a_change_replaces_all(tmp_path: Path) -> None:
    target = tmp_path / "work" / "model"
    assemble(PRODUCT, None, target)
    first = target.stat().st_ino
    assemble(PRODUCT, None, target)
    assert target.stat().st_ino == first
    (target / "stray.csv").write_text("")
    assemble(PRODUCT, A11, target)
    assert load(target).model_version == "a11-section280-v1"
    assert not (target / "stray.csv").exists()
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_layout_does_not_count_and_is_put_right(copy: Path, tmp_path: Path, product: Reference) -> None:
    path = copy / "ref_channel.csv"
    rows = [{name: f" {row[name]} " for name in reversed(row)} for row in read(path)]
    random.Random(1).shuffle(rows)
    write(path, rows)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n\r\n")
    assert load(copy).fingerprint == product.fingerprint
    assemble(copy, None, tmp_path / "effective")
    first_line = (tmp_path / "effective" / "ref_channel.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == (PRODUCT / "ref_channel.csv").read_text(encoding="utf-8").splitlines()[0]


TEXT_COLUMNS = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.kind is Kind.TEXT and column.pattern is None and not column.choices
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(TEXT_COLUMNS), position=st.floats(0, 1, exclude_max=True))
def test_any_changed_text_changes_the_fingerprint(
    place: tuple[str, str], position: float, tmp_path_factory: pytest.TempPathFactory, product: Reference
) -> None:
    table, column = place
    folder = tmp_path_factory.mktemp("model") / "model"
    shutil.copytree(PRODUCT, folder, ignore=shutil.ignore_patterns("*.yml"))

    def change(rows: Rows) -> None:
        rows[int(position * len(rows))][column] += "!"

    edit(folder, table, change)
    assert load(folder).fingerprint != product.fingerprint


def test_scale_family_follows_from_kind_and_limits(product: Reference) -> None:
    assert product.scale_family("rapportcijfer", 1, 10) == "cijfer10"
    assert product.scale_family("rapportcijfer", Decimal("1.0"), Decimal("10.00")) == "cijfer10"
    assert product.scale_family("rapportcijfer", 0, 10) is None
    assert product.scale_family("magic", 1, 5) is None
    assert product.scale_ranges("smiley") == ((0, 2), (0, 3), (0, 4), (1, 3), (1, 4), (1, 5))
    assert product.scale_ranges("magic") == ()
    assert "magic" not in product.scale_kinds


def test_every_scale_is_found_by_its_own_row(product: Reference) -> None:
    ids = set()
    for row in product.tables["ref_scale"]:
        limits = Decimal(row["min_value"]), Decimal(row["max_value"])
        assert product.scale_family(row["scale_kind"], *limits) == row["scale_family"]
        assert limits in product.scale_ranges(row["scale_kind"])
        ids.add(scale_id(row["scale_kind"], *limits))
    assert len(ids) == len(product.tables["ref_scale"])


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((1, 5), "x_1_5"),
        ((Decimal("1.0"), Decimal("10")), "x_1_10"),
        ((0, 100), "x_0_100"),
        ((-2, Decimal("2.50")), "x_-2_2.5"),
    ],
)
def test_scale_id(limits: tuple[Decimal, Decimal], expected: str) -> None:
    assert scale_id("x", *limits) == expected


def test_organisation_at_is_half_open(product: Reference) -> None:
    def name(organisation_id: str, day: date) -> str | None:
        row = product.organisation_at(organisation_id, day)
        return row["name"] if row else None

    assert name("gm0501", date(2022, 12, 31)) == "Brielle"
    assert name("gm0501", date(2023, 1, 1)) is None
    assert name("gm1992", date(2022, 12, 31)) is None
    assert name("gm1992", date(2023, 1, 1)) == "Voorne aan Zee"
    assert name("test0001", date(2025, 1, 1)) is None
    before = product.organisation_at("gm0363", date(2022, 3, 23))
    after = product.organisation_at("gm0363", date(2022, 3, 24))
    assert before is not None and after is not None
    assert (before["predecessor_ids"], after["predecessor_ids"]) == ("", "gm0457")


@pytest.mark.parametrize(
    ("organisation_id", "is_known", "is_synthetic"),
    [
        ("gm0344", True, False),
        ("gm0457", True, False),
        ("uwv", True, False),
        ("test0001", True, True),
        ("test9999", True, True),
        ("test001", False, False),
        ("test00011", False, False),
        ("test٠٠٠١", False, False),
        ("gm9999", False, False),
        ("GM0344", False, False),
        ("", False, False),
    ],
)
def test_known_and_synthetic_organisations(
    organisation_id: str, is_known: bool, is_synthetic: bool, product: Reference
) -> None:
    assert product.knows_organisation(organisation_id) is is_known
    assert product.is_synthetic(organisation_id) is is_synthetic


def test_the_other_look_ups(product: Reference) -> None:
    assert product.node("drv.meedenken")["driver_kind"] == "soft"
    with pytest.raises(KeyError):
        product.node("drv.geluk")
    assert product.services["paspoort"] in product.service_groups
    assert product.modes["cati"] == "interviewer"
    assert product.sample_designs["self_selected"] == "none"
    assert product.thresholds["suppression_min_n"] == 10
    assert {"web", "unknown"} <= product.channels
    assert {"citizen", "unknown"} <= product.audiences
    assert {"after_contact", "relation"} <= product.touchpoints
    assert {"verhuizen", "onderneming-drijven"} <= product.life_events
    assert product.instrument_kinds == {"transactional", "relational", "panel", "kiosk"}
    assert list(product.organisation_ids) == sorted(set(product.organisation_ids))


def test_thresholds_that_an_override_lacks_come_from_the_product(tmp_path: Path, product: Reference) -> None:
    other = tmp_path / "other"
    other.mkdir()
    own = {**product.tables["ref_threshold"][0], "threshold": "least_difference", "value": "2"}
    write(other / "ref_threshold.csv", [own])
    assemble(PRODUCT, other, tmp_path / "model")
    assert load(tmp_path / "model").thresholds == {**product.thresholds, "least_difference": 2}


def test_the_standard_mix_may_lose_every_row_to_other_channels(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    row = read(PRODUCT / "ref_channel.csv")[0]
    write(other / "ref_channel.csv", [{**row, "channel": name} for name in ("pigeon", "unknown")])
    assemble(PRODUCT, other, tmp_path / "model")
    assert load(tmp_path / "model").tables["ref_standard_mix"] == ()
