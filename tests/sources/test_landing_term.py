"""The landing's term: copies that were read and have served their time go; everything else stays."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.landing_term import TermError, expired_copies, landing_days
from sources.ledger import Ledger
from sources.workfolder import WorkFolder

THEN, NOW = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def test_only_what_was_read_and_is_old_goes(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    work.create()
    for name in ("old", "unread", "again", "new"):
        (work.landing / name).touch()

    def seen(at: datetime, *names: str) -> None:
        with Ledger(work.ledger, "run", at) as ledger:
            ledger.append("sighting", [("uwv", f"{name}.csv", {"sha256": name}) for name in names])

    seen(THEN, "old", "unread", "again")
    seen(NOW, "again", "new")
    with Ledger(work.ledger, "run", NOW) as ledger:
        ledger.append("reading", [("uwv", name, {}) for name in ("old", "again", "new")])
        assert [path.name for path in expired_copies(ledger, work, NOW, 300)] == ["old"]
        assert expired_copies(ledger, work, NOW, 400) == []


def test_the_term_is_a_number_of_days() -> None:
    assert landing_days({}) == 400
    assert landing_days({"MEETHUIS_LANDING_DAYS": "30"}) == 30
    for text in ("0", "-1", "een jaar", "1.5"):
        with pytest.raises(TermError, match="whole number"):
            landing_days({"MEETHUIS_LANDING_DAYS": text})
