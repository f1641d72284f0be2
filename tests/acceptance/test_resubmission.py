"""Deliveries that come again: what replaces what, what is held, and what the figures do."""

from __future__ import annotations

import hashlib
import math

import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights
from tests.acceptance.harness import Night, codes
from tests.acceptance.mappings import Row, grades

GRADE = "kpi.tevredenheid"


def mean(night: Night, organisation_id: str, period: str = "2025-11") -> float:
    return float(night.figure(organisation_id, GRADE, "mean_grade", period)["value"])


def mean_of(rows: list[Row]) -> float:
    return sum(int(str(row[2])) for row in rows) / len(rows)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


ORIGINAL_MEAN = mean_of(grades(40))
CORRECTED_MEAN = (mean_of(grades(20)) + 10) / 2


def is_current(night: Night, organisation_id: str) -> dict[str, bool]:
    rows = night.delivery[night.delivery["organisation_id"] == organisation_id]
    return dict(zip(rows["delivery_id"], rows["is_current"].astype(bool), strict=True))


def test_a_newer_full_delivery_replaces_and_the_old_content_can_come_back(troubled: Nights) -> None:
    first, second, third = troubled.nights
    assert math.isclose(mean(first, "test0110"), ORIGINAL_MEAN)
    assert math.isclose(mean(second, "test0110"), CORRECTED_MEAN)
    assert math.isclose(mean(third, "test0110"), ORIGINAL_MEAN)


def test_the_replaced_delivery_says_by_what(troubled: Nights) -> None:
    second = troubled.nights[1]
    replaced = second.receipt("test0110", "replaced")
    assert replaced["sha256"] == sha256_of(cases.ORIGINAL)
    assert replaced["replaced_by"] == sha256_of(cases.CORRECTED)
    newest = [
        r for r in second.receipts_of("test0110", "processed") if r["sha256"] == replaced["replaced_by"]
    ]
    assert newest[0]["replaces"] == replaced["sha256"]


def test_the_delivery_mart_follows_what_is_current(troubled: Nights) -> None:
    _, second, third = troubled.nights
    original, corrected = sha256_of(cases.ORIGINAL), sha256_of(cases.CORRECTED)
    assert is_current(second, "test0110") == {original: False, corrected: True}
    assert is_current(third, "test0110") == {original: True, corrected: False}


def test_a_marker_makes_an_older_file_the_correction(troubled: Nights) -> None:
    assert math.isclose(mean(troubled.nights[1], "test0118"), CORRECTED_MEAN)


def test_the_same_bytes_under_another_name_are_a_duplicate(troubled: Nights) -> None:
    night = troubled.nights[1]
    receipt = night.receipt("test0112", "duplicate")
    assert receipt["rows"]["duplicate"] == receipt["rows"]["in_file"] == 40
    assert "kopie.csv" in " ".join(receipt["files"])
    assert math.isclose(mean(night, "test0112"), ORIGINAL_MEAN)


def test_a_correction_that_shrinks_by_a_quarter_is_held(troubled: Nights) -> None:
    night = troubled.nights[1]
    receipt = night.receipt("test0111", "held")
    assert "MH-KRIMP" in codes(receipt)
    assert math.isclose(mean(night, "test0111"), ORIGINAL_MEAN)


def test_two_unequal_full_files_in_one_night_are_both_held(troubled: Nights) -> None:
    """One of them is byte for byte what test0110 delivered: accepted there, held here."""
    held = troubled.first.receipts_of("test0109", "held")
    assert len(held) == 2
    assert all("conflict" in codes(receipt) for receipt in held)
    assert troubled.first.kpi.query("organisation_id == 'test0109'").empty


def test_shared_response_ids_count_once(healthy: Nights) -> None:
    first, second = cases.overlapping_rows()
    receipts = healthy.first.receipts_of("test0007")
    assert {receipt["status"] for receipt in receipts} == {"processed"}
    assert sum(receipt["rows"]["duplicate"] for receipt in receipts) == 4
    assert sum(receipt["rows"]["processed"] for receipt in receipts) == 60
    # Of the id with one date and two answers, the smaller sha256 wins.
    is_first = sha256_of(cases.csv_text(first)) < sha256_of(cases.csv_text(second))
    tied = first[39] if is_first else second[2]
    november = [*first[:38], tied]
    december = [second[1], *second[3:]]
    assert healthy.first.figure("test0007", GRADE, "mean_grade", "2025-11")["n"] == 39
    assert math.isclose(mean(healthy.first, "test0007"), mean_of(november))
    assert math.isclose(mean(healthy.first, "test0007", "2025-12"), mean_of(december))


def test_within_one_file_the_later_contact_wins(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0114", "processed")
    assert receipt["rows"]["duplicate"] == 1
    assert math.isclose(mean(troubled.first, "test0114"), mean_of([("r0001", "", 10), *grades(40)[1:]]))


def test_without_any_date_both_answers_are_quarantined(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0113", "partial")
    assert receipt["rows"]["quarantined"] == 2
    assert "MH-ID-DUBBEL" in codes(receipt)
    assert troubled.first.figure("test0113", GRADE, "mean_grade", "2025-11")["n"] == 39


def test_a_day_that_was_yet_to_come_counts_once_it_is_there(troubled: Nights) -> None:
    first = troubled.first.receipt("test0119", "partial")
    assert (first["rows"]["quarantined"], codes(first)) == (1, {"MH-DATUM-TOEKOMST"})
    assert troubled.nights[1].receipt("test0119", "processed")["rows"]["processed"] == 41


def test_only_news_counts_for_the_exit_code(troubled: Nights) -> None:
    assert [night.outcome.code for night in troubled.nights] == [2, 2, 0]


@pytest.mark.parametrize(
    ("period", "statistic", "n", "value"),
    [
        ("2025-10", "mean_pomp", 50, 50.0),
        ("2025-11", "mean_pomp", 60, 50.0),
        ("2025-11", "mean_grade", 60, 5.5),
        ("2025-Q4", "mean_pomp", 110, 50.0),
    ],
)
def test_validity_goes_by_contact_date(
    healthy: Nights, period: str, statistic: str, n: int, value: float
) -> None:
    figure = healthy.first.figure("test0006", GRADE, statistic, period)
    assert figure["n"] == n
    assert math.isclose(figure["value"], value)


def test_a_period_with_two_scale_families_gives_only_the_mean_score(healthy: Nights) -> None:
    share = healthy.first.figure("test0006", GRADE, "share_positive", "2025-Q4")
    assert math.isnan(share["value"])
    assert "scale_family_mixed" in share["flags"].split(",")
