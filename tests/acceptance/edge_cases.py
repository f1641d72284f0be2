"""More organisations for the healthy installation: unusual deliveries that are all in order.

Belongs here: what they hand in. What must come of it stands in `test_edges.py`. A warning is allowed here,
anything that an operator must look at is not.
"""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from functools import cache

import openpyxl

from tests.acceptance.harness import Installation
from tests.acceptance.mappings import (
    AGREE5,
    GRADE10,
    GRADE_ITEM,
    HEADER,
    Row,
    csv_text,
    grades,
    mapping,
    source,
)


def parts(night: Installation) -> None:
    """test0301: one period in two marked parts, which add up."""
    night.map("test0301", mapping("test0301"))
    for number, first_id in ((1, 1), (2, 41)):
        name = f"test0301/deel-{number}.csv"
        night.drop(name, csv_text(grades(40, first_id=first_id)), records=40)
        night.drop(f"{name}.done", json.dumps({"part": f"{number}/2", "rows": 40}), records=None)


def unregistered_values(night: Installation) -> None:
    """test0302: a service, a touchpoint and a life event that the registers lack."""
    dimensions = {
        "service": {"column": "dienst"},
        "channel": {"const": "web"},
        "touchpoint": {"const": "in-de-rij"},
        "life_event": {"const": "jarig-zijn"},
        "audience": {"const": "citizen"},
    }
    night.map("test0302", mapping("test0302", dimensions=dimensions))
    rows = [(*row, "zwembad" if i % 2 else "paspoort") for i, row in enumerate(grades(60))]
    night.drop("test0302/kto.csv", csv_text(rows, header=(*HEADER, "dienst")), records=60)


def without_dimensions(night: Installation) -> None:
    """test0303: no dimension declared: everything is `unknown`, which counts in `all`."""
    night.map("test0303", mapping("test0303", dimensions={}))
    night.drop("test0303/kto.csv", csv_text(grades(40)), records=40)


@cache
def workbook_bytes() -> bytes:
    """Made once: a workbook holds its moment of writing, and two installations must get the same content."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    sheet.append(list(HEADER))
    for number, (_, day, grade) in enumerate(grades(40), start=1):
        sheet.append([number, datetime.fromisoformat(str(day)), grade])
    book.create_sheet("Toelichting").append(["niet voor u"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def workbook(night: Installation) -> None:
    """test0304: an Excel export with real dates, whole numbers as numbers and a second sheet."""
    night.map("test0304", mapping("test0304", source=source(format="xlsx", match="*.xlsx", sheet="Data")))
    night.drop("test0304/kto.xlsx", workbook_bytes(), records=40)


def json_array(night: Installation) -> None:
    """test0305: one JSON document with an array of records, some answers null, some absent."""
    items = [{"path": "antwoord.cijfer", "item": "kpi.tevredenheid", "scale": GRADE10, "comparability": "B"}]
    when = {"path": "datum", "type": "date", "format": "%Y-%m-%d"}
    keys = {"response": {"path": "id"}}
    night.map(
        "test0305",
        mapping("test0305", source=source(format="json", match="*.json"), items=items, when=when, keys=keys),
    )
    records: list[dict[str, object]] = [
        {"id": i, "datum": day, "antwoord": {"cijfer": grade}} for i, day, grade in grades(40)
    ]
    records[0]["antwoord"] = {"cijfer": None}
    records[1]["antwoord"] = {}
    night.drop("test0305/kto.json", json.dumps(records), records=40)


def polluted_csv(night: Installation) -> None:
    """test0306: byte order mark, line feeds and delimiters inside quotes, spaces, a decimal comma."""
    item = GRADE_ITEM | {"scale": GRADE10 | {"allow_decimals": True}}
    night.map(
        "test0306",
        mapping("test0306", source=source(delimiter=";", decimal=","), items=[item], ignore=["t*"]),
    )
    rows: list[Row] = [
        (row[0], row[1], f" {row[2]},5 " if i % 2 else row[2], 'een;twee\r\n"drie"')
        for i, row in enumerate(grades(40))
    ]
    text = "\ufeff" + csv_text(rows, header=(*HEADER, "tekst"), delimiter=";")
    night.drop("test0306/kto.csv", text, records=40)


def reversed_scale(night: Installation) -> None:
    """test0307: one question where high is bad, one of the organisation's own, one that nobody can map."""
    items = [
        {
            "column": "moeite",
            "item": "kpi.gemak",
            "scale": AGREE5 | {"direction": "low_is_good"},
            "comparability": "C",
        },
        {"column": "eigen", "item": "kpi.vertrouwen", "scale": AGREE5, "comparability": "X"},
        {"item": "kpi.doel_bereikt", "comparability": "impossible", "reason": "Wordt niet gevraagd."},
    ]
    night.map("test0307", mapping("test0307", items=items))
    rows: list[Row] = [(f"r{i}", "2025-11-05", 1 + i % 5, 3) for i in range(50)]
    night.drop("test0307/kto.csv", csv_text(rows, header=("id", "datum", "moeite", "eigen")), records=50)


def no_spread(night: Installation) -> None:
    """test0308: twenty people who all say the same."""
    night.map("test0308", mapping("test0308"))
    rows: list[Row] = [(f"r{i}", "2025-11-05", 8) for i in range(20)]
    night.drop("test0308/kto.csv", csv_text(rows), records=20)


def self_selected(night: Installation) -> None:
    """test0309: people who chose to answer; half of the responses are incomplete or tests."""
    design = {"sample": "self_selected", "mode": ["web"], "weights": {"method": "none"}}
    night.map(
        "test0309",
        mapping(
            "test0309",
            design=design,
            completed={"column": "klaar", "values": ["ja"]},
            exclude=[{"column": "soort", "values": ["test"], "reason": "test"}],
        ),
    )
    rows: list[Row] = [
        (*row, "nee" if 40 <= i < 60 else "ja", "test" if i >= 60 else "echt")
        for i, row in enumerate(grades(80))
    ]
    night.drop("test0309/kto.csv", csv_text(rows, header=(*HEADER, "klaar", "soort")), records=80)


def running_month(night: Installation) -> None:
    """test0310: contacts in a month that has not ended."""
    night.map("test0310", mapping("test0310"))
    night.drop("test0310/kto.csv", csv_text(grades(40, first_day=date(2026, 1, 12))), records=40)
    night.map("test0311", mapping("test0311"))
    rows: list[Row] = [(f"r{i}", f"2026-02-{1 + i % 14:02d}", 7 + i % 3) for i in range(40)]
    night.drop("test0311/kto.csv", csv_text(rows), records=40)


def small_month(night: Installation) -> None:
    """test0312: three files of one quarter, the first of eight people."""
    night.map("test0312", mapping("test0312"))
    for month, n in ((10, 8), (11, 40), (12, 45)):
        rows = grades(n, first_day=date(2025, month, 3), first_id=100 * month)
        night.drop(f"test0312/kto-{month}.csv", csv_text(rows), records=n)


ALL = (
    parts,
    unregistered_values,
    without_dimensions,
    workbook,
    json_array,
    polluted_csv,
    reversed_scale,
    no_spread,
    self_selected,
    running_month,
    small_month,
)
