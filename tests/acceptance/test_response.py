"""The people behind the responses, and process data: from the bucket to the published file, receipts included.

One installation serves all: organisations do not depend on each other. Its second night brings replacements.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from tests.acceptance import mappings
from tests.acceptance.harness import DELIVERED_AT, Installation, Night, codes

LATER = DELIVERED_AT + timedelta(days=1)
SECOND_NIGHT = "2026-02-16T02:00:00+01:00"
HEADER = ("id", "datum", "kanaal", "cijfer")
CHANNELS = {"channel": {"column": "kanaal"}, "service": {"const": "paspoort"}}
NUMBERS, COLUMN, TABLE, FILES, BROKEN, PROCESS, SMALL = (f"test00{number}" for number in range(10, 17))
PROCESS_HEADER = ("maand", "dienst", "dagen", "zaken", "klachten")


def design(sample: str = "census_with_nonresponse", **frame: Any) -> dict[str, Any]:
    return {"sample": sample, "mode": ["web"], "weights": {"method": "none"}, "frame": frame}


def responses(web: int, phone: int, month: int = 11, extra: tuple[object, ...] = ()) -> list[mappings.Row]:
    """Responses of one month by channel, with grades 4 to 9."""
    channels = ["web"] * web + ["phone"] * phone
    first = date(2025, month, 1)
    return [
        (f"{month}-{i}", (first + timedelta(days=i % 28)).isoformat(), channel, 4 + i % 6, *extra)
        for i, channel in enumerate(channels)
    ]


def drop(
    made: Installation, key: str, rows: list[mappings.Row], header: tuple[str, ...] = HEADER, **at: Any
) -> None:
    made.drop(key, mappings.csv_text(rows, header), records=len(rows), **at)


def add_surveys(made: Installation) -> None:
    """Counts as numbers, as a column of responses, and as a column of a table of counts."""
    made.map(
        NUMBERS, mappings.mapping(NUMBERS, design=design(invited=200, delivered=180), dimensions=CHANNELS)
    )
    drop(made, f"{NUMBERS}/a.csv", responses(60, 30))
    made.map(COLUMN, mappings.mapping(COLUMN, design=design(invited="column:uit"), dimensions=CHANNELS))
    by_channel = [(*row, 160 if row[2] == "web" else 90) for row in responses(60, 30)]
    drop(made, f"{COLUMN}/a.csv", by_channel, (*HEADER, "uit"))
    lines = mappings.mapping(
        TABLE,
        source=mappings.source(delivery="aggregate"),
        keys={},
        when={"column": "maand", "type": "month", "format": "%Y-%m"},
        design=design("self_selected", population="column:contacten"),
        dimensions=CHANNELS,
        items=[
            {
                "item": "kpi.tevredenheid",
                "comparability": "C",
                "scale": {"min": 1, "max": 5, "points": 5, "kind": "smiley"},
                "counts": {"blij": "5", "boos": "1"},
            }
        ],
    )
    made.map(TABLE, lines)
    table: list[mappings.Row] = [("2025-11", "web", 40, 20, 500), ("2025-11", "phone", 30, 10, 400)]
    drop(made, f"{TABLE}/a.csv", table, ("maand", "kanaal", "blij", "boos", "contacten"))


def add_frame_files(made: Installation) -> None:
    """Counts in files of their own: sound ones, and one that cannot be used."""
    frame = {
        "file": "uit/*.csv",
        "column": "aantal",
        "when": {"column": "maand", "type": "month", "format": "%Y-%m"},
    }
    for organisation_id in (FILES, BROKEN):
        survey = mappings.mapping(organisation_id, design=design(invited=frame), dimensions=CHANNELS)
        made.map(organisation_id, survey)
        drop(made, f"{organisation_id}/a.csv", responses(60, 30))
    header = ("maand", "kanaal", "aantal")
    sent: list[mappings.Row] = [("2025-11", "web", 150), ("2025-11", "phone", 90), ("2025-11", "fax", 5)]
    drop(made, f"{FILES}/uit/november.csv", sent, header)
    drop(made, f"{BROKEN}/uit/november.csv", [("2025-11", "web", 150)], ("maand", "kanaal", "verstuurd"))


def add_processes(made: Installation) -> None:
    """Process data with a good month, a bad line, a small count, and a survey of the same service."""
    made.map(PROCESS, mappings.process(PROCESS), mapping_id="proces")
    survey = mappings.mapping(PROCESS, source=mappings.source(match="kto/*.csv"), dimensions=CHANNELS)
    made.map(PROCESS, survey)
    drop(made, f"{PROCESS}/kto/a.csv", responses(60, 30))
    lines: list[mappings.Row] = [
        ("2025-10", "Paspoort", 4.5, 100, 40),
        ("2025-11", "Paspoort", 6, 300, 4),
        ("2025-12", "Paspoort", 5, 200, 60),
        ("2025-12", "Verhuizing", 5, 9, 12),
        ("2025-12", "Vuurwerk", 5, 90, 12),
        ("2025-11", "Verhuizing", "vlot", 90, 12),
    ]
    drop(made, f"{PROCESS}/proces/2025.csv", lines, PROCESS_HEADER)


def add_hidden_figures(made: Installation) -> None:
    """A survey in which few answer the question by telephone, though enough people take part."""
    made.map(SMALL, mappings.mapping(SMALL, design=design(invited=400), dimensions=CHANNELS))
    rows = responses(60, 30)
    few = [(*row[:3], "" if row[2] == "phone" and int(str(row[0])[3:]) >= 65 else row[3]) for row in rows]
    drop(made, f"{SMALL}/a.csv", few)


@dataclass(frozen=True)
class Nights:
    """What stood there after the first night and after the second."""

    first: Night
    second: Night
    response: pd.DataFrame
    process: pd.DataFrame
    later_response: pd.DataFrame
    later_process: pd.DataFrame


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    made = Installation(tmp_path_factory.mktemp("response"))
    for add in (add_surveys, add_frame_files, add_processes, add_hidden_figures):
        add(made)
    first = made.run()
    tables = [made.query(f"select * from marts.{name}") for name in ("response", "process")]
    sent: list[mappings.Row] = [("2025-11", "web", 120), ("2025-11", "phone", 80)]
    drop(made, f"{FILES}/uit/november.csv", sent, ("maand", "kanaal", "aantal"), at=LATER)
    lines: list[mappings.Row] = [
        ("2025-10", "Paspoort", 5.5, 100, 62),
        ("2025-11", "Paspoort", 6, 300, 52),
        ("2025-12", "Paspoort", 5, 200, 60),
        ("2025-12", "Verhuizing", 5, 90, 12),
        ("2025-11", "Verhuizing", 7, 90, 12),
    ]
    drop(made, f"{PROCESS}/proces/2025-nieuw.csv", lines, PROCESS_HEADER, at=LATER)
    second = made.run(now=SECOND_NIGHT)
    later = [made.query(f"select * from marts.{name}") for name in ("response", "process")]
    return Nights(first, second, *tables, *later)


def row(table: pd.DataFrame, **key: str) -> pd.Series:
    """The one row with these keys, of November 2025 and in all channels unless they say otherwise."""
    wanted = ({"channel": "all"} if "channel" in table else {}) | {"period_id": "2025-11"} | key
    found = table[(table[list(wanted)] == pd.Series(wanted)).all(axis="columns")]
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return found.iloc[0]


def test_numbers_of_the_mapping_give_a_rate(nights: Nights) -> None:
    found = row(nights.response, organisation_id=NUMBERS)
    assert (found["invited"], found["delivered"], found["completed"]) == (200, 180, 90)
    assert found["response_rate"] == 0.5
    assert (round(found["response_rate_low"], 6), round(found["response_rate_high"], 6)) == (
        0.427724,
        0.572276,
    )
    # The numbers tell no channels apart.
    by_channel = row(nights.response, organisation_id=NUMBERS, channel="web")
    assert by_channel["completed"] == 60
    assert pd.isna(by_channel["invited"]) and pd.isna(by_channel["response_rate"])


def test_a_column_of_responses_gives_a_rate_per_channel(nights: Nights) -> None:
    found = {
        name: row(nights.response, organisation_id=COLUMN, channel=name) for name in ("all", "web", "phone")
    }
    assert {name: int(one["invited"]) for name, one in found.items()} == {"all": 250, "web": 160, "phone": 90}
    assert found["all"]["response_rate"] == 0.36
    assert found["web"]["response_rate"] == 0.375


def test_a_table_of_a_self_selected_survey_gives_coverage_and_no_rate(nights: Nights) -> None:
    found = row(nights.response, organisation_id=TABLE)
    assert (found["population"], found["completed"], found["flags"]) == (900, 100, "self_selected")
    assert pd.isna(found["response_rate"])
    assert found["coverage_share"] == 0.1111111111


def test_a_file_of_counts_is_read_and_the_newest_holds(nights: Nights) -> None:
    assert row(nights.response, organisation_id=FILES)["response_rate"] == 0.375
    assert row(nights.later_response, organisation_id=FILES)["response_rate"] == 0.45
    assert row(nights.later_response, organisation_id=FILES, channel="phone")["invited"] == 80


def test_a_file_of_counts_gets_a_receipt_and_is_no_delivery(nights: Nights) -> None:
    receipt = nights.first.receipt(FILES, "partial")
    assert receipt["files"] == ["uit/november.csv"]
    assert (receipt["rows"]["in_file"], receipt["rows"]["processed"], receipt["rows"]["quarantined"]) == (
        3,
        2,
        1,
    )
    assert codes(receipt) == {"MH-DIMENSIE"}
    assert receipt["sha256"] not in set(nights.first.delivery["delivery_id"])
    assert nights.second.receipt(FILES, "replaced")["sha256"] == receipt["sha256"]


def test_a_file_of_counts_that_cannot_be_used_says_so_and_stops_nothing(nights: Nights) -> None:
    receipt = nights.first.receipt(BROKEN, "rejected")
    assert codes(receipt) == {"MH-KADERBESTAND", "MH-KOLOM"}
    found = row(nights.response, organisation_id=BROKEN)
    assert found["completed"] == 90
    assert pd.isna(found["response_rate"])


def test_process_data_are_published_beside_what_people_say(nights: Nights) -> None:
    found = row(nights.process, organisation_id=PROCESS, service_id="paspoort", metric="lead_time_mean")
    assert (found["value"], found["n"], found["unit"]) == (6, 300, "days")
    assert found["perception_n"] == 90
    shown = nights.first.figure(PROCESS, "kpi.tevredenheid", "mean_pomp", "2025-11")
    assert found["perception_value"] == shown["value"]


def test_figures_of_a_quarter_are_combined_as_their_metric_says(nights: Nights) -> None:
    key = {"organisation_id": PROCESS, "service_id": "paspoort", "period_id": "2025-Q4"}
    assert row(nights.process, metric="complaints", **key)["value"] == 104
    assert row(nights.process, metric="lead_time_mean", **key)["value"] == 5.416666667


def test_small_counts_and_what_gives_them_away_are_hidden(nights: Nights) -> None:
    key = {"organisation_id": PROCESS, "service_id": "paspoort", "metric": "complaints"}
    months = {
        month: row(nights.process, period_id=month, **key) for month in ("2025-10", "2025-11", "2025-12")
    }
    assert bool(months["2025-11"]["is_suppressed"])
    assert sum(bool(one["is_suppressed"]) for one in months.values()) == 2
    few = row(
        nights.process,
        organisation_id=PROCESS,
        service_id="verhuizen",
        period_id="2025-12",
        metric="lead_time_mean",
    )
    assert bool(few["is_suppressed"]) and pd.isna(few["value"]) and pd.isna(few["n"])


def test_bad_lines_of_a_process_go_to_quarantine(nights: Nights) -> None:
    receipt = nights.first.receipt(PROCESS, "partial")
    rows = receipt["rows"]
    assert (rows["in_file"], rows["processed"], rows["quarantined"], rows["duplicate"]) == (6, 4, 2, 0)
    assert codes(receipt) >= {"MH-DIMENSIE", "MH-GETAL"}


def test_a_new_delivery_of_a_process_replaces_the_one_of_its_periods(nights: Nights) -> None:
    assert nights.second.receipt(PROCESS, "replaced")["files"] == ["proces/2025.csv"]
    key = {"organisation_id": PROCESS, "service_id": "paspoort", "metric": "complaints"}
    assert row(nights.later_process, **key)["value"] == 52
    assert row(nights.later_process, period_id="2025-Q4", **key)["value"] == 174


def test_the_number_completed_gives_no_hidden_figure_away(nights: Nights) -> None:
    """By telephone 30 people took part and 5 answered: the figure is hidden, so is how many completed."""
    figure = nights.first.figure(SMALL, "kpi.tevredenheid", "mean_pomp", "2025-11", channel="phone")
    assert bool(figure["is_suppressed"])
    for channel in ("phone", "web"):
        found = row(nights.response, organisation_id=SMALL, channel=channel)
        assert (
            pd.isna(found["completed"])
            and pd.isna(found["started"])
            and found["flags"] == "suppressed_privacy"
        )
    assert row(nights.response, organisation_id=SMALL)["completed"] == 90


def test_no_small_count_is_shown(nights: Nights) -> None:
    for name in ("population", "invited", "delivered", "started", "completed", "partials", "screened_out"):
        shown = nights.response[name].dropna()
        assert (shown >= 10).all(), name


def test_nobody_is_quoted_in_a_receipt(nights: Nights) -> None:
    texts = " ".join(str(receipt) for receipt in nights.second.receipts)
    assert "fax" not in texts and "Vuurwerk" not in texts and "vlot" not in texts
