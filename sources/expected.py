"""Expected deliveries: when a mapping's deliveries are due, and whether they came.

Belongs here: due dates and the traffic light per mapping × period. Does not belong here: reminding anybody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sources import periods


@dataclass(frozen=True)
class Received:
    """A delivery of the mapping: the base periods it contains, the day it came in and how it stands."""

    periods: tuple[str, ...]
    received_on: date
    is_current: bool
    is_rejected: bool


@dataclass(frozen=True)
class ExpectedDelivery:
    """One period for which a mapping owes a delivery. `status`: green, yellow, red or not_yet."""

    period_type: str
    period_id: str
    due_at: date
    status: str


def due_date(period_id: str, due_days: int) -> date:
    """The last day on which a delivery over the period is in time."""
    return periods.last_day(period_id) + timedelta(days=due_days)


def is_late(base_periods: Iterable[str], received_on: date, every: str | None, due_days: int | None) -> bool:
    """Whether a delivery came after the due date of the latest period it contains; False when nothing is agreed."""
    latest = max((periods.last_day(period_id) for period_id in base_periods), default=None)
    if every is None or due_days is None or latest is None:
        return False
    return received_on > due_date(periods.period_of(latest, every), due_days)


def expected_deliveries(
    every: str,
    due_days: int,
    valid_from: date,
    valid_to: date | None,
    received: Iterable[Received],
    today: date,
) -> Iterator[ExpectedDelivery]:
    """Every ended period within the mapping's validity (first and last day) with its due date and status.

    green: in time and counting · yellow: late, held or partly there · red: due and nothing usable · not_yet: not due.
    """
    deliveries = list(received)
    yesterday = today - timedelta(days=1)
    end = min(yesterday, valid_to or yesterday)
    if end < valid_from:
        return
    for period_id in periods.periods_between(valid_from, end, every):
        if periods.ended(period_id, today):
            due = due_date(period_id, due_days)
            covering = [one for one in deliveries if any(_touches(period_id, base) for base in one.periods)]
            yield ExpectedDelivery(every, period_id, due, _status(covering, due, today))


def _touches(period_id: str, base: str) -> bool:
    return periods.covers(period_id, base) or periods.covers(base, period_id)


def _status(covering: list[Received], due: date, today: date) -> str:
    usable = [one for one in covering if not one.is_rejected]
    if any(one.is_current and one.received_on <= due for one in usable):
        return "green"
    if usable:
        return "yellow"
    return "red" if today > due else "not_yet"
