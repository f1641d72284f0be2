"""Which earlier deliveries a delivery is compared with, and how much of their volume it keeps.

Belongs here: the choice of the preceding periods and the comparison of row counts, purely. Does not belong here: the
comparison of answers (`metrics`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from expectations.delivery import Delivery


class Precedent(NamedTuple):
    """One period of an earlier delivery that a judged delivery is compared with."""

    organisation_id: str
    delivery_id: str
    precedent_id: str
    period_id: str


class Volume(NamedTuple):
    """Rows of the period before, and the share of them that a delivery keeps; None where nothing can be compared."""

    organisation_id: str
    delivery_id: str
    kept_share: float | None
    previous_rows: int


def volume(delivery: Delivery, others: Iterable[Delivery]) -> Volume:
    """Compare the rows of a delivery's last ended period with the period before it that others hold.

    Both ways count, the most favourable stands: file beside file, and all files of the period beside all of the one
    before. So neither a month in several files nor a few late responses looks like a loss.
    """
    nothing = Volume(*delivery.key, None, 0)
    own = delivery.reading.period_rows
    ended = [period for period in own if period not in delivery.running_periods]
    if not ended:
        return nothing
    last = max(ended)
    held = [
        (period, rows)
        for other in others
        if (other.organisation_id, other.instrument_id) == (delivery.organisation_id, delivery.instrument_id)
        and other.delivery_id != delivery.delivery_id
        for period, rows in other.reading.period_rows.items()
        if _shape(period) == _shape(last) and period <= last
    ]
    before = max((period for period, _ in held if period < last and period not in own), default=None)
    if before is None:
        return nothing
    files = [rows for period, rows in held if period == before]
    beside = sum(rows for period, rows in held if period == last)
    kept = max(own[last] / (sum(files) / len(files)), (own[last] + beside) / sum(files))
    return Volume(*delivery.key, kept, sum(files))


def precedents(judged: Iterable[Delivery], past: Iterable[Delivery], periods: int) -> list[Precedent]:
    """Per judged delivery the latest `periods` periods before its first one, with every delivery that holds them.

    Only deliveries of the same organisation and instrument count, and only periods of the same length. Deliveries
    that are judged together are each other's past.
    """
    judged = list(judged)
    by_instrument: dict[tuple[str, str], dict[tuple[str, str], Delivery]] = defaultdict(dict)
    for delivery in (*past, *judged):
        by_instrument[delivery.organisation_id, delivery.instrument_id][delivery.key] = delivery
    found: list[Precedent] = []
    for delivery in judged:
        own = list(delivery.reading.period_rows)
        others = by_instrument[delivery.organisation_id, delivery.instrument_id].values()
        held = [
            (period, other.delivery_id)
            for other in others
            if other.delivery_id != delivery.delivery_id
            for period in other.reading.period_rows
            if own and _shape(period) == _shape(min(own)) and period < min(own)
        ]
        latest = set(sorted({period for period, _ in held})[-periods:])
        found += [
            Precedent(delivery.organisation_id, delivery.delivery_id, other_id, period)
            for period, other_id in sorted(held)
            if period in latest
        ]
    return found


@cache
def _shape(period_id: str) -> str:
    """Ids of one shape are periods of one length, and their order as text is their order in time."""
    return re.sub(r"\d", "0", period_id)
