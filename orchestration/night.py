"""The night: the steps of a run, each of which brings the next folder in line with the ledger.

Belongs here: calling the rooms in order and remembering what this run did. Does not belong here: any rule of the
domain, and anything of Dagster (`assets` wraps these steps).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import uuid4

import pandas as pd

from expectations import RuleResult
from orchestration import history, publication, warehouse
from orchestration.answering import Desk
from orchestration.audit import recoverable_figures, told_without_history
from orchestration.faults import without_values
from orchestration.gate import judge_new
from orchestration.inbox import Inbox
from orchestration.installation import Installation, git_commit
from orchestration.lock import run_lock
from orchestration.log import record
from orchestration.project import project_digest
from orchestration.recovery import Recovered, recover, recover_publication
from orchestration.usage import Usage, timed
from sources.bucket import StorageError
from sources.configuration import AcceptedMapping, OrganisationConfiguration
from sources.decisions import decisions_by_delivery
from sources.discovery import Discovery
from sources.intake import Intake
from sources.kept_mappings import known_mappings
from sources.landing_term import expired_copies
from sources.ledger import Entry, Ledger
from sources.limits import DEFAULT_LIMITS
from sources.outcome import Outcome
from sources.periods import day_of
from sources.planning import Plan
from sources.readers.pool import ReaderPool, ReaderPoolError
from sources.readers.reading import Reading
from sources.records import sightings_by_delivery
from sources.retention import Term, carry_out, finish, served
from sources.settlement import OrganisationRecord, settle
from sources.state import OrganisationState, RunFacts, state_fingerprint, state_tables, write_state
from sources.tombstones import NOTHING_ERASED, Tombstones, tombstones_by_organisation

Tables = dict[str, list[dict[str, Any]]]
T = TypeVar("T")
_without_values = without_values(
    StorageError, publication.PublicationError, warehouse.WarehouseError, ReaderPoolError
)


@dataclass
class Night:
    """One run over an installation.

    What a step needs it derives from the ledger, so any step can be run again on its own; the fields only remember
    what this run did.
    """

    installation: Installation
    ledger: Ledger
    now: datetime
    only: str | None = None
    discovery: Discovery = field(default_factory=lambda: Discovery((), (), (), ()))
    handled: list[Outcome] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)
    published: publication.Publication | None = None
    is_published: bool = False
    recovered: Recovered = field(default_factory=Recovered)
    known: publication.Known = None
    usage: Usage = field(default_factory=Usage)

    @cached_property
    def configurations(self) -> dict[str, OrganisationConfiguration]:
        """Every organisation's mappings; first asked for after the bucket was looked at."""
        return self.intake.configurations()

    @cached_property
    def mappings(self) -> dict[str, dict[str, AcceptedMapping]]:
        """Accepted mappings by organisation and digest: those in force and those older readings used."""
        return known_mappings(
            self.configurations, self.ledger, self.installation.work.mappings, self.installation.reference
        )

    @cached_property
    def state(self) -> Tables:
        """The state tables, derived from the outcomes once they are settled."""
        return self._tables()

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever a publication made now could differ from an earlier one."""
        return state_fingerprint(self.state, day_of(self.now), project_digest())

    @property
    def outcomes(self) -> dict[str, list[Outcome]]:
        """Outcomes of every delivery, by organisation, as the ledger has them."""
        found: dict[str, list[Outcome]] = {}
        for entry in self.ledger.latest("outcome").values():
            found.setdefault(entry.organisation_id, []).append(Outcome.from_body(entry.body))
        return {
            organisation_id: sorted(own, key=lambda one: one.delivery_id)
            for organisation_id, own in sorted(found.items())
        }

    @property
    def intake(self) -> Intake:
        """The installation as intake sees it."""
        one = self.installation
        return Intake(
            bucket=one.bucket,
            work=one.work,
            organisations_dir=one.settings.organisations,
            reference=one.reference,
            keys=one.keys,
            ledger=self.ledger,
            today=day_of(self.now),
            tombstones=self._tombstones,
            is_pulling=one.is_pulling,
        )

    @property
    def _tombstones(self) -> dict[str, Tombstones]:
        """Read anew each time: a request that came in with this run counts in it."""
        return tombstones_by_organisation(self.ledger.entries("erasure"), self.ledger.entries("retained"))

    @timed("take_in")
    @_without_values
    def discover(self) -> Discovery:
        """Copy what is new in the bucket to landing."""
        self.discovery = self.intake.discover(self.only)
        self.inbox.take(self.discovery.organisations)
        return self.discovery

    @cached_property
    def inbox(self) -> Inbox:
        """What organisations ask for in their folder beside delivering."""
        return Inbox(self.installation, self.ledger, self.now)

    @timed("read")
    @_without_values
    def erase(self) -> None:
        """Carry out what was asked to be erased, and remove copies whose term has ended."""
        one = self.installation
        for copy in expired_copies(self.ledger, one.work, self.now, one.settings.landing_days):
            copy.unlink(missing_ok=True)
        self.unanswered |= self.inbox.carry_out(self.only)

    @timed("read")
    def plan(self) -> Plan:
        """What has to be read, and what cannot be."""
        return self.intake.plan(self.configurations, self.only)

    @timed("read")
    @_without_values
    def read(self, plan: Plan, progress: Callable[[], None]) -> list[tuple[str, Reading]]:
        """Read what is new, and again what would be read differently now; calls `progress` after each."""
        self.intake.fetch(plan)
        if not plan.tasks:
            return []
        with ReaderPool(min(self.installation.settings.threads, len(plan.tasks)), DEFAULT_LIMITS) as pool:
            readings = self.intake.read(plan, pool, progress)
            self.usage.beside(pool.peak_bytes)
        for _, reading in readings:
            self.usage.charge(reading.cpu_seconds)
        return readings

    @timed("judge")
    @_without_values
    def judge(self) -> tuple[RuleResult, ...]:
        """Have every landed reading that was not judged yet judged by the gate."""
        return judge_new(self.installation, self.ledger, self.mappings, day_of(self.now))

    @timed("settle")
    @_without_values
    def settle(self) -> list[Outcome]:
        """Derive every delivery's outcome from the ledger and return those that are new or different."""
        former = self.ledger.latest("outcome")
        tombstones = self._tombstones
        decisions = decisions_by_delivery(self.ledger)
        run_numbers: dict[str, int] = {}
        for entry in self.ledger.entries("run"):
            run_numbers.setdefault(entry.subject, entry.entry_id)
        refusals = {(one.organisation_id, one.delivery_id): one for one in self.plan().refusals}
        readings, verdicts = self.ledger.latest("reading"), self.ledger.latest("verdict")
        retained = self.ledger.latest("retained")
        sightings: dict[str, dict[str, list[Entry]]] = {}
        for (organisation_id, delivery_id), entries in sightings_by_delivery(self.ledger).items():
            sightings.setdefault(organisation_id, {})[delivery_id] = entries
        changed: list[Outcome] = []
        for organisation_id, own in sorted(sightings.items()):
            record = OrganisationRecord(
                organisation_id=organisation_id,
                sightings=own,
                readings=_of(organisation_id, readings),
                verdicts=_of(organisation_id, verdicts),
                refusals=_of(organisation_id, refusals),
                mappings=self.mappings.get(organisation_id, {}),
                run_numbers=run_numbers,
                decisions=_of(organisation_id, decisions),
                erased_deliveries=tombstones.get(organisation_id, NOTHING_ERASED).deliveries,
                retained=_of(organisation_id, retained),
            )
            changed += [one for one in settle(record, self.installation.work) if _differs(one, former)]
        self.ledger.append(
            "outcome", [(one.organisation_id, one.delivery_id, one.as_body()) for one in changed]
        )
        self.handled = [one for one in changed if _is_new_case(one, former)]
        return changed

    @timed("receipts")
    @_without_values
    def answer(self) -> int:
        """Write the receipts of every delivery whose outcome changed since receipts were last all written."""
        self.ledger.note_head()
        return self._desk.answer(self.unanswered)

    @timed("receipts")
    @_without_values
    def confirm(self) -> int:
        """Name the publication in the receipts of what it brought."""
        return self._desk.answer(self.unanswered) if self.published is not None else 0

    @property
    def _desk(self) -> Desk:
        return Desk(self.installation, self.ledger, day_of(self.now))

    @cached_property
    def held_publication(self) -> publication.HeldPublication | None:
        """The snapshot that a rollback put back and nobody released."""
        return publication.held_publication(self.ledger)

    @timed("compare")
    @_without_values
    def has_news(self) -> bool:
        """Whether a publication made now could differ from the last one, and is asked for.

        Rows that should have become counts, in a run that died, are news as well: only a publication leads there.
        """
        if self.held_publication is not None:
            return False
        publications = list(self.ledger.entries("publication"))
        manifest = publication.intact_manifest(self.installation.settings.published, self.known)
        if publications and manifest is not None:
            last = publications[-1].body
            self.is_published = (
                last["state_fingerprint"] == self.fingerprint
                and last["snapshot_id"] == manifest["snapshot_id"]
            )
        return not self.is_published or bool(self._due())

    @timed("transform")
    @_without_values
    def transform(self, progress: Callable[[str], None]) -> warehouse.Build:
        """Write the state and have dbt build and test the warehouse."""
        work, published = self.installation.work, self.installation.settings.published
        write_state(self.state, self._facts(), work)
        snapshot_id = history.in_force(published)
        history.mend(work, snapshot_id)
        history.put_in_force(work, snapshot_id)

        def on_node(name: str) -> None:
            # The first node that ends: until then dbt was loading itself and the project.
            self.usage.mark("start")
            progress(name)

        return warehouse.build(work, self.installation.settings.threads, on_node)

    @timed("audit")
    @_without_values
    def audit(self) -> pd.DataFrame:
        """Hidden figures of the marts that could be computed from shown ones."""
        work, published = self.installation.work, self.installation.settings.published
        found = recoverable_figures(work.warehouse)
        snapshot_id = history.in_force(published)
        is_readable = publication.intact_manifest(published, self.known) is not None
        # A published file that is damaged as well as its history leaves nothing to compare with.
        if is_readable and not history.is_there(work, snapshot_id):
            file = published / "snapshots" / f"{snapshot_id}.duckdb"
            return pd.concat([found, told_without_history(work.warehouse, file)])
        return found

    @timed("publish")
    @_without_values
    def publish(self) -> publication.Publication:
        """Publish the marts; readers keep the last snapshot whatever fails."""
        facts, work, published = self._facts(), self.installation.work, self.installation.settings.published
        former_id = history.in_force(published)
        self.published = publication.publish(
            work.warehouse,
            published,
            facts.snapshot_id,
            self.now.isoformat(),
            work.published_states,
            lambda states: history.keep(work, facts.snapshot_id, former_id, states),
            self.known,
        )
        history.led_to(work, self.published.snapshot_id, published / "snapshots")
        body = {
            "snapshot_id": self.published.snapshot_id,
            "state_fingerprint": self.fingerprint,
            "is_new": self.published.is_new,
            "manifest_sha256": publication.manifest_sha256(self.published.manifest),
        }
        self.ledger.append("publication", [("", self.published.snapshot_id, body)])
        self.is_published = True
        return self.published

    @timed("retain")
    @_without_values
    def retain(self) -> int:
        """Keep only counts of deliveries whose term is over; returns of how many. Figures stand as they are published.

        After the publication: what was asked tonight is done, and every figure is in the history. Under a rollback, or
        without a whole history, nothing would hold the figures: then the rows wait.
        """
        due = self._due()
        for organisation_id, terms in due.items():
            carry_out(self.ledger, self.installation.work, organisation_id, terms)
            for term in terms:
                record("retain", term.delivery_id[:12], "counted", organisation_id=organisation_id)
        return sum(len(terms) for terms in due.values())

    def _due(self) -> dict[str, list[Term]]:
        """Deliveries by organisation whose rows can become counts now."""
        work, published = self.installation.work, self.installation.settings.published
        due = served(self.ledger, work, self.mappings, day_of(self.now), self.only)
        if due and self.held_publication is None and history.completed(work, history.in_force(published)):
            return due
        return {}

    @property
    def unreachable(self) -> list[str]:
        """Organisations whose folder could not be listed, read or written in this run."""
        return sorted({*self.discovery.unreachable, *self.unanswered})

    @property
    def needs_look(self) -> bool:
        """Whether a delivery first handled in this run, a store, or the ledger, needs somebody's attention."""
        return bool(self.unreachable or self.recovered.ledger_aside) or any(
            one.needs_look for one in self.handled
        )

    def counts(self) -> Counter[str]:
        """Deliveries by status, all of them."""
        return Counter(one.status for outcomes in self.outcomes.values() for one in outcomes)

    def _facts(self) -> RunFacts:
        stamp = self.now.strftime("%Y%m%dT%H%M%SZ")
        return RunFacts(
            run_id=self.ledger.run_id,
            now=self.now,
            snapshot_id=f"{stamp}-{self.fingerprint[:8]}",
            model_version=self.installation.reference.model_version,
            git_commit=git_commit(),
        )

    def _tables(self) -> Tables:
        at = {key: entry.at for key, entry in self.ledger.latest("outcome").items()}
        settled, tombstones = self.outcomes, self._tombstones
        states = []
        for organisation_id in sorted(set(settled) | set(self.configurations)):
            outcomes = tuple(settled.get(organisation_id, ()))
            configuration = self.configurations.get(organisation_id)
            in_force = tuple(configuration.known.values()) if configuration else ()
            used = {one.mapping_digest for one in outcomes if one.is_current}
            older = [one for digest, one in self.mappings.get(organisation_id, {}).items() if digest in used]
            states.append(
                OrganisationState(
                    organisation_id=organisation_id,
                    outcomes=outcomes,
                    processed_at={one.delivery_id: at[organisation_id, one.delivery_id] for one in outcomes},
                    mappings=(*older, *in_force),
                    in_force=in_force,
                    retained=tombstones.get(organisation_id, NOTHING_ERASED).counted,
                )
            )
        return state_tables(
            states,
            self.installation.reference,
            self.installation.work,
            day_of(self.now),
            self.installation.holds_invented_data,
            project_digest(),
        )


def _of(organisation_id: str, by_subject: Mapping[tuple[str, str], T]) -> dict[str, T]:
    return {
        subject: value
        for (organisation, subject), value in by_subject.items()
        if organisation == organisation_id
    }


def _is_new_case(outcome: Outcome, former: dict[tuple[str, str], Entry]) -> bool:
    """Whether a delivery stands otherwise than it did: another name of it, or another count, is no new case."""
    entry = former.get((outcome.organisation_id, outcome.delivery_id))
    if entry is None:
        return True
    before = Outcome.from_body(entry.body)
    return (before.status, _codes(before)) != (outcome.status, _codes(outcome))


def _codes(outcome: Outcome) -> set[str]:
    return {problem.code for problem in outcome.problems}


def _differs(outcome: Outcome, former: dict[tuple[str, str], Entry]) -> bool:
    entry = former.get((outcome.organisation_id, outcome.delivery_id))
    return entry is None or Outcome.from_body(entry.body) != outcome


@contextmanager
def night(installation: Installation, only: str | None = None, is_locked: bool = False) -> Iterator[Night]:
    """Open a run: takes the lock (RunActive when another holds it) and writes its start and end to the ledger.

    `is_locked`: the caller holds the lock already.
    """
    now = installation.settings.clock
    run_id = uuid4().hex
    with nullcontext() if is_locked else run_lock(installation.work.root):
        recovered = recover(installation.work, installation.settings.published, now)
        with Ledger(installation.work.ledger, run_id, now) as ledger:
            known = recover_publication(installation.settings.published, ledger)
            finish(ledger, installation.work)
            ledger.append("run", [("", run_id, {"event": "started", "only": only})])
            opened = Night(installation, ledger, now, only, recovered=recovered, known=known)
            yield opened
            body = {
                "event": "finished",
                "is_published": opened.is_published,
                "unanswered": sorted(opened.unanswered),
            }
            ledger.append("run", [("", run_id, body)])
