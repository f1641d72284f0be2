"""Interventions: what an operator decides between two nights, written to the ledger for the next night to act on.

Belongs here: `release`, `withdraw` and `rollback`. Does not belong here: what follows from a decision about a delivery
(`sources.currency`), and erasure (`erasure`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from orchestration import publication
from orchestration.dashboards import refresh_dashboards
from orchestration.lock import run_lock
from orchestration.log import record
from orchestration.settings import Settings
from sources import decisions
from sources.decisions import RELEASE, WITHDRAW, DecisionError, named_delivery, require_decidable
from sources.ledger import Ledger
from sources.outcome import Outcome
from sources.workfolder import WorkFolder

_SNAPSHOT_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def release(settings: Settings, what: str, by: str) -> str:
    """Release a held or withdrawn delivery, or a publication that was rolled back; raises DecisionError."""
    if not _SNAPSHOT_ID.fullmatch(what.strip()):
        return _decide(settings, RELEASE, what, by, None)
    with _ledger(settings) as ledger:
        held = publication.held_publication(ledger)
        if held is None or held.snapshot_id != what.strip():
            stands = f"{held.snapshot_id} is what stands rolled back" if held else "no publication is held"
            raise DecisionError(f"{what.strip()} is not held: {stands}")
        ledger.append("rollback", [("", held.snapshot_id, {"event": "released", "by": by})])
    record("release", held.snapshot_id, "released", by=by)
    return f"{held.snapshot_id} is released: the next run publishes the figures of that night"


def withdraw(settings: Settings, sha256: str, by: str, reason: str) -> str:
    """Take a delivery back; raises DecisionError."""
    return _decide(settings, WITHDRAW, sha256, by, reason)


def _decide(settings: Settings, decision: str, sha256: str, by: str, reason: str | None) -> str:
    with _ledger(settings) as ledger:
        outcomes = [Outcome.from_body(entry.body) for entry in ledger.latest("outcome").values()]
        outcome = named_delivery(outcomes, sha256)
        require_decidable(decision, outcome)
        ledger.append("decision", [decisions.entry(decision, outcome, by, reason=reason)])
    done = "released" if decision == RELEASE else "withdrawn"
    record(decision, outcome.delivery_id[:12], done, organisation_id=outcome.organisation_id, by=by)
    return (
        f"{outcome.organisation_id}: delivery {outcome.delivery_id[:12]} ({outcome.status}) is {done};"
        " the next run acts on it"
    )


def rollback(settings: Settings, snapshot_id: str | None, by: str, reason: str) -> str:
    """Put an earlier snapshot back in force, until it is released; raises DecisionError.

    Nothing new is published meanwhile. Deliveries are taken in and answered as always.
    """
    with _ledger(settings) as ledger:
        publication.repair(settings.published)
        former = publication.published_manifest(settings.published)
        chosen = snapshot_id or publication.snapshot_before(settings.published)
        if chosen is None:
            raise DecisionError("there is no earlier snapshot to go back to")
        if former is not None and former["snapshot_id"] == chosen:
            raise DecisionError(f"{chosen} is the publication in force")
        if not publication.is_kept(settings.published, chosen):
            kept = ", ".join(publication.kept_snapshots(settings.published)) or "none"
            raise DecisionError(f"{chosen} is not kept whole; kept are: {kept}")
        body = {"event": "rolled_back", "by": by, "reason": reason}
        # First the record: a crash in between leaves the old figures in force, and the night publishes nothing new.
        ledger.append("rollback", [("", chosen, body)])
        # The last publication's notes would let the next one build on the file that was rolled back.
        WorkFolder(settings.work).published_states.unlink(missing_ok=True)
        publication.put_back(settings.published, chosen)
    record("rollback", chosen, "in force", by=by)
    fault = refresh_dashboards(chosen).fault
    told = f"\n{fault}" if fault else ""
    return f"{chosen} is in force again and stays until `meethuis release {chosen} --by NAME`{told}"


@contextmanager
def _ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of an installation in which no run is active."""
    work = WorkFolder(settings.work)
    if not work.ledger.exists():
        raise DecisionError(f"there is no ledger in {settings.work}: nothing ran here yet")
    with run_lock(work.root), Ledger(work.ledger, uuid4().hex, settings.clock) as ledger:
        yield ledger
