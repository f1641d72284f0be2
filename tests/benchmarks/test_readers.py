"""The quantile that the dashboards are judged by."""

import pytest

from benchmarks.readers import RoundTrips


def test_p95_is_the_time_that_one_in_twenty_takes_longer_than() -> None:
    seconds = tuple(float(number) for number in range(1, 101))
    assert RoundTrips(100, 1, seconds, "").p95 == pytest.approx(95.05)
