"""Make the sample bucket: the surveys of four organisations, invented but shaped like real exports.

Belongs here: what the sample deliveries contain and how each tool writes them. Does not belong here: how
the pipeline reads them (`sources/organisations/`) and what their figures must be (`tests/oracle/`).
Run `python -m sample.generate [TARGET]`; the same seed gives the same content, text formats byte for byte.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat

from sample import process
from sample.respondents import PLAIN_EN, PLAIN_NL, clip, comment, latent, pick, rate

SEED = 20261123
BUCKET = Path(__file__).parent / "bucket"
# --- uwv: two half-yearly .sav files, a stratified sample with delivered weights ---------------------------

UWV_STRATA: tuple[tuple[int, int, int, int], ...] = (
    # value of `dienst`, responses, invited, population; stratum 5 is too small to be shown
    (1, 590, 3200, 190_000),
    (2, 440, 2400, 330_000),
    (3, 118, 800, 42_000),
    (4, 311, 2000, 95_000),
    (5, 7, 60, 1_200),
    (6, 34, 240, 5_600),
)
UWV_LABELS: dict[str, Any] = {
    "dienst": {1: "WW", 2: "WIA", 3: "Wajong", 4: "Ziektewet", 5: "Klachtbehandeling", 6: "Schadeclaim"},
    "v01": {1: "1 - zeer slecht", 10: "10 - uitmuntend", 98: "niet van toepassing", 99: "weet niet"},
} | {
    name: {1: "helemaal mee oneens", 5: "helemaal mee eens", 8: "niet van toepassing", 9: "weet niet"}
    for name in ("v02", "v03", "v11", "v12", "v13")
}
UWV_COLUMN_LABELS: dict[str, str | None] = {
    "respnr": "Respondentnummer",
    "golf": "Meting (jaar-halfjaar)",
    "invuldatum": "Datum waarop de vragenlijst is ingevuld",
    "dienst": "Dienst waarvoor iemand contact had",
    "lft": "Leeftijd in jaren",
    "weegfactor": "Weegfactor (gemiddeld 1)",
    "v01": "Welk rapportcijfer geeft u de dienstverlening van UWV?",
    "v02": "Ik heb vertrouwen in UWV.",
    "v03": "UWV behandelde mij als mens.",
    "v11": "Ik voelde mij serieus genomen.",
    "v12": "De medewerker dacht met mij mee.",
    "v13": "Ik werd snel genoeg geholpen.",
    "v40": "Wilt u nog iets toelichten?",
}


def uwv_answer(
    rng: random.Random, opinion: float, high: int, not_applicable: float, offset: float = 0.0
) -> float:
    """A code as SPSS holds it: the answer, 8/98 (not applicable), 9/99 (don't know) or system-missing."""
    point = rng.random()
    top = 90 if high == 10 else 0
    if point < not_applicable:
        return float(top + 8)
    if point < not_applicable + 0.03:
        return float(top + 9)
    if point < not_applicable + 0.05:
        return float("nan")
    return float(rate(rng, opinion, 1, high, offset))


def uwv_frame(rng: random.Random, wave: str, first_day: date, shift: float) -> pd.DataFrame:
    """One half-year's responses in the supplier's column order."""
    total_n = sum(n for _, n, _, _ in UWV_STRATA)
    total_population = sum(population for *_, population in UWV_STRATA)
    rows: list[dict[str, Any]] = []
    for service, n, invited, population in UWV_STRATA:
        base = (population / total_population) / (n / total_n)
        for _ in range(n):
            age = 18 + clip(49 * (rng.random() + rng.random()) / 2, 0, 48)
            opinion = latent(rng, shift + {1: 0.0, 2: -0.06, 3: 0.02, 4: 0.03, 5: -0.10, 6: -0.04}[service])
            rows.append(
                {
                    "golf": wave,
                    "invuldatum": first_day + timedelta(days=clip(60 * rng.random(), 0, 59)),
                    "dienst": float(service),
                    "lft": float(age),
                    "weegfactor": round(base * (1.25 if age < 35 else 0.95), 4),
                    "populatie": float(population),
                    "uitgenodigd": float(invited),
                    "v01": uwv_answer(rng, opinion, 10, 0.01, 0.06),
                    "v02": uwv_answer(rng, opinion, 5, 0.02, -0.02),
                    "v03": uwv_answer(rng, opinion, 5, 0.02, 0.05),
                    "v11": uwv_answer(rng, opinion, 5, 0.03, 0.03),
                    "v12": uwv_answer(rng, opinion, 5, 0.12, -0.04),
                    "v13": uwv_answer(rng, opinion, 5, 0.02, -0.08),
                    "v40": comment(rng, PLAIN_NL, 0.15, 0.10),
                    "enqduur": round(200 + 400 * rng.random(), 1),
                    "panelid": f"P{clip(1e6 * rng.random(), 0, 999_999):06d}",
                }
            )
    rng.shuffle(rows)
    frame = pd.DataFrame(rows)
    frame.insert(0, "respnr", [float(1001 + i) for i in range(len(rows))])
    return frame


def write_uwv(folder: Path, rng: random.Random) -> None:
    """`klantonderzoek/*.sav`; codes 8/9 and 98/99 are declared user-missing, as the supplier does."""
    formats = dict.fromkeys(("respnr", "populatie", "uitgenodigd"), "F8.0") | dict.fromkeys(
        ("dienst", "lft", "v01", "v02", "v03", "v11", "v12", "v13"), "F2.0"
    )
    missing: dict[str, list[Any]] = {"v01": [98, 99]} | {
        name: [8, 9] for name in ("v02", "v03", "v11", "v12", "v13")
    }
    for wave, first_day, shift in (("2025-1", date(2025, 4, 7), 0.0), ("2025-2", date(2025, 10, 6), 0.02)):
        path = folder / "klantonderzoek" / f"uwv-ko-{wave}.sav"
        path.parent.mkdir(parents=True, exist_ok=True)
        pyreadstat.write_sav(
            uwv_frame(rng, wave, first_day, shift),
            path,
            file_label=f"UWV klantonderzoek {wave} (voorbeeld)",
            column_labels=UWV_COLUMN_LABELS,
            variable_value_labels=UWV_LABELS,
            missing_ranges=missing,
            variable_format=formats | {"weegfactor": "F8.4", "enqduur": "F8.1", "invuldatum": "DATE11"},
            row_compress=True,
        )
        # The header of a .sav holds the moment of writing (9 + 8 bytes from byte 92): fixed, so that
        # the same seed gives the same bytes.
        content = path.read_bytes()
        path.write_bytes(content[:92] + b"09 feb 26" + b"12:00:00" + content[109:])


# --- kvk: an NDJSON feed in half-monthly partitions, two languages, resent and changed responses ------------

KVK_PARTITIONS = tuple(
    (first, last)
    for year, month, days in ((2025, 9, 30), (2025, 10, 31), (2025, 11, 30), (2025, 12, 31), (2026, 1, 31))
    for first, last in (
        (date(year, month, 1), date(year, month, 15)),
        (date(year, month, 16), date(year, month, days)),
    )
)
KVK_PER_PARTITION = 250
# Until then the form asked for effort, where a high answer is bad.
KVK_EASE_REPLACES_EFFORT = "2025-10-01"
SUMMER_ENDS = datetime(2025, 10, 26, 1, tzinfo=UTC)


def kvk_moment(rng: random.Random, first: date, last: date) -> str:
    """A moment within the partition's days as the feed writes it: Dutch local time with its offset."""
    seconds = rng.random() * ((last - first).days + 1) * 86_400
    summer = timezone(timedelta(hours=2))
    moment = datetime(first.year, first.month, first.day, tzinfo=summer) + timedelta(seconds=int(seconds))
    if moment >= SUMMER_ENDS:
        moment = moment.replace(tzinfo=timezone(timedelta(hours=1)))
    return moment.isoformat()


def kvk_record(rng: random.Random, number: int, submitted_at: str, shift: float) -> dict[str, Any]:
    """One record of the feed; a question that was not put is absent, one that was skipped is null."""
    channel = pick(rng, (("web", 0.52), ("app", 0.08), ("phone", 0.24), ("desk", 0.10), ("chat", 0.06)))
    product = pick(rng, (("INSCHRIJVEN", 0.34), ("WIJZIGEN", 0.30), ("UITTREKSEL", 0.36)))
    lang = "nl" if rng.random() < 0.78 else "en"
    opinion = latent(
        rng, shift + {"web": -0.03, "app": -0.02, "phone": 0.03, "desk": 0.06, "chat": 0.0}[channel]
    )
    answers: dict[str, Any] = {"nps": rate(rng, opinion, 0, 10, 0.17)}
    ease = None if rng.random() < 0.08 else rate(rng, opinion, 1, 7, 0.05)
    if submitted_at < KVK_EASE_REPLACES_EFFORT:
        answers["effort_old"] = None if ease is None else 8 - ease
    else:
        answers["ces"] = ease
    if rng.random() < 0.85:
        answers["csat"] = rate(rng, opinion, 1, 5, 0.04)
    text = comment(rng, PLAIN_NL if lang == "nl" else PLAIN_EN, 0.12, 0.10)
    if text:
        answers["comment"] = text
    return {
        "id": f"kvk-{number:06d}",
        "submitted_at": submitted_at,
        "survey": {"lang": lang},
        "contact": {"id": f"C{100_000 + number * 7}", "segment": "zzp" if rng.random() < 0.6 else "mkb"},
        "context": {
            "product": product,
            "channel": channel,
            "step": pick(rng, (("after_contact", 0.8), ("decision", 0.2))),
        },
        "answers": answers,
        "meta": {"form": "tm-13", "seconds": clip(20 + 200 * rng.random(), 0, 300)},
    }


def write_kvk(folder: Path, rng: random.Random) -> None:
    """`feedback/dt=*/part-0.ndjson.gz`: each partition resends some records of the one before it."""
    number = 0
    previous: list[dict[str, Any]] = []
    for index, (first, last) in enumerate(KVK_PARTITIONS):
        records = []
        for _ in range(KVK_PER_PARTITION):
            number += 1
            records.append(kvk_record(rng, number, kvk_moment(rng, first, last), 0.004 * index))
        if first == date(2025, 10, 16):
            # The hour that comes twice in the night the clock goes back.
            records[0]["submitted_at"] = "2025-10-26T02:30:00+02:00"
            records[1]["submitted_at"] = "2025-10-26T02:30:00+01:00"
        if first == date(2025, 11, 1):
            # In Amsterdam the first of November, in London still the thirty-first of October.
            records[0]["submitted_at"] = "2025-11-01T00:15:00+01:00"
            records[2]["answers"]["nps"] = 11
        records.extend(previous[3:5])
        if previous:
            changed = json.loads(json.dumps(previous[7]))
            changed["submitted_at"] = records[5]["submitted_at"]
            changed["answers"]["nps"] = 10 if changed["answers"]["nps"] < 10 else 4
            records.append(changed)
        rng.shuffle(records)
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        path = folder / "feedback" / f"dt={last.isoformat()}" / "part-0.ndjson.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        previous = records[:10]


# --- gm0344: monthly cp1252 CSV with label texts -----------------------------------------------------------

UTRECHT_MONTHS = ((2025, 9, 30), (2025, 10, 31), (2025, 11, 30), (2025, 12, 31), (2026, 1, 31))
UTRECHT_PER_MONTH = 480
SATISFIED = ("Zeer ontevreden", "Ontevreden", "Niet tevreden, niet ontevreden", "Tevreden", "Zeer tevreden")
AGREED = ("Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens")
NOT_APPLICABLE = "Weet niet / n.v.t."
UTRECHT_HEADER = (
    "Respons-ID",
    "Klantnummer",
    "Enquête",
    "Datum contact",
    "Kanaal",
    "Proces",
    "Meetmoment",
    "Status",
    "Testinzending",
    "Algemeen oordeel",
    "Rapportcijfer",
    "Serieus genomen",
    "Dacht mee",
    "Inleving",
    "In een keer geholpen",
    "Toelichting",
    "Laatst gewijzigd",
)
UTRECHT_COMMENTS = (
    *PLAIN_NL,
    "De leges zijn € 78,35; dat is veel geld.",
    "\u201cKom morgen maar terug\u201d \u2013 dat was alles wat ik hoorde\u2026",
    "Foto\u2019s maken kon ter plekke.\nDat scheelde een tweede keer komen.",
    'Mij is gezegd "u hoort nog van ons"; niets gehoord.',
)


def label(rng: random.Random, labels: Sequence[str], opinion: float, offset: float, missing: float) -> str:
    """An answer as its label; `missing` is the share that does not apply, 2 % stays empty."""
    point = rng.random()
    if point < missing:
        return NOT_APPLICABLE
    return "" if point < missing + 0.02 else labels[rate(rng, opinion, 1, 5, offset) - 1]


def utrecht_row(rng: random.Random, response_id: str, day: date, shift: float) -> list[str]:
    """One line of the export; the soft drivers rarely apply to a digital contact."""
    channel = pick(rng, (("Balie", 0.36), ("Telefoon", 0.28), ("Digitaal", 0.32), ("WhatsApp", 0.04)))
    process = pick(
        rng, (("Paspoort", 0.42), ("Rijbewijs", 0.26), ("Verhuizing", 0.24), ("Omgevingsvergunning", 0.08))
    )
    opinion = latent(
        rng, shift + {"Balie": 0.05, "Telefoon": 0.02, "Digitaal": -0.04, "WhatsApp": 0.0}[channel]
    )
    absent = 0.18 if channel == "Digitaal" else 0.04
    grade = rate(rng, opinion, 1, 10, 0.06) - (0.5 if rng.random() < 0.2 else 0)
    saved = day + timedelta(days=clip(6 * rng.random(), 0, 5))
    return [
        response_id,
        f"{clip(9e6 * rng.random(), 0, 8_999_999) + 1_000_000}" if rng.random() < 0.6 else "",
        "KTO contactmomenten",
        day.strftime("%d-%m-%Y"),
        channel,
        process,
        "Na contact" if rng.random() < 0.85 else "Na besluit",
        "Afgerond" if rng.random() < 0.97 else "Gedeeltelijk",
        "ja" if rng.random() < 0.006 else "nee",
        label(rng, SATISFIED, opinion, 0.05, 0.02),
        f"{max(grade, 1):g}".replace(".", ",") if rng.random() < 0.9 else "",
        label(rng, AGREED, opinion, 0.06, absent),
        label(rng, AGREED, opinion, -0.01, absent),
        label(rng, AGREED, opinion, 0.0, absent),
        "" if rng.random() < 0.03 else ("Ja" if opinion + 0.3 * rng.random() > 0.62 else "Nee"),
        comment(rng, UTRECHT_COMMENTS, 0.2, 0.08),
        f"{saved.strftime('%d-%m-%Y')} 1{clip(10 * rng.random(), 0, 9)}:{clip(60 * rng.random(), 0, 59):02d}",
    ]


def cp1252_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """What a Dutch Excel saves as "CSV": semicolons, Windows line ends, code page 1252."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("cp1252")


def write_utrecht(folder: Path, rng: random.Random) -> None:
    """`kto/contactmomenten-JJJJ-MM.csv`, the sending list `kto/verzendingen_2025.csv`, and process data."""
    target = folder / "kto"
    target.mkdir(parents=True, exist_ok=True)
    late: list[list[str]] = []
    sent = [["Maand", "Kanaal", "aantal"]]
    for index, (year, month, days) in enumerate(UTRECHT_MONTHS):
        rows = [
            utrecht_row(
                rng,
                f"{year}{month:02d}-{i:05d}",
                date(year, month, 1 + clip(days * rng.random(), 0, days - 1)),
                0.005 * index,
            )
            for i in range(1, UTRECHT_PER_MONTH + 1)
        ]
        # A label the survey tool never had: a cell that cannot be read, below the one per cent that holds.
        rows[11][9] = "Best tevreden"
        # The export overlaps a little: last month's final responses come along again, one line comes twice.
        body = [*late, *rows, rows[20]]
        (target / f"contactmomenten-{year}-{month:02d}.csv").write_bytes(cp1252_csv([UTRECHT_HEADER, *body]))
        late = rows[-4:]
        for channel, share in (("Balie", 0.36), ("Telefoon", 0.28), ("Digitaal", 0.32), ("WhatsApp", 0.04)):
            sent.append([f"{year}-{month:02d}", channel, str(int(UTRECHT_PER_MONTH * share * 6))])
    (target / "verzendingen_2025.csv").write_bytes(cp1252_csv(sent))
    known = folder / "proces" / "procesgegevens.csv"
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_bytes(cp1252_csv([process.HEADER, *process.table(rng, UTRECHT_MONTHS)]))


# --- gm0855: one workbook with monthly counts per smiley ---------------------------------------------------

TILBURG_MONTHS = ("september 2025", "oktober 2025", "november 2025", "december 2025", "januari 2026")
TILBURG_CHANNELS: tuple[tuple[str, int, float], ...] = (
    # channel, contacts that pressed a smiley, shift of opinion
    ("Stadswinkel", 820, 0.06),
    ("14 013", 310, 0.0),
    ("Website", 560, -0.08),
)
SMILEYS = ("Heel boos", "Boos", "Neutraal", "Blij", "Heel blij")


def write_tilburg(folder: Path, rng: random.Random) -> None:
    """`smileys-kanalen.xlsx`: three title rows, the header in row 4, two footer rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Maandcijfers"
    sheet.append(["Smileymeting dienstverlening gemeente Tilburg (voorbeeld)"])
    sheet.merge_cells("A1:I1")
    sheet.append(["Peildatum: 3 februari 2026"])
    sheet.append([])
    sheet.append(["Maand", "Kanaal", "Aantal contacten", *reversed(SMILEYS), "Totaal", "Opmerking"])
    grand_total = 0
    for index, month in enumerate(TILBURG_MONTHS):
        for channel, size, shift in TILBURG_CHANNELS:
            counts = [0] * 5
            for _ in range(size + clip(60 * rng.random(), 0, 59)):
                counts[rate(rng, latent(rng, shift + 0.01 * index), 1, 5, 0.05) - 1] += 1
            grand_total += sum(counts)
            note = "Zuil twee dagen defect" if (index, channel) == (2, "Stadswinkel") else None
            sheet.append([month, channel, sum(counts) * 9, *reversed(counts), sum(counts), note])
    sheet.append(["Totaal", None, None, None, None, None, None, None, grand_total])
    sheet.append(["Bron: zuilen en website, gemeente Tilburg"])
    # A second sheet as such workbooks have: it is not the declared one and must not be read.
    book.create_sheet("Uitleg").append(["Smileys van 1 (heel boos) tot 5 (heel blij)"])
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / "smileys-kanalen.xlsx")


WRITERS: dict[str, Callable[[Path, random.Random], None]] = {
    "uwv": write_uwv,
    "kvk": write_kvk,
    "gm0344": write_utrecht,
    "gm0855": write_tilburg,
}


def generate(target: Path) -> None:
    """Write every organisation's deliveries under `target`; each organisation has a seed of its own."""
    for organisation_id, write in WRITERS.items():
        write(target / organisation_id, random.Random(f"{SEED}|{organisation_id}"))


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else BUCKET)
