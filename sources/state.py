"""State: the Parquet tables through which the warehouse reads the ledger and the mappings.

Belongs here: their schemas, their rows and the fingerprints that tell whether anything changed. Does not belong here:
any calculation on answers.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sources import durable, periods
from sources.changes import Targets, changes
from sources.codebook import compile_mapping
from sources.configuration import AcceptedMapping
from sources.expected import Received, expected_deliveries
from sources.frame_counts import CountedDelivery, frame_counts
from sources.mapping import Mapping as MappingVersion
from sources.mapping.parts import COMPUTED_METHODS, WEIGHT_DIMENSIONS
from sources.outcome import Outcome
from sources.readers.landed_files import PROCESS, RESPONSES
from sources.reference import Reference
from sources.settlement import file_digest
from sources.targets import kept_targets
from sources.workfolder import WorkFolder

_TEXT, _COUNT, _FLAG, _DAY = pa.string(), pa.int64(), pa.bool_(), pa.date32()
_MOMENT, _VALUE = pa.timestamp("us", tz="UTC"), pa.decimal128(12, 6)

SCHEMAS: dict[str, pa.Schema] = {
    "delivery": pa.schema(
        [(name, _TEXT) for name in (
            "organisation_id", "delivery_id", "mapping_id", "mapping_version", "instrument_id", "status"
        )]
        + [("is_current", _FLAG), ("is_late", _FLAG), ("received_at", _MOMENT), ("processed_at", _MOMENT)]
        + [("periods", _TEXT), ("bytes", _COUNT)]
        + [(name, _COUNT) for name in (
            "rows_in_file", "rows_processed", "rows_quarantined", "rows_duplicate", "rows_erased",
            "rows_excluded", "rows_incomplete", "invalid_cells",
        )]
        + [("codes", _TEXT), ("replaces", _TEXT), ("replaced_by", _TEXT)]
    ),
    "delivery_period": pa.schema(
        [("organisation_id", _TEXT), ("delivery_id", _TEXT), ("period_id", _TEXT), ("is_retained", _FLAG)]
    ),
    "row_exception": pa.schema(
        [("organisation_id", _TEXT), ("delivery_id", _TEXT), ("row_number", _COUNT), ("resolution", _TEXT)]
    ),
    "mapping": pa.schema(
        [("organisation_id", _TEXT), ("mapping_id", _TEXT), ("mapping_version", _TEXT)]
        + [("valid_from", _DAY), ("valid_to", _DAY)]
        + [(name, _TEXT) for name in (
            "instrument_id", "instrument_kind", "instrument_name_nl", "languages", "delivery_kind", "sample",
            "modes", "weight_method",
        )]
        + [("is_approved", _FLAG), ("expected_every", _TEXT), ("expected_due_days", pa.int32())]
    ),
    "mapping_item": pa.schema(
        [("organisation_id", _TEXT), ("mapping_id", _TEXT), ("mapping_version", _TEXT), ("item_seq", pa.int32())]
        + [(name, _TEXT) for name in ("node_id", "role", "comparability_grade", "scale_id", "scale_kind")]
        + [("min_value", _VALUE), ("max_value", _VALUE), ("points", pa.int32()), ("direction", _TEXT)]
        + [("allows_decimals", _FLAG), ("is_open_text", _FLAG)]
        + [("text_nl", _TEXT), ("text_en", _TEXT), ("reason", _TEXT), ("valid_from", _DAY), ("valid_to", _DAY)]
    ),
    "codebook": pa.schema(
        [("organisation_id", _TEXT), ("mapping_id", _TEXT), ("mapping_version", _TEXT), ("item_seq", pa.int32())]
        + [("raw_value", _TEXT), ("value", _VALUE), ("category", pa.int8()), ("missing_reason", _TEXT)]
    ),
    "weighting": pa.schema(
        [(name, _TEXT) for name in (
            "organisation_id", "mapping_id", "mapping_version", "method", "dimensions", "targets",
        )]
        + [("has_targets", _FLAG)]
    ),
    "weight_target": pa.schema(
        [("organisation_id", _TEXT), ("mapping_id", _TEXT), ("mapping_version", _TEXT), ("line", pa.int32())]
        + [("valid_from", _DAY), ("valid_to", _DAY)]
        + [(name, _TEXT) for name in WEIGHT_DIMENSIONS]
        + [("population", _COUNT)]
    ),
    "expected_delivery": pa.schema(
        [("organisation_id", _TEXT), ("mapping_id", _TEXT), ("period_type", _TEXT), ("period_id", _TEXT)]
        + [("due_at", _DAY), ("status", _TEXT)]
    ),
    "frame_count": pa.schema(
        [(name, _TEXT) for name in (
            "organisation_id", "mapping_id", "instrument_id", "instrument_kind", "base_period_id", "channel", "measure"
        )]
        + [("value", _COUNT)]
    ),
    "change": pa.schema(
        [("organisation_id", _TEXT), ("change_date", _DAY)]
        + [("kind", _TEXT), ("text_nl", _TEXT), ("text_en", _TEXT)]
    ),
    "organisation_state": pa.schema([("organisation_id", _TEXT), ("state_fingerprint", _TEXT)]),
    "organisation": pa.schema(
        [(name, _TEXT) for name in ("organisation_id", "name", "organisation_type", "province", "size_class")]
        + [("is_sample", _FLAG)]
    ),
    "run": pa.schema(
        [("run_id", _TEXT), ("now", _MOMENT), ("today", _DAY), ("snapshot_id", _TEXT), ("published_at", _MOMENT)]
        + [("model_version", _TEXT), ("git_commit", _TEXT), ("is_sample", _FLAG)]
    ),
}  # fmt: skip

# Columns that may differ between two runs over the same state.
_VOLATILE = {"processed_at", "received_at"}


@dataclass(frozen=True)
class OrganisationState:
    """One organisation's share of the state."""

    organisation_id: str
    outcomes: tuple[Outcome, ...]
    processed_at: Mapping[str, str]
    mappings: tuple[AcceptedMapping, ...]
    in_force: tuple[AcceptedMapping, ...]
    # Deliveries of which only counts are left.
    retained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RunFacts:
    """The run as the snapshot mart shows it."""

    run_id: str
    now: datetime
    snapshot_id: str
    model_version: str | None
    git_commit: str | None

    @property
    def today(self) -> date:
        """The day of the run in the Netherlands; a period has ended by this calendar."""
        return periods.day_of(self.now)


def state_tables(
    organisations: Iterable[OrganisationState],
    reference: Reference,
    work: WorkFolder,
    today: date,
    holds_invented_data: bool,
    code_digest: str,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of every state table but `run`, in a fixed order."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS if name != "run"}
    for state in sorted(organisations, key=lambda one: one.organisation_id):
        own = _organisation_tables(state, reference, work, today, holds_invented_data)
        fingerprint = _digest(
            [
                own["delivery"], own["mapping"], own["mapping_item"], own["codebook"], own["organisation"],
                own["frame_count"], own["weighting"], own["weight_target"],
                file_digest(work.exceptions_file(state.organisation_id)),
                sorted(one.reading_fingerprint or "" for one in state.outcomes if one.is_current),
                [row for row in own["delivery_period"] if row["is_retained"]],
                reference.fingerprint, code_digest, periods.period_of(today, "month"),
            ]
        )  # fmt: skip
        own["organisation_state"] = [
            {"organisation_id": state.organisation_id, "state_fingerprint": fingerprint}
        ]
        for name, rows in own.items():
            tables[name] += rows
    return tables


def state_fingerprint(tables: Mapping[str, list[dict[str, Any]]], today: date, code_digest: str) -> str:
    """Changes whenever a publication made from this state could differ from the last one.

    The month stands in for the clock: a period that ended since then is news.
    """
    month = periods.period_of(today, "month")
    return _digest([{name: rows for name, rows in sorted(tables.items())}, month, code_digest])


def write_state(tables: Mapping[str, list[dict[str, Any]]], run: RunFacts, work: WorkFolder) -> None:
    """Write every state table; row exceptions come from the per-organisation files of `resolution`."""
    is_sample = any(row["is_sample"] for row in tables["organisation"])
    run_row = {
        "run_id": run.run_id, "now": run.now, "today": run.today, "snapshot_id": run.snapshot_id,
        "published_at": run.now, "model_version": run.model_version, "git_commit": run.git_commit,
        "is_sample": is_sample,
    }  # fmt: skip
    for name, schema in SCHEMAS.items():
        rows: list[dict[str, Any]] = [run_row] if name == "run" else tables[name]
        table = pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema)
        target = work.state / f"{name}.parquet"
        temporary = durable.temporary_of(target)
        pq.write_table(table, temporary, compression="zstd")
        durable.put(temporary, target, "state")
    _keep_landed_readable(work)


def _keep_landed_readable(work: WorkFolder) -> None:
    """Landed files without rows: the warehouse reads patterns, which must match something on the first day."""
    for place, schema in ((work.landed_file, RESPONSES), (work.process_file, PROCESS)):
        path = place("_empty", "schema")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = durable.temporary_of(path)
        pq.write_table(schema.empty_table(), temporary)
        durable.put(temporary, path, "state")


def _organisation_tables(
    state: OrganisationState, reference: Reference, work: WorkFolder, today: date, holds_invented_data: bool
) -> dict[str, list[dict[str, Any]]]:
    versions = _versions(state.mappings)
    targets = {
        (version.mapping_id, version.mapping_version): kept
        for version in versions
        if (kept := kept_targets(work.mappings, version, reference)) is not None
    }
    deliveries = [one for one in state.outcomes if one.kind != "frame"]
    current = [one for one in deliveries if one.is_current]
    return {
        "delivery": [_delivery(one, state.processed_at[one.delivery_id]) for one in deliveries],
        "delivery_period": [
            {
                "organisation_id": one.organisation_id,
                "delivery_id": one.delivery_id,
                "period_id": period_id,
                "is_retained": one.delivery_id in state.retained,
            }
            for one in current
            for period_id in one.periods
        ],
        "row_exception": pq.read_table(work.exceptions_file(state.organisation_id)).to_pylist()
        if work.exceptions_file(state.organisation_id).exists()
        else [],
        "mapping": [
            _mapping(state.organisation_id, version)
            for version in versions
            if version.source.delivery != "process"
        ],
        "mapping_item": [row for version in versions for row in item_rows(state.organisation_id, version)],
        "codebook": [
            row
            for version in versions
            for row in codebook_rows(state.organisation_id, version, _decimals(version, current), reference)
        ],
        **weight_rows(state.organisation_id, versions, targets),
        "expected_delivery": [
            row for accepted in state.in_force for row in _expected(state, accepted, today)
        ],
        "frame_count": [row for own in _by_mapping(versions) for row in _frame_counts(state, own)],
        "change": changes(state.organisation_id, versions, targets, reference, today),
        "organisation": [_organisation(state.organisation_id, reference, today, holds_invented_data)],
    }


def _versions(mappings: Iterable[AcceptedMapping]) -> list[MappingVersion]:
    unique = {
        (version.mapping_id, version.mapping_version): version
        for accepted in mappings
        for version in accepted.versions
    }
    return [unique[key] for key in sorted(unique)]


def _by_mapping(versions: Iterable[MappingVersion]) -> list[list[MappingVersion]]:
    """The versions of each mapping, in the order of validity."""
    found: dict[str, list[MappingVersion]] = {}
    for version in versions:
        found.setdefault(version.mapping_id, []).append(version)
    return [sorted(own, key=lambda one: one.valid_from) for own in found.values()]


def _frame_counts(state: OrganisationState, versions: list[MappingVersion]) -> list[dict[str, Any]]:
    newest = versions[-1]
    deliveries = [
        CountedDelivery(
            one.delivery_id,
            one.received_at,
            "frame" if one.kind == "frame" else newest.source.delivery,
            one.periods,
            one.frame_counts,
        )
        for one in state.outcomes
        if one.is_current and one.mapping_id == newest.mapping_id
    ]
    return [
        {
            "organisation_id": state.organisation_id, "mapping_id": newest.mapping_id,
            "instrument_id": newest.instrument.id, "instrument_kind": newest.instrument.kind,
            "base_period_id": count.period_id, "channel": count.channel, "measure": count.measure,
            "value": count.value,
        }
        for count in frame_counts(versions, deliveries)
    ]  # fmt: skip


def _delivery(one: Outcome, processed_at: str) -> dict[str, Any]:
    return {
        "organisation_id": one.organisation_id, "delivery_id": one.delivery_id, "mapping_id": one.mapping_id,
        "mapping_version": one.mapping_version, "instrument_id": one.instrument_id, "status": one.status,
        "is_current": one.is_current, "is_late": one.is_late,
        "received_at": datetime.fromisoformat(one.received_at),
        "processed_at": datetime.fromisoformat(processed_at),
        "periods": ",".join(one.periods), "bytes": one.bytes, "invalid_cells": one.invalid_cells,
        **({f"rows_{name}": count for name, count in asdict(one.rows).items()} if one.rows else {}),
        "codes": ",".join(sorted({problem.code for problem in one.problems})),
        "replaces": one.replaces, "replaced_by": one.replaced_by,
    }  # fmt: skip


def _mapping(organisation_id: str, version: MappingVersion) -> dict[str, Any]:
    expected = version.source.expected
    return {
        "organisation_id": organisation_id, "mapping_id": version.mapping_id,
        "mapping_version": version.mapping_version, "valid_from": version.valid_from,
        "valid_to": version.valid_to, "instrument_id": version.instrument.id,
        "instrument_kind": version.instrument.kind, "instrument_name_nl": version.instrument.name_nl,
        "languages": ",".join(version.instrument.languages), "delivery_kind": version.source.delivery,
        "sample": version.design.sample, "modes": ",".join(version.design.mode),
        "weight_method": version.design.weights.method, "is_approved": version.approval is not None,
        "expected_every": expected.every if expected else None,
        "expected_due_days": expected.due_days if expected else None,
    }  # fmt: skip


def item_rows(organisation_id: str, version: MappingVersion) -> list[dict[str, Any]]:
    """Rows of mapping_item of one mapping version."""
    rows = []
    for item in version.items:
        scale = item.scale
        rows.append({
            "organisation_id": organisation_id, "mapping_id": version.mapping_id,
            "mapping_version": version.mapping_version, "item_seq": item.seq, "node_id": item.node,
            "role": item.role, "comparability_grade": item.comparability,
            "scale_id": scale.scale_id if scale else None, "scale_kind": scale.kind if scale else None,
            "min_value": _six(scale.min) if scale else None, "max_value": _six(scale.max) if scale else None,
            "points": scale.points if scale else None, "direction": scale.direction if scale else None,
            "allows_decimals": bool(scale and scale.allow_decimals), "is_open_text": item.kind == "open_text",
            "text_nl": item.text_nl, "text_en": item.text_en, "reason": item.reason,
            "valid_from": item.valid_from, "valid_to": item.valid_to,
        })  # fmt: skip
    return rows


def weight_rows(
    organisation_id: str, versions: Iterable[MappingVersion], targets: Targets
) -> dict[str, list[dict[str, Any]]]:
    """Rows of weighting and weight_target: how mapping versions compute weights, and the targets in force."""
    rows: dict[str, list[dict[str, Any]]] = {"weighting": [], "weight_target": []}
    for version in versions:
        weights = version.design.weights
        if weights.method not in COMPUTED_METHODS:
            continue
        key = {
            "organisation_id": organisation_id, "mapping_id": version.mapping_id,
            "mapping_version": version.mapping_version,
        }  # fmt: skip
        own = targets.get((version.mapping_id, version.mapping_version))
        rows["weighting"].append(
            key | {
                "method": weights.method, "dimensions": ",".join(weights.by), "targets": weights.targets,
                "has_targets": own is not None,
            }
        )  # fmt: skip
        rows["weight_target"] += [
            key | {
                "line": one.line, "valid_from": one.valid_from, "valid_to": one.valid_to,
                "population": one.population, **dict(one.codes),
            }
            for one in own or ()
        ]  # fmt: skip
    return rows


def _six(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(Decimal("0.000001"))


def _decimals(version: MappingVersion, current: list[Outcome]) -> Iterator[tuple[str, int, str]]:
    """Answers between the listed ones in the current deliveries of this mapping."""
    for one in current:
        if one.mapping_id == version.mapping_id:
            yield from one.decimals


def codebook_rows(
    organisation_id: str,
    version: MappingVersion,
    observed: Iterable[tuple[str, int, str]],
    reference: Reference,
) -> list[dict[str, Any]]:
    """Compiled rows of one mapping version, and rows for observed decimals (mapping_version, item_seq, raw value)."""
    key = {
        "organisation_id": organisation_id, "mapping_id": version.mapping_id,
        "mapping_version": version.mapping_version,
    }  # fmt: skip
    decimals = sorted({(seq, raw) for number, seq, raw in observed if number == version.mapping_version})
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for item, codebook in zip(version.items, compile_mapping(version), strict=True):
        between = [codebook.row_for_decimal(raw) for seq, raw in decimals if seq == item.seq]
        for row in (*codebook.rows(), *between):
            rows[(row.item_seq, row.raw_value)] = key | {
                "item_seq": row.item_seq, "raw_value": row.raw_value,
                "value": None if row.value is None else _six(row.value),
                "category": row.category, "missing_reason": row.missing_reason,
            }  # fmt: skip
    return [rows[one] for one in sorted(rows)]


def _expected(state: OrganisationState, accepted: AcceptedMapping, today: date) -> list[dict[str, Any]]:
    newest = accepted.newest
    if newest.source.expected is None:
        return []
    received = [
        Received(
            one.periods,
            periods.day_of(datetime.fromisoformat(one.received_at)),
            one.is_current,
            one.status in ("rejected", "replaced"),
        )
        for one in state.outcomes
        if one.mapping_id == accepted.mapping_id and one.kind != "frame"
    ]
    first = min(version.valid_from for version in accepted.versions)
    return [
        {"organisation_id": state.organisation_id, "mapping_id": accepted.mapping_id} | vars(one)
        for one in expected_deliveries(
            newest.source.expected.every,
            newest.source.expected.due_days,
            first,
            newest.valid_to,
            received,
            today,
        )
    ]


def _organisation(
    organisation_id: str, reference: Reference, today: date, holds_invented_data: bool
) -> dict[str, Any]:
    row = reference.organisation_at(organisation_id, today) or _last_known(organisation_id, reference)
    is_sample = holds_invented_data or reference.is_synthetic(organisation_id)
    name = row.get("name") or organisation_id
    return {
        "organisation_id": organisation_id,
        "name": f"{name} (voorbeeld)" if is_sample else name,
        "organisation_type": row.get("organisation_type") or None,
        "province": row.get("province") or None,
        "size_class": row.get("size_class") or None,
        "is_sample": is_sample,
    }


def _last_known(organisation_id: str, reference: Reference) -> Mapping[str, str]:
    """A former organisation keeps the name it had: its figures stay."""
    rows = [row for row in reference.tables["ref_organisation"] if row["organisation_id"] == organisation_id]
    return max(rows, key=lambda row: row["valid_from"], default={})


def _digest(content: Any) -> str:
    text = json.dumps(_plain(content), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items() if key not in _VOLATILE}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return content
