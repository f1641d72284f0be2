"""Exports of survey tools, in the shapes that occur: header rows, names of columns, what is refused and why."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pyreadstat
import pytest

from sources.profiles import ProfileError, parse_profile, profile_ids, profile_of
from sources.readers.headers import column_names
from tests.sources.reader_desk import Desk, codes

NAMES = ["id", "datum", "cijfer", "eens", "tekst"]
ROWS = [["r1", "03-03-2025", "7", "4", ""], ["r2", "04-03-2025", "8", "5", ""]]
IDS = ['{"ImportId":"_recordId"}', *(f'{{"ImportId":"QID{i}","timeZone":"Z"}}' for i in range(1, 5))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def text(*rows: list[str], delimiter: str = ";") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def keyed(column: str, **source: Any) -> dict[str, Any]:
    return {"source": source, "keys": {"response": {"column": column}}}


# --- Qualtrics ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        [NAMES, ["Response ID", *NAMES[1:]], IDS],
        [NAMES, ["Antwort-ID", *NAMES[1:]], [one.replace('"', "'") for one in IDS]],
        [NAMES, ["Antwort-ID", *NAMES[1:]], [one.replace('"', '""') for one in IDS]],
        [NAMES, IDS],
        [NAMES, ["ResponseID", "StartDate", "Cijfer?", "Eens?", "Tekst?"]],
    ],
)
def test_qualtrics_headers(desk: Desk, header: list[list[str]]) -> None:
    desk.map(source={"profile": "qualtrics"})
    reading = desk.read(text(*header, *ROWS))
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)


def test_a_qualtrics_export_of_which_only_the_names_were_kept(desk: Desk) -> None:
    desk.map(source={"profile": "qualtrics"}, keys={"response": {"column": "ResponseId"}})
    rows = [[f"R_abcdefgh{row[0]}", *row[1:]] for row in ROWS]
    reading = desk.read(text(["ResponseId", *NAMES[1:]], *rows))
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)


@pytest.mark.parametrize(
    ("header", "declared"),
    [
        ([NAMES, NAMES, ["{ImportId: x}"] * 5], None),
        ([NAMES, NAMES, [IDS[0], "kapot", *(["{'ImportId': "] * 3)]], None),
        ([NAMES, NAMES, ['{"Importeren":"QID1"}'] * 5], None),
        # Nothing tells whether the second row holds questions or answers.
        ([["Status", *NAMES[1:]], ["IP Address", "03-03-2025", "a", "b", "c"]], None),
        ([NAMES, ["a", "b", "c", "d", "e"]], None),
        ([NAMES, ["Response ID", *NAMES[1:]]], 3),
        ([NAMES, ["Response ID", *NAMES[1:]], IDS], 2),
    ],
)
def test_a_header_that_qualtrics_does_not_make_is_refused(
    desk: Desk, header: list[list[str]], declared: int | None
) -> None:
    desk.map(source={"profile": "qualtrics"} | ({"header_rows": declared} if declared else {}))
    reading = desk.read(text(*header, *ROWS))
    assert (reading.outcome, codes(reading)) == ("rejected", ["MH-KOP"])


def test_a_declared_number_of_rows_settles_what_nothing_tells(desk: Desk) -> None:
    desk.map(source={"profile": "qualtrics", "header_rows": 2})
    assert desk.read(text(NAMES, ["a", "b", "c", "d", "e"], *ROWS)).rows_landed == 2


@pytest.mark.parametrize(
    "rows", [[NAMES, ["Response ID", *NAMES[1:]], IDS], [NAMES, ["ResponseID", *NAMES[1:]]]]
)
def test_a_qualtrics_header_alone_is_empty(desk: Desk, rows: list[list[str]]) -> None:
    desk.map(source={"profile": "qualtrics"})
    reading = desk.read(text(*rows))
    assert (codes(reading), reading.rows_in_file) == (["MH-LEEG"], 0)


@pytest.mark.parametrize(
    ("stated", "day"),
    [("Z", "2026-01-06"), ("America/Denver", "2026-01-06"), ("Pacific/Auckland", "2026-01-05")],
)
def test_times_are_in_the_zone_that_the_header_states(desk: Desk, stated: str, day: str) -> None:
    """Half past eleven at night."""
    when = {"column": "datum", "type": "timestamp", "format": "%Y-%m-%d %H:%M:%S", "timezone": "source"}
    desk.map(source={"profile": "qualtrics"}, when=when)
    ids = [cell.replace('"Z"', f'"{stated}"') for cell in IDS]
    row = ["r1", "2026-01-05 23:30:00", *ROWS[0][2:]]
    assert desk.read(text(NAMES, NAMES, ids, row)).rows_landed == 1
    assert [str(one["contact_date"]) for one in desk.landed] == [day]


def test_a_zone_that_nobody_knows_is_none(desk: Desk) -> None:
    when = {"column": "datum", "type": "timestamp", "format": "%Y-%m-%d %H:%M:%S", "timezone": "source"}
    desk.map(source={"profile": "qualtrics"}, when=when)
    ids = [cell.replace('"Z"', '"../etc/passwd"') for cell in IDS]
    reading = desk.read(text(NAMES, NAMES, ids, ["r1", "2026-01-05 23:30:00", *ROWS[0][2:]]))
    assert (reading.rows_landed, codes(reading)) == (0, ["MH-DATUM"])


def test_utf_16_with_tabs(desk: Desk) -> None:
    desk.map(source={"profile": "qualtrics", "encoding": "utf-16", "delimiter": "\t"})
    content = text(NAMES, ["Response ID", *NAMES[1:]], IDS, *ROWS, delimiter="\t").encode("utf-16")
    assert desk.read(content).rows_landed == 2


@pytest.mark.parametrize(
    ("second", "third"),
    [
        (["ResponseID", "StartDate", "x", "x", "EmailAddress"], None),
        (["Response ID", "Start Date", "x", "x", "Uw adres"], [*IDS[:4], '{"ImportId":"recipientEmail"}']),
    ],
)
def test_personal_data_under_another_name_are_refused(
    desk: Desk, second: list[str], third: list[str] | None
) -> None:
    desk.map(source={"profile": "qualtrics"})
    reading = desk.read(text(NAMES, second, *([third] if third else []), *ROWS))
    assert codes(reading) == ["MH-PERSOON"]
    assert reading.problems[0].column == "tekst"


def test_a_person_may_be_a_key_and_no_more(desk: Desk) -> None:
    desk.map(source={"profile": "qualtrics"}, keys={"respondent": {"column": "V5"}})
    head = [[*NAMES, "V5"], ["ResponseID", *NAMES[1:], "EmailAddress"]]
    reading = desk.read(text(*head, *([*row, "kanarie@voorbeeld.nl"] for row in ROWS)))
    assert (reading.rows_landed, codes(reading)) == (2, [])
    assert b"kanarie" not in desk.written()


def test_a_damaged_record_below_a_certain_header_is_only_that_record(desk: Desk) -> None:
    desk.map(source={"profile": "qualtrics"})
    content = text(NAMES, ["ResponseID", *NAMES[1:]]) + 'r0;"a"b;7;4;x\r\n' + text(*ROWS)
    reading = desk.read(content)
    assert (reading.rows_in_file, reading.rows_landed, codes(reading)) == (3, 2, ["MH-VELDEN"])


# --- SurveyMonkey ------------------------------------------------------------------------------------------

TOOL = ["Respondent ID", "datum", "cijfer", "eens", "tekst"]


@pytest.mark.parametrize(
    "header",
    [
        [TOOL],
        [TOOL, ["", "Response", "Response", "Response", "Open-Ended Response"]],
        [TOOL, [""] * 5],
        [["RespondentID", *TOOL[1:]], ["", "", "Response", "Response", "Open-Ended Response"]],
    ],
)
def test_surveymonkey_headers(desk: Desk, header: list[list[str]]) -> None:
    desk.map(**keyed(header[0][0], profile="surveymonkey"))
    reading = desk.read(text(*header, *ROWS))
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)


def test_an_expanded_export_from_which_the_ids_were_taken(desk: Desk) -> None:
    desk.map(**keyed("nr", profile="surveymonkey"))
    header = [["nr", "datum", "cijfer", "eens", "tekst", "Waar?", ""], ["Response"] * 5 + ["Balie", "Anders"]]
    reading = desk.read(text(*header, *([*row, "x", ""] for row in ROWS)))
    assert (reading.rows_landed, reading.problems[0].count) == (2, 2)


def test_a_record_is_no_row_of_options(desk: Desk) -> None:
    # A blank first cell once made the first response part of the header.
    desk.map(**keyed("Respondent ID", profile="surveymonkey"))
    reading = desk.read(text(["Custom Data 1", *TOOL], *(["", *row] for row in ROWS)))
    assert reading.rows_landed == 2


@pytest.mark.parametrize(
    ("second", "third", "code"),
    [
        # The row of options was taken out, the blank headings stayed.
        (["x", "03-03-2025", "7", "4", "tekst", "Balie", ""], None, None),
        # A first row without a blank cell may be options or answers.
        (["x", "03-03-2025", "7", "4", "tekst", "Balie", "Web"], None, "MH-KOP"),
        (["x", "03-03-2025", "7", "4", "tekst", "Balie", "Web"], "Start Date", None),
    ],
)
def test_no_response_becomes_a_row_of_options(
    desk: Desk, second: list[str], third: str | None, code: str | None
) -> None:
    desk.map(**keyed("nr", profile="surveymonkey"), ignore=["*"])
    head = ["nr", "datum", "cijfer", "eens", "tekst", "Waar?", ""]
    extra = [[third], ["03/03/2025"]] if third else [[], []]
    reading = desk.read(text([*extra[0], *head], [*extra[1], *second]))
    assert codes(reading) == ([code] if code else [])
    assert reading.rows_landed == (0 if code else 1)


@pytest.mark.parametrize("declared", [1, 2])
def test_another_number_of_surveymonkey_rows_than_declared_is_refused(desk: Desk, declared: int) -> None:
    desk.map(**keyed("Respondent ID", profile="surveymonkey", header_rows=declared))
    options = [["", "Response", "Response", "Response", "Response"]] if declared == 1 else []
    assert codes(desk.read(text(TOOL, *options, *ROWS))) == ["MH-KOP"]


SUMMARY = [
    ["Klantonderzoek", "", ""],
    ["", "", ""],
    ["Q1. Wat wilt u nog kwijt?", "", ""],
    ["Answered", "97", ""],
    ["Skipped", "0", ""],
    ["", "", ""],
    ["Q2. Hoe tevreden bent u?", "", ""],
    ["Answer Choices", "Response Percent", "Responses"],
    ["Tevreden", "80.00%", "80"],
    ["", "Answered", "100"],
    ["", "Skipped", "3"],
]


@pytest.mark.parametrize("profile", ["surveymonkey", None])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_a_summary_is_told_from_responses(desk: Desk, profile: str | None, delimiter: str) -> None:
    desk.map(**({"source": {"profile": profile}} if profile else {}))
    assert codes(desk.read(text(*SUMMARY, delimiter=delimiter))) == ["MH-SAMENVATTING"]


def test_a_summary_of_matrices_alone_is_told_under_the_profile(desk: Desk) -> None:
    desk.map(source={"profile": "surveymonkey"})
    matrix = [["Wat vindt u?", "", ""], ["", "Goed", "Slecht"], ["Balie", "80.00%", "20.00%"], *SUMMARY[-2:]]
    assert codes(desk.read(text(*matrix))) == ["MH-SAMENVATTING"]


def test_answers_with_the_words_of_a_summary_are_answers(desk: Desk) -> None:
    rows = [[*row[:4], word] for row, word in zip(ROWS, ("Answered", "Answer Choices"), strict=True)]
    assert desk.read(text(NAMES, *rows)).rows_landed == 2


def test_the_summary_of_an_aggregate_delivery_is_no_fault() -> None:
    from sources.readers.summary_report import is_summary

    assert is_summary(SUMMARY, None)
    assert not is_summary([row for row in SUMMARY if "Answered" not in row], None)
    assert not is_summary(SUMMARY[:6], None)


# --- LimeSurvey --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        (["id", "submitdate", "q1[SQ001]", "q1[other]"], ["id", "submitdate", "q1[SQ001]", "q1[other]"]),
        (["id. Response ID", "q1[SQ001]. Wat? [Ja. Nee]"], ["id", "q1[SQ001]"]),
        (["id: Response ID", "q1: Wat? Zo. Echt", "q2:"], ["id", "q1", "q2"]),
        (["id - Response ID", "q1 - Wat - niet?"], ["id", "q1"]),
        (["id._Response_ID", "q1._Wat_vindt_u?"], ["id", "q1"]),
        (["id. Response ID", "G8Q00001."], ["id", "G8Q00001"]),
        (
            ["Response ID", "Last page", "Opmerkingen: wat nog?"],
            ["Response ID", "Last page", "Opmerkingen: wat nog?"],
        ),
        (["id. Response ID", "q1. Wat?", "q1. Wat?"], ["id", "q1", "q1#2"]),
    ],
)
def test_limesurvey_codes(headings: list[str], names: list[str]) -> None:
    assert column_names([headings], "limesurvey") == names


def test_limesurvey_quotes_everything_and_ends_in_a_blank_line(desk: Desk) -> None:
    desk.map(source={"profile": "limesurvey"})
    header = ";".join(f'"{name}. Wat\nis ""dit""?"' for name in NAMES)
    rows = "".join(";".join(f'"{cell}"' for cell in row) + "\r\n" for row in ROWS)
    reading = desk.read(f"\ufeff{header}\r\n{rows}\r\n")
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)


def test_a_limesurvey_nobody_answered_is_as_empty_as_a_header_alone(desk: Desk) -> None:
    desk.map(source={"profile": "limesurvey"})
    blank = '"";"";"";"";""\r\n\r\n'
    for content in (text(NAMES) + blank, text(NAMES)):
        reading = desk.read(content)
        assert (codes(reading), reading.rows_in_file) == (["MH-LEEG"], 0)


# --- columns of the tools ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "own", "other"),
    [
        ("qualtrics", "Duration (in seconds)", "Duration of visit"),
        ("surveymonkey", "CollectorID", "Collectors"),
        ("limesurvey", "groupTime12", "waittime"),
        ("google_forms", "E-mailadres", "Cijfer"),
        ("microsoft_forms", "Tijd van laatste wijziging", "Tijd"),
        ("burgerpeiling", "DV05_0", "pc4"),
    ],
)
def test_own_columns(profile: str, own: str, other: str) -> None:
    described = profile_of(profile)
    assert described is not None
    assert (described.is_own(own), described.is_own(other)) == (True, False)


@pytest.mark.parametrize("name", ["Naam", "Naam#2", " E-MAIL ", "Email"])
def test_personal_columns(name: str) -> None:
    forms = profile_of("microsoft_forms")
    assert forms is not None and forms.is_personal(name)


@pytest.mark.parametrize(("policy", "expected"), [("report", 1), ("reject", 0)])
def test_only_the_tools_own_columns_are_no_news(desk: Desk, policy: str, expected: int) -> None:
    desk.map(source={"profile": "microsoft_forms"}, on_new_column=policy)
    own = [[*NAMES, "Begintijd", "Naam"], *([*row, "nu", "kanarie"] for row in ROWS)]
    assert codes(desk.read(text(*own))) == []
    new = [[*NAMES, "Naam", "Nieuw"], *([*row, "kanarie", "kanarie"] for row in ROWS)]
    reading = desk.read(text(*new))
    assert (codes(reading), bool(reading.rows_landed)) == (["MH-KOLOM-NIEUW"], bool(expected))
    assert b"kanarie" not in desk.written()


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [
        ("3/4/2025 1:05:09 PM GMT+2", 11),
        ("3/4/2025 1:05:09 PM GMT+5:30", 7),
        ("3/4/2025 1:05:09 AM GMT-0500", 6),
    ],
)
def test_google_writes_short_offsets(desk: Desk, stamp: str, hour: int) -> None:
    when = {"column": "datum", "type": "timestamp", "format": "%m/%d/%Y %I:%M:%S %p GMT%z"}
    desk.map(source={"profile": "google_forms"}, when=when)
    assert desk.read(text(NAMES, ["r1", stamp, "7", "4", ""])).rows_landed == 1
    assert desk.landed[0]["submitted_at"].hour == hour


def test_a_qualtrics_workbook_has_no_import_ids(desk: Desk, tmp_path: Path) -> None:
    desk.map(source={"profile": "qualtrics", "format": "xlsx"}, keys={"response": {"column": "ResponseId"}})
    book = openpyxl.Workbook()
    for row in (["ResponseId", *NAMES[1:]], ["Response ID", "Datum", "Cijfer?", "Eens?", "Tekst?"], *ROWS):
        book.active.append(row)
    book.save(tmp_path / "e.xlsx")
    assert desk.read(tmp_path / "e.xlsx", "e.xlsx").rows_landed == 2


def test_a_row_of_options_in_a_workbook(desk: Desk, tmp_path: Path) -> None:
    desk.map(
        source={"profile": "surveymonkey", "format": "xlsx"}, keys={"response": {"column": "Respondent ID"}}
    )
    book = openpyxl.Workbook()
    for row in (TOOL, ["", "", "Response", "Response", "Open-Ended Response"], *ROWS):
        book.active.append(row)
    book.save(tmp_path / "e.xlsx")
    assert desk.read(tmp_path / "e.xlsx", "e.xlsx").rows_landed == 2


# --- the labels of an SPSS file ----------------------------------------------------------------------------


def labelled(folder: Path, labels: dict[float, str], **missing: Any) -> Path:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "id": ["r1", "r2"],
            "datum": ["2025-03-03"] * 2,
            "cijfer": [7.0, 8.0],
            "eens": [4.0, 5.0],
            "tekst": ["", ""],
        }
    )
    pyreadstat.write_sav(frame, folder / "l.sav", variable_value_labels={"eens": labels}, **missing)
    return folder / "l.sav"


SAV: dict[str, Any] = {"source": {"format": "sav"}, "when": {"format": "%Y-%m-%d"}}
PLEASED = {1.0: "zeer tevreden", 5.0: "zeer ontevreden"}


@pytest.mark.parametrize(
    ("labels", "scale", "code"),
    [
        ({5.0: "Weet niet / geen mening"}, {}, "MH-LABEL-WEETNIET"),
        ({5.0: "5. n.v.t."}, {}, "MH-LABEL-WEETNIET"),
        ({9.0: "weet niet"}, {}, None),
        ({5.0: "weet niet waar ik moet zijn"}, {}, None),
        (PLEASED, {}, "MH-LABEL-RICHTING"),
        (PLEASED, {"direction": "low_is_good"}, None),
        ({1.0: "zeer ontevreden", 5.0: "zeer tevreden"}, {"direction": "low_is_good"}, "MH-LABEL-RICHTING"),
        # Whether it is good to agree depends on the statement.
        ({1.0: "helemaal eens", 5.0: "helemaal oneens"}, {}, None),
    ],
)
def test_labels_are_held_against_the_mapping(
    desk: Desk, tmp_path: Path, labels: dict[float, str], scale: dict[str, Any], code: str | None
) -> None:
    desk.map(**SAV, scales={"eens5": scale})
    reading = desk.read(labelled(tmp_path, labels), "l.sav")
    assert reading.rows_landed == 2
    assert codes(reading) == ([code] if code else [])
    assert all(problem.column == "eens" for problem in reading.problems)


def test_a_user_missing_code_that_counts(desk: Desk, tmp_path: Path) -> None:
    desk.map(**SAV)
    assert codes(desk.read(labelled(tmp_path, {}, missing_ranges={"eens": [5]}), "l.sav")) == [
        "MH-LABEL-WEETNIET"
    ]
    assert codes(desk.read(labelled(tmp_path, {}, missing_ranges={"eens": [9]}), "l.sav")) == []


# --- whose rows these are ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "organisation_id", "expected"),
    [
        ("34", "gm0034", True),
        ("0034", "gm0034", True),
        ("GM0034 ", "gm0034", True),
        ("", "gm0034", True),
        ("344", "gm0034", False),
        ("-1", "gm0034", False),
        ("Almere", "gm0034", False),
        ("34", "uwv", True),
    ],
)
def test_the_municipality_of_a_row(raw: str, organisation_id: str, expected: bool) -> None:
    peiling = profile_of("burgerpeiling")
    assert peiling is not None and peiling.organisation is not None
    assert peiling.organisation.names(raw, organisation_id) is expected


def test_rows_of_another_municipality_are_refused_in_text_too(desk: Desk) -> None:
    desk.map(source={"profile": "burgerpeiling"})
    content = text([*NAMES, "gemnr"], [*ROWS[0], "34"], [*ROWS[1], "344"])
    assert desk.read(content, organisation_id="gm0034").rows_landed == 1
    assert desk.quarantined == [(2, "MH-ANDERE-ORGANISATIE", "gemnr")]


# --- descriptions ------------------------------------------------------------------------------------------


def test_every_profile_of_the_contract_is_described() -> None:
    contract = {"qualtrics", "surveymonkey", "limesurvey", "google_forms", "microsoft_forms", "burgerpeiling"}
    assert set(profile_ids()) == contract


@pytest.mark.parametrize(
    "faulty",
    [
        "[]",
        "{title: X}",
        "{title: X, header: rows}",
        "{header: text}",
        "{title: X, header: text, personnel: [a]}",
        "{title: X, header: text, personal: naam}",
        "{title: X, header: text, personal: ['-']}",
        "{title: X, header: text, summary: {heading: [a]}}",
        "{title: X, header: text, organisation: {column: a}}",
    ],
)
def test_faulty_descriptions_are_refused(faulty: str) -> None:
    with pytest.raises(ProfileError, match="nieuw"):
        parse_profile("nieuw", faulty)


def test_a_seventh_tool_is_one_more_description() -> None:
    profile = parse_profile("nieuw", "{title: Nieuw, header: text, metadata: [Sent at], personal: [Mail]}")
    assert (profile.is_own("sent_at"), profile.is_personal("MAIL"), profile.is_own("Cijfer")) == (
        True,
        True,
        False,
    )
