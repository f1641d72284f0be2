"""Receipts: what an organisation reads, in JSON by the schema and in Dutch."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orchestration.messages import texts
from sources.bucket import Bucket
from sources.outcome import Outcome, Rows
from sources.readers.reading import Problem
from sources.receipts import as_text, receipts_of, write_receipt

SCHEMA = json.loads(Path("sources/schema/receipt.schema.json").read_text())
AT = "2026-02-01T01:00:00+00:00"
PARTIAL = Outcome(
    organisation_id="uwv",
    delivery_id="ab" * 32,
    status="partial",
    is_current=True,
    mapping_id="kto",
    mapping_version="1.0.0",
    periods=("2026-01",),
    received_at="2026-01-31T22:30:00+00:00",
    bytes=1200,
    files=("kto/a.csv", "kto/b.csv"),
    rows=Rows(in_file=100, processed=90, quarantined=4, duplicate=6, excluded=3, incomplete=2),
    invalid_cells=1,
    problems=(
        Problem("MH-DATUM", "error", 4, "Datum", (3, 9)),
        Problem("MH-ONGELDIG", "warning", 1, "Cijfer"),
    ),
)


def receipts(outcome: Outcome) -> list[dict[str, Any]]:
    found = receipts_of(outcome, AT, "20260201T010000Z-abcdef01", texts())
    for receipt in found:
        jsonschema.validate(receipt, SCHEMA)
    return found


@pytest.mark.parametrize(
    "outcome",
    [
        PARTIAL,
        replace(PARTIAL, status="held", is_current=False),
        replace(PARTIAL, status="rejected", is_current=False, rows=Rows(100, quarantined=100)),
        Outcome(
            "uwv",
            "cd" * 32,
            "waiting",
            received_at=AT,
            files=("x",),
            problems=(Problem("key_missing", "error", 1),),
        ),
        Outcome(
            "uwv",
            "cd" * 32,
            "rejected",
            received_at=AT,
            files=("x",),
            problems=(Problem("MH-MAPPING", "error", 1),),
        ),
    ],
    ids=lambda outcome: f"{outcome.status}-{outcome.rows is not None}",
)
def test_every_receipt_fits_its_schema_and_obeys_the_law(outcome: Outcome) -> None:
    (receipt,) = receipts(outcome)
    rows = receipt["rows"]
    if rows["in_file"] is not None:
        assert rows["in_file"] == sum(
            rows[name] for name in ("processed", "quarantined", "duplicate", "erased")
        )


def test_a_receipt_names_every_file_and_every_problem_in_dutch() -> None:
    (receipt,) = receipts(PARTIAL)
    text = as_text(receipt)
    assert "deels verwerkt" in text
    assert "kto/a.csv, kto/b.csv" in text
    assert "31-01-2026 23:30" in text
    assert [problem["code"] for problem in receipt["problems"]] == ["MH-DATUM", "MH-ONGELDIG"]
    assert "Bijvoorbeeld rij 3, 9." in text
    assert "Wat kunt u doen" in text


def test_a_hold_says_how_to_answer_it() -> None:
    (receipt,) = receipts(replace(PARTIAL, status="held"))
    text = as_text(receipt)
    short = PARTIAL.delivery_id[:12]
    assert f"_besluiten/{short}.akkoord" in text and f"_besluiten/{short}.intrekken" in text
    (processed,) = receipts(PARTIAL)
    assert "_besluiten" not in as_text(processed)


def test_dropping_the_same_bytes_again_gets_a_receipt_of_its_own() -> None:
    first, second = receipts(replace(PARTIAL, repeats=("kto/b.csv",)))
    assert (first["status"], second["status"]) == ("partial", "duplicate")
    assert second["rows"]["duplicate"] == second["rows"]["in_file"] == 100
    assert first["receipt_id"] != second["receipt_id"]


def test_every_gate_rule_and_reader_code_has_words() -> None:
    known = texts()
    for code in ("MH-K-QUARANTAINE", "MH-WACHT", "conflict", "MH-KRIMP", "MH-TERUGGEZET"):
        assert known(code).text_nl
    with pytest.raises(KeyError):
        known("MH-NIETS")


def test_both_forms_are_written_and_left_alone_when_they_stand(tmp_path: Path) -> None:
    (tmp_path / "uwv").mkdir()
    (receipt,) = receipts(PARTIAL)
    assert write_receipt(Bucket(str(tmp_path)), receipt)
    assert not write_receipt(Bucket(str(tmp_path)), receipt)
    names = sorted(path.name for path in (tmp_path / "uwv" / "_ontvangst").iterdir())
    assert names == ["abababababab.partial.json", "abababababab.partial.txt"]
