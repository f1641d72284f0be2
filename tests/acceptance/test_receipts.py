"""Receipts: the law of the contract with records counted by the tests, the schema, the Dutch text."""

from __future__ import annotations

import html
import json
import re

import jsonschema
import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights
from tests.acceptance.harness import CLONE, codes

SCHEMA = json.loads((CLONE / "sources" / "schema" / "receipt.schema.json").read_text())
PARTS = ("processed", "quarantined", "duplicate", "erased")


@pytest.fixture(params=["sample", "healthy", "troubled", "other_model"])
def nights(request: pytest.FixtureRequest) -> Nights:
    found: Nights = request.getfixturevalue(request.param)
    return found


def test_every_receipt_obeys_the_law_with_an_independent_count(nights: Nights) -> None:
    counted = 0
    for receipt in nights.last.receipts:
        rows = receipt["rows"]
        if rows["in_file"] is None:
            assert all(rows[part] is None for part in PARTS), receipt["files"]
            continue
        assert rows["in_file"] == sum(rows[part] for part in PARTS), receipt["files"]
        assert rows["excluded"] + rows["incomplete"] <= rows["processed"], receipt["files"]
        if receipt["sha256"] in nights.installation.records:
            assert rows["in_file"] == nights.installation.records[receipt["sha256"]], receipt["files"]
            counted += 1
    assert counted > 0


def test_every_delivery_has_a_receipt(nights: Nights) -> None:
    answered = {receipt["sha256"] for receipt in nights.last.receipts}
    assert set(nights.installation.records) <= answered


def test_receipts_follow_their_schema(nights: Nights) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for receipt in nights.last.receipts:
        validator.validate(receipt)


def test_receipts_are_named_after_content_and_status(nights: Nights) -> None:
    for path in nights.installation.receipt_files(".json"):
        receipt = json.loads(path.read_text())
        assert path.name == f"{receipt['sha256'][:12]}.{receipt['status']}.json"
        assert path.parent.parent.name == receipt["organisation_id"]
        assert path.with_suffix(".txt").exists()


def test_the_text_beside_it_is_dutch_and_names_every_problem(nights: Nights) -> None:
    for path in nights.installation.receipt_files(".json"):
        receipt = json.loads(path.read_text())
        text = " ".join(path.with_suffix(".txt").read_text(encoding="utf-8").split())
        assert "bestand" in text.lower(), path.name
        assert (
            receipt["rows"]["in_file"] is None or f"{receipt['rows']['in_file']} rijen in het bestand" in text
        )
        for problem in receipt["problems"]:
            assert " ".join(problem["text_nl"].split()) in text
            assert problem["text_en"] != problem["text_nl"]


def test_quarantined_rows_are_named_by_number_and_code(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0107", "partial")
    rows = receipt["rows"]
    assert (rows["processed"], rows["quarantined"]) == (600, 6)
    assert receipt["invalid_cells"] == 1
    found = {row: problem["code"] for problem in receipt["problems"] for row in problem["example_rows"]}
    assert cases.BAD_ROW_CODES.items() <= found.items()
    assert {found.get(603), found.get(604)} == {"MH-VELDEN"}


def test_too_many_unreadable_answers_hold_a_delivery(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0108", "held")
    assert receipt["invalid_cells"] == 5
    assert receipt["rows"]["processed"] == 100
    assert troubled.first.kpi.query("organisation_id == 'test0108'").empty


def test_wrong_encoding_rejects_and_quarantines_what_can_be_counted(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0106", "rejected")
    assert "MH-CODERING" in codes(receipt)
    assert receipt["rows"]["in_file"] in (None, 40)
    assert receipt["rows"]["quarantined"] == receipt["rows"]["in_file"]


def test_an_overview_shows_every_file_and_leads_to_its_receipt(nights: Nights) -> None:
    for organisation_id in {receipt["organisation_id"] for receipt in nights.last.receipts}:
        folder = nights.installation.bucket / organisation_id / "_ontvangst"
        page = (folder / "OVERZICHT.html").read_text(encoding="utf-8")
        for receipt in nights.last.receipts_of(organisation_id):
            for name in receipt["files"]:
                assert html.escape(name) in page, (organisation_id, name)
        for link in re.findall(r'href="([^"]+)"', page):
            assert (folder / link).exists(), (organisation_id, link)
