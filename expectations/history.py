"""Which earlier deliveries a delivery is compared with.

Belongs here: the choice of the preceding periods, purely. Does not belong here: the comparison itself (`metrics`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from expectations.delivery import Delivery


class Precedent(NamedTuple):
    """One period of an earlier delivery that a judged delivery is compared with."""

    organisation_id: str
    delivery_id: str
    precedent_id: str
    period_id: str


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


def _shape(period_id: str) -> str:
    """Ids of one shape are periods of one length, and their order as text is their order in time."""
    return re.sub(r"\d", "0", period_id)
