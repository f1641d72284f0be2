"""Delimited text: dialects, codecs, damage."""

import codecs
import gzip
import zipfile
from pathlib import Path

import pytest

from sources.limits import Limits
from sources.readers.headers import column_names
from tests.sources.reader_desk import HEADER, MAPPING, Desk, codes

GOOD = "r1;03-03-2025;7,5;4;"
OTHER = "r2;04-03-2025;8;9;"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).map(source={"decimal": ","})


def test_a_good_file_lands_whole(desk: Desk) -> None:
    reading = desk.lines(GOOD, OTHER)
    assert (reading.outcome, reading.rows_in_file, reading.rows_landed) == ("landed", 2, 2)
    assert desk.answers == [["7.5", "4", None], ["8", "9", None]]
    assert reading.problems == ()
    assert reading.period_rows == {"2025-03": 2}
    assert reading.decimals == (("1.0.0", 1, "7.5"),)


@pytest.mark.parametrize(
    ("declared", "written", "mark"),
    [
        ("utf-8", "utf-8", b""),
        ("utf-8", "utf-8", codecs.BOM_UTF8),
        ("cp1252", "cp1252", b""),
        # The mark put before text of the old codec, and a real UTF-8 file where the old codec is declared.
        ("cp1252", "cp1252", codecs.BOM_UTF8),
        ("cp1252", "utf-8", codecs.BOM_UTF8),
        ("utf-8", "utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16", "utf-16", b""),
        ("mac-roman", "mac-roman", b""),
        ("cp850", "cp850", b""),
    ],
)
def test_codecs(desk: Desk, declared: str, written: str, mark: bytes) -> None:
    desk.map(
        source={"encoding": declared},
        dimensions={"service": {"column": "dienst", "map": {"café": "paspoort"}}},
    )
    text = f"{HEADER};dienst\r\nr1;03-03-2025;7;4;één;Café\r\n"
    reading = desk.read(mark + text.encode(written))
    assert reading.outcome == "landed"
    assert desk.landed[0]["service_id"] == "paspoort"
    assert desk.comments[0]["text_redacted"] == "één"


def test_text_of_another_codec_is_refused_with_its_line(desk: Desk) -> None:
    reading = desk.read(f"{HEADER}\n{GOOD}\nr2;04-03-2025;8;9;caf".encode() + "é\n".encode("cp1252"))
    assert codes(reading) == ["MH-CODERING"]
    assert (reading.outcome, reading.rows_in_file) == ("rejected", None)
    assert (reading.problems[0].line, reading.problems[0].byte) == (3, 22)
    assert desk.landed == []


@pytest.mark.parametrize("broken", ["r2;04-03-2025;8;9;;", "r2;04-03-2025;8", "r2;04-03-2025;8;9;x;y"])
def test_a_row_with_another_number_of_fields_is_quarantined(desk: Desk, broken: str) -> None:
    reading = desk.lines(GOOD, broken, OTHER)
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_quarantined) == (3, 2, 1)
    assert desk.quarantined == [(2, "MH-VELDEN", None)]
    assert [row["row_number"] for row in desk.landed] == [1, 3]


def test_an_open_quote_rejects_the_file(desk: Desk) -> None:
    rows = [f"r{number};03-03-2025;7;4;" for number in range(1000)]
    rows[300] = 'r300;03-03-2025;7;4;"nooit gesloten'
    reading = desk.lines(*rows)
    assert (reading.outcome, codes(reading)) == ("rejected", ["MH-AFGEKAPT"])


def test_a_stray_quote_costs_its_own_row_only(desk: Desk) -> None:
    reading = desk.lines(GOOD, 'r2;04-03-2025;8;9;"zo" iets', "r3;05-03-2025;8;9;")
    assert desk.quarantined == [(2, "MH-VELDEN", None)]
    assert reading.rows_landed == 2


def test_a_quote_that_swallows_the_next_row_costs_its_own_row_when_the_rest_can_be_read(desk: Desk) -> None:
    quoted = ['"r1";"03-03-2025";"7";"4";"open', '"r2";"04-03-2025";"8";"9";"dicht"']
    reading = desk.lines(*quoted)
    assert (reading.rows_in_file, desk.quarantined) == (2, [(1, "MH-VELDEN", None)])
    assert desk.comments[0]["text_redacted"] == "dicht"


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(desk: Desk) -> None:
    rows = [f"r{number};03-03-2025;7;4;zin" for number in range(6)]
    rows[1] = 'r1;03-03-2025;7;4;"open'
    rows[4] = 'r4";03-03-2025;7;4;zin'
    reading = desk.lines(*rows)
    assert (reading.rows_in_file, desk.quarantined[0]) == (6, (2, "MH-VELDEN", None))
    assert [row["row_number"] for row in desk.landed] == [1, 3, 4, 5, 6]


def test_a_file_that_stops_in_a_row_is_rejected(desk: Desk) -> None:
    assert codes(desk.read(f"{HEADER}\n{GOOD}\nr2;04-03")) == ["MH-AFGEKAPT"]


def test_a_last_row_without_line_end_is_a_row(desk: Desk) -> None:
    assert desk.read(f"{HEADER}\n{GOOD}\n{OTHER}").rows_landed == 2


def test_another_delimiter_is_refused(desk: Desk) -> None:
    reading = desk.read(f"{HEADER}\n{GOOD}\n".replace(";", ","))
    assert (codes(reading), reading.rows_in_file, reading.rows_quarantined) == (["MH-SCHEIDING"], 1, 1)


def test_a_row_with_nul_is_quarantined(desk: Desk) -> None:
    assert desk.lines(GOOD, "r2;04-03-2025;8;9;\0").rows_landed == 1
    assert desk.quarantined == [(2, "MH-TEKENS", None)]


@pytest.mark.parametrize("content", ["", "\n", "\r\n\r\n", HEADER, f"{HEADER}\n", f"{HEADER}\n;;;;\n", "﻿"])
def test_nothing_to_read(desk: Desk, content: str) -> None:
    reading = desk.read(content)
    assert (reading.outcome, reading.rows_in_file, codes(reading)) == ("rejected", 0, ["MH-LEEG"])


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends(desk: Desk, line_end: str) -> None:
    quoted = 'r3;05-03-2025;8;9;"eerste\r\ntweede"'
    reading = desk.read(line_end.join([HEADER, GOOD, OTHER, quoted, ""]).encode())
    assert reading.rows_landed == 3
    assert desk.comments[0]["text_redacted"].split() == ["eerste", "tweede"]


def test_blank_lines_are_no_records(desk: Desk) -> None:
    reading = desk.read(f"{HEADER}\n\n{GOOD}\n\n{OTHER}\n   \n\n")
    assert (reading.rows_in_file, [row["row_number"] for row in desk.landed]) == (2, [1, 2])


def test_preamble_separator_hint_and_footer(desk: Desk) -> None:
    desk.map(source={"header_row": 3, "skip_footer": 2})
    text = f"sep=;\nTitel van het rapport\n\n{HEADER}\n{GOOD}\n{OTHER}\nTotaal;2\nnoot\n"
    reading = desk.read(text)
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_quarantined) == (2, 2, 0)


def test_quoted_footer_and_quotes_everywhere(desk: Desk) -> None:
    desk.map(source={"skip_footer": 1})
    rows = [f'"r{number}";"03-03-2025";"7";"4";"zin; met\nregel"' for number in range(50)]
    reading = desk.lines(*rows, '"Totaal";50')
    assert (reading.rows_in_file, reading.rows_landed) == (50, 50)


def test_a_compressed_file(desk: Desk) -> None:
    content = gzip.compress(f"{HEADER}\n{GOOD}\n".encode())
    assert desk.read(content, name="a/levering.csv.gz").rows_landed == 1
    assert codes(desk.read(content[:-9], name="levering.csv.gz")) == ["MH-AFGEKAPT"]
    assert codes(desk.read(b"geen gzip", name="levering.csv.gz")) == ["MH-FORMAAT"]
    assert codes(desk.read(content, name="levering.csv")) == ["MH-FORMAAT"]


def test_another_kind_of_file_is_refused(desk: Desk) -> None:
    assert codes(desk.read(b"PK\x03\x04" + bytes(100))) == ["MH-FORMAAT"]


def test_limits(desk: Desk) -> None:
    assert codes(desk.lines(GOOD, limits=Limits(columns=4))) == ["MH-LIMIET"]
    assert codes(desk.lines(GOOD, limits=Limits(file_bytes=10))) == ["MH-LIMIET"]
    assert codes(desk.lines(GOOD, OTHER, limits=Limits(rows=1))) == ["MH-LIMIET"]
    assert codes(desk.lines(GOOD + "x" * 2000, limits=Limits(record_bytes=1000))) == ["MH-LIMIET"]
    bomb = gzip.compress(f"{HEADER}\n".encode() + b"\n" * 100_000)
    assert codes(desk.read(bomb, name="x.csv.gz", limits=Limits(text_bytes=1000))) == ["MH-LIMIET"]


def test_header_that_is_one_column_wider_than_the_rows(desk: Desk) -> None:
    assert desk.lines(GOOD, OTHER, header=f"{HEADER};").rows_landed == 2


def test_no_quoting(desk: Desk) -> None:
    desk.map(source={"quote": ""})
    assert desk.lines('r1;03-03-2025;7;4;5" scherm "open').rows_landed == 1
    assert desk.comments[0]["text_redacted"] == '5" scherm "open'


@pytest.mark.parametrize(
    ("rows", "profile", "names"),
    [
        ([["a", "", "a", "a"]], None, ["a", "column_2", "a#2", "a#3"]),
        ([["Vraag", "", "x"], ["deel 1", "deel 2", ""]], None, ["Vraag | deel 1", "deel 2", "x"]),
        ([["Q1", "Q2_1"], ["tekst", "tekst"], ['{"ImportId":"QID1"}', "x"]], "qualtrics", ["Q1", "Q2_1"]),
        (
            [["Id", "Wat?", "", "Nog?"], ["", "Response", "Anders", "Open-Ended Response"]],
            "surveymonkey",
            ["Id", "Wat?", "Wat? | Anders", "Nog?"],
        ),
        ([["likert5[satisgen1]. Bent u. [Ja]", "id. Antwoord"]], "limesurvey", ["likert5[satisgen1]", "id"]),
        ([["Cafe\u0301 ", "\ufeffx"]], None, ["Café", "x"]),
    ],
)
def test_column_names(rows: list[list[str]], profile: str | None, names: list[str]) -> None:
    assert column_names(rows, profile) == names


def test_several_header_rows(desk: Desk) -> None:
    desk.map(source={"header_rows": 2}, keys={"response": {"column": "Kenmerk | id"}})
    header = "Kenmerk;;;;\nid;datum;cijfer;eens;tekst"
    assert desk.lines(GOOD, header=header).rows_landed == 1


@pytest.mark.parametrize("last", ['{""ImportId"":""QID1""}', "{'ImportId': 'QID1'}"])
def test_qualtrics_has_three_rows_or_two(desk: Desk, last: str) -> None:
    desk.map(source={"profile": "qualtrics"})
    questions = "ResponseID;Wanneer;Vraag 1;Vraag 2;Vraag 3"
    imports = ";".join([f'"{last}"'] * 5)
    assert desk.lines(GOOD, OTHER, header=f"{HEADER}\n{questions}\n{imports}").rows_in_file == 2
    assert desk.lines(GOOD, OTHER, header=f"{HEADER}\n{questions}").rows_in_file == 2


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_text_without_a_mark_is_refused(desk: Desk, codec: str) -> None:
    assert codes(desk.read(f"{HEADER}\n{GOOD}\n".encode(codec))) == ["MH-CODERING"]


@pytest.mark.parametrize(
    ("declared", "line"), [("cp1252", 3), ("utf-16-le", 3), ("utf-16-be", 3), ("shift_jis", 3)]
)
def test_the_place_of_an_unreadable_character_is_named_in_every_codec(
    desk: Desk, declared: str, line: int
) -> None:
    desk.map(source={"encoding": declared})
    bad = {"cp1252": b"\x81", "shift_jis": b"\xff", "utf-16-le": b"\0\xd8", "utf-16-be": b"\xd8\0"}[declared]
    reading = desk.read(f"{HEADER}\r\n{GOOD}\r\nr2;".encode(declared) + bad + "x;\r\n".encode(declared))
    assert (codes(reading), reading.problems[0].line, reading.problems[0].byte) == (["MH-CODERING"], line, 4)


@pytest.mark.parametrize("codec", ["cp1252", "mac_roman", "cp850"])
def test_text_that_was_encoded_twice_is_reported(desk: Desk, codec: str) -> None:
    twice = "één curieus café".encode().decode(codec)
    reading = desk.lines(f"r1;03-03-2025;7;4;{twice}", "r2;04-03-2025;8;9;één “café” à la carte", OTHER)
    assert [(one.code, one.count) for one in reading.problems] == [("MH-CODERING-DUBBEL", 1)]
    assert reading.rows_landed == 3


def test_a_workbook_is_no_archive_of_text(desk: Desk, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("xl/workbook.xml", f"{HEADER}\n{GOOD}\n")
    assert codes(desk.read((tmp_path / "archive").read_bytes())) == ["MH-FORMAAT"]


@pytest.mark.parametrize(
    ("row", "lands"),
    [
        # A delimiter is lost before a quoted text, and the text's own delimiter makes up for it.
        ('r2;04-03-2025;8;9"goed; snel"', False),
        ('r2;04-03-2025;8;9;scherm van 24"', True),
        ('r2;04-03-2025;8;9;zei "nee" en ging', True),
        ('r2;04-03-2025;8;9;"zei ""nee"" en ging"', True),
    ],
)
@pytest.mark.parametrize("others", [f"{GOOD}tekst", '"r1";"03-03-2025";"7,5";"4";"tekst"'])
def test_a_delimiter_between_loose_quotes_is_not_trusted(
    desk: Desk, others: str, row: str, lands: bool
) -> None:
    reading = desk.lines(others, row)
    assert reading.rows_landed == 1 + lands
    assert desk.quarantined == ([] if lands else [(2, "MH-VELDEN", None)])


@pytest.mark.parametrize("bad_between", [False, True])
def test_two_stray_quotes_swallow_nothing_in_a_narrow_table_either(desk: Desk, bad_between: bool) -> None:
    desk.map(items=[MAPPING["items"][2]])
    rows = [f"r{number};{number + 1:02d}-03-2025;zin" for number in range(12)]
    rows[2] = 'r2;03-03-2025;"open'
    rows[9] = 'r9;10-03-2025;dicht"'
    if bad_between:
        rows[5] = "r5;06-03-2025"
    reading = desk.lines(*rows, header="id;datum;tekst")
    expected = [(3, "MH-VELDEN", None), *([(6, "MH-VELDEN", None)] if bad_between else [])]
    assert (reading.rows_in_file, desk.quarantined) == (12, expected)


def test_a_sentence_with_lines_and_delimiters_is_one_cell(desk: Desk) -> None:
    desk.map(items=[MAPPING["items"][2]])
    text = "r;s;t\n1;2;3\nop 03-03-2025; om 12:00; bij balie 7\nr9;tussen;door"
    reading = desk.lines(f'r1;03-03-2025;"{text}"', "r2;04-03-2025;zin", header="id;datum;tekst")
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)
