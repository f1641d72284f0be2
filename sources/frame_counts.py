"""Frame counts: how many people stand behind the responses of a survey, per base period and channel.

Belongs here: which number, column or file holds for which period, once deliveries are settled. Does not belong here:
reading a column (`readers.frame`), adding up to longer periods and any rate (the warehouse).

A number in the mapping is the count of each period of `source.expected.every` of which a current delivery has rows,
and of each base period where nothing is expected. Counts in a delivery add up over table lines; where every response
repeats the count of its group, the newest delivery says how much it is. So does the newest file of frame counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sources import periods
from sources.mapping import Mapping

ALL_CHANNELS = "all"


@dataclass(frozen=True)
class FrameCount:
    """A count of one measure in one base period; `channel` is `all` where nothing tells channels apart."""

    period_id: str
    channel: str
    measure: str
    value: int


@dataclass(frozen=True)
class CountedDelivery:
    """What settlement knows of a current delivery: when it came (the store's time), its periods and its counts.

    `kind` is `respondent`, `aggregate` or `frame` (a file of frame counts).
    """

    delivery_id: str
    received_at: str
    kind: str
    periods: tuple[str, ...]
    counts: tuple[FrameCount, ...]


def frame_counts(versions: Sequence[Mapping], deliveries: Iterable[CountedDelivery]) -> list[FrameCount]:
    """The counts of one mapping, at most one per period, channel and measure, in the order of these.

    `versions` are those of the mapping in the order of validity; `deliveries` those that count today, in any order.
    """
    ordered = sorted(deliveries, key=lambda one: (one.received_at, one.delivery_id))
    read: dict[tuple[str, str, str], int] = {}
    for delivery in ordered:
        if delivery.kind == "respondent":
            told = {(count.period_id, count.measure) for count in delivery.counts}
            read = {key: value for key, value in read.items() if (key[0], key[2]) not in told}
        if delivery.kind == "frame":
            # A total and its channels tell the same people: the newer file says which of the two holds.
            totals = {(one.period_id, one.measure) for one in delivery.counts if one.channel == ALL_CHANNELS}
            parts = {(one.period_id, one.measure) for one in delivery.counts if one.channel != ALL_CHANNELS}
            read = {
                key: value
                for key, value in read.items()
                if (key[0], key[2]) not in (parts if key[1] == ALL_CHANNELS else totals)
            }
        for count in delivery.counts:
            key = (count.period_id, count.channel, count.measure)
            read[key] = count.value + (read.get(key, 0) if delivery.kind == "aggregate" else 0)
    told = {(period_id, measure) for period_id, _, measure in read}
    stated = [one for one in _numbers(versions, ordered) if (one.period_id, one.measure) not in told]
    found = {(one.period_id, one.channel, one.measure): one.value for one in stated} | read
    return [FrameCount(*key, value) for key, value in sorted(found.items())]


def _numbers(versions: Sequence[Mapping], deliveries: Iterable[CountedDelivery]) -> Iterator[FrameCount]:
    """The numbers that the version of each period states; a later one holds where two share the period."""
    seen = {period for one in deliveries if one.kind != "frame" for period in one.periods}
    for version in versions:
        stated = {
            measure: source.const
            for measure, source in version.design.frame.sources().items()
            if source.const is not None
        }
        channel = version.dimensions.channel.const if version.dimensions.channel is not None else None
        for period_id in sorted({_counted_period(version, one) for one in seen}):
            if _holds_in(version, period_id):
                for measure, value in stated.items():
                    yield FrameCount(period_id, channel or ALL_CHANNELS, measure, value)


def _counted_period(version: Mapping, base_period: str) -> str:
    """The period that a number of the mapping is about: the expected one, if that is the longer."""
    expected = version.source.expected
    if expected is None:
        return base_period
    longer = periods.period_of(periods.first_day(base_period), expected.every)
    return longer if periods.covers(longer, base_period) else base_period


def _holds_in(version: Mapping, period_id: str) -> bool:
    first, last = periods.first_day(period_id), periods.last_day(period_id)
    return version.valid_from <= last and (version.valid_to is None or first <= version.valid_to)
