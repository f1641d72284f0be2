"""Period algebra: ids, bounds and cover."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import periods

days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("period_id", "first", "after"),
    [
        ("2025-11", date(2025, 11, 1), date(2025, 12, 1)),
        ("2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        ("2025-Q4", date(2025, 10, 1), date(2026, 1, 1)),
        ("2025-H1", date(2025, 1, 1), date(2025, 7, 1)),
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_bounds(period_id: str, first: date, after: date) -> None:
    assert (periods.first_day(period_id), periods.day_after(period_id)) == (first, after)
    assert not periods.ended(period_id, after - timedelta(days=1))
    assert periods.ended(period_id, after)


@pytest.mark.parametrize("text", ["2025-13", "2025-Q5", "2025-H3", "25-01", "", "2025-1"])
def test_other_texts_are_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="period id"):
        periods.period_type(text)


@given(days, st.sampled_from(periods.PERIOD_TYPES))
def test_a_day_lies_in_its_period(day: date, of_type: str) -> None:
    period_id = periods.period_of(day, of_type)
    assert periods.period_type(period_id) == of_type
    assert periods.first_day(period_id) <= day <= periods.last_day(period_id)
    assert periods.covers(period_id, periods.period_of(day, "month"))


@given(days, st.integers(0, 900), st.sampled_from(periods.PERIOD_TYPES))
def test_periods_between_follow_each_other(start: date, length: int, of_type: str) -> None:
    found = list(periods.periods_between(start, start + timedelta(days=length), of_type))
    assert found[0] == periods.period_of(start, of_type)
    assert found[-1] == periods.period_of(start + timedelta(days=length), of_type)
    assert all(periods.day_after(one) == periods.first_day(two) for one, two in pairwise(found))
