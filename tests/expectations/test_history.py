"""Which periods a delivery is compared with."""

from pathlib import Path

from expectations import Delivery
from expectations.history import precedents
from tests.expectations.landing import Counts


def delivery(
    name: str, *periods: str, organisation: str = "test0001", instrument: str = "survey"
) -> Delivery:
    counts = Counts(1, 1, 0, dict.fromkeys(periods, 1))
    return Delivery(name, organisation, instrument, Path(name), counts)


def compared(judged: list[Delivery], past: list[Delivery]) -> set[tuple[str, str, str]]:
    return {(one.delivery_id, one.precedent_id, one.period_id) for one in precedents(judged, past, 6)}


def test_the_six_latest_periods_before_the_first_one() -> None:
    past = [delivery(f"m{month:02d}", f"2025-{month:02d}") for month in range(1, 13)]
    found = compared([delivery("new", "2025-11", "2025-10")], past)
    assert {period for _, _, period in found} == {f"2025-{month:02d}" for month in range(4, 10)}


def test_every_delivery_of_a_period_counts() -> None:
    past = [delivery("a", "2025-10"), delivery("b", "2025-10", "2025-11")]
    assert compared([delivery("new", "2025-11")], past) == {("new", "a", "2025-10"), ("new", "b", "2025-10")}


def test_periods_of_another_length_are_not_compared() -> None:
    past = [delivery("month", "2025-01"), delivery("half", "2025-H1"), delivery("year", "2024")]
    assert compared([delivery("new", "2025-H2")], past) == {("new", "half", "2025-H1")}


def test_other_instruments_and_organisations_are_no_history() -> None:
    past = [delivery("a", "2025-01", instrument="panel"), delivery("b", "2025-01", organisation="test0002")]
    assert compared([delivery("new", "2025-02")], past) == set()


def test_deliveries_judged_together_are_each_others_history() -> None:
    judged = [delivery("feb", "2025-02"), delivery("jan", "2025-01")]
    assert compared(judged, []) == {("feb", "jan", "2025-01")}


def test_a_delivery_without_periods_has_no_history() -> None:
    assert compared([delivery("new")], [delivery("old", "2025-01")]) == set()
