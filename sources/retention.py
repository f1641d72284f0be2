"""Retention: once an organisation's term is over, answers stay as counts and the rows they came from go.

Belongs here: which deliveries have served their term, what is kept of them, and removing the rest. Does not belong
here: erasure on request (`erasure`), the landing's own term (`landing_term`), figures (they stand as published).

What is kept lies where the rows lay: lines without anybody's key, one per answer and profile, and one per profile with
the number of responses. It is no copy of anything any more, so the ledger knows its sha256 and nothing reads the
delivery again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources import durable
from sources.bucket import StorageError
from sources.configuration import AcceptedMapping
from sources.erasure import remove_warehouse
from sources.ledger import Entry, Ledger
from sources.outcome import Outcome, Rows
from sources.periods import months_after
from sources.readers.landed_files import RESPONSES
from sources.records import reading_of
from sources.resolution import NOTHING_LEFT_OUT, RowCounts, left_out_rows, resolve
from sources.tombstones import NOTHING_ERASED, tombstones_by_organisation
from sources.workfolder import WorkFolder

# What a line of counts has in common with the responses that it stands for. No date finer than the base period, no
# language: neither makes a figure.
_PROFILE = (
    "delivery_id", "organisation_id", "mapping_id", "mapping_version", "instrument_id", "period_id", "service_id",
    "channel", "touchpoint_id", "life_event_id", "audience", "age_band", "is_completed", "exclusion_reason",
)  # fmt: skip
_COUNTS = ".counts"
_LINES = f"""
with response as (
    select * from read_parquet($path) anti join exceptions using (row_number)
),
answer as (
    select {", ".join(_PROFILE)}, len(answers) as items, weight is null as has_no_weight, weight,
        unnest(answers) as raw_value, generate_subscripts(answers, 1) as item_seq
    from response
),
line as (
    select {", ".join(_PROFILE)}, items, item_seq, raw_value, count(*) as n, sum(weight) / count(*) as weight
    from answer
    where raw_value is not null and is_completed and exclusion_reason is null
    group by {", ".join(_PROFILE)}, items, item_seq, raw_value, has_no_weight
    union all
    select {", ".join(_PROFILE)}, max(len(answers)), 0, null, count(*), null
    from response
    group by {", ".join(_PROFILE)}
)
select {", ".join(_PROFILE)}, weight, case when $is_weighted then 1 else n end as multiplicity,
    list_transform(range(1, items + 1), lambda seq: case when seq = item_seq then raw_value end) as answers
from line, range(case when $is_weighted then n else 1 end)
order by {", ".join(_PROFILE)}, item_seq, raw_value, weight
"""

# An id that was quarantined here would begin to count elsewhere.
_REPEATING = """
with known as (
    select instrument_id, response_key
    from read_parquet($path) anti join repeated using (row_number)
)
select elsewhere.*
from elsewhere
inner join read_parquet($others) as other using (delivery_id, row_number)
semi join known on other.instrument_id = known.instrument_id and other.response_key = known.response_key
order by all
"""


@dataclass(frozen=True)
class Term:
    """One delivery whose term is over: its latest outcome, rows that its reader refused, whether answers weigh."""

    outcome: Outcome
    rows_refused: int
    is_weighted: bool

    @property
    def delivery_id(self) -> str:
        """The delivery."""
        return self.outcome.delivery_id


def served(
    ledger: Ledger,
    work: WorkFolder,
    mappings: Mapping[str, Mapping[str, AcceptedMapping]],
    today: date,
    only: str | None = None,
) -> dict[str, list[Term]]:
    """By organisation, deliveries of responses whose term is over and whose figures were published.

    The term runs from the end of the last period that a delivery has rows of, for the `legal.retention_months` of its
    mapping as it is now.
    """
    published = max((entry.entry_id for entry in ledger.entries("publication")), default=0)
    retained, readings = ledger.latest("retained"), ledger.latest("reading")
    found: dict[str, list[Term]] = {}
    for identity, entry in sorted(ledger.latest("outcome").items()):
        reading = readings.get(identity)
        if only not in (None, identity[0]) or identity in retained or reading is None:
            continue
        # The mapping in force comes first, then those of older readings.
        mapping = next(iter(_same(mappings.get(identity[0], {}), reading)), None)
        is_published = entry.entry_id < published
        if mapping is None or not is_published or not _is_over(reading, mapping, today):
            continue
        # Of a file that was erased, or is damaged and will be read again, nothing can be counted.
        if _holds_rows(work, reading):
            versions = [one for own in _same(mappings[identity[0]], reading) for one in own.versions]
            is_weighted = any(one.design.weights.method != "none" for one in versions)
            refused = reading_of(reading).rows_quarantined
            term = Term(Outcome.from_body(entry.body), refused, is_weighted)
            found.setdefault(identity[0], []).append(term)
    return found


def _same(own: Mapping[str, AcceptedMapping], reading: Entry) -> list[AcceptedMapping]:
    return [one for one in own.values() if one.mapping_id == reading.body["mapping_id"]]


def _is_over(reading: Entry, mapping: AcceptedMapping, today: date) -> bool:
    months, found = mapping.newest.legal.retention_months, reading_of(reading)
    is_of_people = mapping.newest.source.delivery == "respondent" and not reading.body.get("is_frame_file")
    if months is None or not is_of_people or not found.period_rows:
        return False
    return all(today >= months_after(period_id, months) for period_id in found.period_rows)


def _holds_rows(work: WorkFolder, reading: Entry) -> bool:
    """Whether the landed file still is the one that was read; older readings do not tell which that was."""
    path = work.landed_file(reading.organisation_id, reading.subject)
    sha256 = reading.body["reading"].get("landed_sha256")
    return path.exists() and (not sha256 or durable.file_sha256(path) == sha256)


def carry_out(ledger: Ledger, work: WorkFolder, organisation_id: str, terms: Sequence[Term]) -> None:
    """Put counts in the place of the rows of these deliveries of one organisation, and remove all else of them.

    All counts are on disk before the ledger has them, and in the ledger before any row goes: a run that dies in between
    leaves nothing to be computed again (`finish`).
    """
    remove_warehouse(work)
    ending = {one.delivery_id for one in terms}
    outcomes = [Outcome.from_body(entry.body) for entry in ledger.latest("outcome", organisation_id).values()]
    current = {one.delivery_id for one in outcomes if one.is_current}
    exceptions = _exceptions(work, organisation_id)
    entries = []
    for term in terms:
        path, name = work.landed_file(organisation_id, term.delivery_id), term.delivery_id
        body = {
            "examples": _examples(term.outcome),
            "past_n": sum(one.count for one in term.outcome.problems if one.code == "MH-BEWAARTERMIJN"),
        }
        # What no id will tell any more: deliveries whose rows were compared with those that are counted here, and which
        # rows of them repeat one.
        if term.outcome.is_current:
            left_out, rows = exceptions, _row_counts(term)
            body |= {"beside": sorted(current - {name}), "left_out": _repeating(path, left_out, name, ending)}
        else:
            alone = resolve([path])
            left_out, rows = alone.exceptions, alone.counts[name]
            body |= {"beside": None, "left_out": []}
        sha256 = _write_counts(path, _lines(path, left_out, term))
        entries.append((organisation_id, name, body | {"rows": asdict(rows), "landed_sha256": sha256}))
    ledger.append("retained", entries)
    # What was let in again would be counted twice.
    ledger.note_head()
    finish(ledger, work)


def _write_counts(path: Path, lines: pa.Table) -> str:
    temporary = durable.temporary_of(path)
    pq.write_table(lines, temporary)
    durable.put(temporary, _counts_of(path), "landed")
    return durable.file_sha256(_counts_of(path))


def finish(ledger: Ledger, work: WorkFolder) -> None:
    """Let the counts that the ledger knows take the place of rows, remove every other trace of those rows.

    Raises StorageError when counts are damaged or gone: nothing can make them anew.
    """
    erased = tombstones_by_organisation(ledger.entries("erasure"))
    retained = ledger.latest("retained")
    copies = _copies_of_others(ledger, work, retained)
    for (owner, name), entry in retained.items():
        if name in erased.get(owner, NOTHING_ERASED).deliveries:
            continue
        path = work.landed_file(owner, name)
        for candidate in (path, _counts_of(path)):
            if candidate.exists() and durable.file_sha256(candidate) == entry.body["landed_sha256"]:
                break
        else:
            raise StorageError(
                f"{path} is damaged or gone: it holds the only counts of a delivery whose rows were removed."
                " Put it back from a backup of the work folder; nothing was changed, the last publication stands"
            )
        if candidate != path:
            durable.put(candidate, path, "landed")
        if name not in copies:
            (work.landing / name).unlink(missing_ok=True)
        for other in (
            work.comments / owner / path.name,
            work.quarantine / owner / path.name,
            work.resolved_file(owner, name),
        ):
            other.unlink(missing_ok=True)
    for path in work.landed.glob(f"*/*{_COUNTS}"):
        # Of a run that died before the ledger had them.
        path.unlink()


def _copies_of_others(
    ledger: Ledger, work: WorkFolder, retained: Mapping[tuple[str, str], Entry]
) -> set[str]:
    """Deliveries of which another organisation, that dropped the same bytes, may still need the one copy."""
    there = {name for _, name in retained if (work.landing / name).exists()}
    if not there:
        return set()
    sighted = {(entry.organisation_id, str(entry.body["sha256"])) for entry in ledger.entries("sighting")}
    return {name for owner, name in sighted - retained.keys() if name in there}


def _counts_of(path: Path) -> Path:
    """Where counts wait until the ledger knows them."""
    return path.with_suffix(_COUNTS)


def left_out_beside(retained: Iterable[Entry]) -> pa.Table:
    """Rows of other deliveries that repeat rows of these, which are counts now: delivery_id, row_number, resolution."""
    return left_out_rows(sorted({tuple(row) for entry in retained for row in entry.body["left_out"]}))


def _exceptions(work: WorkFolder, organisation_id: str) -> pa.Table:
    """What tonight's settlement left out of the current deliveries: delivery_id, row_number, resolution."""
    path = work.exceptions_file(organisation_id)
    if not path.exists():
        return NOTHING_LEFT_OUT
    return pq.read_table(path, columns=NOTHING_LEFT_OUT.column_names)


def _row_counts(term: Term) -> RowCounts:
    rows = term.outcome.rows or Rows(0)
    quarantined = rows.quarantined - term.rows_refused
    return RowCounts(rows.processed, rows.duplicate, quarantined, rows.excluded, rows.incomplete)


def _repeating(path: Path, exceptions: pa.Table, name: str, ending: set[str]) -> list[list[Any]]:
    """Of the exceptions in deliveries that stay, those with the id of a row of this one that repeats no other."""
    staying = left_out_rows(
        tuple(row.values()) for row in exceptions.to_pylist() if row["delivery_id"] not in ending
    )
    if not len(staying):
        return []
    is_repeated = pc.and_(
        pc.equal(exceptions["delivery_id"], name), pc.equal(exceptions["resolution"], "duplicate")
    )
    others = [str(path.with_stem(one)) for one in staying["delivery_id"].unique().to_pylist()]
    with duckdb.connect() as connection:
        connection.register("repeated", exceptions.filter(is_repeated).select(["row_number"]))
        connection.register("elsewhere", staying)
        found = connection.execute(_REPEATING, {"path": str(path), "others": others}).fetchall()
    return [list(row) for row in found]


def _lines(path: Path, exceptions: pa.Table, term: Term) -> pa.Table:
    """What is kept of the landed rows at `path`: the rows of no exception, counted. Schema: RESPONSES."""
    own = exceptions.filter(pc.equal(exceptions["delivery_id"], term.delivery_id)).select(["row_number"])
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("exceptions", own)
        relation = connection.sql(_LINES, params={"path": str(path), "is_weighted": term.is_weighted})
        found: pa.Table = relation.to_arrow_table()
    columns = {name: found[name] for name in found.column_names}
    columns["row_number"] = pa.array([0] * len(found), pa.int64())
    return pa.table(
        [
            columns[one.name].cast(one.type) if one.name in columns else pa.nulls(len(found), one.type)
            for one in RESPONSES
        ],
        schema=RESPONSES,
    )


def _examples(outcome: Outcome) -> list[int]:
    return [
        row for problem in outcome.problems if problem.code == "MH-ID-DUBBEL" for row in problem.example_rows
    ]
