"""Planning: which deliveries have to be read, which stand as they are, and why others wait or are refused.

Belongs here: the decision per delivery, and the work order for its reader. Does not belong here: how a file is read
(`readers`), whether it is good (`expectations`), whether it counts (`currency`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from sources import durable
from sources.configuration import AcceptedMapping, OrganisationConfiguration
from sources.ledger import Entry, Ledger
from sources.pseudonyms import KeyRing
from sources.readers.erased_rows import Erased
from sources.readers.reading import ReadingTask
from sources.records import place_of, sightings_by_delivery
from sources.redaction import REDACTION_VERSION
from sources.reference import Reference
from sources.tombstones import NOTHING_ERASED, Tombstones
from sources.workfolder import WorkFolder

# Raised when readers give other landed rows for the same file, so that landing copies are read again.
READING_VERSION = "5"

# Faults of this installation, not of the file.
_OUR_FAULTS = frozenset({"MH-INTERN", "MH-LEZER", "MH-LIMIET"})

# From then on a file that is still not complete is worth a word to its sender.
_LONG_WAIT = timedelta(hours=24)

# Tables that a reader looks at; a new name in the organisation register must not re-read every file.
_READING_TABLES = (
    "ref_model_node", "ref_scale", "ref_scale_family", "ref_channel", "ref_audience", "ref_service",
    "ref_touchpoint", "ref_life_event", "ref_sample_design", "ref_process_metric",
)  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """A delivery that was not read: `status` rejected or waiting, with the codes that say why and their counts."""

    organisation_id: str
    delivery_id: str
    status: str
    codes: tuple[tuple[str, int], ...]
    replaced_by: str | None = None


@dataclass
class Plan:
    """What has to be read, and what cannot be."""

    tasks: list[ReadingTask] = field(default_factory=list)
    mapping_of: dict[tuple[str, str], AcceptedMapping] = field(default_factory=dict)
    fingerprints: dict[tuple[str, str], str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Planner:
    """Everything that planning needs of the installation."""

    work: WorkFolder
    reference: Reference
    keys: KeyRing
    ledger: Ledger
    today: date
    tombstones: Mapping[str, Tombstones] = field(default_factory=dict)

    def plan(self, configurations: dict[str, OrganisationConfiguration], only: str | None = None) -> Plan:
        """Decide for every sighted delivery whether it must be read, can stay as it is, waits or is refused.

        With `only`, nothing of other organisations is read; what they were refused still stands.
        """
        plan = Plan()
        readings = self.ledger.latest("reading")
        for (organisation_id, delivery_id), sightings in sightings_by_delivery(self.ledger).items():
            configuration = configurations.get(organisation_id)
            if configuration is not None:
                self._plan_delivery(
                    plan,
                    configuration,
                    delivery_id,
                    sightings,
                    readings.get((organisation_id, delivery_id)),
                )
        self._follow_waiting(plan)
        plan.tasks = [task for task in plan.tasks if only in (None, task.organisation_id)]
        return plan

    def _follow_waiting(self, plan: Plan) -> None:
        """What waited to be complete is replaced once its place holds something else; after a day it is told again."""
        waiting = {
            (one.organisation_id, one.delivery_id)
            for one in plan.refusals
            if one.status == "waiting" and one.codes[0][0] == "MH-WACHT"
        }
        if not waiting:
            return
        at_place: dict[tuple[str, str, str], list[Entry]] = {}
        places: dict[tuple[str, str], dict[tuple[str, str, str], list[Entry]]] = {}
        for entry in self.ledger.entries("sighting"):
            own = at_place.setdefault(place_of(entry), [])
            own.append(entry)
            places.setdefault((entry.organisation_id, str(entry.body["sha256"])), {})[place_of(entry)] = own
        now = datetime.fromisoformat(self.ledger.at)
        for position, one in enumerate(plan.refusals):
            identity = (one.organisation_id, one.delivery_id)
            if identity in waiting:
                plan.refusals[position] = _followed(one, list(places[identity].values()), now)

    def _plan_delivery(
        self,
        plan: Plan,
        configuration: OrganisationConfiguration,
        delivery_id: str,
        sightings: list[Entry],
        reading: Entry | None,
    ) -> None:
        organisation_id = configuration.organisation_id
        if delivery_id in self._erased(organisation_id).closed:
            return
        # The same bytes may lie under several names; the newest that one mapping reads speaks for them.
        fitting = [one for one in sightings if len(configuration.readers_of(one.subject)) == 1]
        sighting = (fitting or sightings)[-1]
        refusal = self._refusal(configuration, delivery_id, sighting, reading)
        if refusal is not None:
            plan.refusals.append(refusal)
            return
        matching = configuration.readers_of(sighting.subject)
        is_frame_file = configuration.is_frame_file(sighting.subject)
        if len(matching) != 1 or (not is_frame_file and self._lacks_key(configuration, matching[0])):
            return
        mapping = configuration.accepted[matching[0]]
        fingerprint = self.fingerprint(configuration, mapping)
        identity = (organisation_id, delivery_id)
        if (
            reading is not None
            and reading.body["fingerprint"] == fingerprint
            and self._stands(reading, sightings[-1])
        ):
            return
        plan.tasks.append(self.task(configuration, delivery_id, sighting.subject, mapping, is_frame_file))
        plan.mapping_of[identity], plan.fingerprints[identity] = mapping, fingerprint

    def _lacks_key(self, configuration: OrganisationConfiguration, mapping_id: str) -> bool:
        """Whether ids could not be hashed, or people who were erased not be recognised."""
        organisation_id = configuration.organisation_id
        if configuration.accepted[mapping_id].newest.source.delivery != "respondent":
            return False
        keys = self.keys.keys_of(organisation_id)
        return not keys or not self._erased(organisation_id).checkable(keys)

    def _erased(self, organisation_id: str) -> Tombstones:
        return self.tombstones.get(organisation_id, NOTHING_ERASED)

    def _stands(self, reading: Entry, sighting: Entry) -> bool:
        """Whether an earlier reading need not be repeated.

        A restored work folder may hold landing only, and a landed file may have been damaged since: both are read
        again. A fault of ours is tried again when the file is dropped again, a day that was yet to come once it is
        there: how many runs there were may change no figure.
        """
        ripe_on = reading.body["reading"].get("ripe_on")
        if ripe_on is not None and self.today >= date.fromisoformat(ripe_on):
            return False
        codes = {problem["code"] for problem in reading.body["reading"]["problems"]}
        if codes & _OUR_FAULTS and sighting.entry_id > reading.entry_id:
            return False
        if not reading.body["reading"]["rows_landed"] or reading.body.get("is_frame_file"):
            return True
        identity = (reading.organisation_id, reading.subject)
        places = (self.work.landed_file(*identity), self.work.process_file(*identity))
        return any(_is_whole(place, reading.body["reading"].get("landed_sha256")) for place in places)

    def _refusal(
        self,
        configuration: OrganisationConfiguration,
        delivery_id: str,
        sighting: Entry,
        reading: Entry | None,
    ) -> Refusal | None:
        """Why a delivery cannot be read now; None when it can, or when an earlier reading simply stands."""
        organisation_id = configuration.organisation_id
        matching = configuration.readers_of(sighting.subject)
        is_frame_file = configuration.is_frame_file(sighting.subject)
        if sighting.body.get("refused"):
            return Refusal(organisation_id, delivery_id, "rejected", ((sighting.body["refused"], 1),))
        if sighting.body.get("waits") or not _complete(sighting):
            return Refusal(organisation_id, delivery_id, "waiting", (("MH-WACHT", 1),))
        if len(matching) > 1:
            return Refusal(
                organisation_id,
                delivery_id,
                "waiting",
                (("MH-MAPPING-DUBBEL", len(matching)), ("mapping_invalid", 1)),
            )
        if not matching and reading is not None:
            return None
        if not matching and configuration.issues:
            return Refusal(organisation_id, delivery_id, "waiting", (("mapping_invalid", 1),))
        if not matching:
            return Refusal(organisation_id, delivery_id, "rejected", (("MH-MAPPING", 1),))
        if reading is None and not is_frame_file and self._lacks_key(configuration, matching[0]):
            return Refusal(organisation_id, delivery_id, "waiting", (("key_missing", 1),))
        return None

    def fingerprint(self, configuration: OrganisationConfiguration, mapping: AcceptedMapping) -> str:
        """Changes whenever reading the same bytes again could land something else."""
        organisation_id = configuration.organisation_id
        key = self.keys.current(organisation_id)
        parts = [
            READING_VERSION,
            REDACTION_VERSION,
            mapping.digest,
            hashlib.sha256(key.secret).hexdigest() if key is not None else "",
            self._tables_digest,
            repr(configuration.limits),
            *filter(None, [self._erased(organisation_id).digest]),
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @cached_property
    def _tables_digest(self) -> str:
        tables = {name: self.reference.tables.get(name, ()) for name in _READING_TABLES}
        return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()

    def task(
        self,
        configuration: OrganisationConfiguration,
        delivery_id: str,
        key: str,
        mapping: AcceptedMapping,
        is_frame_file: bool = False,
    ) -> ReadingTask:
        """The work order for a reader."""
        organisation_id = configuration.organisation_id
        secret = self.keys.current(organisation_id)
        name = f"{delivery_id}.parquet"
        is_process = mapping.newest.source.delivery == "process"
        place = self.work.process_file if is_process else self.work.landed_file
        return ReadingTask(
            path=str(self.work.landing / delivery_id),
            file_name=key,
            organisation_id=organisation_id,
            delivery_id=delivery_id,
            mapping_file=str(mapping.path),
            model_dir=str(self.work.model),
            key=secret.secret if secret is not None else None,
            key_version=secret.version if secret is not None else None,
            landed_path=str(place(organisation_id, delivery_id)),
            comments_path=str(self.work.comments / organisation_id / name),
            quarantine_path=str(self.work.quarantine / organisation_id / name),
            today=self.today,
            limits=configuration.limits,
            is_frame_file=is_frame_file,
            erased=() if is_frame_file else self._erased_under_keys(organisation_id),
        )

    def _erased_under_keys(self, organisation_id: str) -> tuple[Erased, ...]:
        erased = self._erased(organisation_id)
        return tuple(
            Erased(
                key.secret,
                erased.respondents.get(key.version, frozenset()),
                erased.responses.get(key.version, frozenset()),
            )
            for key in self.keys.keys_of(organisation_id)
            if key.version in erased.key_versions
        )


def _complete(sighting: Entry) -> bool:
    """Whether size and hash are those the sender's marker names; without a marker nothing contradicts it."""
    marker = sighting.body.get("marker") or {}
    size, sha256 = sighting.body["size"], sighting.body["sha256"]
    return bool(marker.get("size", size) == size and marker.get("sha256", sha256) == sha256)


def _is_whole(path: Path, sha256: str | None) -> bool:
    """Whether a landed file is there with the content it was written with; older readings do not tell which."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return False
    return not sha256 or _sha256_at(path, about.st_mtime_ns, about.st_size) == sha256


@cache
def _sha256_at(path: Path, _mtime_ns: int, _size: int) -> str:
    """A night asks twice: when it reads, and when it settles."""
    return durable.file_sha256(path)


def _followed(waiting: Refusal, places: list[list[Entry]], now: datetime) -> Refusal:
    """What became of a delivery that waited, from all that was ever sighted in the places where it lay."""
    newest = max((entries[-1] for entries in places), key=lambda entry: entry.entry_id)
    if all(entries[-1].body["sha256"] != waiting.delivery_id for entries in places):
        return replace(waiting, status="replaced", codes=(), replaced_by=str(newest.body["sha256"]))
    since = min(
        datetime.fromisoformat(_since(entries, waiting.delivery_id).at)
        for entries in places
        if entries[-1].body["sha256"] == waiting.delivery_id
    )
    if now - since >= _LONG_WAIT:
        return replace(waiting, codes=(*waiting.codes, ("MH-WACHT-LANG", 1)))
    return waiting


def _since(entries: list[Entry], delivery_id: str) -> Entry:
    """The first of the sightings at the end that are all of this delivery."""
    first = entries[-1]
    for entry in reversed(entries):
        if entry.body["sha256"] != delivery_id:
            break
        first = entry
    return first
