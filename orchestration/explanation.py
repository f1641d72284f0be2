"""Explanation: a published figure led back to its formula, its questions, its deliveries and their receipts.

Belongs here: gathering what stands in the publication, the reference tables, the state and the ledger about one
figure, and printing it. Does not belong here: any calculation, and any row or answer.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from orchestration.console import console_for_people
from orchestration.publication import published_manifest
from orchestration.settings import Settings
from sources import periods
from sources.ledger import Entry, Ledger
from sources.outcome import Outcome
from sources.receipts import FOLDER
from sources.reference import load
from sources.workfolder import WorkFolder

_TOTAL = "service_group = 'all' and channel = 'all' and audience = 'all'"
_FIGURES = f"""
select
    instrument_kind, statistic, value, ci_low, ci_high, n, n_eff, comparability_grade, interval_basis, flags,
    is_suppressed, quote_nl, quote_en, organisation_name, kpi_label_nl, kpi_label_en, model_version
from published.marts.kpi
where organisation_id = ? and kpi_id = ? and period_id = ? and {_TOTAL}
order by instrument_kind, statistic
"""
_PUBLISHED_PERIODS = f"""
select distinct period_id, period_start
from published.marts.kpi
where organisation_id = ? and kpi_id = ? and {_TOTAL}
order by period_start, period_id
"""
_SHARED = ("organisation_name", "kpi_label_nl", "kpi_label_en", "model_version")
# How a quote names the publication, and how a date is written.
_PUBLICATION = {"nl": ("publicatie {} van {}", "%d-%m-%Y"), "en": ("publication {} of {}", "%Y-%m-%d")}


class ExplanationError(Exception):
    """There is no such published figure; the message says which there are (exit code 3)."""


def explain(settings: Settings, organisation_id: str, kpi_id: str, period_id: str) -> dict[str, Any]:
    """Everything behind the figures of one organisation, node and period, of the whole group of respondents.

    Raises ExplanationError when nothing is published under those names.
    """
    manifest = published_manifest(settings.published)
    if manifest is None:
        raise ExplanationError("nothing is published yet; `meethuis run` publishes")
    snapshot_id = str(manifest["snapshot_id"])
    figures = _figures(settings.published / manifest["file"], organisation_id, kpi_id, period_id)
    work = WorkFolder(settings.work)
    if not work.ledger.exists() or not work.state.exists():
        raise ExplanationError(
            f"{settings.work} is not the work folder this publication was made in; give --work"
        )
    deliveries = _deliveries(work, settings.clock, snapshot_id, organisation_id, period_id)
    questions = _questions(work, organisation_id, kpi_id, deliveries)
    used = {(one["mapping_id"], one["mapping_version"]) for one in questions}
    return {
        "snapshot_id": snapshot_id,
        "published_at": manifest["published_at"],
        "organisation_id": organisation_id,
        "kpi_id": kpi_id,
        "period_id": period_id,
        **{name: figures[0][name] for name in _SHARED},
        "model_status": _node(work, kpi_id)["status"],
        "figures": [_told(figure, manifest, work, kpi_id) for figure in figures],
        "questions": questions,
        "deliveries": [one for one in deliveries if (one["mapping_id"], one["mapping_version"]) in used],
    }


def _figures(file: Path, organisation_id: str, kpi_id: str, period_id: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        path = str(file).replace("'", "''")
        connection.execute(f"attach '{path}' as published (read_only)")
        cursor = connection.execute(_FIGURES, [organisation_id, kpi_id, period_id])
        columns = [name for name, *_ in cursor.description or ()]
        found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        if found:
            return found
        known = connection.execute(_PUBLISHED_PERIODS, [organisation_id, kpi_id]).fetchall()
    if not known:
        raise ExplanationError(
            f"{organisation_id} has no published figures of {kpi_id}; table `catalogue` says what it measures"
        )
    raise ExplanationError(
        f"{organisation_id} has no published figure of {kpi_id} in {period_id}; there is one in "
        + ", ".join(name for name, _ in known)
    )


def _told(figure: dict[str, Any], manifest: dict[str, Any], work: WorkFolder, kpi_id: str) -> dict[str, Any]:
    """The figure with its formula, and quotes that name the publication they were taken from and its day."""
    told = {name: value for name, value in figure.items() if name not in _SHARED}
    formula = _formula(work, kpi_id, figure["statistic"])
    day = periods.day_of(datetime.fromisoformat(manifest["published_at"]))
    for lang, (publication, written) in _PUBLICATION.items():
        told[f"formula_{lang}"] = formula[f"formula_{lang}"]
        if told[f"quote_{lang}"]:
            named = publication.format(manifest["snapshot_id"], day.strftime(written))
            told[f"quote_{lang}"] = f"{told[f'quote_{lang}'].removesuffix('.')}, {named}."
    return told


def _formula(work: WorkFolder, kpi_id: str, statistic: str) -> dict[str, str]:
    """The node's own definition of a statistic, else the one of every node."""
    rows = [
        row for row in load(work.model).tables["ref_kpi_definition"]
        if row["statistic"] == statistic and row["node_id"] in (kpi_id, "*")
    ]  # fmt: skip
    return max(rows, key=lambda row: row["node_id"] == kpi_id)


def _node(work: WorkFolder, kpi_id: str) -> dict[str, str]:
    return load(work.model).node(kpi_id)


def _deliveries(
    work: WorkFolder, clock: Any, snapshot_id: str, organisation_id: str, period_id: str
) -> list[dict[str, Any]]:
    """What counted when the snapshot was made, as far as it feeds the period."""
    with Ledger(work.ledger, "explain", clock) as ledger:
        made = [entry.entry_id for entry in ledger.entries("publication") if entry.subject == snapshot_id]
        outcomes = _as_of(ledger.entries("outcome", organisation_id), max(made, default=0))
        readings = ledger.latest("reading", organisation_id)
    return [
        {
            "delivery_id": one.delivery_id,
            "files": list(one.files),
            "mapping_id": one.mapping_id,
            "mapping_version": version,
            "received_at": one.received_at,
            "periods": [name for name in one.periods if periods.covers(period_id, name)],
            "is_late": one.is_late,
            "receipt": f"{organisation_id}/{FOLDER}/{one.delivery_id[:12]}.{one.status}.json",
        }
        for one in outcomes
        if one.kind == "delivery"
        and one.is_current
        and any(periods.covers(period_id, name) for name in one.periods)
        for version in readings[organisation_id, one.delivery_id].body["reading"]["mapping_versions"]
    ]


def _as_of(entries: Iterable[Entry], last: int) -> list[Outcome]:
    """Every delivery's outcome when entry `last` was written, in the order of their ids."""
    standing = {entry.subject: Outcome.from_body(entry.body) for entry in entries if entry.entry_id <= last}
    return [standing[name] for name in sorted(standing)]


def _questions(
    work: WorkFolder, organisation_id: str, kpi_id: str, deliveries: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The questions that measure the node in the mapping versions that read those deliveries."""
    key = ("mapping_id", "mapping_version")
    used = {tuple(one[name] for name in key) for one in deliveries}
    mappings = {
        tuple(row[name] for name in key): row
        for row in pq.read_table(work.state / "mapping.parquet").to_pylist()
        if row["organisation_id"] == organisation_id
    }
    return [
        {
            **{name: row[name] for name in (*key, "item_seq", "text_nl", "text_en", "scale_id", "direction")},
            "comparability_grade": row["comparability_grade"],
            "is_approved": mappings[row["mapping_id"], row["mapping_version"]]["is_approved"],
            "sample": mappings[row["mapping_id"], row["mapping_version"]]["sample"],
            "weight_method": mappings[row["mapping_id"], row["mapping_version"]]["weight_method"],
        }
        for row in pq.read_table(work.state / "mapping_item.parquet").to_pylist()
        if row["organisation_id"] == organisation_id
        and row["node_id"] == kpi_id
        and row["role"] == "primary"
        and tuple(row[name] for name in key) in used
    ]


def show_explanation(found: dict[str, Any]) -> None:
    """Print an explanation for people."""
    console = console_for_people()
    model = f"model {found['model_version']} ({found['model_status']})"
    console.print(
        f"{found['kpi_label_en']} at {found['organisation_name']}, {found['period_id']}; {model}",
        markup=False,
    )
    console.print(f"Published {found['snapshot_id']} at {found['published_at']}\n", markup=False)
    table = Table(title="Figures", title_justify="left")
    for name in ("instrument kind", "statistic", "value", "95 % interval", "n", "grade", "flags"):
        table.add_column(name)
    for one in found["figures"]:
        interval = "" if one["ci_low"] is None else f"{one['ci_low']:g} to {one['ci_high']:g}"
        cells = ["hidden" if one["is_suppressed"] else _text(one["value"]), interval, _text(one["n"])]
        table.add_row(
            one["instrument_kind"], one["statistic"], *cells, one["comparability_grade"], one["flags"]
        )
    console.print(table)
    for one in found["figures"]:
        console.print(f"  {one['statistic']}: {one['formula_en']}", markup=False, soft_wrap=True)
    _show_quotes(console, found["figures"])
    console.print("\nQuestions")
    for one in found["questions"]:
        console.print(
            f"  {one['mapping_id']} {one['mapping_version']}, item {one['item_seq']}:"
            f" {one['text_nl'] or one['text_en'] or '(no text in the mapping)'} [{one['scale_id']},"
            f" {one['direction']}, comparability {one['comparability_grade']}"
            f"{'' if one['is_approved'] else ', not confirmed'}; sample {one['sample']}, weights"
            f" {one['weight_method']}]",
            markup=False,
            soft_wrap=True,
        )
    console.print("\nDeliveries")
    for one in found["deliveries"]:
        console.print(
            f"  {one['delivery_id'][:12]}  {', '.join(one['files'])}  received {one['received_at']},"
            f" {one['mapping_id']} {one['mapping_version']}, receipt {one['receipt']}",
            markup=False,
            soft_wrap=True,
        )


def _show_quotes(console: Console, figures: list[dict[str, Any]]) -> None:
    """One line per sentence and nothing before it, so that a line can be copied as it is."""
    for title, lang in (("To quote", "en"), ("Te citeren", "nl")):
        quotes = [one[f"quote_{lang}"] for one in figures if one[f"quote_{lang}"]]
        if quotes:
            console.print(f"\n{title}")
        for quote in quotes:
            console.print(quote, markup=False, highlight=False, soft_wrap=True)


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:g}"
