"""Missing, repeated and new columns; which version of a mapping holds."""

from pathlib import Path

import pytest

from tests.sources.reader_desk import HEADER, MAPPING, Desk, codes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


ROW = "r1;03-03-2025;7;4;"


def test_a_missing_mapped_column_rejects_and_is_named(desk: Desk) -> None:
    reading = desk.lines("r1;03-03-2025;7;x", header="id;datum;cijfer;tekst")
    assert (reading.outcome, reading.rows_in_file, reading.rows_quarantined) == ("rejected", 1, 1)
    assert [(problem.code, problem.column) for problem in reading.problems] == [("MH-KOLOM", "eens")]
    reading = desk.lines("03-03-2025;7;4;x", header="datum;cijfer;eens;tekst")
    assert [(problem.code, problem.column) for problem in reading.problems] == [("MH-KOLOM", "id")]
    reading = desk.lines("7;4;x", header="cijfer;eens;tekst")
    assert [problem.column for problem in reading.problems] == ["datum", "id"]


def test_order_of_columns_and_form_of_names_do_not_matter(desk: Desk) -> None:
    desk.map(items=[{"column": "café", "item": "kpi.vertrouwen", "scale": "eens5", "comparability": "A"}])
    assert desk.lines("4;03-03-2025;r1", header=" cafe\u0301 ;datum;id").rows_landed == 1
    assert desk.answers == [["4"]]


@pytest.mark.parametrize(
    ("policy", "outcome", "severity"), [("report", "landed", "info"), ("hold", "landed", "error")]
)
def test_new_columns_are_counted_and_never_stored(
    desk: Desk, policy: str, outcome: str, severity: str
) -> None:
    desk.map(on_new_column=policy, ignore=["meta*"])
    reading = desk.lines(f"{ROW};GEHEIM1;GEHEIM2;GEHEIM3", header=f"{HEADER};extra;nog een;meta.ip")
    found = [problem for problem in reading.problems if problem.code == "MH-KOLOM-NIEUW"]
    assert [(problem.severity, problem.count, problem.column) for problem in found] == [(severity, 2, None)]
    assert reading.outcome == outcome
    assert b"GEHEIM" not in desk.written()


def test_new_columns_can_reject(desk: Desk) -> None:
    reading = desk.map(on_new_column="reject").lines(f"{ROW};x", header=f"{HEADER};extra")
    assert (codes(reading), reading.rows_in_file, desk.landed) == (["MH-KOLOM-NIEUW"], 1, [])


def test_a_mapped_name_that_occurs_twice_is_refused_unless_the_mapping_says_which(desk: Desk) -> None:
    header = "id;datum;cijfer;eens;cijfer;tekst"
    row = "r1;03-03-2025;7;4;8;"
    reading = desk.lines(row, header=header)
    assert [(problem.code, problem.column) for problem in reading.problems] == [("MH-KOLOM-DUBBEL", "cijfer")]
    desk.map(ignore=["cijfer#2"])
    assert desk.lines(row, header=header).rows_landed == 1
    assert desk.answers == [["7", "4", None]]
    items = [{"column": "cijfer#2", "item": "kpi.tevredenheid", "scale": "cijfer10", "comparability": "B"}]
    desk.map(items=items, ignore=["cijfer", "eens", "tekst"])
    assert desk.lines(row, header=header).rows_landed == 1
    assert desk.answers == [["8"]]


def test_versions_are_chosen_by_contact_date(desk: Desk) -> None:
    newer = {
        "mapping_version": "2.0.0",
        "valid_from": "2025-07-01",
        "items": [{"column": "nieuw", "item": "kpi.vertrouwen", "scale": "eens5", "comparability": "A"}],
    }
    desk.map({"valid_to": "2025-07-01"}, newer)
    header = f"{HEADER};nieuw"
    reading = desk.lines("r1;30-06-2025;7;4;;1", "r2;01-07-2025;7;4;;2", header=header)
    assert reading.mapping_versions == ("1.0.0", "2.0.0")
    assert {row["row_number"]: row["answers"] for row in desk.landed} == {1: ["7", "4", None], 2: ["2"]}
    # A column of a version that no row falls under may be absent.
    assert desk.lines("r1;30-06-2025;7;4;").outcome == "landed"
    assert codes(desk.lines("r2;01-07-2025;7;4;")) == ["MH-KOLOM"]


def test_rows_outside_every_validity_are_quarantined(desk: Desk) -> None:
    desk.lines("r1;31-12-2024;7;4;", ROW)
    assert desk.quarantined == [(1, "MH-GELDIGHEID", "datum")]


def test_a_mapping_file_that_is_faulty_after_all(desk: Desk) -> None:
    desk.mapping_file.write_text("mapping_id: proef", encoding="utf-8")
    assert codes(desk.lines(ROW)) == ["mapping_invalid"]


def test_items_outside_their_own_dates_were_not_offered(desk: Desk) -> None:
    items = [dict(item) for item in MAPPING["items"]]
    items[1]["valid_to"] = "2025-04-01"
    desk.map(items=items)
    desk.lines("r1;31-03-2025;7;4;", "r2;02-04-2025;7;4;")
    assert desk.answers == [["7", "4", None], ["7", None, None]]
    # Once no row falls within its dates, its column may be absent.
    assert desk.lines("r1;02-05-2025;7;x", header="id;datum;cijfer;tekst").outcome == "landed"


def test_no_row_that_lands_rejects_the_delivery(desk: Desk) -> None:
    reading = desk.lines("r1;geen datum;7;4;")
    assert (reading.outcome, reading.rows_in_file, reading.rows_quarantined) == ("rejected", 1, 1)
    assert desk.landed == []


def test_without_a_key_nothing_is_read(desk: Desk) -> None:
    reading = desk.lines(ROW, key=None, key_version=None)
    assert (reading.outcome, codes(reading)) == ("rejected", ["key_missing"])
    desk.map(
        keys=None, scales=None, items=None, source={"delivery": "process"},
        metrics=[{"column": "cijfer", "metric": "complaints"}],
    )  # fmt: skip
    assert desk.lines(ROW, key=None, key_version=None).outcome == "landed"
