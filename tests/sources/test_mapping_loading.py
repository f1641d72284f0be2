"""The example mappings, an organisation's folder, and what a loaded mapping says about columns."""

from datetime import date
from pathlib import Path

import pytest

from sources.mapping import load_mapping_file, load_organisation_mappings, matching_mapping_ids
from tests.sources.mapping_files import BASE, edited, load, product_reference, write
from tests.sources.reference_folder import ROOT

EXAMPLES = ROOT / "tests" / "fixtures" / "mappings"
EXAMPLE_FILES = sorted(EXAMPLES.glob("*/*.yml"))


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.stem)
def test_the_example_mappings_load(path: Path) -> None:
    (mapping,) = load_mapping_file(path, product_reference())
    assert (mapping.mapping_id, mapping.organisation_id) == (path.stem, path.parent.name)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sources" / "organisations").glob("*/*.yml")), ids=lambda path: path.stem
)
def test_the_mappings_that_ship_load(path: Path) -> None:
    assert load_mapping_file(path, product_reference())


def test_the_examples_say_what_they_say() -> None:
    assert len(EXAMPLE_FILES) == 4
    (uwv,) = load_mapping_file(EXAMPLES / "uwv" / "uwv-ko-halfjaar.yml", product_reference())
    assert uwv.keys.response is not None
    assert uwv.keys.response.columns == ("golf", "respnr")
    assert uwv.design.weights.column == "weegfactor"
    assert uwv.when.period_override is not None
    assert uwv.when.period_override.map == {"2025-1": "2025-H1", "2025-2": "2025-H2"}
    assert uwv.dimensions.service is not None
    assert uwv.dimensions.service.unknown == "reject"
    (tilburg,) = load_mapping_file(EXAMPLES / "gm0855" / "tilburg-kanalen-maand.yml", product_reference())
    assert tilburg.items[0].counts["Heel blij"] == "5"
    assert tilburg.dimensions.channel is not None
    assert tilburg.dimensions.channel.decode("14 013") == "phone"
    (utrecht,) = load_mapping_file(EXAMPLES / "gm0344" / "utrecht-contactmomenten.yml", product_reference())
    assert utrecht.dimensions.life_event is not None
    assert utrecht.dimensions.life_event.decode("Paspoort") == "unknown"


def test_a_question_that_replaced_another_begins_where_that_ends() -> None:
    (kvk,) = load_mapping_file(EXAMPLES / "kvk" / "kvk-transactie.yml", product_reference())
    ease = {item.column: item for item in kvk.items if item.node == "kpi.gemak"}
    for day, valid in ((date(2025, 6, 30), "answers.effort_old"), (date(2025, 7, 1), "answers.ces")):
        assert [name for name, item in ease.items() if item.is_valid_on(day)] == [valid]


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    write(tmp_path, "mapping_id: [", mapping_id="stuk")
    write(tmp_path, BASE.replace("mapping_id: kto", "mapping_id: anders"), mapping_id="verkeerd")
    (tmp_path / "gm0344" / "lijst.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "gm0344" / "map.yml").mkdir()
    (tmp_path / "gm0344" / "notities.txt").write_text("x", encoding="utf-8")
    found = load_organisation_mappings(tmp_path, "gm0344", product_reference())
    assert set(found.mappings) == {"kto"}
    assert set(found.issues) == {"stuk", "verkeerd", "lijst.yaml", "map"}
    assert [issue.field for issue in found.issues["verkeerd"]] == ["mapping_id"]
    assert all(issue.file.startswith("gm0344/") for issues in found.issues.values() for issue in issues)


def test_an_organisation_without_a_folder_has_no_mappings(tmp_path: Path) -> None:
    found = load_organisation_mappings(tmp_path, "gm9999", product_reference())
    assert (found.mappings, found.issues) == ({}, {})


def test_which_mappings_cover_a_file(tmp_path: Path) -> None:
    frame = '{method: none}, frame: {invited: {file: "kto/verzonden_*.csv", column: n}}'
    write(tmp_path, edited(("{method: none}", frame)))
    other = edited(("mapping_id: kto", "mapping_id: alles"), ('"kto/*.csv"', '["**/*.csv", "*.txt"]'))
    write(tmp_path, other, mapping_id="alles")
    found = load_organisation_mappings(tmp_path, "gm0344", product_reference())
    assert not found.issues
    assert matching_mapping_ids(found, "kto/2025.csv") == ("alles", "kto")
    assert matching_mapping_ids(found, "kto/verzonden_11.csv") == ()
    assert matching_mapping_ids(found, "los.txt") == ("alles",)
    assert matching_mapping_ids(found, "los.xlsx") == ()
    assert matching_mapping_ids(found, "_ontvangst/los.csv") == ()


def test_mapped_columns_are_every_column_the_mapping_reads(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        ("{response: {column: id}}", "{response: {columns: [golf, nr]}, respondent: {column: klant}}"),
        ("type: date", "type: date, period_override: {column: periode}"),
        (
            "{method: none}",
            '{column: w}, frame: {population: "column:totaal", invited: {file: f.csv, column: n}}',
        ),
        (
            "items:\n",
            "language: {column: ta}\ncompleted: {column: af, values: 1}\nexclude: {column: test, values: 1}\nitems:\n",
        ),
    )
    assert mapping.mapped_columns == (
        "golf", "nr", "klant", "datum", "periode", "kanaal", "ta", "af", "test", "w", "totaal", "v1", "v2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "column", "is_ignored"),
    [
        ("q*", "q12", True),
        ("q*", "Q12", False),
        ("meta.*", "meta.ip.land", True),
        ("meta.*", "meta", False),
        ("Hoe oud bent u?", "Hoe oud bent u?", True),
        ("Hoe oud bent u?", "Hoe oud bent u1", False),
        ("likert[1]", "likert[1]", True),
        ("likert[1]", "likert1", False),
        ("Enque\u0302te", " Enqu\u00eate ", True),
        ("*", "v1", False),
        ("v*", "v1", False),
        ("v*", "v3", True),
        ("*", "v1#2", True),
    ],
)
def test_ignore_names_columns_that_no_part_reads(
    tmp_path: Path, rule: str, column: str, is_ignored: bool
) -> None:
    mapping = load(tmp_path, ("items:\n", f'ignore: ["{rule}"]\nitems:\n'))
    assert mapping.is_ignored(column) is is_ignored


def test_completed_and_excluded_rows(tmp_path: Path) -> None:
    parts = "completed: {column: af, values: [Ja, 1]}\nexclude: [{column: soort, values: test, reason: p}]\nitems:\n"
    mapping = load(tmp_path, ("items:\n", parts))
    assert mapping.completed is not None
    assert [mapping.completed.is_met(raw) for raw in ("ja", " JA ", "1", "0", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert [rule.applies("TEST") for rule in mapping.exclude] == [True]
    any_answer = load(tmp_path, ("items:\n", "completed: {column: af}\nitems:\n")).completed
    assert any_answer is not None
    assert [any_answer.is_met(raw) for raw in ("2025-01-01", " ", "")] == [True, False, False]


def test_dimensions_decode_codes_bands_and_defaults(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        ("Web: web}}", "Web: web, App: null}, default: null}"),
        (
            "  audience",
            '  age_band: {column: lft, bands: [18, 35], map: {"99": unknown}}\n  service: {column: p}\n  audience',
        ),
    )
    channel, age, service = (
        mapping.dimensions.channel,
        mapping.dimensions.age_band,
        mapping.dimensions.service,
    )
    assert channel is not None and age is not None and service is not None
    assert [channel.decode(raw) for raw in ("BALIE", "app", "fax", "")] == [
        "desk",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert [age.decode(raw) for raw in ("0", "17", "18", "34.9", "35", "98", "99", "x", "-1", "")] == [
        "0-17", "0-17", "18-34", "18-34", "35+", "35+", "unknown", None, None, None,
    ]  # fmt: skip
    assert [service.decode(raw) for raw in (" paspoort ", "")] == ["paspoort", None]
