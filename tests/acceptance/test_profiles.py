"""Exports as survey tools make them, through one run: every row found, in the right columns, nothing personal kept."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyreadstat
import pytest

from tests.acceptance import profile_cases as given
from tests.acceptance.conftest import Nights
from tests.acceptance.counts import sha256_of
from tests.acceptance.harness import Installation, codes
from tests.acceptance.test_privacy import places_of

needs_real_files = pytest.mark.skipif(not given.has_real_files(), reason="the real files are not at hand")
Answers = list[tuple[int, str, str | None]]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """One run over every export."""
    made = Installation(tmp_path_factory.mktemp("tools"))
    if given.has_real_files():
        given.real(made)
    for case in given.IMITATIONS:
        case(made)
    return Nights(made, (made.run(),))


def harmonised(tools: Nights, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(tools.installation.work / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def answers_of(tools: Nights, organisation_id: str, column: str = "raw_value") -> Answers:
    """(row number, node, answer) of every answer, in order."""
    return harmonised(
        tools,
        f"select row_number, node_id, {column} from harmonised.answer"
        f" where organisation_id = '{organisation_id}' order by all",
    )


def expected(columns: dict[str, Iterable[str]]) -> Answers:
    """The answers of a table that stands in the test, by node, in the order of `answers_of`."""
    return sorted(
        (number, node, answer)
        for node, answers in columns.items()
        for number, answer in enumerate(answers, start=1)
    )


def records_of(file: str, header_rows: int) -> list[list[str]]:
    with (given.REAL_FILES / file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))[header_rows:]


# --- real exports ------------------------------------------------------------------------------------------


@needs_real_files
@pytest.mark.parametrize(
    ("name", "header_rows"), [("comma", 1), ("steak", 2), ("education", 1), ("insights", 3), ("legacy", 2)]
)
def test_every_record_of_a_real_export_is_processed(tools: Nights, name: str, header_rows: int) -> None:
    organisation_id, file = given.REAL[name]
    receipt = tools.last.receipt(organisation_id, "processed")
    assert receipt["sha256"] == sha256_of(given.REAL_FILES / file)
    assert receipt["rows"]["in_file"] == receipt["rows"]["processed"] == len(records_of(file, header_rows))
    assert receipt["invalid_cells"] == 0
    assert codes(receipt) <= {"MH-KOLOM-NIEUW"}


YES = {"Yes": 100.0, "No": 0.0}
IMPORTANT = {
    "Very unimportant": 0.0,
    "Somewhat unimportant": 25.0,
    "Neither important nor unimportant (neutral)": 50.0,
    "Somewhat important": 75.0,
    "Very important": 100.0,
}


@needs_real_files
@pytest.mark.parametrize(
    ("name", "header_rows", "position", "node", "period_id", "scores"),
    [
        ("comma", 1, 7, "kpi.tevredenheid", "2014-06", IMPORTANT),
        ("comma", 1, 2, "kpi.doel_bereikt", "2014-06", YES),
        ("steak", 2, 4, "kpi.doel_bereikt", "2014-05", YES),
        ("steak", 2, 8, "drv.in_een_keer_goed", "2014-05", YES),
    ],
)
def test_figures_of_surveymonkey_equal_a_direct_calculation(
    tools: Nights,
    name: str,
    header_rows: int,
    position: int,
    node: str,
    period_id: str,
    scores: dict[str, float],
) -> None:
    organisation_id, file = given.REAL[name]
    cells = [record[position] for record in records_of(file, header_rows)]
    found = tools.last.figure(organisation_id, node, "mean_pomp", period_id)
    valid = [scores[cell] for cell in cells if cell]
    assert found["n"] == len(valid) > 500
    assert math.isclose(found["value"], sum(valid) / len(valid), rel_tol=1e-9)


@needs_real_files
def test_google_forms_dates_are_american_and_local(tools: Nights) -> None:
    organisation_id, file = given.REAL["education"]
    sent = [
        datetime.strptime(record[0], "%m/%d/%Y %H:%M:%S").replace(tzinfo=ZoneInfo("America/Los_Angeles"))
        for record in records_of(file, 1)
    ]
    found = harmonised(
        tools,
        "select epoch(submitted_at)::bigint, period_id from harmonised.response"
        f" where organisation_id = '{organisation_id}' order by row_number",
    )
    assert found == [
        (int(one.timestamp()), f"{one.astimezone(ZoneInfo('Europe/Amsterdam')):%Y-%m}") for one in sent
    ]
    labels = [record[9] for record in records_of(file, 1)]
    assert answers_of(tools, organisation_id) == expected({"kpi.tevredenheid": labels})


@needs_real_files
def test_the_two_dialects_of_qualtrics_give_the_same_rows(tools: Nights) -> None:
    facts = (
        "select * exclude (organisation_id, delivery_id, mapping_id, response_key) from harmonised.answer"
        " where organisation_id = '{}' order by all"
    )
    insights, legacy = (
        harmonised(tools, facts.format(given.REAL[name][0])) for name in ("insights", "legacy")
    )
    assert len(insights) == 60
    assert insights == legacy
    records = records_of(given.REAL["insights"][1], 3)
    nodes = {"kpi.tevredenheid": 11, "drv.empathie": 15, "drv.snelheid": 17, "drv.juistheid": 24}
    assert answers_of(tools, given.REAL["insights"][0]) == expected(
        {node: [record[position] for record in records] for node, position in nodes.items()}
    )


@needs_real_files
def test_the_template_of_the_burgerpeiling_lacks_only_its_answers(tools: Nights) -> None:
    frame, _ = pyreadstat.read_sav(given.REAL_FILES / given.REAL["burgerpeiling"][1])
    receipt = tools.last.receipt("gm0034", "rejected")
    assert receipt["rows"]["in_file"] == receipt["rows"]["quarantined"] == len(frame) == 1
    # Its one row has no year. All 178 variables are known: none is missing, none is new.
    assert codes(receipt) == {"MH-DATUM"}


# --- imitations of shapes that occur -----------------------------------------------------------------------

GRADES = [str(1 + i % 10) for i in range(30)]


@pytest.mark.parametrize(
    ("organisation_id", "columns"),
    [
        ("test0310", {"kpi.tevredenheid": GRADES}),
        ("test0312", {"kpi.tevredenheid": [given.FEELING_NAMES[i % 5] for i in range(30)]}),
        *(
            (
                organisation_id,
                {
                    "kpi.tevredenheid": [str(1 + i % 10) for i in range(1, 31)],
                    "drv.snelheid": [str(1 + i % 5) for i in range(1, 31)],
                },
            )
            for organisation_id in ("test0315", "test0316")
        ),
        ("test0318", {"kpi.tevredenheid": GRADES, "drv.snelheid": [str(10 - i % 10) for i in range(30)]}),
        ("test0319", {"kpi.tevredenheid": [str(1 + i % 10) for i in range(1, 31)]}),
        ("test0320", {"kpi.tevredenheid": [str(1 + i % 10) for i in range(1, 31)]}),
    ],
)
def test_every_answer_stands_in_its_row_and_column(
    tools: Nights, organisation_id: str, columns: dict[str, list[str]]
) -> None:
    receipt = tools.last.receipt(organisation_id, "processed")
    assert receipt["rows"]["processed"] == 30
    assert answers_of(tools, organisation_id) == expected(columns)


def test_previews_and_partials_are_counted_apart(tools: Nights) -> None:
    assert tools.last.receipt("test0310", "processed")["rows"]["excluded"] == 2
    assert tools.last.receipt("test0315", "processed")["rows"]["incomplete"] == 3


def test_the_option_above_a_cell_is_part_of_its_name(tools: Nights) -> None:
    found = harmonised(
        tools,
        "select channel from harmonised.response where organisation_id = 'test0312' order by row_number",
    )
    assert [channel for (channel,) in found] == ["desk" if i % 2 else "phone" for i in range(30)]


@pytest.mark.parametrize("organisation_id", ["test0319", "test0320"])
def test_excels_own_times_and_their_text_are_one_moment(tools: Nights, organisation_id: str) -> None:
    found = harmonised(
        tools,
        "select epoch(submitted_at)::bigint from harmonised.response"
        f" where organisation_id = '{organisation_id}' order by row_number",
    )
    moments = [datetime(2025, 11, 1 + i % 28, 13, i, tzinfo=UTC) for i in range(30)]
    assert [seconds for (seconds,) in found] == [int(one.timestamp()) for one in moments]


@pytest.mark.parametrize(
    ("organisation_id", "code"),
    [
        ("test0311", "MH-KOP"),
        ("test0313", "MH-SAMENVATTING"),
        ("test0314", "MH-SAMENVATTING"),
        ("test0317", "MH-LEEG"),
    ],
)
def test_what_is_no_table_of_responses_is_refused_with_its_reason(
    tools: Nights, organisation_id: str, code: str
) -> None:
    assert codes(tools.last.receipt(organisation_id, "rejected")) == {code}


# --- Burgerpeiling -----------------------------------------------------------------------------------------


def pomp(frame: pd.DataFrame, name: str, low: int, high: int, *, is_turned: bool) -> float:
    """Weighted mean on 0-100 over the codes from low to high, straight from the frame."""
    valid = frame[frame[name].between(low, high)]
    weights = valid["weging"].round(9)
    scores = 100 * ((high - valid[name]) if is_turned else (valid[name] - low)) / (high - low)
    return float((scores * weights).sum() / weights.sum())


def test_do_not_know_counts_for_nothing_and_agreeing_is_good(tools: Nights) -> None:
    frame = given.peiling_frame([14])
    assert tools.last.receipt("gm0014", "processed")["rows"]["processed"] == 120
    for node, name, high, is_turned in (
        ("kpi.tevredenheid", "dv01", 10, False),
        ("kpi.gemak", "dv05_0", 5, True),
        ("kpi.doel_bereikt", "dv07_3", 5, True),
    ):
        found = tools.last.figure("gm0014", node, "mean_pomp", "2025")
        assert found["n"] == frame[name].between(1, high).sum()
        assert math.isclose(found["value"], pomp(frame, name, 1, high, is_turned=is_turned), rel_tol=1e-7)


def test_rows_of_another_municipality_do_not_count(tools: Nights) -> None:
    receipt = tools.last.receipt("gm0363", "partial")
    assert receipt["rows"]["quarantined"] == 30
    assert {problem["code"]: problem["count"] for problem in receipt["problems"]}[
        "MH-ANDERE-ORGANISATIE"
    ] == 30
    kept = {number for number, _, _ in answers_of(tools, "gm0363")}
    assert kept == {i + 1 for i in range(120) if i % 4 != 3}


@pytest.mark.parametrize(
    ("organisation_id", "code", "columns"),
    [
        ("gm0599", "MH-LABEL-RICHTING", {"dv05_0", "dv07_0", "dv07_3"}),
        ("gm0518", "MH-LABEL-WEETNIET", {"dv05_0", "dv07_0", "dv07_3"}),
    ],
)
def test_a_mapping_that_forgets_is_held_against_the_labels_of_the_file(
    tools: Nights, organisation_id: str, code: str, columns: set[str]
) -> None:
    receipt = tools.last.receipt(organisation_id, "held")
    assert {problem["column"] for problem in receipt["problems"] if problem["code"] == code} == columns
    assert "MH-K-LABELS" in codes(receipt)
    assert answers_of(tools, organisation_id) == []


# --- all of them -------------------------------------------------------------------------------------------


def test_personal_data_of_the_tools_are_stored_nowhere(tools: Nights) -> None:
    assert places_of(tools.installation, (given.CANARY, "R_00000001")) == []
    landing = [path for path in (tools.installation.work / "landing").rglob("*") if path.is_file()]
    assert any(given.CANARY.encode() in path.read_bytes() for path in landing)


def test_the_tools_own_columns_are_no_news(tools: Nights) -> None:
    # Mappings that reject new columns pass although they name few of the tool's own.
    for organisation_id in ("test0318", "test0319", "test0320", "gm0014"):
        assert codes(tools.last.receipt(organisation_id, "processed")) == set()


def test_a_mapping_that_would_store_personal_data_is_refused_with_its_place(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    parts = given.qualtrics_parts()
    parts["items"] = [*parts["items"], given.item("LocationLatitude", given.GRADE10, "drv.snelheid")]
    made.map("test0001", given.mapping("test0001", **parts))
    (tmp_path / "export.csv").write_text("a,b\n")
    outcome = made.meethuis("check", str(tmp_path / "export.csv"), "--organisation", "test0001", "--json")
    assert codes(outcome.json) == {"mapping_invalid"}
    line = (made.mappings / "test0001" / "kto.yml").read_text().splitlines().index(
        "- column: LocationLatitude"
    ) + 1
    assert f"test0001/kto.yml, line {line}, items[1].column: found 'LocationLatitude'" in outcome.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'ResponseId,Q1\nResponse ID,"open',
        b'a,b\n{"ImportId":\n{"ImportId":"x"},{\n',
        b"\xff\xfe\x00",
    ],
)
def test_checking_an_odd_file_shows_no_traceback(tmp_path: Path, content: bytes) -> None:
    made = Installation(tmp_path)
    made.map("test0001", given.mapping("test0001", **given.qualtrics_parts()))
    (tmp_path / "vreemd.csv").write_bytes(content)
    outcome = made.meethuis("check", str(tmp_path / "vreemd.csv"), "--organisation", "test0001", "--json")
    assert "Traceback" not in outcome.stdout + outcome.stderr
    receipt = outcome.json
    assert receipt["status"] == "rejected"
    assert codes(receipt) & {
        "MH-LEEG",
        "MH-KOP",
        "MH-AFGEKAPT",
        "MH-CODERING",
        "MH-TEKENS",
        "MH-KOLOM",
        "MH-SCHEIDING",
    }
