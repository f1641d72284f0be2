"""Erasure: removing what was asked to be erased from every layer of the work folder.

Belongs here: writing down what is to go, removing it, counting what went. Does not belong here: who is meant
(`tombstones`), leaving rows out while reading (`readers.erased_rows`), the answer (`erasure_requests`).

A tombstone changes the fingerprint of its organisation's readings, so that every file is read again without the
people it names. What is left to do here: copies, and files that cannot be read again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources import durable
from sources.ledger import Entry, Ledger
from sources.records import reading_of
from sources.tombstones import Tombstones, tombstones_by_organisation
from sources.workfolder import WorkFolder

# By layer: the rows, or for copies the one, that each delivery has there.
Layers = dict[str, dict[str, int]]


def require(
    ledger: Ledger, work: WorkFolder, organisation_id: str, name: str, bodies: Sequence[Mapping[str, Any]]
) -> None:
    """Write down under `name` that the tombstones in `bodies` are to be carried out.

    What holds rows, or bytes of former rows, and is made anew anyway goes first: a crash in between costs a rebuild,
    the other way round it would leave them behind.
    """
    remove_warehouse(work)
    # A snapshot that takes figures over keeps bytes of earlier figures in its gaps.
    work.published_states.unlink(missing_ok=True)
    before = layers(ledger, work, organisation_id)
    entries = [
        (organisation_id, name, {**body, "before": before if not at else {}})
        for at, body in enumerate(bodies)
    ]
    ledger.append("erasure", entries)
    # A copy of the ledger from before may not take its place: it would let these people in again.
    ledger.note_head()


def unfinished(ledger: Ledger) -> dict[str, list[Entry]]:
    """By organisation, the erasures that were written down and not carried out."""
    done = {(entry.organisation_id, entry.subject) for entry in ledger.entries("erased")}
    found: dict[str, list[Entry]] = {}
    for entry in ledger.entries("erasure"):
        if (entry.organisation_id, entry.subject) not in done:
            found.setdefault(entry.organisation_id, []).append(entry)
    return found


def layers(ledger: Ledger, work: WorkFolder, organisation_id: str) -> Layers:
    """How much of every delivery of an organisation is there, by layer."""
    folders = {
        "rows": work.landed,
        "comments": work.comments,
        "quarantine": work.quarantine,
        "process": work.process,
    }
    found: Layers = {
        name: {
            path.stem: pq.read_metadata(path).num_rows
            for path in sorted((folder / organisation_id).glob("[!.]*.parquet"))
        }
        for name, folder in folders.items()
    }
    sighted = _sighted(ledger, organisation_id)
    found["landing_copies"] = {one: 1 for one in sighted if (work.landing / one).exists()}
    return found


def carry_out(ledger: Ledger, work: WorkFolder, entries: Sequence[Entry]) -> None:
    """Remove what these erasures of one organisation name, after its files were read again, and write down what went.

    Can be repeated after a crash: what was there before stands in the first entry. Erasures that are carried out
    together are counted together.
    """
    organisation_id = entries[0].organisation_id
    tombstones = tombstones_by_organisation(ledger.entries("erasure", organisation_id))[organisation_id]
    written = max(entry.entry_id for entry in entries)
    readings = ledger.latest("reading", organisation_id)
    for delivery_id in _sighted(ledger, organisation_id):
        if delivery_id in tombstones.deliveries:
            _remove_delivery(work, organisation_id, delivery_id)
        elif tombstones.names_people:
            reading = readings.get((organisation_id, delivery_id))
            _remove_people(ledger, work, tombstones, organisation_id, delivery_id, reading, written)
    gone = _gone(entries, layers(ledger, work, organisation_id))
    names = sorted({entry.subject for entry in entries})
    ledger.append("erased", [(organisation_id, name, {"gone": gone}) for name in names])


def counts_of(ledger: Ledger, organisation_id: str, name: str) -> dict[str, int] | None:
    """What the erasure of that name removed, by layer; None while it is not carried out."""
    done = ledger.latest("erased", organisation_id).get((organisation_id, name))
    return dict(done.body["gone"]) if done is not None else None


def _gone(entries: Sequence[Entry], after: Layers) -> dict[str, int]:
    before: Layers = next(entry.body["before"] for entry in entries if entry.body["before"])
    return {
        name: sum(max(0, n - after[name].get(delivery_id, 0)) for delivery_id, n in own.items())
        for name, own in before.items()
    }


def _sighted(ledger: Ledger, organisation_id: str) -> list[str]:
    return sorted({str(entry.body["sha256"]) for entry in ledger.entries("sighting", organisation_id)})


def _remove_people(
    ledger: Ledger,
    work: WorkFolder,
    tombstones: Tombstones,
    organisation_id: str,
    delivery_id: str,
    reading: Entry | None,
    written: int,
) -> None:
    """Of a file that was read whole since, nothing need go; of any other no copy stays: what is in it is not known."""
    found = reading_of(reading) if reading is not None else None
    is_read_since = reading is not None and reading.entry_id > written
    if is_read_since and found is not None and found.is_free_of_erased:
        return
    (work.landing / delivery_id).unlink(missing_ok=True)
    if found is None or found.outcome == "rejected":
        _remove_landed(work, organisation_id, delivery_id)
    elif reading is not None and not is_read_since:
        _leave_out(ledger, work, tombstones, reading)


def _leave_out(ledger: Ledger, work: WorkFolder, tombstones: Tombstones, reading: Entry) -> None:
    """Take the rows out of landed files that cannot be read again, and write the reading that follows from it."""
    path = work.landed_file(reading.organisation_id, reading.subject)
    if not path.exists():
        return
    table = pq.read_table(path)
    is_erased = _named(table, tombstones)
    if not is_erased.any():
        return
    kept = table.filter(pa.array(~is_erased))
    gone = set(table.filter(pa.array(is_erased))["row_number"].to_pylist())
    _rewrite(path, kept)
    landed_sha256 = durable.file_sha256(path) if path.exists() else ""
    comments = work.comments / reading.organisation_id / path.name
    if comments.exists():
        told = pq.read_table(comments)
        _rewrite(
            comments, told.filter(pc.invert(pc.is_in(told["row_number"], pa.array(sorted(gone), pa.int64()))))
        )
    body = dict(reading.body)
    counted = dict(body["reading"])
    counted["rows_landed"] -= len(gone)
    counted["rows_erased"] = counted.get("rows_erased", 0) + len(gone)
    counted["outcome"] = "landed" if counted["rows_landed"] else "erased"
    counted["period_rows"], counted["landed_sha256"] = _period_rows(kept), landed_sha256
    # Not what reading the file would give: it is judged anew, and read again once the file is there.
    body |= {"reading": counted, "fingerprint": f"{body['fingerprint']}-erased-{len(gone)}"}
    ledger.append("reading", [(reading.organisation_id, reading.subject, body)])


def _named(table: pa.Table, tombstones: Tombstones) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which landed rows are of people whom the tombstones name under the row's version of the key."""
    found = np.zeros(len(table), dtype=np.bool_)
    version = table["key_version"].fill_null(0).to_numpy()
    for column, pseudonyms in (
        ("respondent_key", tombstones.respondents),
        ("response_key", tombstones.responses),
    ):
        for number, keys in pseudonyms.items():
            named = pc.is_in(table[column], value_set=pa.array(sorted(keys), pa.string()))
            found |= named.to_numpy().astype(np.bool_) & (version == number)
    return found


def _period_rows(table: pa.Table) -> dict[str, int]:
    counted = table.group_by("period_id").aggregate([([], "count_all")]).to_pylist()
    return {row["period_id"]: row["count_all"] for row in sorted(counted, key=lambda row: row["period_id"])}


def _remove_delivery(work: WorkFolder, organisation_id: str, delivery_id: str) -> None:
    (work.landing / delivery_id).unlink(missing_ok=True)
    _remove_landed(work, organisation_id, delivery_id)


def _remove_landed(work: WorkFolder, organisation_id: str, delivery_id: str) -> None:
    for folder in (work.landed, work.process, work.comments, work.quarantine, work.resolved):
        (folder / organisation_id / f"{delivery_id}.parquet").unlink(missing_ok=True)


def _rewrite(path: Path, table: pa.Table) -> None:
    """Put a table in the place of a landed file; none where no row is left."""
    if not len(table):
        path.unlink(missing_ok=True)
        return
    temporary = durable.temporary_of(path)
    pq.write_table(table, temporary)
    durable.put(temporary, path, "landed")


def remove_warehouse(work: WorkFolder) -> None:
    """Remove the file and everything beside it: its log, its note, and what a run that died had put aside on disk."""
    for path in work.root.glob(f"{work.warehouse.stem}.*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
