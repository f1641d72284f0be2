"""Which periods a delivery is compared with."""

from dataclasses import replace
from pathlib import Path

from expectations import Delivery
from expectations.history import precedents, volume
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


def sized(name: str, **rows: int) -> Delivery:
    periods = {f"2025-{period[1:]}": n for period, n in rows.items()}
    return Delivery(name, "test0001", "survey", Path(name), Counts(1, 1, 0, periods))


def test_a_file_is_compared_with_the_period_before() -> None:
    past = [sized("sep", m09=10), sized("oct", m10=200)]
    assert volume(sized("nov", m11=100), past)[2:] == (0.5, 200)
    assert volume(sized("oct and nov", m10=50, m11=40), past)[2:] == (4.0, 10)


def test_a_month_in_several_files_and_late_responses_are_no_loss() -> None:
    weeks = [sized(f"week{number}", m10=50) for number in range(4)]
    assert volume(sized("week", m11=48), weeks)[2:] == (0.96, 200)
    past = [sized("oct", m10=200), sized("nov", m11=190)]
    assert volume(sized("late", m11=5), past)[2:] == (195 / 200, 200)


def test_a_period_that_has_not_ended_is_not_compared() -> None:
    past = [sized("oct", m10=200)]
    running = replace(sized("nov", m11=10), running_periods=frozenset({"2025-11"}))
    assert volume(running, past)[2:] == (None, 0)
    assert volume(sized("first", m09=10), past)[2:] == (None, 0)
