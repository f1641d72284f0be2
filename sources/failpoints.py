"""Fail points: the moments at which a crash is tried out, one before and one after every step of a durable write.

Belongs here: their names, and dying at the one that `MEETHUIS_FAILPOINT` names. Does not belong here: the writes
(`durable`, `ledger`, `receipts`). Without the variable a point costs a look-up and does nothing.
"""

import os
import signal

VARIABLE = "MEETHUIS_FAILPOINT"

WRITES = (
    "landing", "mapping", "landed", "exceptions", "resolved", "state", "warehouse", "history", "in_force", "basis",
    "snapshot", "snapshot_manifest", "link", "manifest", "published_states", "ledger_head", "ledger_copy",
)  # fmt: skip
WRITTEN, SYNCHRONISED, RENAMED = "written", "synchronised", "renamed"
COMMITS = (
    "sighting", "mapping", "reading", "verdict", "outcome", "run", "publication", "retained", "erasure", "erased",
    "decision", "rollback",
)  # fmt: skip
UNCOMMITTED, COMMITTED = "uncommitted", "committed"
RECEIPT = ("receipt:unwritten", "receipt:half", "receipt:written")
POINTS: tuple[str, ...] = (
    *(f"{write}:{moment}" for write in WRITES for moment in (WRITTEN, SYNCHRONISED, RENAMED)),
    *(f"ledger.{kind}:{moment}" for kind in COMMITS for moment in (UNCOMMITTED, COMMITTED)),
    *RECEIPT,
)


def reached(point: str) -> None:
    """Kill this process and every other of its group, as a power cut would, if this is the point to die at."""
    if os.environ.get(VARIABLE) == point:
        os.killpg(0, signal.SIGKILL)
