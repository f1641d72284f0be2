"""Weights that follow from targets, per group of respondents; the formulas are those of the package `estimation`."""

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import pyarrow as pa

from estimation import weighting
from estimation.weighting import COLUMNS

STATE = "organisation_id, state_fingerprint"
SAMPLE = ("organisation_id", "mapping_id", "base_period_id")
MIXED = "several ways of weighting in one period"
MONTHS = {"H": 6, "Q": 3}
NINE = Decimal("1e-9")
KEPT = (*SAMPLE, *COLUMNS.values(), "state_fingerprint")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in (*SAMPLE, *COLUMNS.values())]
    + [("n", pa.int64()), ("stratum_number", pa.int64()), ("weight", pa.decimal128(18, 9))]
    + [("n_collapsed", pa.int64()), ("pending_reason", pa.string()), ("state_fingerprint", pa.string())]
)

Row = dict[str, Any]


def model(dbt: Any, session: Any) -> pa.Table:
    """Weigh the samples of organisations that changed. Grain: one row per sample and group of respondents."""
    dbt.config(materialized="incremental", incremental_strategy="replace_keys", unique_key="organisation_id")
    undecided = dbt.ref("stg_organisation_state").project(STATE)
    if dbt.is_incremental:
        undecided = undecided.except_(session.sql(f"select {STATE} from {dbt.this}"))
    groups = dbt.ref("int_weight_group").join(undecided, STATE, how="semi")
    order = ", ".join((*SAMPLE, *COLUMNS.values(), "mapping_version"))
    declared = {_version(row): row for row in _rows(dbt.ref("stg_weighting"))}
    targets: dict[tuple[str, ...], list[weighting.TargetLine]] = {}
    for row in _rows(
        dbt.ref("stg_weight_target").order("organisation_id, mapping_id, mapping_version, line")
    ):
        targets.setdefault(_version(row), []).append(_line(row))
    found: list[Row] = []
    for _, rows in groupby(_rows(groups.order(order)), key=lambda row: [row[name] for name in SAMPLE]):
        found += weighed(list(rows), declared, targets)
    return pa.Table.from_pylist(found, schema=SCHEMA)


def weighed(
    rows: list[Row],
    declared: dict[tuple[str, ...], Row],
    targets: dict[tuple[str, ...], list[weighting.TargetLine]],
) -> list[Row]:
    """The groups of one sample with their weights; all versions of its mapping must weigh alike."""
    versions = {_version(row) for row in rows}
    ways = {_way(declared.get(version)) for version in versions}
    alike = list(_counted(rows).values())
    if len(ways) > 1:
        return [row | _result(None, MIXED) for row in alike]
    method, dimensions, _ = ways.pop()
    columns = [COLUMNS[name] for name in dimensions]
    n: dict[tuple[str, ...], int] = {}
    for row in alike:
        group = tuple(row[column] for column in columns)
        n[group] = n.get(group, 0) + row["n"]
    groups = sorted(n)
    found = weighting.weigh(
        method, dimensions, groups, [n[group] for group in groups], targets.get(max(versions), []),
        first_day(rows[0]["base_period_id"]),
    )  # fmt: skip
    if found.pending_reason:
        return [row | _result(None, found.pending_reason) for row in alike]
    place = {group: index for index, group in enumerate(groups)}
    results = [
        _result((stratum, Decimal(weight).quantize(NINE)), None, found.n_collapsed)
        for stratum, weight in zip(found.strata, found.weights, strict=True)
    ]
    return [row | results[place[tuple(row[column] for column in columns)]] for row in alike]


def first_day(period_id: str) -> date:
    """The first day of a month, quarter, half-year or year."""
    year, _, part = period_id.partition("-")
    months = MONTHS.get(part[:1], 1)
    return date(int(year), (int(part.lstrip("QH") or 1) - 1) * months + 1, 1)


def _counted(rows: list[Row]) -> dict[tuple[str, ...], Row]:
    """One row per group of respondents, whatever the version of the mapping."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row[column] for column in COLUMNS.values())
        known = found.setdefault(key, {name: row[name] for name in KEPT} | {"n": 0})
        known["n"] += row["n"]
    return found


def _way(row: Row | None) -> tuple[str, tuple[str, ...], str | None]:
    return (row["method"], tuple(row["dimensions"].split(",")), row["targets"]) if row else ("none", (), None)


def _result(weight: tuple[int, Decimal] | None, reason: str | None, n_collapsed: int = 0) -> Row:
    stratum_number, value = weight or (None, None)
    return {
        "stratum_number": stratum_number, "weight": value, "n_collapsed": n_collapsed, "pending_reason": reason,
    }  # fmt: skip


def _version(row: Row) -> tuple[str, ...]:
    return (row["organisation_id"], row["mapping_id"], row["mapping_version"])


def _line(row: Row) -> weighting.TargetLine:
    codes = {name: row[name] for name in COLUMNS if row[name] is not None}
    return weighting.TargetLine(row["valid_from"], row["valid_to"], codes, row["population"])


def _rows(relation: Any) -> list[Row]:
    return relation.to_arrow_table().to_pylist()  # type: ignore[no-any-return]
