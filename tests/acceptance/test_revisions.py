"""A published figure stands until at least ten answers changed, whatever the nights in between bring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.acceptance.conftest import Nights
from tests.acceptance.harness import Installation
from tests.acceptance.mappings import HEADER, csv_text, grades, mapping, process, source

ORGANISATION, OTHER = "test0201", "test0202"
NIGHTS = ("2026-02-15T02:00:00+01:00", "2026-02-17T02:00:00+01:00", "2026-02-18T02:00:00+01:00")
FIGURES = ["n", "n_eff", "value", "value_unweighted", "standard_error", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Sixty answers; five more the next night; ten more the night after. Another organisation stays as it is."""
    made = Installation(tmp_path_factory.mktemp("late"))
    for name in (ORGANISATION, OTHER):
        made.map(name, mapping(name, source=source(snapshot="incremental")))
        made.drop(f"{name}/november.csv", csv_text(grades(60)), records=60)
    first = made.run(now=NIGHTS[0])
    made.drop(
        f"{ORGANISATION}/laat.csv",
        csv_text(grades(5, first_id=61, shift=1)),
        records=5,
        at=datetime(2026, 2, 16, 9, tzinfo=UTC),
    )
    second = made.run(now=NIGHTS[1])
    made.drop(
        f"{ORGANISATION}/later.csv",
        csv_text(grades(10, first_id=66, shift=1)),
        records=10,
        at=datetime(2026, 2, 17, 9, tzinfo=UTC),
    )
    return Nights(made, (first, second, made.run(now=NIGHTS[2])))


def figures(kpi: pd.DataFrame, organisation_id: str = ORGANISATION) -> pd.DataFrame:
    """The organisation's rows without what may differ while the figure stands."""
    keys = ["statistic", "period_id", "service_group", "channel", "audience"]
    own = kpi[kpi["organisation_id"] == organisation_id]
    return own.set_index(keys)[[*FIGURES, "flags"]].sort_index()


def test_five_late_answers_leave_every_figure_as_it_stood_and_say_so(late: Nights) -> None:
    before, after = figures(late.nights[0].kpi), figures(late.nights[1].kpi)
    pd.testing.assert_frame_equal(before[FIGURES], after[FIGURES])
    assert after["flags"].str.contains("revision_pending").all()
    assert not before["flags"].str.contains("revision_pending").any()


def test_fifteen_late_answers_replace_it(late: Nights) -> None:
    row = late.nights[2].figure(ORGANISATION, "kpi.tevredenheid", "mean_pomp", "2025-11")
    assert row["n"] == 75
    assert "revision_pending" not in row["flags"]
    assert (
        row["value"]
        != late.nights[0].figure(ORGANISATION, "kpi.tevredenheid", "mean_pomp", "2025-11")["value"]
    )


def test_the_distribution_stands_with_its_figure(late: Nights) -> None:
    found = late.installation.query(
        "select sum(n) as n from marts.distribution"
        f" where organisation_id = '{ORGANISATION}' and period_id = '2025-11'"
    )
    assert found["n"][0] == 75


def test_another_organisation_is_left_alone(late: Nights) -> None:
    first, *others = (night.hashes(OTHER)[OTHER] for night in late.nights)
    assert all(other == first for other in others)
    assert not figures(late.last.kpi, OTHER)["flags"].str.contains("revision_pending").any()


def test_the_history_is_kept_beside_every_snapshot_and_out_of_the_published_folder(late: Nights) -> None:
    kept = {path.parent.name for path in (late.installation.work / "history").glob("2*/test0201")}
    assert kept == {path.stem for path in (late.installation.published / "snapshots").glob("*.duckdb")}
    assert not list(late.installation.published.rglob("*.parquet"))
    shared = [
        (late.installation.work / "history" / night.manifest["snapshot_id"] / OTHER / "cell.parquet")
        .stat()
        .st_ino
        for night in late.nights
    ]
    assert len(set(shared)) == 1


def test_a_warehouse_made_anew_gives_the_same_content(late: Nights) -> None:
    (late.installation.work / "warehouse.duckdb").unlink()
    (late.installation.published / "manifest.json").write_text("{}")
    again = late.installation.run(now=NIGHTS[2])
    assert again.manifest["tables"] == late.last.manifest["tables"]


SURVEYED, PROCESSED = "test0203", "test0204"
COUNTED = ["started", "completed", "partials"]


@pytest.fixture(scope="module")
def counted(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Nights, list[pd.DataFrame], list[pd.DataFrame]]:
    """Sixty completed and fifteen partial, then five and two more, then ten more; a process with 100 cases, then 104,
    then 112. The tables `response` and `process` of each night."""
    made = Installation(tmp_path_factory.mktemp("counted"))
    made.map(
        SURVEYED,
        mapping(
            SURVEYED,
            source=source(snapshot="incremental"),
            completed={"column": "af", "values": ["ja"]},
            design={"sample": "census_with_nonresponse", "mode": ["web"], "weights": {"method": "none"},
                    "frame": {"invited": 200}},
        ),
    )  # fmt: skip
    made.map(PROCESSED, process(PROCESSED), mapping_id="proces")
    nights, responses, processes = [], [], []
    for number, now in enumerate(NIGHTS):
        at = datetime.fromisoformat(now).astimezone(UTC) - timedelta(hours=12)
        rows = [
            (*row, "ja" if is_completed else "nee")
            for is_completed, n in ((True, (60, 5, 10)[number]), (False, (15, 2, 0)[number]))
            for row in grades(n, first_id=1000 * number + 500 * is_completed)
        ]
        made.drop(f"{SURVEYED}/{number}.csv", csv_text(rows, (*HEADER, "af")), records=len(rows), at=at)
        lines = [("2025-11", "Paspoort", (6, 7, 8)[number], (100, 104, 112)[number], (40, 43, 40)[number])]
        text = csv_text(lines, ("maand", "dienst", "dagen", "zaken", "klachten"))
        made.drop(f"{PROCESSED}/proces/{number}.csv", text, records=1, at=at)
        nights.append(made.run(now=now))
        responses.append(
            made.query("select * from marts.response where channel = 'all' and period_id = '2025-11'")
        )
        processes.append(made.query("select * from marts.process where period_id = '2025-11'"))
    return Nights(made, tuple(nights)), responses, processes


Counted = tuple[Nights, list[pd.DataFrame], list[pd.DataFrame]]


def test_a_few_late_responses_leave_their_counts_and_rates_as_they_stood(counted: Counted) -> None:
    _, (before, after, last), _ = counted
    pd.testing.assert_frame_equal(before.drop(columns="flags"), after.drop(columns="flags"))
    assert before[COUNTED].iloc[0].tolist() == [75, 60, 15]
    assert (before["response_rate"][0], before["flags"][0], after["flags"][0]) == (
        0.3,
        "",
        "revision_pending",
    )
    # Fifteen more completed are told, two more partial are not; how many started would tell them.
    assert (last["completed"][0], last["partials"][0], last["response_rate"][0]) == (75, 15, 0.375)
    assert pd.isna(last["started"][0]) and last["flags"][0] == "revision_pending,suppressed_privacy"


def test_a_figure_over_a_few_more_cases_stands(counted: Counted) -> None:
    _, _, tables = counted
    lead, complaints = (
        [table.set_index("metric").loc[name, ["value", "n", "flags"]].tolist() for table in tables]
        for name in ("lead_time_mean", "complaints")
    )
    assert lead == [[6, 100, ""], [6, 100, "revision_pending"], [8, 112, ""]]
    assert complaints == [[40, 40, ""], [40, 40, "revision_pending"], [40, 40, ""]]


def test_counts_made_anew_are_the_same(counted: Counted) -> None:
    made, *_ = counted
    (made.installation.work / "warehouse.duckdb").unlink()
    (made.installation.published / "manifest.json").write_text("{}")
    again = made.installation.run(now=NIGHTS[2])
    assert again.manifest["tables"] == made.last.manifest["tables"]
