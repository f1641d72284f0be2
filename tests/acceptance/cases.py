"""The deliveries of the cases: one organisation per case, dropped into a shared installation.

Belongs here: what each organisation hands in, night by night. Does not belong here: what must come of it
(the `test_*` modules). Texts that may turn up nowhere hold a word of `CANARIES`.
"""

from __future__ import annotations

import io
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl

from tests.acceptance import golden
from tests.acceptance.harness import CLONE, DELIVERED_AT, Installation
from tests.acceptance.mappings import (
    AGREE5,
    GRADE_ITEM,
    HEADER,
    NPS11,
    Row,
    csv_text,
    grades,
    mapping,
    source,
)

LATER = datetime(2026, 2, 16, 9, tzinfo=UTC)
LATEST = datetime(2026, 2, 17, 9, tzinfo=UTC)
CANARIES = ("kanarie", "zonnestraal", "123456782")
REAL_FILES = CLONE.parent / "shared" / "real_files" / "rse_survey_2017"
RSE = {"nl": "test0003", "uk": "test0004", "can": "test0005"}

GOLDEN_DIMENSIONS = {
    "service": {"const": "paspoort"},
    "channel": {"column": "channel", "map": {"web": "web", "telefoon": "phone", "balie": "desk"}},
    "audience": {"const": "citizen"},
    "age_band": {"column": "age"},
}
GOLDEN_ITEMS = [
    GRADE_ITEM,
    {"column": "nps", "item": "kpi.aanbeveling", "scale": NPS11, "comparability": "A"},
    *(
        {"column": column, "item": node, "scale": AGREE5, "comparability": "A"}
        for column, node in (
            ("d1", "drv.serieus_genomen"),
            ("d2", "drv.empathie"),
            ("d3", "drv.meedenken"),
            ("d4", "drv.snelheid"),
        )
    ),
]


# --- organisations with nothing wrong ----------------------------------------------------------------------


def golden_unweighted(night: Installation, *, is_shuffled: bool = False) -> None:
    """test0001: the golden data set, all on one day; optionally with its rows in another order."""
    night.map(
        "test0001",
        mapping("test0001", when={"const": "2025-11-14"}, dimensions=GOLDEN_DIMENSIONS, items=GOLDEN_ITEMS),
    )
    text = golden.csv_text()
    if is_shuffled:
        head, *rows = text.splitlines(keepends=True)
        random.Random(7).shuffle(rows)
        text = head + "".join(rows)
    night.drop("test0001/golden.csv", text, records=240)


def golden_weighted(night: Installation) -> None:
    """test0002: the same responses with the design weight N_h / n_h of their channel."""
    design = {
        "sample": "stratified_random",
        "mode": ["web"],
        "weights": {"method": "delivered", "column": "weegfactor"},
    }
    night.map(
        "test0002",
        mapping(
            "test0002",
            when={"const": "2025-11-14"},
            dimensions=GOLDEN_DIMENSIONS,
            items=GOLDEN_ITEMS,
            design=design,
        ),
    )
    night.drop("test0002/golden-gewogen.csv", golden.weighted_csv_text(), records=240)


def _golden_with_targets(
    night: Installation, organisation_id: str, design: dict[str, object], text: str
) -> None:
    night.map(
        organisation_id,
        mapping(
            organisation_id,
            when={"const": "2025-11-14"},
            dimensions=GOLDEN_DIMENSIONS,
            items=GOLDEN_ITEMS,
            design={"mode": ["web"]} | design,
        ),
    )
    night.target(organisation_id, "bevolking", text)
    night.drop(f"{organisation_id}/golden.csv", golden.csv_text(), records=240)


def golden_poststratified(night: Installation) -> None:
    """test0008: the same responses, post-stratified by channel; the targets changed the year before."""
    weights = {"method": "poststratify", "by": ["channel"], "targets": "bevolking"}
    text = (
        "valid_from,valid_to,channel,population\n,2024-12-31,web,1\n"
        "2025-01-01,,web,60000\n2025-01-01,,phone,30000\n2025-01-01,,desk,10000\n"
    )
    design = {"sample": "census_with_nonresponse", "weights": weights}
    _golden_with_targets(night, "test0008", design, text)


def golden_raked(night: Installation) -> None:
    """test0009: the same responses, raked to channel and age."""
    weights = {"method": "rake", "by": ["channel", "age_band"], "targets": "bevolking"}
    text = (
        "dimension,value,population\nchannel,web,60000\nchannel,phone,30000\nchannel,desk,10000\n"
        "age_band,18-34,28000\nage_band,35-64,48000\nage_band,65+,24000\n"
    )
    design = {"sample": "census_with_nonresponse", "weights": weights}
    _golden_with_targets(night, "test0009", design, text)


def golden_stratified(night: Installation) -> None:
    """test0010: the same responses, drawn at random within the channels."""
    weights = {"method": "poststratify", "by": ["channel"], "targets": "bevolking"}
    text = "channel,population\nweb,60000\nphone,30000\ndesk,10000\n"
    _golden_with_targets(night, "test0010", {"sample": "stratified_random", "weights": weights}, text)


def rse(night: Installation) -> None:
    """test0003-0005: three national variants of one real survey, where the files are at hand."""
    for country, organisation_id in RSE.items():
        path = REAL_FILES / f"{country}.csv"
        if path.exists():
            text = (Path(__file__).parent / "rse" / f"{country}.yml").read_text(encoding="utf-8")
            night.map(organisation_id, text, mapping_id=f"rse-{country}")
            night.drop(f"{organisation_id}/rse/{country}.csv", path.read_bytes(), records=None)


def two_versions(night: Installation) -> None:
    """test0006: one file over the day on which the scale went from five to ten points."""
    dates = {"valid_from": date(2025, 1, 1), "valid_to": date(2025, 10, 31)}
    night.map(
        "test0006",
        mapping("test0006", items=[GRADE_ITEM | {"scale": AGREE5, "comparability": "A"}], **dates),
        mapping("test0006", mapping_version="2.0.0", valid_from=date(2025, 11, 1)),
    )
    before: list[Row] = [(f"o{i}", f"2025-10-{1 + i % 28:02d}", 1 + i % 5) for i in range(50)]
    after: list[Row] = [(f"n{i}", f"2025-11-{2 + i % 28:02d}", 1 + i % 10) for i in range(60)]
    night.drop("test0006/najaar.csv", csv_text(before + after), records=110)


def overlapping_rows() -> tuple[list[Row], list[Row]]:
    """Two files of test0007: 41 records (one twice) and 23 (one known, two known with another answer)."""
    first = grades(40)
    second = grades(20, first_id=41, first_day=date(2025, 12, 1))
    known, later, tied = first[37], first[38], first[39]
    changed_later: Row = (later[0], "2025-12-05", 10)
    changed_tied: Row = (tied[0], tied[1], 10)
    return [*first, first[4]], [known, changed_later, changed_tied, *second]


def overlapping(night: Installation) -> None:
    """test0007: incremental files that share response ids."""
    night.map("test0007", mapping("test0007", source=source(snapshot="incremental")))
    first, second = overlapping_rows()
    night.drop("test0007/november.csv", csv_text(first), records=41)
    night.drop("test0007/december.csv", csv_text(second), records=23)


HEALTHY = (
    golden_unweighted,
    golden_weighted,
    golden_poststratified,
    golden_raked,
    golden_stratified,
    rse,
    two_versions,
    overlapping,
)


def healthy_ids() -> list[str]:
    """The organisations that `HEALTHY` makes on this machine."""
    real = [name for country, name in RSE.items() if (REAL_FILES / f"{country}.csv").exists()]
    return ["test0001", "test0002", *real, *(f"test{number:04d}" for number in range(6, 11))]


# --- organisations with one thing wrong --------------------------------------------------------------------


def broken_mapping(night: Installation) -> None:
    """test0101: a mapping that is no YAML."""
    night.map("test0101", "meethuis_mapping: 1\nitems: [{column: cijfer\n")
    night.drop("test0101/kto.csv", csv_text(grades(40)), records=None)


def unbumped_mapping(night: Installation) -> None:
    """test0102, first night: a mapping that is changed later without a new version."""
    night.map("test0102", mapping("test0102", source=source(snapshot="incremental")))
    night.drop("test0102/november.csv", csv_text(grades(40)), records=40)


def unbumped_mapping_changed(night: Installation) -> None:
    """test0102, second night: other content, same version, and a new month."""
    changed = mapping("test0102", source=source(snapshot="incremental"))
    changed["items"] = [GRADE_ITEM | {"comparability": "C"}]
    night.map("test0102", changed)
    rows = grades(40, first_day=date(2025, 12, 1), first_id=101)
    night.drop("test0102/december.csv", csv_text(rows), records=None, at=LATER)


def keyless(night: Installation) -> None:
    """test0103: an organisation that the installation has no key for."""
    night.map("test0103", mapping("test0103"))
    night.drop("test0103/kto.csv", csv_text(grades(40)), records=None)


def far_cells(night: Installation) -> None:
    """test0104: a small workbook with a cell in the last corner of the sheet."""
    night.map("test0104", mapping("test0104", source=source(format="xlsx", match="*.xlsx", sheet="Sheet")))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *grades(40)):
        sheet.append(list(row))
    sheet["XFD1048576"] = "ver weg"
    content = io.BytesIO()
    book.save(content)
    night.drop("test0104/kto.xlsx", content.getvalue(), records=None)


def unmatched(night: Installation) -> None:
    """test0105: one file that a mapping expects and one that none does."""
    night.map("test0105", mapping("test0105", source=source(match="kto/*.csv")))
    night.drop("test0105/kto/november.csv", csv_text(grades(40)), records=40)
    night.drop("test0105/anders/brief.csv", "Geachte kanarie,\n", records=None)


def wrong_encoding(night: Installation) -> None:
    """test0106: code page 1252 where UTF-8 is declared."""
    night.map("test0106", mapping("test0106", ignore=["opmerking"]))
    rows = [(*row, "kanarie – één €") for row in grades(40)]
    content = csv_text(rows, header=(*HEADER, "opmerking")).encode("cp1252")
    night.drop("test0106/kto.csv", content, records=40)


def bad_rows(night: Installation) -> None:
    """test0107: 600 good rows and six that cannot be used; canaries in good and in bad cells."""
    parts = {
        "keys": {"response": {"column": "id"}, "respondent": {"column": "klant", "optional": True}},
        "dimensions": {
            "service": {"column": "dienst", "map": {"Paspoort": "paspoort"}},
            "channel": {"const": "web"},
            "audience": {"const": "citizen"},
        },
        "items": [GRADE_ITEM, {"column": "opmerking", "item": "open.toelichting", "kind": "open_text"}],
    }
    night.map("test0107", mapping("test0107", **parts))
    rows: list[Row] = [(*row, f"k{i}", "Paspoort", "", "x") for i, row in enumerate(grades(600))]
    personal = "Mijn naam is Kanarie Zonnestraal, mijn bsn is 123456782."
    rows[0] = ("kanarie-respons", "2025-11-05", 7, "kanarie-klant", "Paspoort", personal, "kanarie-veld")
    rows[1] = ("r0002", "2025-11-05", "kanarie-cijfer", "k1", "Paspoort", "", "x")
    rows += [
        ("q1", "2025-11-05", 7, "k", "kanarie-dienst", personal, "x"),
        ("q2", "kanarie-datum", 7, "k", "Paspoort", "", "x"),
        ("q3", "2025-11-05", 7, "k", "Paspoort", "", "x", "kanarie-te-veel"),
        ("q4", "2025-11-05", 7, "kanarie-te-kort"),
        ("", "2025-11-05", 7, "k", "Paspoort", "kanarie zonder nummer", "x"),
        ("q6", "2031-01-01", 7, "k", "Paspoort", "", "x"),
    ]
    header = (*HEADER, "klant", "dienst", "opmerking", "extra")
    night.drop("test0107/kto.csv", csv_text(rows, header=header), records=606)


BAD_ROW_CODES = {601: "MH-DIMENSIE", 602: "MH-DATUM", 605: "MH-ID", 606: "MH-DATUM-TOEKOMST"}


def unreadable_answers(night: Installation) -> None:
    """test0108: more than one per cent of the answers outside the scale."""
    night.map("test0108", mapping("test0108"))
    rows: list[Row] = [*grades(95), *((f"x{i}", "2025-11-05", 47) for i in range(5))]
    night.drop("test0108/kto.csv", csv_text(rows), records=100)


def conflict(night: Installation) -> None:
    """test0109: two unequal full files for one period, seen first in the same night."""
    night.map("test0109", mapping("test0109"))
    night.drop("test0109/een.csv", csv_text(grades(40)), records=40)
    night.drop("test0109/twee.csv", csv_text(grades(44, shift=1)), records=44)


def without_dates(night: Installation) -> None:
    """test0113: an id twice with different answers, and nothing that says which came last."""
    night.map("test0113", mapping("test0113", when={"const": "2025-11-14"}, ignore=["datum"]))
    rows = [*grades(40), ("r0040", "2025-11-03", 1)]
    night.drop("test0113/kto.csv", csv_text(rows), records=41)


def changed_within(night: Installation) -> None:
    """test0114: an id twice in one file with different answers and different dates."""
    night.map("test0114", mapping("test0114"))
    rows = [("r0001", "2025-11-29", 10), *grades(40)]
    night.drop("test0114/kto.csv", csv_text(rows), records=41)


def before_its_day(night: Installation) -> None:
    """test0119: an answer of the day after the first night."""
    night.map("test0119", mapping("test0119"))
    night.drop("test0119/kto.csv", csv_text([*grades(40), ("later", "2026-02-16", 7)]), records=41)


def two_mappings(night: Installation) -> None:
    """test0117: two mappings that claim the same file."""
    night.map("test0117", mapping("test0117"))
    other = mapping("test0117", mapping_id="kopie", instrument={"id": "kopie", "kind": "transactional"})
    night.map("test0117", other, mapping_id="kopie")
    night.drop("test0117/kto.csv", csv_text(grades(40)), records=None)


TROUBLED = (
    broken_mapping,
    unbumped_mapping,
    keyless,
    far_cells,
    unmatched,
    wrong_encoding,
    bad_rows,
    unreadable_answers,
    conflict,
    without_dates,
    changed_within,
    before_its_day,
    two_mappings,
)

# --- deliveries that come again ----------------------------------------------------------------------------

ORIGINAL = csv_text(grades(40))
CORRECTED = csv_text([*grades(20), *((row[0], row[1], 10) for row in grades(20, first_id=21))])


def first_deliveries(night: Installation) -> None:
    """test0110, 0111, 0112, 0118: the same full file each."""
    for organisation_id in ("test0110", "test0111", "test0112", "test0118"):
        night.map(organisation_id, mapping(organisation_id))
        night.drop(f"{organisation_id}/kto.csv", ORIGINAL, records=40)


def second_deliveries(night: Installation) -> None:
    """What each hands in the next day."""
    night.drop("test0110/kto-2.csv", CORRECTED, records=40, at=LATER)
    night.drop("test0111/kto-2.csv", csv_text(grades(30)), records=30, at=LATER)
    night.drop("test0112/kopie.csv", ORIGINAL, records=40, at=LATER)
    # Older by the store's time, and still the newer one: its marker says so.
    night.drop("test0118/kto-2.csv", CORRECTED, records=40, at=DELIVERED_AT - timedelta(days=3))
    night.drop("test0118/kto-2.csv.done", '{"kind": "correction"}', records=None)


def third_deliveries(night: Installation) -> None:
    """The first content of test0110 comes back."""
    night.drop("test0110/kto-3.csv", ORIGINAL, records=40, at=LATEST)


A11_SCALE = {"min": 1, "max": 5, "points": 5, "kind": "likert_agree"}
A11_NODES = {
    "q1": "kpi.satisfaction",
    "q2": "kpi.trust",
    "q3": "drv.effectiveness",
    "q4": "drv.ease",
    "q5": "drv.efficiency",
    "q6": "drv.transparency",
    "q7": "drv.employee",
}
A11_ROWS: list[Row] = [
    (f"a{i}", f"2025-11-{1 + i % 28:02d}", *(1 + (i * (q + 2) + q) % 5 for q in range(7))) for i in range(60)
]


def section_280(night: Installation) -> None:
    """test0020: a survey on another model of two KPIs and five drivers."""
    items = [
        {"column": column, "item": node, "scale": A11_SCALE, "comparability": "A"}
        for column, node in A11_NODES.items()
    ]
    night.map("test0020", mapping("test0020", items=items))
    night.drop("test0020/touchpoints.csv", csv_text(A11_ROWS, header=("id", "datum", *A11_NODES)), records=60)
