"""The inbox: what organisations ask for in their folder beside delivering: decisions and erasure.

Belongs here: taking both into the ledger before anything is read, and answering them. Does not belong here: what
follows from a decision (`sources.currency`) and how something is erased (`sources.erasure`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from orchestration.installation import Installation
from sources import erasure
from sources.bucket import StorageError
from sources.decisions import decided_in_folder
from sources.erasure_requests import RequestFile, answer, request_files, tombstone_bodies
from sources.ledger import Ledger


@dataclass
class Inbox:
    """The requests of one run. A folder that cannot be read is told as unreachable by discovery already."""

    installation: Installation
    ledger: Ledger
    now: datetime
    requests: list[RequestFile] = field(default_factory=list)
    # How many request files were executed, refused, or wait for a key.
    answered: Counter[str] = field(default_factory=Counter)

    def take(self, organisation_ids: Iterable[str]) -> None:
        """Write down what these organisations decided and asked to be erased."""
        bucket = self.installation.bucket
        for organisation_id in organisation_ids:
            try:
                found = decided_in_folder(bucket, self.ledger, organisation_id)
                files = request_files(bucket, organisation_id)
            except StorageError:
                continue
            self.ledger.append("decision", found)
            for file in files:
                self._take_request(file)
            self.requests += files

    def _take_request(self, file: RequestFile) -> None:
        organisation_id = file.organisation_id
        known = {entry.subject for entry in self.ledger.entries("erasure", organisation_id)}
        keys = self.installation.keys.keys_of(organisation_id)
        if file.refusal is None and file.sha256 not in known and keys:
            bodies = tombstone_bodies(file, keys)
            erasure.require(self.ledger, self.installation.work, organisation_id, file.sha256, bodies)

    def carry_out(self, only: str | None) -> set[str]:
        """Erase what was asked for, after the files were read again, and answer; returns who could not be answered."""
        for organisation_id, entries in erasure.unfinished(self.ledger).items():
            if only in (None, organisation_id):
                erasure.carry_out(self.ledger, self.installation.work, entries)
        unanswered = set()
        for file in self.requests:
            gone = erasure.counts_of(self.ledger, file.organisation_id, file.sha256)
            if gone is None and file.refusal is None:
                self.answered["key_missing"] += 1
                continue
            self.answered["refused" if gone is None else "executed"] += 1
            try:
                answer(self.installation.bucket, file, self.now.isoformat(), gone)
                if gone is not None:
                    # Last: a night that dies before finds the file again, and gives the same answer.
                    self.installation.bucket.delete(file.organisation_id, file.key)
            except StorageError:
                unanswered.add(file.organisation_id)
        return unanswered
