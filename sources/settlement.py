"""Settlement: the outcome of every delivery of an organisation, derived afresh from the ledger.

Belongs here: bringing sightings, readings, verdicts and refusals together into one outcome per delivery with the
counts of the receipt law. Does not belong here: the rules themselves (`currency`, `resolution`, `expected`).
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources import durable
from sources.configuration import AcceptedMapping
from sources.currency import (
    Candidate,
    Decision,
    Sighting,
    Standing,
    arrivals,
    lifts,
    release_in_force,
)
from sources.decisions import withdrawals_by_marker
from sources.expected import is_late
from sources.kept_resolution import resolve_or_recall
from sources.ledger import Entry
from sources.mapping import ordinal
from sources.messages import message
from sources.outcome import Outcome, Rows
from sources.past_terms import past_rows, standings_beside
from sources.periods import covers, day_of, is_period
from sources.planning import Refusal
from sources.readers.reading import Problem, Reading
from sources.records import reading_of
from sources.resolution import Resolved, RowCounts, left_out_rows
from sources.retention import left_out_beside
from sources.workfolder import WorkFolder

_MAX_EXAMPLES = 10
# A few rows of the days before and after are usual; more of them, and another period was exported.
_STRAY_SHARE = 0.05


@dataclass
class OrganisationRecord:
    """Everything the ledger holds of one organisation, as settlement needs it."""

    organisation_id: str
    sightings: dict[str, list[Entry]]
    readings: dict[str, Entry]
    verdicts: dict[str, Entry]
    refusals: dict[str, Refusal]
    mappings: dict[str, AcceptedMapping]
    run_numbers: Mapping[str, int]
    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    erased_deliveries: frozenset[str] = frozenset()
    # Deliveries of which only counts are left.
    retained: Mapping[str, Entry] = field(default_factory=dict)
    landed: dict[str, Reading] = field(default_factory=dict)
    # Row numbers by delivery, of periods of which only counts are left.
    past: dict[str, frozenset[int]] = field(default_factory=dict)


def settle(record: OrganisationRecord, work: WorkFolder) -> list[Outcome]:
    """Outcomes of all deliveries of one organisation, in the order of their ids; writes its row exceptions."""
    candidates, settled = [], {}
    for delivery_id in sorted(record.sightings):
        entry = record.readings.get(delivery_id)
        if delivery_id in record.erased_deliveries:
            settled[delivery_id] = _erased(record, delivery_id, reading_of(entry) if entry else None)
            continue
        if entry is None or entry.body["mapping_digest"] not in record.mappings:
            settled[delivery_id] = _unread(record, delivery_id)
            continue
        reading = reading_of(entry)
        if entry.body.get("is_frame_file"):
            settled[delivery_id] = _frame_file(record, delivery_id, reading)
            continue
        if reading.outcome == "erased":
            settled[delivery_id] = _erased(record, delivery_id, reading)
            continue
        verdict = _verdict(record.verdicts.get(delivery_id), entry)
        is_refused = reading.outcome == "rejected" or verdict["verdict"] == "reject"
        if is_refused or _contradicts_marker(record, delivery_id, reading):
            settled[delivery_id] = _rejected(record, delivery_id, reading, verdict)
        else:
            record.landed[delivery_id] = reading
            if verdict["verdict"] == "accept" or _is_released(record, delivery_id, verdict):
                candidates.append(_candidate(record, delivery_id, reading))
    standing, too_late, past = standings_beside(candidates, record.retained)
    current = [one for one in sorted(standing) if standing[one].is_current]
    record.past = past_rows(record.organisation_id, past, work)
    resolved = _resolve(record, current, work)
    for delivery_id in record.landed:
        if delivery_id in too_late:
            settled[delivery_id] = _rejected_too_late(record, delivery_id)
        else:
            settled[delivery_id] = _landed(
                record, delivery_id, standing.get(delivery_id, Standing(status="held")), resolved, work
            )
    return [_decided(record, settled[delivery_id]) for delivery_id in sorted(settled)]


def _is_released(record: OrganisationRecord, delivery_id: str, verdict: Mapping[str, Any]) -> bool:
    """Whether somebody lifted this very hold of the gate."""
    held_for = [one["code"] for one in verdict["findings"] if one["severity"] == "error"]
    return bool(held_for) and lifts(_decisions(record, delivery_id), held_for)


def _decided(record: OrganisationRecord, outcome: Outcome) -> Outcome:
    """The outcome with what people decided about the delivery."""
    decisions = _decisions(record, outcome.delivery_id)
    if not decisions:
        return outcome
    if not arrivals(_sightings(record, outcome.delivery_id), decisions):
        problems = (*outcome.problems, _problem("MH-INGETROKKEN"))
        return replace(
            outcome, status="withdrawn", is_current=False, replaces=None, replaced_by=None, problems=problems
        )
    if release_in_force(decisions) is not None and outcome.is_current:
        return replace(outcome, problems=(*outcome.problems, _problem("MH-VRIJGEGEVEN")))
    return outcome


def _frame_file(record: OrganisationRecord, delivery_id: str, reading: Reading) -> Outcome:
    """A file of frame counts: what is in it counts until its place in the store has another content."""
    base = _read_base(record, delivery_id, reading) | {
        "kind": "frame",
        "received_at": max(entry.body["stored_at"] for entry in record.sightings[delivery_id]),
        "is_late": False,
    }
    quarantined = reading.rows_quarantined
    rows = None
    if reading.rows_in_file is not None:
        rows = Rows(reading.rows_in_file, processed=reading.rows_landed, quarantined=quarantined)
    if reading.outcome == "rejected":
        return Outcome(**base, status="rejected", problems=reading.problems, rows=rows)
    is_current = any(one == delivery_id for one in _contents(record).values())
    status = ("partial" if quarantined else "processed") if is_current else "replaced"
    return Outcome(
        **base, status=status, is_current=is_current, rows=rows, invalid_cells=0, problems=reading.problems
    )


def _contents(record: OrganisationRecord) -> dict[str, str]:
    """The content that each place in the store had last."""
    sighted = [
        (entry.entry_id, entry.subject, name)
        for name, own in record.sightings.items()
        for entry in own
        if not entry.body.get("waits")
    ]
    return {place: name for _, place, name in sorted(sighted)}


def _verdict(verdict: Entry | None, reading: Entry) -> dict[str, Any]:
    """The gate's verdict over this very reading; a delivery not judged yet is held back, not counted."""
    if verdict is None or verdict.body["fingerprint"] != reading.body["fingerprint"]:
        return {"verdict": "hold", "findings": []}
    return dict(verdict.body)


def _announced(record: OrganisationRecord, delivery_id: str, field_name: str) -> Any:
    """What the sender's newest marker that states it says."""
    stated = [(entry.body.get("marker") or {}).get(field_name) for entry in record.sightings[delivery_id]]
    return next((one for one in reversed(stated) if one is not None), None)


def _rows_elsewhere(record: OrganisationRecord, delivery_id: str, reading: Reading) -> int:
    """Rows outside the period that the sender's marker names; none where it names no period."""
    period = _announced(record, delivery_id, "period")
    if period is None or not is_period(period):
        return 0
    return sum(rows for one, rows in reading.period_rows.items() if not covers(period, one))


def _contradicts_marker(record: OrganisationRecord, delivery_id: str, reading: Reading) -> bool:
    """Whether the file is not the one that its sender announced: other rows, or another period."""
    announced = _announced(record, delivery_id, "rows")
    elsewhere = _rows_elsewhere(record, delivery_id, reading)
    return announced not in (None, reading.rows_in_file) or elsewhere > _STRAY_SHARE * reading.rows_landed


def _sightings(record: OrganisationRecord, delivery_id: str) -> tuple[Sighting, ...]:
    """Sightings of one content. A marker that came later belongs to the object it stands beside: no new sighting."""
    found: dict[tuple[str, str], Sighting] = {}
    for entry in record.sightings[delivery_id]:
        marker = entry.body.get("marker") or {}
        place = (entry.subject, entry.body["stored_at"])
        former = found.get(place)
        found[place] = Sighting(
            run_number=former.run_number if former else record.run_numbers[entry.run_id],
            stored_at=place[1],
            key=place[0],
            kind=_kind(marker) or (former.kind if former else None),
            part=marker.get("part") or (former.part if former else None),
        )
    return tuple(sorted(found.values(), key=lambda one: (one.run_number, one.stored_at, one.key)))


def _kind(marker: Mapping[str, Any]) -> str | None:
    """What a marker says of a file that comes in; a withdrawal is a decision about one that came."""
    kind = marker.get("kind")
    return None if kind == "withdrawal" else kind


def _decisions(record: OrganisationRecord, delivery_id: str) -> tuple[Decision, ...]:
    by_marker = withdrawals_by_marker(record.sightings[delivery_id])
    return tuple(
        sorted([*record.decisions.get(delivery_id, ()), *by_marker], key=lambda decision: decision.order)
    )


def _candidate(record: OrganisationRecord, delivery_id: str, reading: Reading) -> Candidate:
    newest = _mapping(record, delivery_id).newest
    return Candidate(
        delivery_id=delivery_id,
        instrument_id=newest.instrument.id,
        snapshot=newest.source.snapshot,
        periods=frozenset(reading.period_rows),
        rows=reading.rows_landed,
        is_aggregate=newest.source.delivery != "respondent",
        sightings=_sightings(record, delivery_id),
        decisions=_decisions(record, delivery_id),
    )


def _mapping(record: OrganisationRecord, delivery_id: str) -> AcceptedMapping:
    return record.mappings[str(record.readings[delivery_id].body["mapping_digest"])]


def _base(record: OrganisationRecord, delivery_id: str) -> dict[str, Any]:
    sightings = record.sightings[delivery_id]
    return {
        "organisation_id": record.organisation_id,
        "delivery_id": delivery_id,
        "received_at": min(entry.body["stored_at"] for entry in sightings),
        "bytes": sightings[-1].body["size"],
        "files": tuple(sorted({entry.subject for entry in sightings})),
    }


def _read_base(record: OrganisationRecord, delivery_id: str, reading: Reading) -> dict[str, Any]:
    mapping, base = _mapping(record, delivery_id), _base(record, delivery_id)
    newest = mapping.newest
    expected = newest.source.expected
    return base | {
        "mapping_id": mapping.mapping_id,
        "mapping_version": max(reading.mapping_versions, key=ordinal, default=newest.mapping_version),
        "mapping_digest": mapping.digest,
        "instrument_id": newest.instrument.id,
        "kind": "process" if newest.source.delivery == "process" else "delivery",
        "reading_fingerprint": record.readings[delivery_id].body["fingerprint"],
        "periods": tuple(sorted(reading.period_rows)),
        "is_late": is_late(
            reading.period_rows,
            day_of(datetime.fromisoformat(base["received_at"])),
            expected.every if expected else None,
            expected.due_days if expected else None,
        ),
        "decimals": reading.decimals,
        "frame_counts": reading.frame_counts,
    }


def _unread(record: OrganisationRecord, delivery_id: str) -> Outcome:
    refusal = record.refusals.get(delivery_id)
    status = refusal.status if refusal else "waiting"
    codes = refusal.codes if refusal else (("mapping_invalid", 1),)
    return Outcome(
        **_base(record, delivery_id),
        status=status,
        replaced_by=refusal.replaced_by if refusal else None,
        problems=tuple(_problem(code, count) for code, count in codes),
    )


def _rejected(
    record: OrganisationRecord, delivery_id: str, reading: Reading, verdict: Mapping[str, Any]
) -> Outcome:
    base = _read_base(record, delivery_id, reading)
    marker = record.sightings[delivery_id][-1].body.get("marker") or {}
    if marker.get("kind") == "empty" and {one.code for one in reading.problems} == {"MH-LEEG"}:
        return Outcome(**base, status="processed", rows=Rows(0), invalid_cells=0)
    in_file, announced = reading.rows_in_file, _announced(record, delivery_id, "rows")
    rows = None
    if in_file is not None:
        rows = Rows(in_file, quarantined=in_file - reading.rows_erased, erased=reading.rows_erased)
    problems = reading.problems + _findings(verdict)
    if None not in (in_file, announced) and in_file != announced:
        problems += (_problem("MH-RIJEN", announced or 0),)
    elsewhere = _rows_elsewhere(record, delivery_id, reading)
    if elsewhere:
        problems += (_problem("MH-PERIODE", elsewhere),)
    return Outcome(**base, status="rejected", problems=problems, rows=rows)


def _rejected_too_late(record: OrganisationRecord, delivery_id: str) -> Outcome:
    reading = record.landed[delivery_id]
    in_file = reading.rows_in_file or 0
    return Outcome(
        **_read_base(record, delivery_id, reading),
        status="rejected",
        problems=(*reading.problems, _problem("MH-BEWAARTERMIJN", reading.rows_landed)),
        rows=Rows(in_file, quarantined=in_file - reading.rows_erased, erased=reading.rows_erased),
    )


def _erased(record: OrganisationRecord, delivery_id: str, reading: Reading | None) -> Outcome:
    """A delivery that was erased as a whole, or of which the rows of erased people were all there was."""
    base = _base(record, delivery_id)
    if reading is None or reading.rows_in_file is None:
        return Outcome(**base, status="withdrawn", problems=(_problem("MH-GEWIST-BESTAND"),))
    in_file = reading.rows_in_file
    is_whole = delivery_id in record.erased_deliveries
    erased = in_file if is_whole else reading.rows_erased
    return Outcome(
        **base,
        status="withdrawn",
        rows=Rows(in_file, quarantined=in_file - erased, erased=erased),
        problems=(_problem("MH-GEWIST-BESTAND") if is_whole else _problem("MH-GEWIST", erased),),
    )


def _landed(
    record: OrganisationRecord, delivery_id: str, standing: Standing, resolved: Resolved, work: WorkFolder
) -> Outcome:
    reading = record.landed[delivery_id]
    retained = record.retained.get(delivery_id)
    if not standing.is_current and retained is None:
        identity = (record.organisation_id, delivery_id)
        resolved = resolve_or_recall([work.landed_file(*identity)], work.resolved_file(*identity))
    rows = resolved.counts.get(delivery_id, RowCounts(0, 0, 0, 0, 0))
    if retained is not None:
        rows = RowCounts(**retained.body["rows"])
    if _mapping(record, delivery_id).newest.source.delivery == "process":
        # Lines of a process carry no ids: none can repeat another.
        rows = RowCounts(reading.rows_landed, 0, 0, 0, 0)
    quarantined = reading.rows_quarantined + rows.quarantined
    verdict = _verdict(record.verdicts.get(delivery_id), record.readings[delivery_id])
    problems = [*reading.problems, *_findings(verdict)]
    base = _read_base(record, delivery_id, reading)
    problems += [_problem(code, count) for code, count in standing.codes.items()]
    problems += [_problem("MH-LAAT")] if base["is_late"] else []
    elsewhere = _rows_elsewhere(record, delivery_id, reading)
    problems += [replace(_problem("MH-PERIODE", elsewhere), severity="warning")] if elsewhere else []
    problems += [_problem("MH-VERVANGT")] if standing.replaces else []
    if reading.rows_erased:
        problems.append(_problem("MH-GEWIST", reading.rows_erased))
    past = record.past.get(delivery_id, frozenset()) if standing.is_current else frozenset()
    n_past = len(past.intersection(_quarantined(resolved, delivery_id)))
    n_past = n_past if retained is None else int(retained.body["past_n"])
    if n_past:
        problems.append(_problem("MH-BEWAARTERMIJN", n_past))
    if rows.quarantined > n_past:
        examples = [row for row in _quarantined(resolved, delivery_id) if row not in past][:_MAX_EXAMPLES]
        examples = examples if retained is None else retained.body["examples"]
        problems.append(_problem("MH-ID-DUBBEL", rows.quarantined - n_past, tuple(examples)))
    status = standing.status
    if standing.is_current:
        status = "partial" if quarantined else "processed"
    return Outcome(
        **base,
        status=status,
        is_current=standing.is_current,
        repeats=tuple(sorted({sighting.key for sighting in standing.repeats})),
        rows=Rows(
            in_file=reading.rows_in_file or 0,
            processed=rows.processed,
            quarantined=quarantined,
            duplicate=rows.duplicate,
            erased=reading.rows_erased,
            excluded=rows.excluded,
            incomplete=rows.incomplete,
        ),
        invalid_cells=reading.invalid_cells,
        replaces=standing.replaces,
        replaced_by=standing.replaced_by,
        problems=tuple(problems),
    )


def _problem(code: str, count: int = 1, example_rows: tuple[int, ...] = ()) -> Problem:
    return Problem(code=code, severity=message(code).severity, count=count, example_rows=example_rows)


def _findings(verdict: Mapping[str, Any]) -> tuple[Problem, ...]:
    return tuple(
        Problem(code=one["code"], severity=one["severity"], count=one["count"], column=one["column"])
        for one in verdict["findings"]
    )


def _quarantined(resolved: Resolved, delivery_id: str) -> list[int]:
    """Row numbers of a delivery that nothing could decide about."""
    table = resolved.exceptions
    chosen = pc.and_(
        pc.equal(table["delivery_id"], delivery_id), pc.equal(table["resolution"], "quarantined")
    )
    found: list[int] = table.filter(chosen)["row_number"].to_pylist()
    return found


def _resolve(record: OrganisationRecord, current: list[str], work: WorkFolder) -> Resolved:
    organisation_id = record.organisation_id
    paths = [work.landed_file(organisation_id, one) for one in current if one not in record.retained]
    kept = [record.retained[one] for one in current if one in record.retained]
    past = [(name, row, "quarantined") for name, rows in sorted(record.past.items()) for row in sorted(rows)]
    left_out = pa.concat_tables([left_out_beside(kept), left_out_rows(past)])
    resolved = resolve_or_recall(paths, work.resolved_file(organisation_id), left_out)
    table = resolved.exceptions.append_column(
        "organisation_id", pa.array([organisation_id] * len(resolved.exceptions), pa.string())
    )
    content = io.BytesIO()
    pq.write_table(table.select(["organisation_id", "delivery_id", "row_number", "resolution"]), content)
    path = work.exceptions_file(organisation_id)
    if not path.exists() or path.read_bytes() != content.getvalue():
        durable.write_bytes(path, content.getvalue(), "exceptions")
    return resolved


def file_digest(path: Path) -> str:
    """The sha256 of a small file; of nothing when it is not there."""
    return hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()
