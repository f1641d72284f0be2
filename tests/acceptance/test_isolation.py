"""One organisation's trouble is that organisation's alone."""

from __future__ import annotations

import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights
from tests.acceptance.harness import codes


@pytest.mark.parametrize("night", [0, 1, 2])
def test_the_others_figures_are_as_without_the_trouble(healthy: Nights, troubled: Nights, night: int) -> None:
    ids = cases.healthy_ids()
    assert troubled.nights[night].hashes(*ids) == healthy.first.hashes(*ids)


@pytest.mark.parametrize(
    ("organisation_id", "status", "code"),
    [
        ("test0101", "waiting", "mapping_invalid"),
        ("test0103", "waiting", "key_missing"),
        ("test0105", "rejected", "MH-MAPPING"),
        ("test0106", "rejected", "MH-CODERING"),
    ],
)
def test_the_trouble_is_named(troubled: Nights, organisation_id: str, status: str, code: str) -> None:
    assert code in codes(troubled.first.receipt(organisation_id, status))


def test_a_crashing_file_is_rejected(troubled: Nights) -> None:
    receipt = troubled.first.receipt("test0104", "rejected")
    assert codes(receipt) & {"MH-LIMIET", "MH-LEZER", "MH-FORMAAT"}


def test_a_file_that_two_mappings_claim_is_not_guessed_at(troubled: Nights) -> None:
    (receipt,) = troubled.first.receipts_of("test0117")
    assert receipt["status"] in {"waiting", "rejected"}
    assert "MH-MAPPING-DUBBEL" in codes(receipt)


def test_the_good_file_beside_an_unmatched_one_counts(troubled: Nights) -> None:
    assert troubled.first.figure("test0105", "kpi.tevredenheid", "mean_grade", "2025-11")["n"] == 40


def test_a_mapping_changed_without_a_new_version_makes_the_next_delivery_wait(troubled: Nights) -> None:
    second = troubled.nights[1]
    assert "mapping_invalid" in codes(second.receipt("test0102", "waiting"))
    assert second.figure("test0102", "kpi.tevredenheid", "mean_grade", "2025-11")["n"] == 40
    december = second.kpi.query("organisation_id == 'test0102' and period_id == '2025-12'")
    assert december.empty


def test_the_run_says_that_something_needs_a_look(troubled: Nights, healthy: Nights) -> None:
    assert troubled.first.outcome.code == 2
    assert healthy.first.outcome.code == 0
