"""The landing's own term: how long a raw copy of a delivery is kept beside what was read from it.

Belongs here: which copies have served their time. Does not belong here: erasure (`erasure`), and how long figures and
rows stay. A copy is only needed to read a file again; after its term that is done from the bucket, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sources.ledger import Ledger
from sources.workfolder import WorkFolder

ENVIRONMENT_VARIABLE = "MEETHUIS_LANDING_DAYS"
DEFAULT_DAYS = 400


class TermError(Exception):
    """The term is no whole number of days (an operator's error)."""


def landing_days(environment: Mapping[str, str]) -> int:
    """The term in days, 400 where none is set; raises TermError."""
    text = environment.get(ENVIRONMENT_VARIABLE, "").strip() or str(DEFAULT_DAYS)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 36_500:
        raise TermError(f"{ENVIRONMENT_VARIABLE}: expected a whole number of days from 1 to 36500")
    return int(text)


def expired_copies(ledger: Ledger, work: WorkFolder, now: datetime, days: int) -> list[Path]:
    """Copies of deliveries that were last seen in the store more than `days` ago and have been read since."""
    last_seen: dict[str, str] = {}
    for entry in ledger.entries("sighting"):
        sha256 = str(entry.body["sha256"])
        last_seen[sha256] = max(last_seen.get(sha256, ""), entry.at)
    read = {delivery_id for _, delivery_id in ledger.latest("reading")}
    before = (now - timedelta(days=days)).isoformat()
    copies = (work.landing / one for one, at in sorted(last_seen.items()) if at < before and one in read)
    return [path for path in copies if path.exists()]
