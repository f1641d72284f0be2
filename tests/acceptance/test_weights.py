"""Weights that follow from targets, over three nights: without targets, with them, and with a faulty file."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.acceptance.conftest import SECOND_NIGHT, THIRD_NIGHT, Nights
from tests.acceptance.harness import Installation
from tests.acceptance.mappings import Row, csv_text, mapping, source

DESIGN = {
    "sample": "census_with_nonresponse",
    "mode": ["web"],
    "weights": {"method": "poststratify", "by": ["channel"], "targets": "contacten"},
}
DIMENSIONS = {
    "service": {"const": "paspoort"},
    "channel": {"column": "kanaal", "map": {"web": "web", "balie": "desk"}},
    "audience": {"const": "citizen"},
}
TARGETS = "channel,population\nweb,900\ndesk,100\n"
LATER = datetime(2026, 2, 17, 12, tzinfo=UTC)


def rows(n: int, *, day: str, first_id: int) -> list[Row]:
    """Half of them on the web, where marks are 5, 6 and 7; at the desk they are 7, 8 and 9."""
    return [
        (f"r{first_id + i}", day, ("web", "balie")[i % 2], 5 + 2 * (i % 2) + i // 2 % 3) for i in range(n)
    ]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """One organisation whose targets come, and are spoiled together with a second delivery."""
    made = Installation(tmp_path_factory.mktemp("targets"))
    header = ("id", "datum", "kanaal", "cijfer")
    made.map(
        "test0001",
        mapping("test0001", design=DESIGN, dimensions=DIMENSIONS, source=source(snapshot="incremental")),
    )
    text = csv_text(rows(60, day="2025-11-10", first_id=1), header=header)
    made.drop("test0001/november.csv", text, records=60)
    first = made.run()
    made.target("test0001", "contacten", TARGETS)
    second = made.run(now=SECOND_NIGHT)
    made.target("test0001", "contacten", TARGETS.replace("100", "honderd"))
    text = csv_text(rows(60, day="2025-12-10", first_id=101), header=header)
    made.drop("test0001/december.csv", text, records=None, at=LATER)
    return Nights(made, (first, second, made.run(now=THIRD_NIGHT)))


def grade(night_kpi: pd.DataFrame, period_id: str = "2025-11", **cell: str) -> pd.Series:
    wanted = {
        "statistic": "mean_grade",
        "period_id": period_id,
        "channel": "all",
        "service_group": "all",
    } | cell
    rows_of = night_kpi
    for column, value in wanted.items():
        rows_of = rows_of[rows_of[column] == value]
    return rows_of[rows_of["audience"] == "all"].iloc[0]


def test_without_targets_figures_are_unweighted_and_say_so(nights: Nights) -> None:
    found = grade(nights.first.kpi)
    assert found["value"] == pytest.approx(7.0, abs=1e-9)
    assert found["n_eff"] == found["n"] == 60
    assert "weights_pending" in found["flags"].split(",")
    assert nights.first.outcome.code == 0


def test_targets_are_news_without_a_new_version_of_the_mapping(nights: Nights) -> None:
    """Web has 900 of 1000 contacts and a mean of 6, the desk 100 and 8: 6.2."""
    found = grade(nights.nights[1].kpi)
    assert found["value"] == pytest.approx(6.2, abs=1e-9)
    assert found["value_unweighted"] == pytest.approx(7.0, abs=1e-9)
    assert found["n_eff"] == pytest.approx(1000**2 / (900**2 / 30 + 100**2 / 30), rel=1e-9)
    assert "weights_pending" not in found["flags"]


def test_the_error_is_that_of_the_strata(nights: Nights) -> None:
    """Within both channels the marks have the sum of squares 20 about their mean: 10 of each of three marks."""
    found = grade(nights.nights[1].kpi)
    spread = (30**2 + (100 / 30) ** 2) * 20
    assert found["standard_error"] == pytest.approx((60 / 59 * spread) ** 0.5 / 1000, rel=1e-9)


def test_a_faulty_file_makes_deliveries_wait_and_leaves_figures_as_they_were(nights: Nights) -> None:
    assert nights.last.outcome.code == 2
    waiting = nights.last.receipt("test0001", "waiting")
    assert [problem["code"] for problem in waiting["problems"]] == ["mapping_invalid"]
    assert grade(nights.last.kpi)["value"] == pytest.approx(6.2, abs=1e-9)
    assert set(nights.last.kpi["period_id"]) == set(nights.nights[1].kpi["period_id"])
