"""The sample's raw files as one long table of answers, read by other libraries than the pipeline uses.

Belongs here: what each file's columns and codes mean, written down a second time, by hand. Does not belong
here: statistics and periods (`figures.py`), and anything imported from the product.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat

COLUMNS = [
    "organisation_id",
    "instrument_kind",
    "kpi_id",
    "scale_id",
    "base_period",
    "service_group",
    "channel",
    "audience",
    "value",
    "weight",
    "count",
    "stratum",
    "stratum_n",
    "person",
]
# Where weights are computed: what a response is post-stratified by, and how many responses share it.
Stratum = tuple[str, int]
NO_STRATUM: Stratum = ("", 0)
# Who answered, where one person may have answered more than once.
NOBODY = ""
Answer = tuple[str, str, str, str, str, str, str, str, Decimal, Decimal, int, str, int, str]
ONE = Decimal(1)


def month_of(day: date) -> str:
    """`2025-11`."""
    return f"{day.year}-{day.month:02d}"


def uwv(bucket: Path) -> Iterator[Answer]:
    """Two waves; whole numbers inside the scale are answers, everything else is a missing code."""
    groups = {1: "income", 2: "income", 3: "income", 4: "income", 5: "general", 6: "justice"}
    half_years = {"2025-1": "2025-H1", "2025-2": "2025-H2"}
    items = {
        "v01": ("kpi.tevredenheid", "rapportcijfer_1_10", 10),
        "v02": ("kpi.vertrouwen", "likert_agree_1_5", 5),
        "v03": ("kpi.menselijkheid", "likert_agree_1_5", 5),
        "v11": ("drv.serieus_genomen", "likert_agree_1_5", 5),
        "v12": ("drv.meedenken", "likert_agree_1_5", 5),
        "v13": ("drv.snelheid", "likert_agree_1_5", 5),
    }
    for path in sorted((bucket / "uwv").rglob("*.sav")):
        frame, _ = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
        for row in frame.to_dict("records"):
            weight = Decimal(str(round(row["weegfactor"], 9)))
            for column, (kpi_id, scale_id, high) in items.items():
                if 1 <= row[column] <= high:
                    yield (
                        "uwv",
                        "relational",
                        kpi_id,
                        scale_id,
                        half_years[row["golf"]],
                        groups[int(row["dienst"])],
                        "multichannel",
                        "citizen",
                        Decimal(int(row[column])),
                        weight,
                        1,
                        *NO_STRATUM,
                        str(row["respnr"]),
                    )


def kvk_responses(bucket: Path) -> list[dict[str, Any]]:
    """Every response once: of the same id the last submitted one counts."""
    latest: dict[str, dict[str, Any]] = {}
    for path in sorted((bucket / "kvk").rglob("*.ndjson.gz")):
        for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
            record = json.loads(line)
            known = latest.get(record["id"])
            if known is None or datetime.fromisoformat(record["submitted_at"]) > datetime.fromisoformat(
                known["submitted_at"]
            ):
                latest[record["id"]] = record
    return list(latest.values())


# Contacts per month and channel, as the sample's targets say them.
KVK_CONTACTS = {
    "2025": {"web": 96_000, "app": 12_500, "phone": 31_000, "desk": 4_200, "chat": 8_800},
    "2026": {"web": 101_000, "app": 16_500, "phone": 29_500, "desk": 3_900, "chat": 11_200},
}


def kvk_stratum(record: dict[str, Any]) -> tuple[str, str]:
    """Month and channel."""
    day = datetime.fromisoformat(record["submitted_at"]).date()
    return month_of(day), str(record["context"]["channel"])


def kvk(bucket: Path) -> Iterator[Answer]:
    """NPS, stars, and effort (September, turned round) or ease; the date is that of where the respondent was."""
    september_ends = date(2025, 9, 30)
    items = {
        "nps": ("kpi.aanbeveling", "nps_0_10", 0, 10),
        "effort_old": ("kpi.gemak", "likert_agree_1_7", 1, 7),
        "ces": ("kpi.gemak", "ces2_1_7", 1, 7),
        "csat": ("kpi.tevredenheid", "stars_1_5", 1, 5),
    }
    records = kvk_responses(bucket)
    strata = Counter(kvk_stratum(record) for record in records)
    for record in records:
        month, channel = kvk_stratum(record)
        n = strata[month, channel]
        weight = Decimal(KVK_CONTACTS["2026" if month >= "2026" else "2025"][channel]) / n
        day = datetime.fromisoformat(record["submitted_at"]).date()
        not_asked = "ces" if day <= september_ends else "effort_old"
        for name, (kpi_id, scale_id, low, high) in items.items():
            answer = record["answers"].get(name)
            if answer is not None and low <= answer <= high and name != not_asked:
                if name == "effort_old":
                    answer = low + high - answer
                yield (
                    "kvk",
                    "transactional",
                    kpi_id,
                    scale_id,
                    month_of(day),
                    "business",
                    channel,
                    "business",
                    Decimal(answer),
                    weight,
                    1,
                    f"{month} {channel}",
                    n,
                    NOBODY,
                )


def utrecht_rows(bucket: Path) -> Iterator[dict[str, str]]:
    """Every finished, real response once; a repeated id in this sample is always the same line again."""
    seen: set[str] = set()
    for path in sorted((bucket / "gm0344" / "kto").glob("contactmomenten-*.csv")):
        with path.open(encoding="cp1252", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                if row["Respons-ID"] in seen:
                    continue
                seen.add(row["Respons-ID"])
                if row["Status"] == "Afgerond" and row["Testinzending"] != "ja":
                    yield row


def utrecht(bucket: Path) -> Iterator[Answer]:
    """Label texts to numbers; what has no number here is a missing code or a label nobody knows."""
    satisfied = {
        "Zeer ontevreden": 1,
        "Ontevreden": 2,
        "Niet tevreden, niet ontevreden": 3,
        "Tevreden": 4,
        "Zeer tevreden": 5,
    }
    agreed = {
        "Helemaal mee oneens": 1,
        "Mee oneens": 2,
        "Neutraal": 3,
        "Mee eens": 4,
        "Helemaal mee eens": 5,
    }
    items: dict[str, tuple[str, str, dict[str, int]]] = {
        "Algemeen oordeel": ("kpi.tevredenheid", "likert_satisfaction_1_5", satisfied),
        "Serieus genomen": ("drv.serieus_genomen", "likert_agree_1_5", agreed),
        "Dacht mee": ("drv.meedenken", "likert_agree_1_5", agreed),
        "Inleving": ("drv.empathie", "likert_agree_1_5", agreed),
        "In een keer geholpen": ("drv.in_een_keer_goed", "yes_no_0_1", {"Nee": 0, "Ja": 1}),
    }
    groups = {
        "Paspoort": "identity",
        "Rijbewijs": "identity",
        "Verhuizing": "registration",
        "Omgevingsvergunning": "permits",
    }
    channels = {"Balie": "desk", "Telefoon": "phone", "Digitaal": "web", "WhatsApp": "chat"}
    for row in utrecht_rows(bucket):
        day = datetime.strptime(row["Datum contact"], "%d-%m-%Y").date()
        for column, (kpi_id, scale_id, labels) in items.items():
            if row[column] in labels:
                yield (
                    "gm0344",
                    "transactional",
                    kpi_id,
                    scale_id,
                    month_of(day),
                    groups[row["Proces"]],
                    channels[row["Kanaal"]],
                    "citizen",
                    Decimal(labels[row[column]]),
                    ONE,
                    1,
                    *NO_STRATUM,
                    NOBODY,
                )


def tilburg(bucket: Path) -> Iterator[Answer]:
    """The sheet's body: rows 5 up to the two footer rows; one answer per smiley with its count."""
    smileys = {"Heel boos": 1, "Boos": 2, "Neutraal": 3, "Blij": 4, "Heel blij": 5}
    channels = {"Stadswinkel": "desk", "14 013": "phone", "Website": "web"}
    months = {"september": 9, "oktober": 10, "november": 11, "december": 12, "januari": 1}
    book = openpyxl.load_workbook(bucket / "gm0855" / "smileys-kanalen.xlsx", data_only=True)
    lines = list(book["Maandcijfers"].iter_rows(values_only=True))
    header, body = lines[3], lines[4:-2]
    for line in body:
        row = dict(zip(header, line, strict=True))
        month, year = str(row["Maand"]).split()
        for smiley, value in smileys.items():
            if row[smiley]:
                yield (
                    "gm0855",
                    "transactional",
                    "kpi.tevredenheid",
                    "smiley_1_5",
                    f"{year}-{months[month]:02d}",
                    "general",
                    channels[str(row["Kanaal"])],
                    "citizen",
                    Decimal(value),
                    ONE,
                    int(str(row[smiley])),
                    *NO_STRATUM,
                    NOBODY,
                )


READERS: tuple[Callable[[Path], Iterator[Answer]], ...] = (uwv, kvk, utrecht, tilburg)


def answers(bucket: Path) -> pd.DataFrame:
    """All valid answers of the sample: one row per answer, or per (table line, smiley) with its count."""
    return pd.DataFrame([answer for read in READERS for answer in read(bucket)], columns=COLUMNS)
