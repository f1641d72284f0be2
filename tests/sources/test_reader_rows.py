"""What a row becomes: ids, dimensions, weights, completeness, comments, hashes."""

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.pseudonyms import respondent_key, response_key
from tests.sources.reader_desk import HEADER, KEY, Desk, codes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_ids_land_as_pseudonyms_only(desk: Desk) -> None:
    desk.map(
        keys={"response": {"columns": ["golf", "id"], "column": None}, "respondent": {"column": "klant"}}
    )
    desk.lines("geheim-1;03-03-2025;7;4;;g1; klant-9 ", header=f"{HEADER};golf;klant")
    row = desk.landed[0]
    assert row["response_key"] == response_key(KEY, "test0001", ["g1", "geheim-1"])
    assert row["respondent_key"] == respondent_key(KEY, "test0001", "klant-9")
    assert row["key_version"] == 1
    assert b"geheim" not in desk.written() and b"klant-9" not in desk.written()


@pytest.mark.parametrize("raw", ["", "   ", "1,14070E+11", "1.14E+11", "9E+15"])
def test_a_blank_or_damaged_id_is_quarantined(desk: Desk, raw: str) -> None:
    desk.lines(f"{raw};03-03-2025;7;4;", "12E4;03-03-2025;7;4;")
    assert desk.quarantined == [(1, "MH-ID", "id")]
    assert len(desk.landed) == 1


def test_a_respondent_may_be_optional(desk: Desk) -> None:
    header, row = f"{HEADER};klant", "r1;03-03-2025;7;4;;"
    desk.map(keys={"respondent": {"column": "klant", "optional": True}})
    desk.lines(row, header=header)
    assert desk.landed[0]["respondent_key"] is None
    desk.map(keys={"respondent": {"column": "klant"}})
    desk.lines(row, "r2;03-03-2025;7;4;;k", header=header)
    assert desk.quarantined == [(1, "MH-ID", "klant")]


def dimension(desk: Desk, declared: dict[str, Any], *cells: str, name: str = "channel") -> list[str]:
    desk.map(dimensions={name: {"column": "x"} | declared})
    desk.reading = desk.lines(
        *(f"r{n};03-03-2025;7;4;;{cell}" for n, cell in enumerate(cells)), header=f"{HEADER};x"
    )  # type: ignore[attr-defined]
    column = {"service": "service_id", "touchpoint": "touchpoint_id", "life_event": "life_event_id"}.get(
        name, name
    )
    return [row[column] for row in desk.landed]


def test_a_map_matches_like_labels(desk: Desk) -> None:
    assert dimension(desk, {"map": {"Balie": "desk", "14 013": "phone"}}, "BALIE", " balie ", "14 013") == [
        "desk",
        "desk",
        "phone",
    ]


def test_an_unknown_value_goes_by_its_policy(desk: Desk) -> None:
    declared = {"map": {"Balie": "desk"}}
    assert dimension(desk, declared, "Balie", "Loket", "") == ["desk"]
    assert desk.quarantined == [(2, "MH-DIMENSIE", "x"), (3, "MH-DIMENSIE", "x")]
    assert dimension(desk, declared | {"unknown": "keep"}, "Balie", "Loket", "") == [
        "desk",
        "unknown",
        "unknown",
    ]
    assert dimension(desk, declared | {"default": "web"}, "Balie", "Loket", "") == ["desk", "web", "web"]
    assert dimension(desk, declared | {"default": None}, "Loket") == ["unknown"]
    assert dimension(desk, declared | {"unknown": "reject"}, "Balie", "Loket") == []
    problem = desk.reading.problems[0]  # type: ignore[attr-defined]
    assert (problem.code, problem.column, problem.severity) == ("MH-DIMENSIE", "x", "error")


def test_registers(desk: Desk) -> None:
    assert dimension(desk, {}, "web", "loket") == ["web"]
    assert dimension(desk, {}, "paspoort", "iets-nieuws", name="service") == ["paspoort", "iets-nieuws"]
    assert codes(desk.reading) == ["MH-DIENST"]  # type: ignore[attr-defined]
    assert dimension(desk, {}, "iets", name="touchpoint") == ["unknown"]
    assert codes(desk.reading) == ["MH-MEETMOMENT"]  # type: ignore[attr-defined]
    assert dimension(desk, {}, "iets", "verhuizen", name="life_event") == ["unknown", "verhuizen"]
    assert codes(desk.reading) == ["MH-LEVENSGEBEURTENIS"]  # type: ignore[attr-defined]


def test_ages_fall_in_bands(desk: Desk) -> None:
    bands = {"bands": [18, 35, 67], "unknown": "keep"}
    found = dimension(desk, bands, "17", "18", "34", "66", "67", "oud", "", name="age_band")
    assert found[1:5] == ["18-34", "18-34", "35-66", "67+"]
    assert found[5:] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("raw", "weight"),
    [
        ("1,25", "1.250000000"),
        ("0,1234567891", "0.123456789"),
        ("1.5", "1.500000000"),
        ("1", "1.000000000"),
        ("1.234", None),
        ("", None),
        ("0", None),
        ("0,0000000001", None),
        ("-1", None),
        ("NaN", None),
        ("inf", None),
        ("1000000", None),
        ("999999", "999999.000000000"),
        ("1e999999999", None),
        ("zwaar", None),
    ],
)
def test_weights_are_exact_and_above_zero(desk: Desk, raw: str, weight: str | None) -> None:
    desk.map(source={"decimal": ","}, design={"weights": {"method": "delivered", "column": "w"}})
    desk.lines(f"r1;03-03-2025;7;4;;{raw}", "r2;03-03-2025;7;4;;1", header=f"{HEADER};w")
    if weight is None:
        assert desk.quarantined == [(1, "MH-WEGING", "w")]
    else:
        assert desk.landed[0]["weight"] == Decimal(weight)


def test_other_weights_leave_the_column_empty(desk: Desk) -> None:
    desk.lines("r1;03-03-2025;7;4;")
    assert desk.landed[0]["weight"] is None


def test_incomplete_and_excluded_rows_land_and_are_counted(desk: Desk) -> None:
    desk.map(
        completed={"column": "klaar", "values": ["Ja"]},
        exclude=[{"column": "test", "values": ["1", "proef"], "reason": "proefinzending"}],
    )
    rows = ["r1;03-03-2025;7;4;;ja;", "r2;03-03-2025;7;4;;nee;", "r3;03-03-2025;7;4;;JA;Proef"]
    reading = desk.lines(*rows, header=f"{HEADER};klaar;test")
    assert (reading.rows_landed, reading.rows_incomplete, reading.rows_excluded) == (3, 1, 1)
    assert [(row["is_completed"], row["exclusion_reason"]) for row in desk.landed] == [
        (True, None),
        (False, None),
        (True, "proefinzending"),
    ]


def test_cells_outside_the_codebook_are_counted_and_their_rows_stay(desk: Desk) -> None:
    reading = desk.lines("r1;03-03-2025;11;4;", "r2;03-03-2025;7;zes;", "r3;03-03-2025;;9;")
    assert desk.answers == [["!invalid", "4", None], ["7", "!invalid", None], ["", "9", None]]
    assert (reading.invalid_cells, reading.rows_landed) == (2, 3)
    assert [
        (problem.code, problem.column, problem.count, problem.example_rows) for problem in reading.problems
    ] == [
        ("MH-ONGELDIG", "cijfer", 1, (1,)),
        ("MH-ONGELDIG", "eens", 1, (2,)),
    ]


def test_open_answers_are_redacted_and_stand_apart(desk: Desk) -> None:
    desk.map(language={"const": "nl"})
    reading = desk.lines("r1;03-03-2025;7;4;bel 06-12345678 of mail jan@voorbeeld.nl", "r2;03-03-2025;7;4;  ")
    assert reading.rows_landed == 2
    comment = desk.comments[0]
    assert comment["text_redacted"] == "bel [TELEFOON] of mail [E-MAIL]"
    assert comment["pii_counts"] == '{"email": 1, "phone": 1}'
    assert (comment["row_number"], comment["item_seq"], comment["node_id"]) == (1, 3, "open.toelichting")
    assert comment["language"] == "nl"
    assert comment["response_key"] == desk.landed[0]["response_key"]
    assert len(desk.comments) == 1
    assert b"12345678" not in desk.written()


def test_equal_content_has_equal_hashes_and_other_content_other_ones(desk: Desk) -> None:
    header = f"{HEADER};kanaal;w;klaar"
    desk.map(
        dimensions={"channel": {"column": "kanaal"}},
        design={"weights": {"method": "delivered", "column": "w"}},
        completed={"column": "klaar", "values": ["ja"]},
    )
    same = "03-03-2025;7;4;zo;web;1;ja"
    others = [
        "04-03-2025;7;4;zo;web;1;ja",
        "03-03-2025;8;4;zo;web;1;ja",
        "03-03-2025;4;7;zo;web;1;ja",
        "03-03-2025;7;;zo;web;1;ja",
        "03-03-2025;7;4;zus;web;1;ja",
        "03-03-2025;7;4;;web;1;ja",
        "03-03-2025;7;4;zo;desk;1;ja",
        "03-03-2025;7;4;zo;web;2;ja",
        "03-03-2025;7;4;zo;web;1;nee",
    ]
    desk.lines(*(f"r{n};{row}" for n, row in enumerate([same, *others])), header=header)
    first, *rest = (row["response_hash"] for row in desk.landed)
    assert len({first, *rest}) == len(others) + 1
    assert len(first) == hashlib.sha256().digest_size
    # Another place, other columns, another form of the same values.
    shuffled = "kanaal;datum;eens;klaar;cijfer;w;id;tekst;nieuw"
    desk.lines("web;03-03-2025;4;ja;7.0;1.0;z9;zo;x", header=shuffled)
    assert desk.landed[0]["response_hash"] == first


def test_language(desk: Desk) -> None:
    desk.map(language={"column": "taal", "map": {"NL": "nl", "UK": "en"}})
    desk.lines(
        "r1;03-03-2025;7;4;;nl", "r2;03-03-2025;7;4;;UK", "r3;03-03-2025;7;4;;", header=f"{HEADER};taal"
    )
    assert [row["language"] for row in desk.landed] == ["nl", "en", "unknown"]


@pytest.mark.parametrize("word", ["Totaal", "TOTAAL:", "Grand Total", "Answered", "skipped"])
@pytest.mark.parametrize("row", ["{};03-03-2025;7;4;", "{};;7;4;", "r9;{};7;4;"])
def test_a_total_row_rejects_the_file(tmp_path: Path, word: str, row: str) -> None:
    desk = Desk(tmp_path)
    reading = desk.lines("r1;03-03-2025;7;4;", row.format(word))
    assert (reading.outcome, codes(reading), reading.rows_in_file) == ("rejected", ["MH-TOTAALRIJ"], 2)
    assert reading.problems[0].example_rows == (2,)
    assert desk.landed == []


def test_a_total_row_that_the_mapping_names_is_none(tmp_path: Path) -> None:
    channel = {"channel": {"column": "kanaal", "map": {"Totaal": "unknown", "Web": "web"}}}
    exclude = [{"column": "tekst", "values": ["Totaal"], "reason": "totaal"}]
    header = "id;datum;cijfer;eens;tekst;kanaal"
    desk = Desk(tmp_path).map(dimensions=channel)
    rows = ("r1;03-03-2025;7;4;Totaal;Web", "r2;03-03-2025;7;4;;Totaal")
    assert desk.lines(*rows, header=header).rows_landed == 2
    excluded = desk.map(exclude=exclude).lines("Totaal;03-03-2025;7;4;Totaal")
    assert (excluded.rows_landed, excluded.rows_excluded) == (1, 1)
    desk.map(dimensions={"channel": channel["channel"] | {"map": {"Web": "web"}}})
    assert codes(desk.lines(*rows, header=header)) == ["MH-TOTAALRIJ"]


def test_an_id_that_a_spreadsheet_made_a_number_is_the_same_id(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.lines("1001.0;03-03-2025;7;4;", "v1.0;03-03-2025;7;4;", "10.20;03-03-2025;7;4;")
    decimal = [row["response_key"] for row in desk.landed]
    desk.lines("1001;03-03-2025;7;4;", "v1;03-03-2025;7;4;", "10;03-03-2025;7;4;")
    whole = [row["response_key"] for row in desk.landed]
    assert [one == other for one, other in zip(decimal, whole, strict=True)] == [True, False, False]
    assert decimal[0] == response_key(KEY, "test0001", ["1001.0"]) == response_key(KEY, "test0001", ["1001"])
