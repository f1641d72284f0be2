"""The gate as the night calls it: which deliveries are judged, against what history, and the verdicts to the ledger.

Belongs here: gathering the gate's input from the ledger. Does not belong here: rules, thresholds or verdicts.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from expectations import Delivery, RuleResult, Verdict, judge
from orchestration.installation import Installation
from sources.configuration import AcceptedMapping
from sources.ledger import Entry, Ledger
from sources.outcome import Outcome
from sources.periods import ended
from sources.readers.reading import Reading
from sources.records import reading_of
from sources.state import SCHEMAS, codebook_rows, item_rows

Mappings = Mapping[str, Mapping[str, AcceptedMapping]]


def judge_new(
    installation: Installation, ledger: Ledger, mappings: Mappings, today: date
) -> tuple[RuleResult, ...]:
    """Judge every landed reading that has no verdict of its own yet; returns one result per rule."""
    readings, verdicts = ledger.latest("reading"), ledger.latest("verdict")
    landed = {
        key: entry
        for key, entry in readings.items()
        if entry.body["reading"]["outcome"] == "landed"
        and not entry.body.get("is_frame_file")
        and entry.body["mapping_digest"] in mappings.get(key[0], {})
    }
    fresh = {key: entry for key, entry in landed.items() if not _is_judged(entry, verdicts.get(key))}
    current = {
        key for key, entry in ledger.latest("outcome").items() if Outcome.from_body(entry.body).is_current
    }
    retained = ledger.latest("retained").keys()
    concerned = {organisation_id for organisation_id, _ in fresh}
    history = {
        key: entry
        for key, entry in landed.items()
        # Counts tell nothing of the responses that a delivery is compared with.
        if key[0] in concerned and key in current and key not in fresh and key not in retained
    }
    judgement = judge(
        [_delivery(installation, entry, mappings, today) for entry in fresh.values()],
        [_delivery(installation, entry, mappings, today) for entry in history.values()],
        *_questions(installation, [*fresh.values(), *history.values()], mappings),
        model_nodes=installation.reference.tables["ref_model_node"],
        docs_dir=installation.work.data_docs,
    )
    ledger.append("verdict", [_entry(one, fresh) for one in judgement.verdicts])
    return judgement.rules


def _is_judged(reading: Entry, verdict: Entry | None) -> bool:
    """Whether a verdict is about this very reading: reading a file again asks for a new one."""
    return verdict is not None and verdict.body["fingerprint"] == reading.body["fingerprint"]


def _delivery(installation: Installation, entry: Entry, mappings: Mappings, today: date) -> Delivery:
    mapping = mappings[entry.organisation_id][str(entry.body["mapping_digest"])]
    reading = reading_of(entry)
    return Delivery(
        delivery_id=entry.subject,
        organisation_id=entry.organisation_id,
        instrument_id=mapping.newest.instrument.id,
        landed_path=installation.work.landed_file(entry.organisation_id, entry.subject),
        reading=reading,
        population=people(reading, "population"),
        invited=people(reading, "invited"),
        running_periods=frozenset(period for period in reading.period_rows if not ended(period, today)),
    )


def people(reading: Reading, measure: str) -> int | None:
    """How many people a delivery tells of; None when it does not tell for every period it has rows of."""
    counts = [one for one in reading.frame_counts if one.measure == measure]
    is_whole = reading.period_rows and {one.period_id for one in counts} == set(reading.period_rows)
    return sum(one.value for one in counts) if is_whole else None


def _questions(
    installation: Installation, entries: Iterable[Entry], mappings: Mappings
) -> tuple[pa.Table, pa.Table]:
    """The state tables mapping_item and codebook, for the mapping versions that these readings used."""
    items: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    decimals: dict[tuple[str, str], set[tuple[str, int, str]]] = {}
    for entry in entries:
        digest = str(entry.body["mapping_digest"])
        decimals.setdefault((entry.organisation_id, digest), set()).update(reading_of(entry).decimals)
    seen: set[tuple[str, str, str]] = set()
    for (organisation_id, digest), observed in sorted(decimals.items()):
        for version in mappings[organisation_id][digest].versions:
            key = (organisation_id, version.mapping_id, version.mapping_version)
            if key not in seen:
                seen.add(key)
                items += item_rows(organisation_id, version)
                answers += codebook_rows(organisation_id, version, observed, installation.reference)
    return (
        pa.Table.from_pylist(items, SCHEMAS["mapping_item"]),
        pa.Table.from_pylist(answers, SCHEMAS["codebook"]),
    )


def _entry(verdict: Verdict, fresh: Mapping[tuple[str, str], Entry]) -> tuple[str, str, dict[str, Any]]:
    reading = fresh[verdict.organisation_id, verdict.delivery_id]
    findings = [
        {
            "code": one.code,
            "severity": one.problem_severity,
            "count": one.count if one.count is not None else 1,
            "column": one.node_id,
        }
        for one in verdict.findings
        if one.is_told
    ]
    body = {
        "fingerprint": reading.body["fingerprint"],
        "verdict": verdict.verdict,
        "findings": findings,
    }
    return verdict.organisation_id, verdict.delivery_id, body
