"""Decisions: what people decided about a delivery, and where they did so.

Belongs here: reading decisions from the ledger, taking them from a sender's marker or from `_besluiten/`, and checking
that a decision can be taken at all. Does not belong here: what follows from one (`currency`).
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from sources.bucket import Bucket
from sources.currency import Decision
from sources.ledger import Entry, Ledger
from sources.outcome import Outcome

FOLDER = "_besluiten"
RELEASE, WITHDRAW = "release", "withdraw"
SHORTEST_ID = 12
_SUFFIXES = {".akkoord": RELEASE, ".intrekken": WITHDRAW}
# Who decided, where nobody gave a name: whoever may write in the organisation's folder.
STEWARD = "steward"


class DecisionError(Exception):
    """A decision that cannot be taken: no such delivery, or nothing to decide (exit code 3, nothing touched)."""


def named_delivery(outcomes: Iterable[Outcome], sha256: str, organisation_id: str | None = None) -> Outcome:
    """The one delivery whose id is, or begins with, `sha256`; raises DecisionError."""
    wanted = sha256.strip().lower()
    if len(wanted) < SHORTEST_ID or wanted.strip("0123456789abcdef"):
        raise DecisionError(f"expected the sha256 of a delivery, or at least its first {SHORTEST_ID} digits")
    found = [
        one
        for one in outcomes
        if one.delivery_id.startswith(wanted) and organisation_id in (None, one.organisation_id)
    ]
    if not found:
        raise DecisionError(
            f"no delivery {wanted[:SHORTEST_ID]} is known; `meethuis status` lists what waits"
        )
    if len(found) > 1:
        raise DecisionError(f"{len(found)} deliveries begin with {wanted[:SHORTEST_ID]}: give all 64 digits")
    return found[0]


def require_decidable(decision: str, outcome: Outcome) -> None:
    """Raise DecisionError unless the decision would change how the delivery stands."""
    if decision == RELEASE and outcome.status not in ("held", "withdrawn"):
        raise DecisionError(
            f"delivery {outcome.delivery_id[:SHORTEST_ID]} of {outcome.organisation_id} is {outcome.status};"
            " only what is held or withdrawn can be released"
        )
    if decision == WITHDRAW and outcome.status == "withdrawn":
        raise DecisionError(
            f"delivery {outcome.delivery_id[:SHORTEST_ID]} of {outcome.organisation_id} is withdrawn already"
        )


def entry(decision: str, outcome: Outcome, by: str, **facts: str | None) -> tuple[str, str, dict[str, Any]]:
    """A ledger entry. It keeps the codes that stood there: a hold for another reason asks for another decision."""
    body = {
        "decision": decision,
        "by": by,
        "codes": sorted({problem.code for problem in outcome.problems}),
        **facts,
    }
    return outcome.organisation_id, outcome.delivery_id, body


def decisions_by_delivery(ledger: Ledger) -> dict[tuple[str, str], list[Decision]]:
    """Every decision by `(organisation_id, delivery_id)`, in the order they were taken."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for one in ledger.entries("decision"):
        found.setdefault((one.organisation_id, one.subject), []).append(
            Decision(one.entry_id, one.body["decision"] == RELEASE, frozenset(one.body["codes"]))
        )
    return found


def withdrawals_by_marker(sightings: Iterable[Entry]) -> Iterator[Decision]:
    """Decisions of the sender, who says `kind: withdrawal` in the marker beside a file."""
    for sighting in sightings:
        if (sighting.body.get("marker") or {}).get("kind") == "withdrawal":
            yield Decision(sighting.entry_id, is_release=False)


def decided_in_folder(
    bucket: Bucket, ledger: Ledger, organisation_id: str
) -> list[tuple[str, str, dict[str, Any]]]:
    """Ledger entries for the files in `_besluiten/` that were not acted upon yet.

    A file that names nothing to decide is left for a later run: what it names may still come to be held.
    """
    files = bucket.special_files(organisation_id, FOLDER)
    if not files:
        return []
    known = ledger.entries("decision", organisation_id)
    done = {(one.body.get("file"), one.body.get("stored_at")) for one in known}
    latest = ledger.latest("outcome", organisation_id).values()
    outcomes = [Outcome.from_body(one.body) for one in latest]
    found = []
    for item in files:
        path = PurePosixPath(item.key)
        decision = _SUFFIXES.get(path.suffix)
        if decision is None or (path.name, item.stored_at) in done:
            continue
        try:
            outcome = named_delivery(outcomes, path.stem)
            require_decidable(decision, outcome)
        except DecisionError:
            continue
        found.append(entry(decision, outcome, STEWARD, file=path.name, stored_at=item.stored_at))
    return found
