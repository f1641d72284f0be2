"""Exports of survey tools, one organisation per file: real ones where they are at hand, and small imitations.

Belongs here: what each organisation hands in. Does not belong here: what must come of it (`test_profiles`).
Personal data in the imitations hold the word of `CANARY`.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat

from tests.acceptance.harness import CLONE, Installation
from tests.acceptance.mappings import AGREE5, GRADE10, mapping, source

CANARY = "kanarie"
REAL_FILES = CLONE.parent / "shared" / "real_files"
MAPPINGS = Path(__file__).parent / "profiles"
# mapping -> organisation, file
REAL = {
    "comma": ("test0301", "surveymonkey/comma-survey.csv"),
    "steak": ("test0302", "surveymonkey/steak-risk-survey.csv"),
    "education": ("test0303", "google_forms/education-survey-2016.csv"),
    "insights": ("test0304", "qualtrics/no_basis_insights.csv"),
    "legacy": ("test0305", "qualtrics/no_basis_legacy.csv"),
    "burgerpeiling": ("gm0034", "burgerpeiling/burgerpeiling-dataformat-2022.sav"),
}
FEELINGS = {"Zeer ontevreden": 1, "Ontevreden": 2, "Neutraal": 3, "Tevreden": 4, "Zeer tevreden": 5}
FEELING5 = {"points": 5, "kind": "likert_satisfaction", "labels": FEELINGS}
FEELING_NAMES = tuple(FEELINGS)
AGREE_LABELS = {
    1.0: "helemaal eens",
    2.0: "eens",
    3.0: "niet eens / niet oneens",
    4.0: "oneens",
    5.0: "helemaal oneens",
    6.0: "weet niet / geen mening",
}
GRADE_LABELS = {float(grade): str(grade) for grade in range(1, 11)} | {11.0: "weet niet / geen mening"}
# Codes of a complete imitation: two don't-knows, one user-missing, the rest answers.
AGREE_CODES = [1, 2, 2, 5, 6, 99, 1, 3]


def has_real_files() -> bool:
    return REAL_FILES.is_dir()


def real(night: Installation) -> None:
    """One organisation per real file."""
    for name, (organisation_id, file) in REAL.items():
        text = (MAPPINGS / f"{name}.yml").read_text(encoding="utf-8")
        night.map(organisation_id, text, mapping_id=name)
        path = REAL_FILES / file
        night.drop(f"{organisation_id}/{path.name}", path.read_bytes(), records=None)


# --- Qualtrics ---------------------------------------------------------------------------------------------

QUALTRICS_NAMES = [
    "StartDate",
    "Status",
    "IPAddress",
    "ResponseId",
    "RecipientEmail",
    "LocationLatitude",
    "Q1",
]
QUALTRICS_TEXTS = [
    "Start Date",
    "Response Type",
    "IP Address",
    "Response ID",
    "E-mail",
    "Breedte",
    "Cijfer?\nNu",
]
QUALTRICS_IDS = [
    "startDate",
    "status",
    "ipAddress",
    "_recordId",
    "recipientEmail",
    "locationLatitude",
    "QID1",
]


def qualtrics_rows(n: int = 30) -> list[list[str]]:
    return [
        [
            f"2025-11-{1 + i % 28:02d} 10:00:00",
            "Survey Preview" if i < 2 else "IP Address",
            f"{CANARY}-ip",
            f"R_{i:08d}",
            f"{CANARY}@voorbeeld.nl",
            "52.1",
            str(1 + i % 10),
        ]
        for i in range(n)
    ]


def qualtrics_tsv(night: Installation) -> None:
    """test0310: tab separated, UTF-16 with a byte order mark, import ids as JSON; previews are excluded."""
    parts = qualtrics_parts(delimiter="\t", encoding="utf-16", match="*.tsv")
    night.map("test0310", mapping("test0310", **parts))
    ids = [f'{{"ImportId":"{name}","timeZone":"Z"}}' for name in QUALTRICS_IDS]
    rows = [QUALTRICS_NAMES, QUALTRICS_TEXTS, ids, *qualtrics_rows()]
    night.drop("test0310/export.tsv", table(rows, "\t").encode("utf-16"), records=30)


def qualtrics_parts(**options: Any) -> dict[str, Any]:
    return {
        "source": source(profile="qualtrics", **options),
        "keys": {"response": {"column": "ResponseId"}, "respondent": {"column": "RecipientEmail"}},
        "when": {
            "column": "StartDate",
            "type": "timestamp",
            "format": "%Y-%m-%d %H:%M:%S",
            "timezone": "UTC",
        },
        "exclude": [{"column": "Status", "values": ["Survey Preview", "Survey Test"], "reason": "preview"}],
        "items": [item("Q1", GRADE10)],
    }


def qualtrics_unknown_header(night: Installation) -> None:
    """test0311: a third header row that nobody knows."""
    night.map("test0311", mapping("test0311", **qualtrics_parts()))
    ids = [f"{{ImportId={name}}}" for name in QUALTRICS_IDS]
    rows = [QUALTRICS_NAMES, QUALTRICS_TEXTS, ids, *qualtrics_rows()]
    night.drop("test0311/export.csv", table(rows), records=None)


# --- SurveyMonkey ------------------------------------------------------------------------------------------

SURVEYMONKEY = {
    "keys": {"response": {"column": "Respondent ID"}},
    "when": {"column": "End Date", "type": "timestamp", "format": "%m/%d/%Y %I:%M:%S %p"},
    "dimensions": {
        "channel": {"column": "Waar was het contact? | Balie", "map": {"Balie": "desk", "": "phone"}},
        "audience": {"const": "citizen"},
    },
}


def surveymonkey_rows(n: int = 30) -> list[list[str]]:
    head = [
        "Respondent ID",
        "End Date",
        "IP Address",
        "Hoe tevreden bent u?",
        "Waar was het contact?",
        "",
        "",
    ]
    options = ["", "", "", "Response", "Balie", "Telefoon", "Other (please specify)"]
    rows = [
        [
            str(118_000_000_000 + i),
            f"11/{1 + i % 28:02d}/2025 01:30:00 PM",
            f"{CANARY}-ip",
            FEELING_NAMES[i % 5],
            "Balie" if i % 2 else "",
            "" if i % 2 else "Telefoon",
            f"anders,\n{CANARY}" if i == 3 else "",
        ]
        for i in range(n)
    ]
    return [head, options, *rows]


def surveymonkey_workbook(night: Installation) -> None:
    """test0312: an expanded export as workbook."""
    parts = SURVEYMONKEY | {"items": [item("Hoe tevreden bent u?", FEELING5)]}
    layout = source(format="xlsx", match="*.xlsx", profile="surveymonkey")
    night.map("test0312", mapping("test0312", source=layout, **parts))
    night.drop("test0312/export.xlsx", workbook(surveymonkey_rows()), records=30)


def summary_rows() -> list[list[object]]:
    return [
        ["Klantonderzoek"],
        ["Q1. Hoe tevreden bent u?"],
        ["Answer Choices", "Responses", ""],
        *([name, "20.00%", 20] for name in FEELING_NAMES),
        ["", "Answered", 100],
        ["", "Skipped", 3],
    ]


def surveymonkey_summary(night: Installation) -> None:
    """test0313 and test0314: a summary, as csv under the profile and as workbook without one."""
    parts = SURVEYMONKEY | {"items": [item("Hoe tevreden bent u?", FEELING5)]}
    night.map("test0313", mapping("test0313", source=source(profile="surveymonkey"), **parts))
    night.drop("test0313/samenvatting.csv", table(summary_rows()), records=None)
    night.map("test0314", mapping("test0314", source=source(format="xlsx", match="*.xlsx", sheet="Sheet")))
    night.drop("test0314/samenvatting.xlsx", workbook(summary_rows(), "Question 1"), records=None)


# --- LimeSurvey --------------------------------------------------------------------------------------------

LIME_CODES = ["id", "submitdate", "startlanguage", "ipaddr", "token", "Q1", "Q2[SQ001]"]
LIME_TEXTS = [
    "Antwoord ID",
    "Datum ingestuurd",
    "Starttaal",
    "IP-adres",
    "Token",
    "Wat vindt u?\nEcht?",
    "Snel. [Ja]",
]


def lime_parts() -> dict[str, Any]:
    return {
        "source": source(profile="limesurvey", delimiter=";"),
        "keys": {"response": {"column": "id"}, "respondent": {"column": "token", "optional": True}},
        "when": {"const": "2025-11-15"},
        "completed": {"column": "submitdate"},
        "items": [item("Q1", GRADE10), item("Q2[SQ001]", AGREE5, "drv.snelheid")],
    }


def lime_text(separator: str, rows: Iterable[Sequence[object]]) -> str:
    head = [f"{code}{separator}{text}" for code, text in zip(LIME_CODES, LIME_TEXTS, strict=True)]
    return "\ufeff" + table([head, *rows], ";", csv.QUOTE_ALL) + "\r\n"


def lime_rows(n: int = 30) -> list[list[object]]:
    return [
        [
            i,
            "" if i < 4 else "1980-01-01 00:00:00",
            "nl",
            f"{CANARY}-ip",
            f"{CANARY}{i}",
            1 + i % 10,
            1 + i % 5,
        ]
        for i in range(1, n + 1)
    ]


def limesurvey(night: Installation) -> None:
    """test0315 - 0317: the usual separator, another one, and a survey that nobody answered."""
    for organisation_id, separator, rows in (
        ("test0315", ". ", lime_rows()),
        ("test0316", ": ", lime_rows()),
        ("test0317", ". ", [[""] * len(LIME_CODES)]),
    ):
        night.map(organisation_id, mapping(organisation_id, **lime_parts()))
        night.drop(f"{organisation_id}/results.csv", lime_text(separator, rows), records=None)


# --- the forms of Google and Microsoft ---------------------------------------------------------------------


def google_forms(night: Installation) -> None:
    """test0318: the same question twice, dates in American order with an offset, several choices in a cell."""
    parts = {
        "source": source(profile="google_forms"),
        "keys": {"response": {"column": "Timestamp"}},
        "when": {"column": "Timestamp", "type": "timestamp", "format": "%m/%d/%Y %I:%M:%S %p GMT%z"},
        "items": [item("Cijfer?", GRADE10), item("Cijfer?#2", GRADE10, "drv.snelheid")],
        "ignore": ["Wat gebruikt u?"],
        "on_new_column": "reject",
    }
    night.map("test0318", mapping("test0318", **parts))
    rows = [
        [
            f"11/{1 + i % 28}/2025 1:{i:02d}:07 PM GMT+1",
            f"{CANARY}@v.nl",
            1 + i % 10,
            "web, app\nbalie",
            10 - i % 10,
        ]
        for i in range(30)
    ]
    head = ["Timestamp", "Email Address", "Cijfer?", "Wat gebruikt u?", "Cijfer?"]
    night.drop("test0318/form.csv", table([head, *rows]), records=30)


FORMS_HEAD = [
    "ID",
    "Begintijd",
    "Tijd van voltooien",
    "E-mail",
    "Naam",
    "Tijd van laatste wijziging",
    "Cijfer?\xa0",
]


def microsoft_forms(night: Installation) -> None:
    """test0319 and test0320: a workbook with Dutch headings, and the same saved as text from a Dutch Excel."""
    parts = {
        "keys": {"response": {"column": "ID"}},
        "items": [item("Cijfer?", GRADE10)],
        "on_new_column": "reject",
    }
    when = {"column": "Tijd van voltooien", "type": "timestamp"}
    layout = source(format="xlsx", match="*.xlsx", profile="microsoft_forms")
    night.map("test0319", mapping("test0319", source=layout, when=when, **parts))
    moments = [datetime(2025, 11, 1 + i % 28, 14, i) for i in range(30)]
    rows = [[i, one, one, "anoniem", CANARY, one, 1 + i % 10] for i, one in enumerate(moments, start=1)]
    night.drop("test0319/form.xlsx", workbook([FORMS_HEAD, *rows]), records=30)
    layout = source(profile="microsoft_forms", delimiter=";", encoding="cp1252")
    saved = [
        [cell.strftime("%d-%m-%Y %H:%M") if isinstance(cell, datetime) else cell for cell in row]
        for row in rows
    ]
    when = when | {"format": "%d-%m-%Y %H:%M"}
    night.map("test0320", mapping("test0320", source=layout, when=when, **parts))
    night.drop("test0320/form.csv", table([FORMS_HEAD, *saved], ";").encode("cp1252"), records=30)


# --- Burgerpeiling -----------------------------------------------------------------------------------------


def peiling_frame(gemnr: Sequence[int]) -> pd.DataFrame:
    """120 responses, spread over the municipalities in `gemnr`."""
    n = 120
    return pd.DataFrame(
        {
            "respondent": [float(i) for i in range(1, n + 1)],
            "gemnr": [float(gemnr[i % len(gemnr)]) for i in range(n)],
            "jr": [2025.0] * n,
            "weging": [0.5 + (i % 4) / 3 for i in range(n)],
            "dv12": [float(1 + i % 6) for i in range(n)],
            "dv01": [float((1 + i % 11) if i % 13 else 99) for i in range(n)],
            "dv05_0": [float(AGREE_CODES[i % 8]) for i in range(n)],
            "dv07_0": [float(AGREE_CODES[(i + 1) % 8]) for i in range(n)],
            "dv07_3": [float(AGREE_CODES[(i + 2) % 8]) for i in range(n)],
            "wl01": [7.0] * n,
        }
    )


def peiling_file(frame: pd.DataFrame) -> bytes:
    questions = [name for name in frame.columns if name.startswith("dv")]
    labels = {name: AGREE_LABELS for name in questions if "_" in name} | {"dv01": GRADE_LABELS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "peiling.sav"
        pyreadstat.write_sav(
            frame,
            path,
            variable_value_labels=labels,
            missing_ranges={name: [-1, 88, 99] for name in questions},
        )
        return path.read_bytes()


def burgerpeiling(night: Installation) -> None:
    """gm0014: in order. gm0363: a quarter of the rows is Groningen's. gm0599 and gm0518: mappings that forget."""
    text = (MAPPINGS / "burgerpeiling.yml").read_text(encoding="utf-8")
    forgets_direction = text.replace("direction: low_is_good, ", "")
    forgets_code = text.replace("max: 5, kind: likert_agree", "max: 6, kind: likert_agree").replace(
        'missing: {"6": dont_know, ', "missing: {"
    )
    for organisation_id, document, gemnr in (
        ("gm0014", text, [14]),
        ("gm0363", text, [363, 363, 363, 14]),
        ("gm0599", forgets_direction, [599]),
        ("gm0518", forgets_code, [518]),
    ):
        night.map(organisation_id, document.replace("gm0034", organisation_id), mapping_id="burgerpeiling")
        night.drop(f"{organisation_id}/peiling.sav", peiling_file(peiling_frame(gemnr)), records=120)


# --- building ----------------------------------------------------------------------------------------------


def item(column: str, scale: dict[str, Any], node: str = "kpi.tevredenheid") -> dict[str, Any]:
    return {"column": column, "item": node, "scale": scale, "comparability": "B"}


def table(rows: Iterable[Sequence[object]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def workbook(rows: Iterable[Sequence[object]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


IMITATIONS: tuple[Callable[[Installation], None], ...] = (
    qualtrics_tsv,
    qualtrics_unknown_header,
    surveymonkey_workbook,
    surveymonkey_summary,
    limesurvey,
    google_forms,
    microsoft_forms,
    burgerpeiling,
)
