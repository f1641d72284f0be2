"""Erasure reaches every layer and holds at every later load: by respondent, by delivery, by a request in the bucket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.acceptance.harness import KEYS, ROTATED_KEYS, Installation, Night, Outcome, codes
from tests.acceptance.mappings import csv_text, grades, mapping
from tests.acceptance.search import holding
from tests.acceptance.test_decisions import NIGHTS, day, sha

PERSON, WHOLE, REQUESTED = "test0001", "test0002", "test0003"
HEADER = ("id", "datum", "cijfer", "klant", "tekst")
CANARY = "zeldzaam-woord"


def rows(prefix: str, first_id: int = 1) -> list[tuple[object, ...]]:
    """Sixty responses of sixty clients, each with a word of their own in the open answer."""
    return [
        (*row, f"{prefix}-klant-{number:03d}", f"{CANARY}-{prefix}-{number:03d}")
        for number, row in enumerate(grades(60, first_id=first_id))
    ]


def survey(organisation_id: str) -> dict[str, Any]:
    described = mapping(
        organisation_id,
        keys={"response": {"column": "id"}, "respondent": {"column": "klant"}},
    )
    described["items"] = [
        *described["items"],
        {"column": "tekst", "item": "open.toelichting", "kind": "open_text"},
    ]
    return described


def text(organisation_id: str, first_id: int = 1) -> str:
    return csv_text(rows(organisation_id, first_id), HEADER)


@dataclass(frozen=True)
class Erased:
    """The nights around two erasures and a request, and what was found between them."""

    installation: Installation
    before: Night
    receipts: dict[str, Any]
    left_behind: dict[str, list[Path]]
    refused: Outcome
    after: Night


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Erased:
    made = Installation(tmp_path_factory.mktemp("erased"))
    for organisation_id in (PERSON, WHOLE, REQUESTED):
        made.map(organisation_id, survey(organisation_id))
        made.drop(f"{organisation_id}/kto.csv", text(organisation_id), records=60)
    # A row whose date cannot be read, a file that cannot be read at all: the person is in there too.
    broken = [
        (*row[:1], "gisteren", *row[2:]) if at == 7 else row for at, row in enumerate(rows(PERSON, 101))
    ]
    made.drop(f"{PERSON}/later.csv", csv_text(broken, HEADER).replace("2025-11", "2025-10"), records=60)
    made.drop(f"{PERSON}/stuk.csv", "id;iets\n" + f"{PERSON}-klant-007;{CANARY}-{PERSON}-007\n", records=None)
    before = made.run(now=NIGHTS[0])
    found_in = {path.relative_to(made.work).parts[0] for path in holding(made, f"{CANARY}-{PERSON}-007")}
    assert found_in == {"landing", "comments"}, "the search finds what is there"

    person = made.meethuis("erase", "--organisation", PERSON, "--respondent", f"{PERSON}-klant-007", "--json")
    whole = made.meethuis("erase", "--organisation", WHOLE, "--delivery", sha(text(WHOLE)), "--json")
    receipts = {PERSON: person.expect(0).json, WHOLE: whole.expect(0).json}
    left_behind = {
        word: holding(made, word)
        for word in (f"{PERSON}-klant-007", f"{CANARY}-{PERSON}-007", f"{CANARY}-{WHOLE}")
    }
    refused = made.meethuis("erase", "--organisation", WHOLE, "--delivery", "0" * 64)

    asked = made.bucket / REQUESTED / "_verwijderverzoeken"
    asked.mkdir()
    (asked / "verzoek.csv").write_text(
        "organisation_id,respondent_id,request_id,received_at\n"
        + "".join(f"{REQUESTED},{REQUESTED}-klant-{n:03d},Z-{n},2026-02-01\n" for n in range(12))
    )
    (asked / "verkeerd.json").write_text(json.dumps([{"organisation_id": WHOLE, "respondent_id": "x"}]))
    for organisation_id in (PERSON, WHOLE):
        made.drop(f"{organisation_id}/opnieuw.csv", text(organisation_id), records=60, at=day(15))
    # The key is rotated meanwhile: who was erased is still known, and the figures stay.
    made.keys = ROTATED_KEYS
    after = made.run(now=NIGHTS[1])
    for word in (
        f"{REQUESTED}-klant-007",
        f"{CANARY}-{REQUESTED}-007",
        f"{CANARY}-{PERSON}-007",
        f"{CANARY}-{WHOLE}",
    ):
        left_behind[f"{word} after the night"] = holding(made, word)
    return Erased(made, before, receipts, left_behind, refused, after)


def test_nothing_of_what_was_erased_is_left_anywhere(erased: Erased) -> None:
    assert erased.left_behind == {word: [] for word in erased.left_behind}


def test_the_receipt_counts_what_went(erased: Erased) -> None:
    person, whole = erased.receipts[PERSON]["erased"], erased.receipts[WHOLE]["erased"]
    assert (person["rows"], person["comments"], person["landing_copies"]) == (1, 1, 3)
    assert (whole["rows"], whole["comments"], whole["landing_copies"]) == (60, 60, 1)


def test_the_receipts_of_the_deliveries_obey_the_law(erased: Erased) -> None:
    by_file = {
        receipt["sha256"]: receipt
        for receipt in erased.after.receipts_of(PERSON)
        if receipt["status"] != "duplicate"
    }
    counted = by_file[sha(text(PERSON))]["rows"]
    assert (counted["in_file"], counted["processed"], counted["erased"]) == (60, 59, 1)
    assert "MH-GEWIST" in codes(by_file[sha(text(PERSON))])
    withdrawn = erased.after.receipt(WHOLE, "withdrawn")
    assert (withdrawn["rows"]["in_file"], withdrawn["rows"]["erased"]) == (60, 60)
    assert "opnieuw.csv" in " ".join(withdrawn["files"])


def test_figures_follow_the_rule_for_revisions(erased: Erased) -> None:
    one = ("kpi.tevredenheid", "mean_grade", "2025-11")
    standing = erased.after.figure(PERSON, *one)
    assert (standing["n"], standing["value"]) == (60, erased.before.figure(PERSON, *one)["value"])
    assert "revision_pending" in standing["flags"]
    assert WHOLE not in set(erased.after.kpi["organisation_id"])
    assert erased.after.figure(REQUESTED, *one)["n"] == 48


def test_the_harmonised_schema_has_the_people_who_are_left(erased: Erased) -> None:
    with duckdb.connect(str(erased.installation.work / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.sql(
            "select organisation_id, count(*) from harmonised.response where contact_date >= '2025-11-01' group by all"
        ).fetchall()
    assert dict(found) == {PERSON: 59, REQUESTED: 48}


def test_a_request_is_replaced_by_an_answer_without_ids(erased: Erased) -> None:
    folder = erased.installation.bucket / REQUESTED / "_verwijderverzoeken"
    answers = {path.name.partition(".")[2]: path.read_text() for path in folder.iterdir()}
    assert set(answers) == {
        "json", "uitgevoerd.json", "uitgevoerd.txt", "geweigerd.json", "geweigerd.txt"
    }  # fmt: skip
    executed = json.loads(answers["uitgevoerd.json"])
    assert (executed["requests_n"], executed["erased"]["rows"]) == (12, 12)
    assert executed["request_ids"][0] == "Z-0"
    assert "klant" not in answers["uitgevoerd.json"] + answers["uitgevoerd.txt"]
    assert "organisation_id" in json.loads(answers["geweigerd.json"])["reason_nl"]


def test_an_unknown_delivery_is_refused(erased: Erased) -> None:
    assert "no delivery" in erased.refused.expect(3).stderr


def test_everything_still_verifies(erased: Erased) -> None:
    assert KEYS != ROTATED_KEYS
    erased.installation.meethuis("verify").expect(0)
