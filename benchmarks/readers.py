"""Readers: how long a running Superset takes to answer each chart.

Belongs here: asking every chart as an administrator, over HTTP, and the quantiles of the round trips. Does not belong
here: starting Superset (`make superset`), what a chart asks. A chart is asked with its saved query, without the filters
of its page: over all periods and organisations, which is more than a reader asks at once.
"""

import statistics
import time
from dataclasses import dataclass

from dashboards.client import Superset


@dataclass(frozen=True)
class RoundTrips:
    """Seconds from question to whole answer, of `charts` charts asked `rounds` times, one at a time."""

    charts: int
    rounds: int
    seconds: tuple[float, ...]
    slowest: str

    @property
    def p95(self) -> float:
        """The 95th percentile in seconds."""
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


def ask_all(superset: Superset, rounds: int) -> RoundTrips:
    """Ask every chart; one round before that is not counted. Raises SupersetError when one has no answer."""
    charts = superset.everything("chart")
    taken: list[tuple[float, str]] = []
    for turn in range(rounds + 1):
        for chart in charts:
            began = time.perf_counter()
            superset.call("GET", f"/api/v1/chart/{chart['id']}/data/")
            if turn:
                taken.append((time.perf_counter() - began, chart["slice_name"]))
    return RoundTrips(len(charts), rounds, tuple(seconds for seconds, _ in taken), max(taken)[1])
