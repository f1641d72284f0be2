"""Writes the files that dbt reads: landed responses and state tables, with the schemas of their owners.

Belongs here: survey descriptions short enough to read in a test, and their Parquet files.
Does not belong here: running dbt (`warehouse.py`), any expectation about figures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import history
from sources.readers.landed_files import PROCESS, RESPONSES
from sources.state import SCHEMAS
from sources.workfolder import WorkFolder

TODAY = date(2026, 2, 1)
NOW = datetime(2026, 2, 1, 1, 0, tzinfo=UTC)

_COUNTS = (
    "rows_in_file",
    "rows_processed",
    "rows_quarantined",
    "rows_duplicate",
    "rows_erased",
    "rows_excluded",
    "rows_incomplete",
    "invalid_cells",
)


@dataclass(frozen=True)
class Question:
    """One item of a mapping on an integer scale; decimals of the scale come from the answers themselves."""

    node_id: str = "kpi.tevredenheid"
    kind: str = "likert_satisfaction"
    low: int = 1
    high: int = 5
    grade: str = "A"
    role: str = "primary"
    allows_decimals: bool = False
    is_open_text: bool = False

    @property
    def scale_id(self) -> str:
        return f"{self.kind}_{self.low}_{self.high}"


@dataclass(frozen=True)
class Survey:
    """One delivery under one mapping version."""

    responses: tuple[Mapping[str, Any], ...]
    questions: tuple[Question, ...] = (Question(),)
    organisation_id: str = "test0001"
    mapping_id: str = "survey"
    mapping_version: str = "1.0.0"
    valid_from: date = date(2020, 1, 1)
    instrument_kind: str = "transactional"
    delivery_kind: str = "respondent"
    sample: str = "random"
    modes: str = "web"
    weight_method: str = "none"
    weight_by: str = ""
    targets: tuple[Mapping[str, Any], ...] = ()
    is_approved: bool = True
    is_current: bool = True
    is_late: bool = False
    exceptions: tuple[int, ...] = ()

    @property
    def delivery_id(self) -> str:
        name = f"{self.organisation_id}/{self.mapping_id}/{self.mapping_version}/{self.is_current}/{self.is_late}"
        return hashlib.sha256(name.encode()).hexdigest()

    @property
    def key(self) -> dict[str, str]:
        return {
            "organisation_id": self.organisation_id,
            "mapping_id": self.mapping_id,
            "mapping_version": self.mapping_version,
        }


@dataclass
class State:
    """Rows of the state tables that no survey implies."""

    fingerprint: str = "1"
    today: date = TODAY
    extra: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def write(work: Path, surveys: Iterable[Survey], state: State | None = None) -> None:
    """Write landed files and state tables of `surveys` below `work`, replacing what is there."""
    surveys, state = list(surveys), state or State()
    if not (work / "history").exists():
        history.put_in_force(WorkFolder(work), "")
    _write(work / "landed" / "_empty" / "schema.parquet", RESPONSES, [])
    _write(work / "process" / "_empty" / "schema.parquet", PROCESS, [])
    for survey in surveys:
        path = work / "landed" / survey.organisation_id / f"{survey.delivery_id}.parquet"
        _write(path, RESPONSES, _responses(survey))
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    tables["run"] = [_run(state)]
    for survey in surveys:
        _add_survey(tables, survey)
    for name in sorted({survey.organisation_id for survey in surveys}):
        tables["organisation"].append(_organisation(name))
        tables["organisation_state"].append({"organisation_id": name, "state_fingerprint": state.fingerprint})
    for name, rows in tables.items():
        _write(work / "state" / f"{name}.parquet", SCHEMAS[name], rows + state.extra.get(name, []))


def write_process(work: Path, organisation_id: str, rows: list[dict[str, Any]]) -> None:
    """Write the lines of one delivery of process data; the state must know the delivery `process`."""
    lines = [
        row | {"delivery_id": "process", "row_number": number} for number, row in enumerate(rows, start=1)
    ]
    _write(work / "process" / organisation_id / "process.parquet", PROCESS, lines)


def replace_table(work: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Write one state table anew."""
    _write(work / "state" / f"{name}.parquet", SCHEMAS[name], rows)


def responses_of(answers: Iterable[Any], **common: Any) -> tuple[dict[str, Any], ...]:
    """One response per answer to a survey of one question."""
    return tuple({"answers": [answer], **common} for answer in answers)


def _add_survey(tables: dict[str, list[dict[str, Any]]], survey: Survey) -> None:
    tables["delivery"].append(_delivery(survey))
    periods = sorted({row["period_id"] for row in _responses(survey)})
    identity = {"organisation_id": survey.organisation_id, "delivery_id": survey.delivery_id}
    tables["delivery_period"] += [{**identity, "period_id": name} for name in periods]
    tables["row_exception"] += [
        {**identity, "row_number": number, "resolution": "duplicate"} for number in survey.exceptions
    ]
    if any(survey.key.items() <= row.items() for row in tables["mapping"]):
        return
    tables["mapping"].append(_mapping(survey))
    if survey.weight_method in ("poststratify", "rake"):
        way = {"method": survey.weight_method, "dimensions": survey.weight_by, "targets": "targets"}
        tables["weighting"].append({**survey.key, **way, "has_targets": bool(survey.targets)})
        tables["weight_target"] += [
            {**survey.key, "line": line, **target} for line, target in enumerate(survey.targets, start=2)
        ]
    for seq, question in enumerate(survey.questions, start=1):
        tables["mapping_item"].append({**survey.key, "item_seq": seq, **_item(question)})
        raws = {str(raw) for row in survey.responses if (raw := row["answers"][seq - 1]) is not None}
        if not question.is_open_text:
            raws |= {*map(str, range(question.low, question.high + 1)), "", "!invalid"}
        for raw in sorted(raws):
            tables["codebook"].append({**survey.key, "item_seq": seq, **_code(question, raw)})


def _responses(survey: Survey) -> list[dict[str, Any]]:
    defaults: dict[str, Any] = {
        "contact_date": date(2025, 11, 15),
        "service_id": "unknown",
        "channel": "web",
        "touchpoint_id": "unknown",
        "life_event_id": "unknown",
        "audience": "citizen",
        "age_band": "unknown",
        "language": "nl",
        "multiplicity": 1,
        "is_completed": True,
    }
    rows = []
    for number, response in enumerate(survey.responses, start=1):
        row = {**defaults, **response, **survey.key, "delivery_id": survey.delivery_id}
        row.setdefault("row_number", number)
        if "period_id" not in row:
            row["period_id"] = f"{row['contact_date']:%Y-%m}"
        row["instrument_id"] = survey.mapping_id
        if survey.delivery_kind == "respondent":
            row["response_key"] = f"r{row['row_number']}"
        row["answers"] = [None if answer is None else str(answer) for answer in row["answers"]]
        if row.get("weight") is not None:
            row["weight"] = Decimal(str(row["weight"])).quantize(Decimal("1e-9"))
        if survey.delivery_kind == "respondent":
            said = {
                name: row[name] for name in sorted(row.keys() - {"response_key", "row_number", "delivery_id"})
            }
            row["response_hash"] = hashlib.sha256(repr(said).encode()).digest()
        rows.append(row)
    return rows


def _delivery(survey: Survey) -> dict[str, Any]:
    n = len(survey.responses)
    return {
        **survey.key,
        "delivery_id": survey.delivery_id,
        "instrument_id": survey.mapping_id,
        "status": "processed" if survey.is_current else "replaced",
        "is_current": survey.is_current,
        "is_late": survey.is_late,
        "received_at": NOW,
        "processed_at": NOW,
        "periods": ",".join(sorted({row["period_id"] for row in _responses(survey)})),
        "bytes": 100 * n,
        **dict.fromkeys(_COUNTS, 0),
        "rows_in_file": n,
        "rows_processed": n - len(survey.exceptions),
        "rows_duplicate": len(survey.exceptions),
        "codes": "",
    }


def _mapping(survey: Survey) -> dict[str, Any]:
    return {
        **survey.key,
        "valid_from": survey.valid_from,
        "instrument_id": survey.mapping_id,
        "instrument_kind": survey.instrument_kind,
        "instrument_name_nl": "Meting",
        "languages": "nl",
        "delivery_kind": survey.delivery_kind,
        "sample": survey.sample,
        "modes": survey.modes,
        "weight_method": survey.weight_method,
        "is_approved": survey.is_approved,
    }


def _item(question: Question) -> dict[str, Any]:
    item: dict[str, Any] = {
        "node_id": question.node_id,
        "role": question.role,
        "comparability_grade": question.grade,
        "allows_decimals": question.allows_decimals,
        "is_open_text": question.is_open_text,
        "text_nl": "Hoe tevreden bent u?",
    }
    if not question.is_open_text:
        item |= {
            "scale_id": question.scale_id,
            "scale_kind": question.kind,
            "min_value": Decimal(question.low),
            "max_value": Decimal(question.high),
            "points": question.high - question.low + 1,
            "direction": "high_is_good",
        }
    return item


def _code(question: Question, raw: str) -> dict[str, Any]:
    if raw in ("", "!invalid"):
        return {"raw_value": raw, "missing_reason": "invalid" if raw else "not_answered"}
    value, span = Decimal(raw), question.high - question.low
    above = value - question.low
    category = 1 if 5 * above >= 3 * span else -1 if 5 * above <= 2 * span else 0
    return {"raw_value": raw, "value": value, "category": category}


def _organisation(organisation_id: str) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "name": f"Organisatie {organisation_id} (voorbeeld)",
        "organisation_type": "municipality",
        "province": "Utrecht",
        "size_class": "medium",
        "is_sample": True,
    }


def _run(state: State) -> dict[str, Any]:
    return {
        "run_id": "run",
        "now": NOW,
        "today": state.today,
        "snapshot_id": "20260201T010000Z",
        "published_at": NOW,
        "model_version": "v0-reconstructie",
        "git_commit": "0" * 40,
        "is_sample": True,
    }


def _write(path: Path, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
