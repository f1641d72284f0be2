"""A published figure stands until at least ten answers changed, whatever the nights in between bring."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.acceptance.conftest import Nights
from tests.acceptance.harness import Installation
from tests.acceptance.mappings import csv_text, grades, mapping, source

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
