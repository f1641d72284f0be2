"""Intake: look what is new, plan what has to be read, have it read, and write it down.

Belongs here: the order of these, and the readings of a run. Does not belong here: the steps themselves (`discovery`,
`planning`, `readers`).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sources.bucket import Bucket, ObjectChanged, StorageError, StoredObject
from sources.configuration import OrganisationConfiguration, configure
from sources.discovery import Discovery, Lookout
from sources.ledger import Ledger
from sources.planning import Plan, Planner
from sources.pseudonyms import KeyRing
from sources.readers.pool import ReaderPool
from sources.readers.reading import UNWRITTEN, Reading, ReadingTask
from sources.reference import Reference
from sources.tombstones import NOTHING_ERASED, Tombstones
from sources.workfolder import WorkFolder

# Every write waits for the disk, and what was not written is read again after a crash.
_LEDGER_SECONDS = 1.0


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
    is_pulling: bool = True

    @property
    def _lookout(self) -> Lookout:
        return Lookout(
            self.bucket,
            self.work.landing,
            self.organisations_dir,
            self.reference,
            self.ledger,
            self.tombstones,
            self.is_pulling,
        )

    def discover(self, only: str | None = None) -> Discovery:
        """Sight every object that is new or changed and copy it to landing; StorageError when the bucket is away."""
        return self._lookout.discover(only)

    def plan(self, configurations: dict[str, OrganisationConfiguration], only: str | None = None) -> Plan:
        """What has to be read, and what cannot be; with `only`, nothing of other organisations is read."""
        planner = Planner(self.work, self.reference, self.keys, self.ledger, self.today, self.tombstones)
        return planner.plan(configurations, only)

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

    def fetch(self, plan: Plan) -> None:
        """Copy what has to be read and is not in landing any more from its store again, and drop what is not there.

        An erasure or the landing's term removed the copy. Of a file that left its store the last reading stands.
        """
        wanted = {task.organisation_id for task in plan.tasks if not Path(task.path).exists()}
        for organisation_id in sorted(wanted):
            own = [task for task in plan.tasks if task.organisation_id == organisation_id]
            for listing, _ in self._lookout.listings(organisation_id, has_folder=True):
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
            if (
                self.tombstones.get(task.organisation_id, NOTHING_ERASED).names_people
                and not reading.is_free_of_erased
            ):
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
            "reading": {**asdict(reading), "cpu_seconds": {}},
        }
        return (*identity, body)
