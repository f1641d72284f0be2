"""The thirty nastiest inputs of survey exports: what each organisation hands in, one case per organisation.

Belongs here: deliveries and their mappings, named `<row of the table>_<what is wrong>`. Does not belong here: what
must come of them (`test_nasty_inputs`). A cell that no receipt may repeat holds the word `CANARY`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.acceptance import polluted
from tests.acceptance.harness import DELIVERED_AT, Installation
from tests.acceptance.mappings import (
    AGREE5,
    GRADE10,
    GRADE_ITEM,
    HEADER,
    NPS11,
    Row,
    csv_text,
    grades,
    mapping,
    source,
)

CANARY = "kanarie"
LATER = datetime(2026, 1, 21, 9, tzinfo=UTC)
FIRST_ID = 401
POLLUTED = 25
DECEMBER = date(2025, 12, 1)
COMMENT = {"column": "opmerking", "item": "open.toelichting", "kind": "open_text"}
WITH_COMMENT = (*HEADER, "opmerking")
DECIMALS = GRADE_ITEM | {"scale": GRADE10 | {"allow_decimals": True}}
TIMES = {"column": "datum", "type": "timestamp", "format": "%Y-%m-%d %H:%M:%S"}
XLSX = {"source": source(format="xlsx", match="*.xlsx")}
WEIGHTED = {
    "design": {
        "sample": "stratified_random",
        "mode": ["web"],
        "weights": {"method": "delivered", "column": "weging"},
    }
}


@dataclass
class Given:
    """Hands deliveries in for one organisation per case and remembers which is whose."""

    night: Installation
    ids: dict[str, str] = field(default_factory=dict)
    # (organisation, sha256) -> records: two organisations may hand in the same bytes and mean something else.
    records: dict[tuple[str, str], int] = field(default_factory=dict)

    def organisation(self, case: str) -> str:
        """The organisation of a case; the next free one for a new case."""
        return self.ids.setdefault(case, f"test{FIRST_ID + len(self.ids):04d}")

    def map(self, case: str, **parts: Any) -> None:
        """Write the mapping of a case."""
        organisation_id = self.organisation(case)
        self.night.map(organisation_id, mapping(organisation_id, **parts))

    def drop(
        self,
        case: str,
        content: bytes | str,
        records: int | None,
        name: str = "kto.csv",
        at: datetime = DELIVERED_AT,
        marker: dict[str, Any] | None = None,
    ) -> None:
        """Put one more delivery of a case in the bucket."""
        organisation_id = self.organisation(case)
        key = f"{organisation_id}/{name}"
        sha256 = self.night.drop(key, content, records=records, at=at)
        if records is not None:
            self.records[organisation_id, sha256] = records
        if marker is not None:
            self.night.drop(f"{key}.done", json.dumps(marker), records=None, at=at)

    def case(
        self, case: str, content: bytes | str, records: int | None, name: str = "kto.csv", **parts: Any
    ) -> None:
        """A case of one delivery with the plain mapping, varied by `parts`."""
        self.map(case, **parts)
        self.drop(case, content, records, name)


def lines(text: str) -> list[str]:
    """The lines of a CSV that `csv_text` wrote."""
    return text.split("\r\n")[:-1]


def text_of(written: Iterable[str], line_end: str = "\r\n") -> str:
    return "".join(line + line_end for line in written)


def commented(n: int, **changes: Any) -> list[Row]:
    """Plain rows with a comment, which may hold anything."""
    return [(*row, f"goed geholpen {row[0]}") for row in grades(n, **changes)]


def workbook(rows: Iterable[Sequence[object]], sheet: str = "Data", *, is_mac: bool = False) -> bytes:
    """An Excel file of one sheet."""
    book = openpyxl.Workbook()
    if is_mac:
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def native(rows: Iterable[Row]) -> list[Row]:
    """Plain rows with real dates instead of their text."""
    return [(row[0], datetime.fromisoformat(str(row[1])), *row[2:]) for row in rows]


def rows_01_to_04(given: Given) -> None:
    """Delimiters and quotes."""
    opened = {"ignore": ["opmerking"]}
    whole = lines(csv_text(commented(60), WITH_COMMENT))
    for name, bad in (("less", f"r0031,{CANARY}"), ("more", f"r0031,2025-11-12,7,{CANARY},x,y")):
        given.case(f"01_{name}", text_of([*whole[:31], bad, *whole[32:]]), 60, **opened)
    many = [line + f",{CANARY}" if 0 < at <= 15 else line for at, line in enumerate(whole)]
    given.case("01_many", text_of(many), 60, **opened)
    shifted = [*whole[:31], f"r0031,2025-11-12,{CANARY},7,", *whole[32:]]
    given.case("02_empty_last_cell", text_of(shifted), 60, **opened)
    wide = (*HEADER, "kanaal", "opmerking")
    written = lines(csv_text([(*row, "web", "goed") for row in grades(60)], wide))
    stray = [*written[:31], f'r0031,2025-11-12,7,web,"{CANARY}" zei hij', *written[32:]]
    given.case("03_stray_quote", text_of(stray), 60, ignore=["opmerking", "kanaal"])
    swallowing = [*written[:20], 'r0020,2025-11-22,5,web,"goed', *written[21:30], 'r0030",2025-11-11,9,web,x']
    given.case("03_two_quotes", text_of([*swallowing, *written[31:]]), 60, ignore=["opmerking", "kanaal"])
    unclosed = [*whole[:31], f'r0031,2025-11-12,7,"{CANARY}', *whole[32:]]
    given.case("03_open_quote", text_of(unclosed), 60, **opened)
    given.case("04_delimiter", csv_text(commented(60), WITH_COMMENT, delimiter=";"), 60, **opened)


def rows_05_to_08(given: Given) -> None:
    """Encodings."""
    rows = commented(60)
    rows[30] = (*rows[30][:3], f"{CANARY} kostte één uur")
    text = csv_text(rows, WITH_COMMENT)
    for codec in ("cp1252", "cp850", "mac_roman"):
        given.case(f"05_{codec}", text.encode(codec), 60, items=[GRADE_ITEM, COMMENT])
    twice = csv_text(rows, WITH_COMMENT).encode().decode("cp1252")
    given.case("06_double", twice, 60, items=[GRADE_ITEM, COMMENT])
    declared = source(encoding="cp1252")
    given.case("06_other_codec", text.encode(), 60, source=declared, items=[GRADE_ITEM, COMMENT])
    given.case("07_mark", b"\xef\xbb\xbf" + csv_text(grades(60)).encode(), 60)
    quoted = csv_text(grades(60)).replace("id,datum,cijfer", '"id","datum","cijfer"')
    given.case("07_mark_before_quote", b"\xef\xbb\xbf" + quoted.encode(), 60)
    unicode_text = csv_text(rows, WITH_COMMENT, delimiter="\t")
    tabs = {"source": source(delimiter="tab"), "items": [GRADE_ITEM, COMMENT]}
    given.case("08_marked", unicode_text.encode("utf-16"), 60, **tabs)
    for codec in ("utf-16-le", "utf-16-be"):
        given.case(f"08_{codec}", unicode_text.encode(codec), 60, **tabs)


def rows_09_to_13(given: Given) -> None:
    """Line ends, headers, and what stands around the answers."""
    plain = lines(csv_text(grades(60)))
    given.case("09_crcrlf", text_of(plain, "\r\r\n"), 60)
    given.case("09_cr", text_of(plain, "\r"), 60)
    given.case("09_mixed", text_of(plain[:20], "\n") + text_of(plain[20:40]) + text_of(plain[40:], "\r"), 60)
    given.case("09_blank_lines", text_of([*plain, "", ""]), 60)
    inside = [(*row[:3], "eerste regel\ntweede, derde\n\nvierde") for row in commented(60)]
    given.case("09_in_cells", csv_text(inside, WITH_COMMENT), 60, items=[GRADE_ITEM, COMMENT])

    two = source(header_rows=2)
    asked = GRADE_ITEM | {"column": "cijfer | Welk cijfer?"}
    keyed = {"keys": {"response": {"column": "id | Nummer"}}, "items": [asked]}
    when = {"column": "datum | Datum", "type": "date", "format": "%Y-%m-%d"}
    both = [HEADER, ("Nummer", "Datum", "Welk cijfer?"), *grades(60)]
    given.case("10_two_rows", csv_text(both[1:], header=HEADER), 60, source=two, when=when, **keyed)
    given.case("10_one_of_two", csv_text(grades(60)), 59, source=two, when=when, **keyed)
    given.case("10_two_of_one", csv_text(both[1:], header=HEADER), 61)

    ids = ("ResponseId", "RecordedDate", "Q1")
    qualtrics = {
        "source": source(profile="qualtrics"),
        "keys": {"response": {"column": "ResponseId"}},
        "when": {"column": "RecordedDate", "type": "date", "format": "%Y-%m-%d"},
        "items": [GRADE_ITEM | {"column": "Q1"}],
    }
    asked_row = ("Response ID", "Recorded Date", "Welk cijfer?")
    imports = {
        "json": [json.dumps({"ImportId": name}) for name in ids],
        "python": [str({"ImportId": name}) for name in ids],
        "unknown": [f"{{ImportId: {name}}}" for name in ids],
    }
    for name, row in imports.items():
        given.case(
            f"11_{name}", csv_text([asked_row, row, *grades(60)], header=ids), 60, name="q.csv", **qualtrics
        )

    title = [("Klantonderzoek november",), (None,)]
    body = [*title, HEADER, *native(grades(60)), ("Toelichting: alleen balie",)]
    framed = source(format="xlsx", match="*.xlsx", sheet="Data", header_row=3, skip_footer=1)
    given.case("12_framed", workbook(body), 60, name="kto.xlsx", source=framed)
    given.case(
        "12_ranged",
        workbook(body),
        60,
        name="kto.xlsx",
        source=source(format="xlsx", match="*.xlsx", sheet="Data", range="A3:C63"),
    )
    for word in ("Totaal", "Answered", "Skipped"):
        total = [HEADER, *native(grades(60)), (word, None, 390)]
        given.case(f"12_{word.lower()}", workbook(total), 61, name="kto.xlsx", **XLSX)
    given.case("12_totaal_csv", csv_text([*grades(60), ("Totaal", "", "6.5")]), 61)

    summary = (
        "Hoe tevreden bent u?\r\nAnswer Choices,Responses,\r\nZeer tevreden,45.00%,27\r\n"
        "Tevreden,55.00%,33\r\n,Answered,60\r\n,Skipped,2\r\n"
    )
    monkey = source(profile="surveymonkey")
    given.case("13_profile", summary, None, source=monkey)
    given.case("13_plain", summary, None)


def rows_14_to_17(given: Given) -> None:
    """Columns and labels."""
    header = (*HEADER, "", "Other", "Other")
    rows = [(*row, CANARY, CANARY, CANARY) for row in grades(60)]
    given.case("14_unmapped", csv_text(rows, header), 60)
    given.case("14_mapped", csv_text([(*row, 1) for row in grades(60)], (*HEADER, "cijfer")), 60)
    second = {"items": [GRADE_ITEM | {"column": "cijfer#2"}], "ignore": ["cijfer"]}
    low = [(*row[:2], 1, row[2]) for row in grades(60)]
    given.case("14_by_position", csv_text(low, (*HEADER, "cijfer")), 60, **second)

    wider = csv_text([(*row, CANARY) for row in grades(60)], (*HEADER, "nieuw"))
    mappings = {"report": {}, "hold": {"on_new_column": "hold"}, "reject": {"on_new_column": "reject"}}
    for policy, parts in mappings.items():
        given.case(f"15_{policy}", wider, 60, **parts)
    given.case("15_renamed", csv_text(grades(60), ("id", "datum", "rapportcijfer")), 60)
    turned = [(row[2], row[0], row[1]) for row in grades(60)]
    given.case("16_order", csv_text(turned, ("cijfer", "id", "datum")), 60)

    scale = {"kind": "likert_satisfaction", "labels": {"Ontevreden": 1, "Neutraal": 3, "Tevreden": 5}}
    labelled = {"items": [GRADE_ITEM | {"scale": scale}]}
    words = ("Ontevreden", "Neutraal", "TEVREDEN ", "Tevreden")
    for name, n in (("few", 1), ("many", 5)):
        answers = [(*row[:2], CANARY if i < n else words[i % 4]) for i, row in enumerate(grades(200))]
        given.case(f"17_{name}", csv_text(answers), 200, **labelled)


def skewed(n: int, first_day: date, turn: int | None = None, step: int = 1) -> list[Row]:
    """Mostly high marks (8.2 on average); `turn` minus the mark where given, `step` points apart."""
    marks = [10, 9, 9, 8, 8, 8, 8, 7, 7, 8]
    return [
        (row[0], row[1], (turn - marks[i % 10]) if turn else -(-marks[i % 10] // step))
        for i, row in enumerate(grades(n, first_day=first_day))
    ]


def rows_18_to_21(given: Given) -> None:
    """Scales, missing codes, partial responses."""
    five = {"items": [GRADE_ITEM | {"scale": AGREE5, "comparability": "A"}]}
    given.case("18_wider", csv_text(grades(60)), 60, **five)
    incremental = {"source": source(snapshot="incremental")}
    for name in ("narrower", "reversed", "same"):
        given.case(
            f"18_{name}", csv_text(skewed(600, date(2025, 11, 3))), 600, name="november.csv", **incremental
        )

    missing = {"11": "dont_know", "88": "dont_know", "99": "not_answered", "-99": "not_answered"}
    words = {"N/A": "not_applicable", "Weet niet/n.v.t.": "not_applicable"}
    declared = {"items": [GRADE_ITEM | {"scale": GRADE10 | {"missing": missing | words}}]}
    said = ("11", "88", "99", "-99", "n/a", "weet niet/N.V.T.")
    coded = [(f"m{i}", "2025-11-05", said[i % 6]) for i in range(60)]
    given.case("19_declared", csv_text([*grades(60), *coded]), 120, **declared)
    undeclared = csv_text([*grades(240), ("m1", "2025-11-05", 99), ("m2", "2025-11-05", 88)])
    given.case("19_undeclared", undeclared, 242)

    two = [
        {"column": "eens", "item": "kpi.vertrouwen", "scale": AGREE5 | {"missing": {"9": "dont_know"}}},
        {"column": "nps", "item": "kpi.aanbeveling", "scale": NPS11},
    ]
    ages = {"age_band": {"column": "leeftijd", "bands": [18, 65]}}
    both = [(*row[:2], 9 if i % 2 else 4 + i % 4 // 2, 9, 99) for i, row in enumerate(grades(60))]
    given.case(
        "20_per_question",
        csv_text(both, ("id", "datum", "eens", "nps", "leeftijd")),
        60,
        items=[item | {"comparability": "A"} for item in two],
        dimensions=ages,
    )
    status = [
        (*row, 1 if i < 60 else 0, "preview" if 50 <= i < 60 else "") for i, row in enumerate(grades(90))
    ]
    given.case(
        "21_partials",
        csv_text(status, (*HEADER, "Finished", "Status")),
        90,
        completed={"column": "Finished", "values": ["1"]},
        exclude=[{"column": "Status", "values": ["preview"], "reason": "preview"}],
    )


def rows_22_to_25(given: Given) -> None:
    """Ids and dates."""
    given.case("22_full", csv_text(grades(60)), 60, name="een.csv")
    incremental = source(snapshot="incremental")
    given.case("22_added", csv_text(grades(60)), 60, name="een.csv", source=incremental)

    short = [(f"1,1407{i % 4}E+11", *row[1:]) if i < 6 else row for i, row in enumerate(grades(60))]
    given.case("23_some", csv_text(short), 60)
    given.case("23_all", csv_text([("1,14070E+11", *row[1:]) for row in grades(60)]), 60)
    whole = [(f"{i + 1}.0", *row[1:]) for i, row in enumerate(grades(60))]
    given.case("23_integral", csv_text(whole), 60, name="een.csv", source=incremental)
    again = csv_text([(f"{i + 1}", *row[1:]) for i, row in enumerate(grades(60))])
    given.drop("23_integral", again, 60, name="twee.csv")

    def written(layout: str) -> str:
        return csv_text([(r, date.fromisoformat(str(d)).strftime(layout), g) for r, d, g in grades(120)])

    dutch, american = written("%d/%m/%Y"), written("%m/%d/%Y")
    given.case("24_undeclared", dutch, 120, when={"column": "datum", "type": "date"})
    given.case("24_dutch", dutch, 120, when={"column": "datum", "type": "date", "format": "%d/%m/%Y"})
    given.case("24_american", american, 120, when={"column": "datum", "type": "date", "format": "%m/%d/%Y"})
    given.case("24_swapped", american, 120, when={"column": "datum", "type": "date", "format": "%d/%m/%Y"})
    both = text_of([*lines(dutch)[:61], *lines(american)[61:]])
    given.case("24_both", both, 120, when={"column": "datum", "type": "date", "format": "%d/%m/%Y"})

    times = [(f"t{i}", f"2025-11-{5 + i % 20:02d} 12:00:00", g) for i, (_, _, g) in enumerate(grades(60))]
    gap = [("g1", "2025-03-30 02:30:00", 1), ("g2", "2025-03-30 02:00:00", 1)]
    fold = [
        ("f1", "2025-10-26 02:30:00", 4),
        ("f2", "2025-10-26 02:00:00", 4),
        ("f3", "2025-10-26 03:00:00", 4),
    ]
    given.case("25_hours", csv_text([*times, *gap, *fold]), 65, when=TIMES)
    stated = [(f"s{i}", f"2025-10-26T02:30:00+0{1 + i % 2}:00", g) for i, (_, _, g) in enumerate(grades(60))]
    given.case("25_stated", csv_text(stated), 60, when={"column": "datum", "type": "timestamp"})


def rows_26_to_29(given: Given) -> None:
    """Excel dates, numbers, personal data, weights."""
    given.case("26_native", workbook([HEADER, *native(grades(60))]), 60, name="kto.xlsx", **XLSX)
    mac = workbook([HEADER, *native(grades(60))], is_mac=True)
    given.case("26_1904", mac, 60, name="kto.xlsx", **XLSX)
    texts: list[Row] = [("a1", "05-11-2025", 4), ("a2", "2025-11-05", 4)]
    odd: list[Row] = [
        ("b1", datetime(2031, 1, 1), 1),
        ("b2", datetime(1900, 1, 2), 1),
        ("b3", datetime(1980, 1, 1), 1),
        ("b4", 45966, 1),
        ("b5", CANARY, 1),
    ]
    given.case("26_mixed", workbook([HEADER, *native(grades(60)), *texts, *odd]), 67, name="kto.xlsx", **XLSX)
    serials = [(r, (date.fromisoformat(str(d)) - date(1899, 12, 30)).days, g) for r, d, g in grades(60)]
    given.case("26_serials_csv", csv_text(serials), 60)

    comma = source(delimiter=";", decimal=",")
    marks = [(*row[:2], "7,5") for row in grades(60)]
    marks[0] = (*marks[0][:2], "6,5")
    given.case("27_comma", csv_text(marks, delimiter=";"), 60, source=comma, items=[DECIMALS])
    given.case(
        "27_undeclared", csv_text(marks, delimiter=";"), 60, source=source(delimiter=";"), items=[DECIMALS]
    )
    given.case(
        "27_ambiguous",
        csv_text([(*row[:2], "1.234") for row in grades(60)], delimiter=";"),
        60,
        source=comma,
        items=[DECIMALS],
    )
    wide = [(*row, "1.000,0") for row in grades(60)]
    grouped = source(delimiter=";", decimal=",", thousands=".")
    given.case(
        "27_thousands", csv_text(wide, (*HEADER, "weging"), delimiter=";"), 60, source=grouped, **WEIGHTED
    )

    personal = (
        f"{CANARY}@voorbeeld.nl", "203.0.113.77", "52.3702;4.8952", "Kanarie Zonnestraal",
    )  # fmt: skip
    spoken = "Mijn bsn is 123456782, bel 06-12345678 of mail kanarie@voorbeeld.nl"
    rows = [(*row, *personal, spoken) for row in grades(60)]
    given.case(
        "28_personal",
        csv_text(rows, (*HEADER, "E-mail", "IP Address", "Locatie", "Naam", "opmerking")),
        60,
        items=[GRADE_ITEM, COMMENT],
    )

    def weighed(weights: Sequence[object]) -> str:
        return csv_text(
            [(*r, w) for r, w in zip(grades(len(weights)), weights, strict=True)], (*HEADER, "weging")
        )

    given.case("29_some", weighed(["", "0", "-1", "veel", *["1"] * 196]), 200, **WEIGHTED)
    given.case("29_too_many", weighed([*[""] * 20, *["1"] * 180]), 200, **WEIGHTED)
    given.case("29_mean", weighed(["3.0"] * 60), 60, **WEIGHTED)
    given.case("29_extreme", weighed([*["0.9"] * 59, "12.5"]), 60, **WEIGHTED)
    given.case("29_good", weighed(["0.8", "1.2"] * 30), 60, **WEIGHTED)


def protected_workbook() -> bytes:
    """What Excel makes of a workbook with a password: an OLE file, whose first bytes say so."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(1024)
    )


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, csv_text(grades(60)))
    return content.getvalue()


def zip_bomb() -> bytes:
    """A workbook whose one sheet unpacks to a thousand times its size."""
    content = io.BytesIO(workbook([HEADER, *grades(2)]))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/extra.xml", bytes(64 * 1024 * 1024))
    return content.getvalue()


def row_30(given: Given) -> None:
    """Files with nothing, too little or something else in them."""
    header = ",".join(HEADER)
    given.case("30_nothing", b"", None)
    given.case("30_header_only", f"{header}\r\n", None)
    given.case(
        "30_one_blank_row", '"id";"datum";"cijfer"\r\n"";"";""\r\n\r\n', None, source=source(delimiter=";")
    )
    given.map("30_announced_empty")
    given.drop("30_announced_empty", f"{header}\n", 0, marker={"kind": "empty"})
    given.case("30_nothing_xlsx", b"", None, name="kto.xlsx", **XLSX)
    given.case("30_header_only_xlsx", workbook([HEADER]), None, name="kto.xlsx", **XLSX)
    given.case("30_password", protected_workbook(), None, name="kto.xlsx", **XLSX)
    given.case("30_password_as_csv", protected_workbook(), None)
    given.case("30_damaged_xlsx", workbook([HEADER, *grades(60)])[:3000], None, name="kto.xlsx", **XLSX)
    given.case("30_bomb", zip_bomb(), None, name="kto.xlsx", **XLSX)
    anything = source(match="*")
    given.case("30_zip_of_two", zipped("een.csv", "twee.csv"), None, name="kto.zip", source=anything)
    given.case("30_zip_of_one", zipped("een.csv"), None, name="kto.zip", source=anything)
    given.case("30_zip_as_xlsx", zipped("een.csv"), None, name="kto.xlsx", **XLSX)
    text = csv_text(commented(60), WITH_COMMENT)
    given.case("30_half_row", text[: text.index("r0040") + 9], None, ignore=["opmerking"])
    half = text_of(lines(csv_text(grades(60)))[:31])
    for name, marker in (
        ("size", {"size": len(csv_text(grades(60)))}),
        ("rows", {"rows": 60}),
        ("hash", {"sha256": "ab" * 32}),
        ("kept_rows", {"rows": 30}),
        ("period", {"period": "2025-12"}),
        ("kept_period", {"period": "2025-Q4"}),
    ):
        given.map(f"30_half_by_{name}")
        given.drop(f"30_half_by_{name}", half, 30, marker=marker)
    for name in ("fewer", "some_fewer"):
        given.case(
            f"30_{name}",
            csv_text(grades(120)),
            120,
            name="november.csv",
            source=source(snapshot="incremental"),
        )


def polluted_sample() -> list[polluted.Variant]:
    """Some of the polluted variants, evenly spread over the kinds of pollution."""
    every = polluted.variants()
    return every[:: len(every) // POLLUTED + 1]


def polluted_files(given: Given) -> None:
    """Polluted variants of one clean delivery, one organisation each."""
    for variant in polluted_sample():
        given.case(variant.name, variant.content, None, **polluted.PARTS)


def second_files(given: Given) -> None:
    """What comes a day later from organisations that had nothing wrong before."""
    for name, rows in (
        ("narrower", skewed(600, DECEMBER, step=2)),
        ("reversed", skewed(600, DECEMBER, turn=11)),
        ("same", skewed(600, DECEMBER)),
    ):
        renamed = [(f"d{row[0]}", *row[1:]) for row in rows]
        given.drop(f"18_{name}", csv_text(renamed), 600, name="december.csv", at=LATER)
    edited = grades(60)
    edited[0] = ("r0001", "2025-11-20", 10)
    correction = {"kind": "correction"}
    given.drop("22_full", csv_text(edited), 60, name="twee.csv", at=LATER, marker=correction)
    given.drop("22_added", csv_text([*edited[:10], *grades(10, first_id=101)]), 20, name="twee.csv", at=LATER)
    for name, n in (("fewer", 70), ("some_fewer", 75)):
        rows = grades(n, first_day=DECEMBER, first_id=501)
        given.drop(f"30_{name}", csv_text(rows), n, name="december.csv", at=LATER)


def all_deliveries(given: Given) -> None:
    """Everything that is in the bucket."""
    for hand_in in (
        rows_01_to_04, rows_05_to_08, rows_09_to_13, rows_14_to_17, rows_18_to_21, rows_22_to_25, rows_26_to_29, row_30,
        second_files, polluted_files,
    ):  # fmt: skip
        hand_in(given)
