"""Intake: sight what is new in the bucket, copy it to landing and have it read.

Belongs here: which objects need copying, which deliveries need (re)reading and why others wait. Does not belong here:
how a file is read (`readers`), whether it is good (`expectations`), whether it counts (`currency`).
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sources import durable
from sources.bucket import (
    Bucket,
    Listing,
    Marker,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
    StoredObject,
)
from sources.configuration import AcceptedMapping, OrganisationConfiguration, configure
from sources.frame_counts import FrameCount
from sources.ledger import Entry, Ledger
from sources.limits import DEFAULT_LIMITS
from sources.organisation_file import OrganisationFileError, load_organisation_file, own_source
from sources.pseudonyms import KeyRing
from sources.readers.erased_rows import Erased
from sources.readers.pool import ReaderPool
from sources.readers.reading import UNWRITTEN, Problem, Reading, ReadingTask
from sources.receipts import FOLDER
from sources.redaction import REDACTION_VERSION
from sources.reference import Reference
from sources.tombstones import Tombstones
from sources.workfolder import WorkFolder

# Raised when readers give other landed rows for the same file, so that landing copies are read again.
READING_VERSION = "4"

_NOTHING_ERASED = Tombstones()
TOO_LARGE = "MH-TEGROOT"
# Every write waits for the disk, and what was not written is read again after a crash.
_LEDGER_SECONDS = 1.0

# Faults of this installation, not of the file.
_OUR_FAULTS = frozenset({"MH-INTERN", "MH-LEZER", "MH-LIMIET"})

# From then on a file that is still not complete is worth a word to its sender.
_LONG_WAIT = timedelta(hours=24)

# Tables that a reader looks at; a new name in the organisation register must not re-read every file.
_READING_TABLES = (
    "ref_model_node", "ref_scale", "ref_scale_family", "ref_channel", "ref_audience", "ref_service",
    "ref_touchpoint", "ref_life_event", "ref_sample_design",
)  # fmt: skip


@dataclass(frozen=True)
class Discovery:
    """What the stores held: sighted organisations, folders nobody registered, organisations not (wholly) reached.

    `faults` says what could not be reached and why, `unfinished` names files that somebody's program has been busy with
    for over a day; both by organisation.
    """

    organisations: tuple[str, ...]
    unregistered: tuple[str, ...]
    unreachable: tuple[str, ...]
    sighted: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...] = ()
    unfinished: tuple[tuple[str, str], ...] = ()


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
class Intake:
    """The installation as intake needs it."""

    bucket: Bucket
    work: WorkFolder
    organisations_dir: Path
    reference: Reference
    keys: KeyRing
    ledger: Ledger
    today: date
    tombstones: Mapping[str, Tombstones] = field(default_factory=dict)

    def discover(self, only: str | None = None) -> Discovery:
        """Sight every object that is new or changed and copy it to landing.

        One folder that cannot be listed never stops the others; StorageError when the whole bucket cannot be.
        """
        folders = self.bucket.organisation_folders()
        registered = {name for name in folders if self.reference.knows_organisation(name)}
        wanted = [name for name in sorted(registered | self._with_own_store()) if only in (None, name)]
        known = _newest_sightings(self.ledger)
        faults, unfinished, sighted = [], [], []
        for organisation_id in wanted:
            for listing, fault in self._listings(organisation_id, organisation_id in registered):
                fresh: list[tuple[str, str, dict[str, Any]]] = []
                found = [fault] if fault else []
                if listing is not None:
                    unfinished += [(organisation_id, key) for key in listing.unfinished]
                    found += [f"folder {key!r} may not be listed" for key in listing.closed]
                    try:
                        fresh.extend(self._sight(organisation_id, listing, known, found))
                    except StorageError as error:
                        found.append(str(error))
                self.ledger.append("sighting", fresh)
                sighted += [(organisation_id, str(body["sha256"])) for _, _, body in fresh]
                faults += [(organisation_id, text) for text in found]
        return Discovery(
            tuple(wanted),
            tuple(name if name.isprintable() else ascii(name) for name in folders if name not in registered),
            tuple(dict.fromkeys(organisation_id for organisation_id, _ in faults)),
            tuple(sighted),
            tuple(faults),
            tuple(unfinished),
        )

    def _with_own_store(self) -> set[str]:
        """Registered organisations with a file of their own, which may name a store to pull from."""
        named = {path.parent.name for path in self.organisations_dir.glob("*/organisation.yml")}
        return {name for name in named if self.reference.knows_organisation(name)}

    def _listings(
        self, organisation_id: str, has_folder: bool
    ) -> Iterator[tuple[Listing | None, str | None]]:
        """What lies in the bucket and in the organisation's own store, or why that cannot be said."""
        if has_folder:
            try:
                self.bucket.sweep(organisation_id, FOLDER)
                yield self.bucket.listing(organisation_id), None
            except StorageError as error:
                yield None, str(error)
        try:
            source = own_source(self.organisations_dir, organisation_id)
            if source is not None:
                yield source.listing(organisation_id, ""), None
        except OrganisationFileError:
            # Told with the mappings, and all of the organisation waits for it.
            return
        except StorageError as error:
            yield None, f"own store: {error}"

    def _sight(
        self,
        organisation_id: str,
        listing: Listing,
        known: dict[tuple[str, str, str], Entry],
        faults: list[str],
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        most_bytes = self._most_bytes(organisation_id)
        for item in listing.objects:
            refusal = item.refusal or (TOO_LARGE if item.size > most_bytes else None)
            key = item.key.encode("utf-8", "backslashreplace").decode()
            seen = known.get((organisation_id, key, item.source))
            former = seen.body if seen is not None and _unchanged(seen.body, item) else None
            if former is not None and former.get("refused") == TOO_LARGE and refusal is None:
                former = None
            waits = refusal is None and not item.is_settled and not _has_settled(former, listing)
            if former is not None and (waits or not former.get("waits")):
                continue
            try:
                # Content that is not read has no sha256: its name stands for it.
                sha256 = (
                    hashlib.sha256(key.encode()).hexdigest()
                    if refusal or waits
                    else self.bucket.copy_to_landing(item, self.work.landing)
                )
            except ObjectChanged:
                continue
            except ObjectUnreadable as error:
                faults.append(f"{key}: {error}")
                continue
            if sha256 in self._erased(organisation_id).deliveries:
                (self.work.landing / sha256).unlink(missing_ok=True)
            body = {
                "sha256": sha256,
                "size": item.size,
                "stored_at": item.stored_at,
                "marker": item.marker.as_dict() if item.marker else None,
            }
            noted = {
                "refused": refusal,
                # By the machine's clock, as everything that is held against a store's time.
                "waits": time.time() if waits else None,
                "version": item.version,
                "source": item.source,
            }
            yield organisation_id, key, body | {name: value for name, value in noted.items() if value}

    def _most_bytes(self, organisation_id: str) -> int:
        """The size from which a file is not even copied; its organisation may have a limit of its own."""
        try:
            return load_organisation_file(self.organisations_dir, organisation_id).limits.file_bytes
        except OrganisationFileError:
            return DEFAULT_LIMITS.file_bytes

    def configurations(self) -> dict[str, OrganisationConfiguration]:
        """Configuration of every organisation that has mapping files or deliveries."""
        folders = {path.name for path in self.organisations_dir.iterdir() if path.is_dir()}
        sighted = {organisation_id for organisation_id, _ in self.ledger.latest("sighting")}
        return {
            organisation_id: configure(
                self.organisations_dir, organisation_id, self.reference, self.ledger, self.work.mappings
            )
            for organisation_id in sorted(folders | sighted)
            if self.reference.knows_organisation(organisation_id)
        }

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
            own = at_place.setdefault(_place(entry), [])
            own.append(entry)
            places.setdefault((entry.organisation_id, str(entry.body["sha256"])), {})[_place(entry)] = own
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
        if delivery_id in self._erased(organisation_id).deliveries:
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
        return self.tombstones.get(organisation_id, _NOTHING_ERASED)

    def _stands(self, reading: Entry, sighting: Entry) -> bool:
        """Whether an earlier reading need not be repeated.

        A restored work folder may hold landing only, and a landed file may have been damaged since: both are read
        again. A fault of ours is tried again when the file is dropped again.
        """
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

    def fetch(self, plan: Plan) -> None:
        """Copy what has to be read and is not in landing any more from its store again, and drop what is not there.

        An erasure or the landing's term removed the copy. Of a file that left its store the last reading stands.
        """
        wanted = {task.organisation_id for task in plan.tasks if not Path(task.path).exists()}
        for organisation_id in sorted(wanted):
            own = [task for task in plan.tasks if task.organisation_id == organisation_id]
            for listing, _ in self._listings(organisation_id, has_folder=True):
                lying = {item.key: item for item in listing.objects} if listing is not None else {}
                for task in own:
                    if not Path(task.path).exists():
                        self._fetch(task, lying.get(task.file_name))
        plan.tasks = [task for task in plan.tasks if Path(task.path).exists()]

    def _fetch(self, task: ReadingTask, item: StoredObject | None) -> None:
        if item is None or item.refusal is not None:
            return
        try:
            sha256 = self.bucket.copy_to_landing(item, self.work.landing)
        except (ObjectChanged, StorageError):
            return
        if sha256 != task.delivery_id:
            (self.work.landing / sha256).unlink(missing_ok=True)

    def read(self, plan: Plan, pool: ReaderPool, progress: Callable[[], None]) -> list[tuple[str, Reading]]:
        """Have the planned deliveries read and write the readings to the ledger, those of a second at a time.

        Raises StorageError when a reader could not write.
        """
        done: list[tuple[str, Reading]] = []
        waiting: list[tuple[ReadingTask, Reading]] = []
        written_at = time.monotonic()
        for task, reading in pool.read(plan.tasks):
            if reading.outcome == UNWRITTEN:
                raise StorageError(f"{self.work.root} cannot be written: a reader met a full or failing disk")
            waiting.append((task, reading))
            done.append((task.organisation_id, reading))
            if time.monotonic() - written_at > _LEDGER_SECONDS:
                self._write(plan, waiting)
                waiting, written_at = [], time.monotonic()
            progress()
        self._write(plan, waiting)
        return done

    def _write(self, plan: Plan, readings: list[tuple[ReadingTask, Reading]]) -> None:
        self.ledger.append("reading", [self._entry(plan, task, reading) for task, reading in readings])
        for task, reading in readings:
            if self._erased(task.organisation_id).names_people and not reading.is_free_of_erased:
                # Nor may what was erased stay in the copy; the organisation has the file.
                (self.work.landing / task.delivery_id).unlink(missing_ok=True)

    @staticmethod
    def _entry(plan: Plan, task: ReadingTask, reading: Reading) -> tuple[str, str, dict[str, Any]]:
        identity = (task.organisation_id, task.delivery_id)
        mapping = plan.mapping_of[identity]
        body = {
            "fingerprint": plan.fingerprints[identity],
            "mapping_id": mapping.mapping_id,
            "mapping_digest": mapping.digest,
            "key_version": task.key_version,
            "is_frame_file": task.is_frame_file,
            "reading": {**asdict(reading), "item_counts": [], "cpu_seconds": {}},
        }
        return (*identity, body)


def sightings_by_delivery(ledger: Ledger) -> dict[tuple[str, str], list[Entry]]:
    """All sightings by `(organisation_id, delivery_id)`, each list in the order of the ledger."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in ledger.entries("sighting"):
        found.setdefault((entry.organisation_id, str(entry.body["sha256"])), []).append(entry)
    return found


def reading_of(entry: Entry) -> Reading:
    """The reading that a ledger entry holds."""
    body = dict(entry.body["reading"])
    body["problems"] = tuple(
        Problem(**{**problem, "example_rows": tuple(problem["example_rows"])}) for problem in body["problems"]
    )
    body["mapping_versions"] = tuple(body["mapping_versions"])
    body["decimals"] = tuple((version, seq, raw) for version, seq, raw in body["decimals"])
    body["frame_counts"] = tuple(FrameCount(**count) for count in body.get("frame_counts", ()))
    return Reading(**body)


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


def _unchanged(body: Any, item: StoredObject) -> bool:
    marker = Marker(**body["marker"]) if body.get("marker") else None
    seen = (body["size"], body["stored_at"], marker, body.get("version", item.version))
    return seen == (item.size, item.stored_at, item.marker, item.version)


def _has_settled(former: Any, listing: Listing) -> bool:
    """Whether an earlier run saw the very same long enough ago: a store's clock may be ahead of ours."""
    return former is not None and time.time() - former.get("waits", time.time()) >= listing.settle_seconds


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


def _place(entry: Entry) -> tuple[str, str, str]:
    """Where an object lies: the same key may be in the bucket and in the organisation's own store."""
    return entry.organisation_id, entry.subject, entry.body.get("source", "")


def _newest_sightings(ledger: Ledger) -> dict[tuple[str, str, str], Entry]:
    return {_place(entry): entry for entry in ledger.entries("sighting")}
