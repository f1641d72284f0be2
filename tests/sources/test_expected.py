"""Due dates and the traffic light per mapping and period."""

from datetime import date

import pytest

from sources.expected import Received, expected_deliveries, is_late

START, TODAY = date(2025, 9, 1), date(2025, 12, 15)


def lights(*received: Received, today: date = TODAY) -> dict[str, str]:
    found = expected_deliveries("month", 30, START, None, received, today)
    return {one.period_id: one.status for one in found}


def received(period: str, day: date, is_current: bool = True, is_rejected: bool = False) -> Received:
    return Received((period,), day, is_current, is_rejected)


def test_nothing_came() -> None:
    assert lights() == {"2025-09": "red", "2025-10": "red", "2025-11": "not_yet"}


@pytest.mark.parametrize(
    ("delivery", "light"),
    [
        (received("2025-09", date(2025, 10, 30)), "green"),
        (received("2025-09", date(2025, 10, 31)), "yellow"),
        (received("2025-09", date(2025, 10, 1), is_current=False), "yellow"),
        (received("2025-09", date(2025, 10, 1), is_current=False, is_rejected=True), "red"),
        (received("2025-Q3", date(2025, 10, 1)), "green"),
    ],
)
def test_what_came(delivery: Received, light: str) -> None:
    assert lights(delivery)["2025-09"] == light


def test_a_running_period_is_not_expected_yet() -> None:
    assert lights(today=date(2025, 9, 30)) == {}


@pytest.mark.parametrize(("day", "late"), [(date(2025, 10, 30), False), (date(2025, 10, 31), True)])
def test_late_counts_from_the_latest_period(day: date, late: bool) -> None:
    assert is_late(["2025-08", "2025-09"], day, "month", 30) is late


def test_without_an_agreement_nothing_is_late() -> None:
    assert not is_late(["2020-01"], TODAY, None, None)
