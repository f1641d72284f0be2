"""The whole government: which organisations take part, what each delivers, and the order in which it is made.

Belongs here: bringing survey, population, months and traps together. Does not belong here: what an organisation's
deliveries contain (`responses`, `traps`), and files on disk (`folders`, `truth`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from synthetic.chance import chance
from synthetic.delivery import Delivery
from synthetic.planting import Scene
from synthetic.population import Population, population
from synthetic.process import process_delivery, process_mapping
from synthetic.responses import respond
from synthetic.surveys import Survey, mapping_text, survey_of
from synthetic.traps import TRAPS, Trap, matched

if TYPE_CHECKING:
    from sources.reference import Reference

MOST_ORGANISATIONS = 2_000


@dataclass(frozen=True)
class Order:
    """What is asked for: `responses` per organisation and month; `now` is the moment that nothing may come after."""

    count: int
    responses: int
    months: int
    seed: int
    now: datetime
    has_traps: bool

    @property
    def first_days(self) -> list[date]:
        """The first day of each month, the last of which ended before `now`."""
        found = [self.now.date().replace(day=1)]
        for _ in range(self.months):
            found.append((found[-1] - timedelta(days=1)).replace(day=1))
        return found[:0:-1]


@dataclass
class Organisation:
    """One organisation: its survey and population, the mapping file and the deliveries that it drops."""

    organisation_id: str
    survey: Survey
    population: Population
    mapping_text: str
    deliveries: list[Delivery]
    trap: Trap | None = None
    planted_files: list[str] = field(default_factory=list)
    process_mapping_text: str = ""
    process_deliveries: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True)
class Roll:
    """Who takes part with which survey, and who gets which trap."""

    surveys: dict[str, Survey]
    traps: dict[str, Trap]

    @property
    def left_out(self) -> list[str]:
        """Traps that found no organisation to stand in."""
        placed = {trap.trap_id for trap in self.traps.values()}
        return [trap_id for trap_id in TRAPS if trap_id not in placed]


def roll(order: Order, reference: Reference) -> Roll:
    """The organisations in the order of the register, then synthetic ones; traps where their survey fits."""
    names = _organisation_ids(order, reference)
    surveys = {name: survey_of(position, name) for position, name in enumerate(names)}
    return Roll(surveys, _traps(order, surveys))


def _traps(order: Order, surveys: dict[str, Survey]) -> dict[str, Trap]:
    return matched(surveys, order.seed, order.responses, order.months) if order.has_traps else {}


def _organisation_ids(order: Order, reference: Reference) -> list[str]:
    day = order.first_days[-1]
    ids = dict.fromkeys(row["organisation_id"] for row in reference.tables["ref_organisation"])
    registered = [name for name in ids if reference.organisation_at(name, day) is not None]
    more = (f"test{number:04d}" for number in range(1, order.count - len(registered) + 1))
    return [*registered[: order.count], *more]


def organisations(order: Order, on_roll: Roll) -> Iterator[Organisation]:
    """Every organisation with everything it delivers; each depends on the seed and itself only."""
    for organisation_id, survey in on_roll.surveys.items():
        found = _organisation(order, organisation_id, survey, on_roll.traps.get(organisation_id))
        yield _with_process(order, found)


def _with_process(order: Order, organisation: Organisation) -> Organisation:
    """The organisation, with process data where its survey brings them along."""
    services = organisation.survey.process_services
    if not services:
        return organisation
    name, months = organisation.organisation_id, order.first_days
    last = min(_received(months[-1], 2, 0), order.now - timedelta(hours=2))
    return replace(
        organisation,
        process_mapping_text=mapping_text(process_mapping(services), name, months[0].isoformat()),
        process_deliveries=[process_delivery(order.seed, name, services, months, last)],
    )


def _organisation(order: Order, organisation_id: str, survey: Survey, trap: Trap | None) -> Organisation:
    people = population(survey, order.seed, organisation_id)
    deliveries = [_delivery(order, organisation_id, people, first_day) for first_day in order.first_days]
    valid_from = order.first_days[0].isoformat()
    if trap is None:
        text = survey.mapping_text(organisation_id, valid_from, **survey.frame(order.responses))
        return Organisation(organisation_id, survey, people, text, deliveries)
    scene = Scene(
        survey=survey,
        deliveries=deliveries,
        rng=chance(order.seed, organisation_id, "trap", trap.trap_id),
        latest=order.now - timedelta(hours=1),
        valid_from=valid_from,
    )
    planted = trap.plant(scene)
    return Organisation(
        organisation_id=organisation_id,
        survey=survey,
        population=people,
        mapping_text=survey.mapping_text(
            organisation_id, scene.valid_from, **survey.frame(order.responses) | scene.mapping_changes
        ),
        deliveries=scene.deliveries,
        trap=trap,
        planted_files=[delivery.key for delivery in planted],
    )


def _delivery(order: Order, organisation_id: str, people: Population, first_day: date) -> Delivery:
    month = f"{first_day:%Y-%m}"
    rng = chance(order.seed, organisation_id, "responses", month)
    table, expected, planted = respond(organisation_id, people, first_day, order.responses, rng)
    stored_at = _received(first_day, int(rng.integers(2, 10)), int(rng.integers(0, 10 * 3600)))
    export = people.survey.export
    return Delivery(
        key=export["file"].format(month=month),
        month=first_day,
        stored_at=min(stored_at, order.now - timedelta(hours=2)),
        table=table,
        expected=expected,
        marker={} if export.get("has_marker") else None,
        personal_data=[(one.kind, one.text) for one in planted],
    )


def _received(first_day: date, days: int, seconds: int) -> datetime:
    """Some days after the month's end, during office hours."""
    next_month = (first_day + timedelta(days=31)).replace(day=1)
    return datetime.combine(next_month + timedelta(days=days - 1), time(8), UTC) + timedelta(seconds=seconds)
