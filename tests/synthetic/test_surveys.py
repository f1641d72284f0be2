"""Every survey's mapping is accepted by the product; files are written the same at any time."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from stdnum import iban
from stdnum.nl import bsn

from orchestration.installation import SEEDS
from sources.mapping import load_organisation_mappings, matching_mapping_ids
from sources.reference import Reference, assemble, load
from synthetic.chance import chance
from synthetic.comments import personal_data
from synthetic.government import Order
from synthetic.population import population
from synthetic.responses import respond
from synthetic.surveys import ROTATION, survey
from synthetic.traps import TRAPS, matched
from synthetic.writers import file_bytes

SURVEYS = sorted(set(ROTATION))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("model") / "model"
    assemble(SEEDS, None, folder)
    return load(folder)


@pytest.mark.parametrize("name", SURVEYS)
def test_the_product_accepts_the_mapping_and_it_matches_the_files(
    name: str, reference: Reference, tmp_path: Path
) -> None:
    found = survey(name)
    mapping_id = found.mapping["mapping_id"]
    folder = tmp_path / "gm0014"
    folder.mkdir()
    (folder / f"{mapping_id}.yml").write_text(found.mapping_text("gm0014", "2025-11-01"), encoding="utf-8")
    mappings = load_organisation_mappings(tmp_path, "gm0014", reference)
    assert not mappings.issues
    key = found.export["file"].format(month="2026-01")
    assert list(matching_mapping_ids(mappings, key)) == [mapping_id]


def written(name: str) -> bytes:
    found = survey(name)
    table, _, _ = respond("gm0014", population(found, 1, "gm0014"), date(2026, 1, 1), 30, chance(1, "test"))
    return file_bytes(found, table)


@pytest.mark.parametrize("name", ["xlsx_table", "aggregate_xlsx", "microsoft_forms"])
def test_a_workbook_does_not_hold_the_moment_of_writing(name: str) -> None:
    book = zipfile.ZipFile(io.BytesIO(written(name)))
    assert {entry.date_time for entry in book.infolist()} == {(2026, 1, 1, 12, 0, 0)}
    moments = re.findall(r"<dcterms:\w+[^>]*>([^<]*)<", book.read("docProps/core.xml").decode())
    assert moments == ["2026-01-01T12:00:00Z"] * 2


def test_other_files_do_not_hold_the_moment_of_writing() -> None:
    assert written("sav_weighted")[92:109] == b"01 jan 2612:00:00"
    assert written("ndjson_feed")[4:8] == bytes(4)


def test_a_workbook_is_a_workbook() -> None:
    found = survey("aggregate_xlsx")
    table, _, _ = respond("gm0014", population(found, 1, "gm0014"), date(2026, 1, 1), 30, chance(1, "test"))
    content = file_bytes(found, table)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    rows = list(openpyxl.load_workbook(io.BytesIO(content))["Maandcijfers"].iter_rows(values_only=True))
    assert rows[3] == tuple(table.columns)
    assert rows[4][0] == "januari 2026"
    assert sum(sum(row[3:8]) for row in rows[4:7]) == 30


@pytest.mark.parametrize("number", range(20))
def test_invented_numbers_are_well_formed(number: int) -> None:
    rng = chance(number, "test")
    assert bsn.is_valid(personal_data(rng, "bsn"))
    assert iban.validate(personal_data(rng, "iban"), check_country=False)


def test_months_end_before_the_clock() -> None:
    order = Order(4, 10, 3, 1, datetime(2026, 1, 1, 0, 30, tzinfo=UTC), False)
    assert order.first_days == [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)]


@pytest.mark.parametrize("seed", range(5))
def test_every_trap_stands_alone_where_it_fits(seed: int) -> None:
    surveys = {f"gm{number:04d}": survey(name) for number, name in enumerate(ROTATION * 2)}
    found = matched(surveys, seed, responses=100, months=3)
    assert sorted(trap.trap_id for trap in found.values()) == sorted(TRAPS)
    assert all(surveys[name].name in trap.surveys for name, trap in found.items())
    few = matched(dict(list(surveys.items())[:4]), seed, responses=100, months=3)
    assert 0 < len(few) <= 4
    assert not matched(surveys, seed, responses=10, months=3)
    assert "reversed_scale" not in {one.trap_id for one in matched(surveys, seed, 100, 1).values()}


def test_traps_are_placed_by_the_seed() -> None:
    surveys = {f"gm{number:04d}": survey(name) for number, name in enumerate(ROTATION * 3)}
    placed = [
        tuple(sorted((name, trap.trap_id) for name, trap in matched(surveys, seed, 100, 3).items()))
        for seed in (1, 1, 2)
    ]
    assert placed[0] == placed[1] != placed[2]
