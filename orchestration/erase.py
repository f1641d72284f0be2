"""Erasure on an operator's word: one person, or one delivery, out of every layer at once.

Belongs here: `erase`, which is the erasing half of a night for one organisation. Does not belong here: what is removed
(`sources.erasure`). The figures follow in the next run, by the rule for revisions.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from orchestration.installation import ConfigurationError, Installation, open_installation
from orchestration.log import record
from orchestration.night import Night, night
from orchestration.settings import Settings
from sources import erasure, tombstones
from sources.bucket import StorageError
from sources.decisions import DecisionError, named_delivery
from sources.erasure_requests import RequestFile, answer


def erase(
    settings: Settings, organisation_id: str, respondent_id: str | None, delivery: str | None
) -> dict[str, Any]:
    """Erase a respondent or a delivery of an organisation; returns the receipt: what went, by layer.

    Raises ConfigurationError for an unknown organisation or one without a key, DecisionError for an unknown delivery.
    """
    if (respondent_id is None) == (delivery is None):
        raise ConfigurationError("give either --respondent or --delivery")
    installation = open_installation(settings)
    if not installation.reference.knows_organisation(organisation_id):
        raise ConfigurationError(f"--organisation: {organisation_id} is not in the register")
    with night(installation, organisation_id) as opened:
        body = _tombstone(opened, organisation_id, respondent_id, delivery)
        name = uuid4().hex
        erasure.require(opened.ledger, installation.work, organisation_id, name, [body])
        opened.read(opened.plan(), lambda: None)
        opened.erase()
        opened.judge()
        opened.settle()
        opened.answer()
        gone = erasure.counts_of(opened.ledger, organisation_id, name) or {}
        record("erase", name, "erased", organisation_id=organisation_id, **gone)
        return _receipt(installation, organisation_id, name, opened.now, gone)


def _tombstone(
    opened: Night, organisation_id: str, respondent_id: str | None, delivery: str | None
) -> dict[str, Any]:
    if delivery is not None:
        outcomes = opened.outcomes.get(organisation_id, [])
        return tombstones.of_delivery(named_delivery(outcomes, delivery).delivery_id)
    keys = opened.installation.keys.keys_of(organisation_id)
    if not keys:
        raise ConfigurationError(f"{organisation_id} has no pseudonym key, so nobody can be recognised")
    if not (respondent_id or "").strip():
        raise DecisionError("--respondent: expected the id that the organisation uses")
    return tombstones.of_respondent(organisation_id, respondent_id or "", keys)


def _receipt(
    installation: Installation, organisation_id: str, name: str, now: datetime, gone: dict[str, int]
) -> dict[str, Any]:
    file = RequestFile(organisation_id, "", name, ())
    try:
        return answer(installation.bucket, file, now.isoformat(), gone)
    except StorageError:
        record("erase", name, "receipt not written", organisation_id=organisation_id)
        return {"organisation_id": organisation_id, "status": "uitgevoerd", "erased": gone}


def show_erased(receipt: dict[str, Any]) -> str:
    """The receipt for the operator."""
    counts = "\n".join(f"{count:>8}  {name}" for name, count in receipt["erased"].items())
    return (
        f"Erased for {receipt['organisation_id']}, by layer:\n{counts}\n"
        "The warehouse is removed; the next run makes it anew and publishes the figures that follow."
    )
