"""Answering: receipts and the overview in every organisation's folder, for what changed.

Belongs here: who is owed an answer, and what it says of the publication. Does not belong here: the texts
(`sources.receipts`, `sources.overview`).
"""

from bisect import bisect
from dataclasses import dataclass
from datetime import date

from orchestration.installation import Installation
from orchestration.messages import texts
from sources import overview
from sources.bucket import StorageError
from sources.ledger import Ledger
from sources.outcome import Outcome
from sources.overview import Arrival, overview_page
from sources.receipts import receipts_of, write_receipt


@dataclass(frozen=True)
class Desk:
    """Answers from the ledger; one folder that cannot be written leaves the others' answers alone."""

    installation: Installation
    ledger: Ledger
    today: date

    def answer(self, unanswered: set[str]) -> int:
        """Write what is owed since receipts were last all written; adds to `unanswered` whom that failed for."""
        written, since = 0, self._last_answered()
        changed = [one for one in self.ledger.latest("outcome").values() if one.entry_id > since]
        published_in = self._published_in() if changed else {}
        for entry in changed:
            if entry.organisation_id in unanswered:
                continue
            snapshot_id = published_in.get((entry.organisation_id, entry.subject))
            try:
                for receipt in receipts_of(Outcome.from_body(entry.body), entry.at, snapshot_id, texts()):
                    written += write_receipt(self.installation.bucket, receipt)
            except StorageError:
                unanswered.add(entry.organisation_id)
        for organisation_id in sorted({one.organisation_id for one in changed} - unanswered):
            try:
                self._write_overview(organisation_id)
            except StorageError:
                unanswered.add(organisation_id)
        return written

    def _last_answered(self) -> int:
        """The entry of the last publication whose run ended with every receipt written; 0 when there is none."""
        answered = {
            entry.subject
            for entry in self.ledger.entries("run")
            if entry.body.get("event") == "finished" and not entry.body.get("unanswered")
        }
        publications = self.ledger.entries("publication")
        return max((entry.entry_id for entry in publications if entry.run_id in answered), default=0)

    def _published_in(self) -> dict[tuple[str, str], str]:
        """The first publication since a delivery counts without interruption, for every one that has one."""
        since: dict[tuple[str, str], int] = {}
        for entry in self.ledger.entries("outcome"):
            key = (entry.organisation_id, entry.subject)
            if entry.body["is_current"]:
                since.setdefault(key, entry.entry_id)
            else:
                since.pop(key, None)
        publications = list(self.ledger.entries("publication"))
        moments = [one.entry_id for one in publications]
        following = {key: bisect(moments, entry_id) for key, entry_id in since.items()}
        return {key: publications[at].subject for key, at in following.items() if at < len(publications)}

    def _write_overview(self, organisation_id: str) -> None:
        entries = self.ledger.latest("outcome", organisation_id).values()
        arrivals = [
            Arrival(entry.subject, entry.body["stored_at"], entry.body["sha256"])
            for entry in self.ledger.entries("sighting", organisation_id)
        ]
        page = overview_page(
            self.installation.reference.name_of(organisation_id, self.today),
            arrivals,
            [Outcome.from_body(entry.body) for entry in entries],
            max(entry.at for entry in entries),
            texts(),
        )
        self.installation.bucket.write_text(organisation_id, overview.NAME, page)
