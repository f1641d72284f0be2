"""The publication history: what stands behind the published figures, kept where no reader comes.

Belongs here: writing it before a publication, choosing the one in force, pruning. Does not belong here: what it is used
for (`disclosure`, the dbt models that read the source `history`).

`<work>/history/<snapshot_id>/<organisation_id>/{cell,cell_answer,statistic,covariance,analysis}.parquet`: every
published cell with its true n, weights and quality, its answer counts as published and as they truly were, its
statistics, what went together with other periods, analyses of drivers.
`<work>/history/<snapshot_id>/_counts/{response,process}.parquet`: the same of counts that are no answers; they are few,
and one file has them of all organisations. `in_force` points to the folder of the snapshot that readers get; before
the first publication to one without organisations.

The warehouse holds figures that were decided under one history. `basis` names the snapshot that they led to; when
another one is in force (emptied, rolled back, a run that died) the warehouse is removed and made anew, so that the
same deliveries and the same history always give the same content.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import snapshot, warehouse_file
from sources import durable
from sources.workfolder import WorkFolder

_TEXT, _COUNT, _FLAG, _NUMBER = pa.string(), pa.int64(), pa.bool_(), pa.float64()
_KEY = [
    (name, _TEXT)
    for name in (
        "organisation_id", "kpi_id", "instrument_kind", "period_id", "breakdown", "breakdown_value",
        "service_group", "channel", "audience",
    )
]  # fmt: skip
SCHEMAS: dict[str, pa.Schema] = {
    "cell": pa.schema(
        [*_KEY, ("is_suppressed", _FLAG), ("is_revision_pending", _FLAG), ("is_retained", _FLAG)]
    ),
    "cell_answer": pa.schema(
        [*_KEY, ("scale_id", _TEXT), ("allows_decimals", _FLAG), ("value", pa.decimal128(12, 6))]
        + [("n", _COUNT), ("n_true", _COUNT)]
    ),
    "statistic": pa.schema([*_KEY, ("statistic", _TEXT)]),
    "covariance": pa.schema(
        [*_KEY, ("compared_period_id", _TEXT), ("statistic", _TEXT), ("common_n", _COUNT)]
        + [("common_share", _NUMBER), ("covariance", _NUMBER)]
    ),
    "analysis": pa.schema(
        [(name, _TEXT) for name in (
            "organisation_id", "analysis", "instrument_kind", "subject_id", "driver_id", "channel", "period_id",
            "importance_method", "reason",
        )]
        + [(name, _COUNT) for name in ("n", "n_drivers")]
        + [(name, _NUMBER) for name in (
            "importance", "importance_low", "importance_high", "correlation", "beta", "r_squared", "alpha",
            "alpha_standardised", "item_rest_correlation", "alpha_if_dropped",
        )]
    ),
}  # fmt: skip
_DECISION = [("is_suppressed", _FLAG), ("is_revision_pending", _FLAG), ("is_published", _FLAG)]
COUNT_SCHEMAS: dict[str, pa.Schema] = {
    "response": pa.schema(
        [(name, _TEXT) for name in ("organisation_id", "instrument_id", "instrument_kind", "period_id", "channel")]
        + [("count_name", _TEXT), ("n", _COUNT), ("n_true", _COUNT), ("is_self_selected", _FLAG), *_DECISION]
    ),
    "process": pa.schema(
        [(name, _TEXT) for name in ("organisation_id", "service_id", "period_id", "metric", "unit")]
        + [("figure", _NUMBER), ("n", _COUNT), ("n_true", _COUNT), *_DECISION]
    ),
}  # fmt: skip
_COUNTS = "_counts"
_NONE, _EMPTY = "none", "_empty"
_STATES, _THRESHOLDS, _DIGESTS = "states.json", "thresholds.json", "digests.json"
# Raised when the rules of hiding change: kept word for word, what was decided before would not hold.
_RULES = "0018"
_KEYS = ", ".join(name for name, _ in _KEY)
# What the warehouse holds for one organisation, as the files of the history.
_CONTENTS = {
    "cell": """
        select cell.* exclude (cell_number, state_fingerprint), protection.is_suppressed
        from warehouse.intermediate.int_cell as cell
        inner join warehouse.intermediate.int_protection as protection using (organisation_id, cell_number)
        where cell.organisation_id = {organisation}
    """,
    "cell_answer": "select * from warehouse.intermediate.int_published_answer where organisation_id = {organisation}",
    "statistic": f"""
        select cell.* , statistic.* exclude (organisation_id, cell_number, state_fingerprint)
        from warehouse.intermediate.int_statistic as statistic
        inner join (
            select cell_number, {_KEYS}
            from warehouse.intermediate.int_cell where organisation_id = {{organisation}}
        ) as cell using (cell_number)
        where statistic.organisation_id = {{organisation}}
    """,
    "covariance": f"""
        select own.* exclude (cell_number), compared.period_id as compared_period_id, known.statistic,
            known.common_n, known.common_share, known.covariance
        from warehouse.intermediate.int_trend_covariance as known
        inner join (
            select cell_number, {_KEYS}
            from warehouse.intermediate.int_cell where organisation_id = {{organisation}}
        ) as own using (cell_number)
        inner join warehouse.intermediate.int_cell as compared
            on known.organisation_id = compared.organisation_id
            and known.compared_cell_number = compared.cell_number
        where known.organisation_id = {{organisation}}
    """,
    "analysis": """
        select * exclude (state_fingerprint) from warehouse.intermediate.int_driver_analysis
        where organisation_id = {organisation} and analysis is not null
    """,
}  # fmt: skip


def in_force(published: Path) -> str:
    """The snapshot that readers get; empty when there is none."""
    link = published / "meethuis.duckdb"
    return link.readlink().name.removesuffix(".duckdb") if link.is_symlink() and link.exists() else ""


def put_in_force(work: WorkFolder, snapshot_id: str) -> None:
    """Let the warehouse read the history of this snapshot ("" for none), and begin anew if it stands on another."""
    is_usable = bool(snapshot_id) and is_of_use(work, snapshot_id)
    folder = work.history / (snapshot_id if is_usable else _NONE)
    for kept in {work.history / _NONE, folder}:
        # Also into a history that was written before a table was kept.
        for name, schema in (SCHEMAS | COUNT_SCHEMAS).items():
            _write_empty(kept / _EMPTY / f"{name}.parquet", schema)
    basis = work.history / "basis"
    if not basis.exists() or basis.read_bytes() != snapshot_id.encode():
        warehouse_file.discard(work)
    durable.point(work.history / "in_force", folder.name, "in_force")
    durable.write_text(basis, snapshot_id, "basis")


def mend(work: WorkFolder, snapshot_id: str) -> bool:
    """Remove the history of a snapshot if it is not what was written; returns whether it was damaged.

    While the warehouse still holds what led to that snapshot, the same history is written from it.
    """
    was_there = is_there(work, snapshot_id)
    if not snapshot_id or (was_there and _is_whole(work.history / snapshot_id)):
        return False
    if warehouse_file.is_source_of(work, snapshot_id):
        keep(work, snapshot_id, "", snapshot.states_of(work.warehouse))
    elif was_there:
        shutil.rmtree(work.history / snapshot_id)
    return was_there


def is_there(work: WorkFolder, snapshot_id: str) -> bool:
    """Whether the history of a snapshot was kept."""
    return bool(snapshot_id) and (work.history / snapshot_id).is_dir()


def is_of_use(work: WorkFolder, snapshot_id: str) -> bool:
    """Whether the history of a snapshot is there, and was made under the rules and thresholds of today."""
    return _read(work.history / snapshot_id / _THRESHOLDS) == _thresholds(work)


def completed(work: WorkFolder, snapshot_id: str) -> bool:
    """Whether a history is whole, of use and has every table, so that it can stand in for rows that go.

    One that an earlier release left tables out of is written anew while the warehouse holds what led to that snapshot.
    """
    if not is_there(work, snapshot_id) or not is_of_use(work, snapshot_id):
        return False
    if not _has_every_table(work, snapshot_id) and warehouse_file.is_source_of(work, snapshot_id):
        keep(work, snapshot_id, "", snapshot.states_of(work.warehouse))
    return _has_every_table(work, snapshot_id) and _is_whole(work.history / snapshot_id)


def _has_every_table(work: WorkFolder, snapshot_id: str) -> bool:
    folders = [one for one in (work.history / snapshot_id).glob("*/") if one.name not in (_EMPTY, _COUNTS)]
    return all((one / f"{name}.parquet").exists() for one in folders for name in SCHEMAS)


def keep(work: WorkFolder, snapshot_id: str, former_id: str, states: dict[str, str]) -> None:
    """Write the history of a snapshot that is about to be published, and see it safely on disk.

    `states`: the state that each organisation's figures were computed from. An organisation in the same state as in
    the former snapshot shares its files.
    """
    folder, former = work.history / snapshot_id, work.history / former_id
    temporary = work.history / f".{snapshot_id}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(mode=0o700)
    shutil.copytree(work.history / _NONE / _EMPTY, temporary / _EMPTY)
    known = _read(former / _STATES) if former_id else {}
    news = [
        organisation_id for organisation_id, state in states.items() if known.get(organisation_id) != state
    ]
    for organisation_id in states.keys() - set(news):
        (temporary / organisation_id).mkdir()
        for name in SCHEMAS:
            source = former / organisation_id / f"{name}.parquet"
            os.link(source, temporary / organisation_id / source.name)
    _export(work.warehouse, temporary, news)
    _export_counts(work.warehouse, temporary / _COUNTS)
    (temporary / _STATES).write_text(json.dumps(states, sort_keys=True), encoding="utf-8")
    (temporary / _THRESHOLDS).write_text(json.dumps(_thresholds(work), sort_keys=True), encoding="utf-8")
    (temporary / _DIGESTS).write_text(json.dumps(_digests(temporary), sort_keys=True), encoding="utf-8")
    for path in sorted(temporary.rglob("*"), reverse=True):
        durable.synchronise(path)
    shutil.rmtree(folder, ignore_errors=True)
    durable.put(temporary, folder, "history")


def led_to(work: WorkFolder, snapshot_id: str, snapshots: Path) -> None:
    """Remember which snapshot the warehouse led to, and remove the history of snapshots that are gone."""
    durable.write_text(work.history / "basis", snapshot_id, "basis")
    warehouse_file.led_to(work, snapshot_id)
    for folder in work.history.iterdir():
        is_kept = folder.name in (_NONE, snapshot_id) or (snapshots / f"{folder.name}.duckdb").exists()
        if folder.is_dir() and not folder.is_symlink() and not is_kept:
            shutil.rmtree(folder)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _thresholds(work: WorkFolder) -> dict[str, str]:
    """The rules and thresholds that decide what is hidden and what stands; none before there is a model."""
    path = work.model / "ref_threshold.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = {row["threshold"]: row["value"] for row in csv.DictReader(stream)}
    kept = {name: rows[name] for name in ("no_spread_min_n", "suppression_min_n") if name in rows}
    return {"rules": _RULES, **kept}


def _export(warehouse: Path, folder: Path, organisation_ids: Iterable[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '512MB'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        for organisation_id in sorted(organisation_ids):
            (folder / organisation_id).mkdir()
            for name, query in _CONTENTS.items():
                target = folder / organisation_id / f"{name}.parquet"
                rows = query.format(organisation=_text(organisation_id))
                connection.execute(f"copy ({rows}) to {_text(target)} (format parquet)")


def _export_counts(warehouse: Path, folder: Path) -> None:
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        for name in COUNT_SCHEMAS:
            table, target = f"warehouse.intermediate.int_published_{name}", folder / f"{name}.parquet"
            connection.execute(f"copy {table} to {_text(target)} (format parquet)")


def _write_empty(path: Path, schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = durable.temporary_of(path)
    pq.write_table(schema.empty_table(), temporary)
    temporary.replace(path)


def _digests(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a history but the one that names them; the empty tables are written every night."""
    return {
        str(path.relative_to(folder)): durable.file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != _DIGESTS and path.parent.name != _EMPTY
    }


def _is_whole(folder: Path) -> bool:
    """Whether a history is the one that was written; one from before there were digests is taken as it stands."""
    noted = folder / _DIGESTS
    return not noted.exists() or _read(noted) == _digests(folder)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
