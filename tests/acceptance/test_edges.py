"""Unusual deliveries that are in order: each is taken in whole, and its figures are right."""

from __future__ import annotations

import math

import pytest

from tests.acceptance.conftest import Nights
from tests.acceptance.harness import codes
from tests.acceptance.mappings import grades

GRADE = "kpi.tevredenheid"
MONTH = "2025-11"


def mean_of(n: int) -> float:
    return sum(int(str(row[2])) for row in grades(n)) / n


@pytest.mark.parametrize("number", range(301, 313))
def test_each_is_processed(healthy: Nights, number: int) -> None:
    receipts = healthy.first.receipts_of(f"test0{number}")
    assert receipts
    assert {receipt["status"] for receipt in receipts} == {"processed"}


def test_marked_parts_add_up(healthy: Nights) -> None:
    figure = healthy.first.figure("test0301", GRADE, "mean_grade", MONTH)
    assert figure["n"] == 80
    assert math.isclose(figure["value"], mean_of(40))


def test_an_unregistered_service_is_other_and_warned_about(healthy: Nights) -> None:
    assert healthy.first.figure("test0302", GRADE, "mean_grade", MONTH)["n"] == 60
    assert healthy.first.figure("test0302", GRADE, "mean_grade", MONTH, service_group="other")["n"] == 30
    receipt = healthy.first.receipt("test0302", "processed")
    assert {"MH-DIENST", "MH-MEETMOMENT", "MH-LEVENSGEBEURTENIS"} <= codes(receipt)
    assert {problem["severity"] for problem in receipt["problems"]} <= {"warning", "info"}


def test_absent_dimensions_are_unknown_and_count(healthy: Nights) -> None:
    assert healthy.first.figure("test0303", GRADE, "mean_grade", MONTH)["n"] == 40
    unknown = {"service_group": "unknown", "channel": "unknown"}
    assert healthy.first.figure("test0303", GRADE, "mean_grade", MONTH, **unknown)["n"] == 40


def test_a_workbook_with_dates_and_numbers(healthy: Nights) -> None:
    figure = healthy.first.figure("test0304", GRADE, "mean_grade", MONTH)
    assert figure["n"] == 40
    assert math.isclose(figure["value"], mean_of(40))


def test_a_json_array_with_null_and_absent_answers(healthy: Nights) -> None:
    rows = grades(40)[2:]
    figure = healthy.first.figure("test0305", GRADE, "mean_grade", MONTH)
    assert figure["n"] == 38
    assert math.isclose(figure["value"], sum(int(str(row[2])) for row in rows) / 38)


def test_a_polluted_csv_with_decimal_commas(healthy: Nights) -> None:
    figure = healthy.first.figure("test0306", GRADE, "mean_grade", MONTH)
    assert figure["n"] == 40
    assert math.isclose(figure["value"], mean_of(40) + 0.25)
    # With decimals the cut between fail and pass is 5.5: 5,5 passes, 5 does not.
    grades_given = [int(str(row[2])) + (0.5 if i % 2 else 0) for i, row in enumerate(grades(40))]
    enough = healthy.first.figure("test0306", GRADE, "share_sufficient", MONTH)
    assert math.isclose(enough["value"], sum(grade >= 5.5 for grade in grades_given) / 40)


def test_high_is_bad_is_turned_round(healthy: Nights) -> None:
    figure = healthy.first.figure("test0307", "kpi.gemak", "share_positive", MONTH)
    assert math.isclose(figure["value"], 0.4)
    assert "grade_c" in figure["flags"].split(",")


def test_own_questions_are_not_published(healthy: Nights) -> None:
    rows = healthy.first.kpi.query("organisation_id == 'test0307'")
    assert set(rows["kpi_id"]) == {"kpi.gemak"}


def test_a_small_cell_without_spread_is_hidden(healthy: Nights) -> None:
    rows = healthy.first.kpi.query("organisation_id == 'test0308'")
    assert not rows.empty
    assert rows["is_suppressed"].all()
    assert rows["n"].isna().all()
    shares = healthy.installation.query("select * from marts.distribution where organisation_id = 'test0308'")
    assert shares["is_suppressed"].all()
    assert shares["n"].isna().all()


def test_self_selected_answers_have_no_interval(healthy: Nights) -> None:
    figure = healthy.first.figure("test0309", GRADE, "mean_grade", MONTH)
    assert figure["n"] == 40
    assert figure["interval_basis"] == "none"
    assert figure[["standard_error", "ci_low", "ci_high"]].isna().all()
    assert "self_selected" in figure["flags"].split(",")
    rows = healthy.first.receipt("test0309", "processed")["rows"]
    assert (rows["processed"], rows["incomplete"], rows["excluded"]) == (80, 20, 20)


def test_a_period_is_published_once_it_has_ended(healthy: Nights) -> None:
    january = healthy.first.kpi.query("organisation_id == 'test0310'")
    assert set(january["period_id"]) == {"2026-01"}
    assert healthy.first.kpi.query("organisation_id == 'test0311'").empty


def test_no_row_count_tells_how_many_answered_in_a_hidden_month(healthy: Nights) -> None:
    """Eight people in October, and a second month hidden with it: 93 of the quarter less a file's rows is not eight."""
    figures = healthy.first.kpi.query("organisation_id == 'test0312' and statistic == 'mean_pomp'")
    total = figures.query("service_group == 'all' and channel == 'all' and audience == 'all'")
    shown = total.set_index("period_id")["n"].dropna()
    hidden = sorted(total.loc[total["is_suppressed"].astype(bool), "period_id"])
    assert "2025-10" in hidden and len([one for one in hidden if one in ("2025-11", "2025-12")]) == 1
    assert shown["2025-Q4"] == 93
    told = healthy.installation.query(
        "select periods, rows_in_file, rows_processed from marts.delivery where organisation_id = 'test0312'"
    ).set_index("periods")
    assert set(told.index) == {"2025-10", "2025-11", "2025-12"}
    is_told = told["rows_in_file"].notna() | told["rows_processed"].notna()
    assert not is_told[[one for one in hidden if one in told.index]].any()
    assert is_told.sum() == 1
