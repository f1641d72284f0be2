"""One task in, one reading out: the whole way of a file through a reader.

Belongs here: the task, the reading, the order of the steps and the law that rows in the file are rows
landed plus rows refused. Does not belong here: formats, decoding, and limits on memory and time (`pool`).
"""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources import reference
from sources.codebook import compile_mapping
from sources.frame_counts import FrameCount
from sources.limits import Limits
from sources.mapping import Mapping, MappingError, load_mapping_file
from sources.mapping.parts import Source
from sources.readers.archive import unpacked
from sources.readers.columns_check import (
    check_personal,
    check_repeats,
    missing_columns,
    new_column_problem,
    required_columns,
)
from sources.readers.comments import repeated
from sources.readers.delimited import open_delimited
from sources.readers.effort import SAFETY, charged_to, open_account, spent
from sources.readers.erased_rows import Erased, ErasedRows
from sources.readers.excel import open_workbook
from sources.readers.frame_file import FrameFile, frame_source, names_file
from sources.readers.harmonise import CompiledVersion, Harmoniser
from sources.readers.identities import needs_key
from sources.readers.json_records import open_records
from sources.readers.landed_files import COMMENTS, QUARANTINE, LandedFile, landed_schema
from sources.readers.spss import open_spss
from sources.readers.table import OpenTable, Rejection
from sources.readers.tally import Problem, Tally, problem
from sources.readers.value_labels import contradictions
from sources.readers.version_reader import Delivery, taken

# What is said of a file of counts that cannot be used, beside the reason.
FRAME_FILE = "MH-KADERBESTAND"
# The outcome of a task that the own disk could not carry out.
UNWRITTEN = "unwritten"
OWN_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
_LOG = logging.getLogger("meethuis.reader")
_OPENERS: dict[str, Callable[[Path, str, Source, Limits], OpenTable]] = {
    # Opening delimited text is counting its records, independently of the loader.
    "csv": charged_to(SAFETY)(open_delimited),
    "xlsx": open_workbook,
    "sav": open_spss,
    "json": open_records,
    "ndjson": open_records,
}


@dataclass(frozen=True)
class ReadingTask:
    """What to read and where to put it. `file_name` is the key in the bucket; `key` never shows in repr.

    A frame file holds counts of people; no row of it lands.
    """

    path: str
    file_name: str
    organisation_id: str
    delivery_id: str
    mapping_file: str
    model_dir: str
    key: bytes | None = field(repr=False)
    key_version: int | None
    landed_path: str
    comments_path: str
    quarantine_path: str
    today: date
    limits: Limits
    is_frame_file: bool = False
    erased: tuple[Erased, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Reading:
    """What came of it. `rows_in_file` is counted independently of what was loaded, None where it cannot be
    counted.

    `outcome` is landed, rejected, erased where no row is left, or unwritten where the own disk failed. Of what is not
    rejected, rows_in_file = rows_landed + rows_quarantined + rows_erased. `decimals` are answers between the listed
    ones: (mapping_version, item_seq, raw value). `frame_counts` are the numbers of people that its rows tell of.
    `ripe_on` is the first day (YYYY-MM-DD) that was refused because it is yet to come, if any.
    `landed_sha256` is that of the landed file. `cpu_seconds` is what reading it took, by part (`effort`). Neither is a
    part of what came of it.
    """

    delivery_id: str
    outcome: str
    rows_in_file: int | None = None
    rows_landed: int = 0
    rows_quarantined: int = 0
    rows_erased: int = 0
    rows_excluded: int = 0
    rows_incomplete: int = 0
    invalid_cells: int = 0
    period_rows: dict[str, int] = field(default_factory=dict)
    mapping_versions: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    decimals: tuple[tuple[str, int, str], ...] = ()
    frame_counts: tuple[FrameCount, ...] = ()
    ripe_on: str | None = None
    landed_sha256: str = field(default="", compare=False)
    cpu_seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def is_free_of_erased(self) -> bool:
        """Whether the file is known to hold nobody who was erased: every row of it was read, and none left out."""
        return self.outcome == "landed" and not self.rows_quarantined and not self.rows_erased


def read_delivery(task: ReadingTask) -> Reading:
    """Read one delivery. Never raises for what is in the file: bad input and faults of ours become a
    reading.
    """
    open_account()
    return replace(_read_safely(task), cpu_seconds=spent())


def _read_safely(task: ReadingTask) -> Reading:
    try:
        return _read(task)
    except Rejection as rejection:
        return _rejected(task, rejection)
    except MappingError:
        return rejected_reading(task.delivery_id, "mapping_invalid")
    except MemoryError:
        return _rejected(task, Rejection("MH-LIMIET"))
    except OSError as error:
        return _unwritten(task, error)
    except Exception as error:
        return _failed(task, error)


def _unwritten(task: ReadingTask, error: OSError) -> Reading:
    """What came of a file that met a fault of a disk: nothing that may count against it."""
    if error.errno in OWN_DISK:
        return Reading(task.delivery_id, UNWRITTEN)
    return _failed(task, error)


def _failed(task: ReadingTask, error: Exception) -> Reading:
    # The error's own text may hold a cell; its type and place do not.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _LOG.error("reading failed: %s at %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)
    return _rejected(task, Rejection("MH-INTERN"))


def rejected_reading(delivery_id: str, code: str) -> Reading:
    """The reading of a file that could not be read at all."""
    return Reading(delivery_id, "rejected", problems=(problem(code),))


def _read(task: ReadingTask) -> Reading:
    model = _reference(task.model_dir, _stamp(Path(task.model_dir)))
    versions = _versions(task.mapping_file, _stamp(Path(task.mapping_file)), task.model_dir)
    if task.is_frame_file:
        return _read_frame_file(task, [mapping for mapping, _ in versions], model)
    if task.key is None and any(needs_key((one.keys.response, one.keys.respondent)) for one, _ in versions):
        return rejected_reading(task.delivery_id, "key_missing")
    return _read_under(task, versions, model)


def _read_under(
    task: ReadingTask, versions: Sequence[CompiledVersion], model: reference.Reference
) -> Reading:
    """Read a file under the versions of a mapping; commits the landed files when rows have landed."""
    # Every version of a mapping has the same source: a mapping that differs in it is another mapping.
    mappings = [mapping for mapping, _ in versions]
    source = mappings[-1].source
    tally = Tally()
    delivery = Delivery(task.delivery_id, task.organisation_id, task.key, task.key_version)
    erased = ErasedRows(mappings, task.organisation_id, task.erased)
    with ExitStack() as files:
        path = files.enter_context(unpacked(Path(task.path), source.format, task.limits))
        table = _OPENERS[source.format](path, task.file_name, source, task.limits)
        if table.names_are_final:
            _check_placeable(table, mappings)
        harmoniser = Harmoniser(versions, model, delivery, task.today, tally, table.tool.zones)
        responses = files.enter_context(LandedFile(task.landed_path, landed_schema(source.delivery)))
        comments = files.enter_context(LandedFile(task.comments_path, COMMENTS))
        quarantine = files.enter_context(LandedFile(task.quarantine_path, QUARANTINE))
        for batch in table.batches(*harmoniser.columns()):
            kept = erased.kept(batch)
            tally.erased_rows += len(batch) - len(kept)
            try:
                harmoniser.add(taken(batch, kept), responses, comments)
            except Rejection as rejection:
                rejection.rows_in_file = table.rows_in_file
                raise
        harmoniser.finish(responses)
        for row in table.refused:
            tally.refuse(np.array([row.row_number], dtype=np.int64), row.code, row.column)
        frame_counts = _frame_counts(harmoniser, tally)
        problems = _problems(table, harmoniser, tally)
        reading = replace(_reading(task, table, harmoniser, tally, problems), frame_counts=frame_counts)
        if reading.outcome != "rejected":
            _write_quarantine(quarantine, task.delivery_id, tally)
            for file in (quarantine, comments, responses):
                file.commit()
        return replace(reading, landed_sha256=responses.sha256)


def _read_frame_file(task: ReadingTask, mappings: Sequence[Mapping], model: reference.Reference) -> Reading:
    """Read a file of frame counts. A rejection says so in a code of its own, beside the reason."""
    try:
        mapping = next(one for one in reversed(mappings) if names_file(one, task.file_name))
        source = frame_source(mapping, task.file_name)
        with unpacked(Path(task.path), source.format, task.limits) as path:
            table = _OPENERS[source.format](path, task.file_name, source, task.limits)
            file, tally = FrameFile(mapping, table, task.file_name, model, task.today), Tally()
            for batch in table.batches(file.columns, []):
                file.add(batch, tally)
    except Rejection as rejection:
        rejected = _rejected(task, rejection)
        return replace(rejected, problems=(problem(FRAME_FILE), *rejected.problems))
    for row in table.refused:
        tally.refuse(np.array([row.row_number], dtype=np.int64), row.code, row.column)

    def refuse(code: str, column: str, count: int) -> None:
        tally.note(code, column, count, np.zeros(0, dtype=np.int64))

    counts = tuple(file.frame.counts(refuse))
    problems = tally.problems()
    with LandedFile(task.quarantine_path, QUARANTINE) as quarantine:
        _write_quarantine(quarantine, task.delivery_id, tally)
        quarantine.commit()
    return Reading(
        delivery_id=task.delivery_id,
        outcome="landed" if counts else "rejected",
        rows_in_file=table.rows_in_file,
        rows_landed=tally.landed_rows if counts else 0,
        rows_quarantined=tally.refused_rows if counts else table.rows_in_file,
        period_rows=dict(sorted(tally.periods.items())),
        mapping_versions=(file.mapping.mapping_version,),
        problems=tuple(problems if counts else [problem(FRAME_FILE), *problems]),
        frame_counts=counts,
        ripe_on=_day(file.ripe_on),
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _check_placeable(table: OpenTable, versions: Sequence[Mapping]) -> None:
    """Refuse early a file in which no version can place a row."""
    for version in versions:
        check_repeats(table.names, version)
        check_personal(table.tool.personal, version)
    missing = [missing_columns(required_columns(version), table.names) for version in versions]
    if all(missing):
        raise Rejection("MH-KOLOM", columns=missing[-1], rows_in_file=table.rows_in_file)


def _frame_counts(harmoniser: Harmoniser, tally: Tally) -> tuple[FrameCount, ...]:
    """The counts of all versions; a period that two versions share has those of the later one."""

    def refuse(code: str, column: str, count: int) -> None:
        tally.note(code, column, count, np.zeros(0, dtype=np.int64))

    found: dict[tuple[str, str], list[FrameCount]] = {}
    for version in harmoniser.versions:
        own: dict[tuple[str, str], list[FrameCount]] = {}
        for count in version.frame.counts(refuse):
            own.setdefault((count.period_id, count.measure), []).append(count)
        found |= own
    return tuple(count for key in sorted(found) for count in found[key])


def _problems(table: OpenTable, harmoniser: Harmoniser, tally: Tally) -> list[Problem]:
    """Every problem of a file that has been read. Raises Rejection for columns that are missing or not
    allowed.
    """
    try:
        missing = missing_columns(harmoniser.needed_columns(), table.names)
        if missing:
            raise Rejection("MH-KOLOM", columns=missing)
        new = new_column_problem(table.names, table.tool.own, [one.mapping for one in harmoniser.versions])
        if tally.landed_rows + tally.refused_rows + tally.erased_rows != table.rows_in_file:
            raise Rejection("MH-TELLING")
    except Rejection as rejection:
        rejection.rows_in_file = table.rows_in_file
        raise
    used = [version for version in harmoniser.versions if version.is_used]
    compared = contradictions(table.dictionary, [(one.mapping, one.answers.codebooks) for one in used])
    notes = [problem(code, count=count) for code, count in table.notes]
    return [*tally.problems(), *notes, *compared, *([new] if new is not None else [])]


def _reading(
    task: ReadingTask, table: OpenTable, harmoniser: Harmoniser, tally: Tally, problems: Sequence[Problem]
) -> Reading:
    used = [version for version in harmoniser.versions if version.is_used]
    without_rows = "erased" if tally.erased_rows else "rejected"
    return Reading(
        delivery_id=task.delivery_id,
        outcome="landed" if tally.landed_rows else without_rows,
        rows_in_file=table.rows_in_file,
        rows_landed=tally.landed_rows,
        rows_quarantined=tally.refused_rows,
        rows_erased=tally.erased_rows,
        rows_excluded=tally.excluded,
        rows_incomplete=tally.incomplete,
        invalid_cells=sum(version.answers.invalid_cells for version in used),
        period_rows=dict(sorted(tally.periods.items())),
        mapping_versions=tuple(version.mapping.mapping_version for version in used),
        problems=tuple(problems),
        decimals=tuple(
            (version.mapping.mapping_version, item_seq, raw)
            for version in used
            for item_seq, raw in sorted(version.answers.decimals)
        ),
        ripe_on=_day(harmoniser.ripe_on),
    )


def _write_quarantine(file: LandedFile, delivery_id: str, tally: Tally) -> None:
    if not tally.refused:
        return
    numbers = np.concatenate([refused.row_numbers for refused in tally.refused])
    codes = [refused.code for refused in tally.refused for _ in refused.row_numbers]
    columns = [refused.column for refused in tally.refused for _ in refused.row_numbers]
    order = pa.array(np.argsort(numbers, kind="stable"))
    file.write(
        {
            "delivery_id": repeated(delivery_id, len(numbers)),
            "row_number": pa.array(numbers).take(order),
            "code": pa.array(codes, pa.string()).take(order),
            "column": pa.array(columns, pa.string()).take(order),
        }
    )


def _rejected(task: ReadingTask, rejection: Rejection) -> Reading:
    """All rows of a rejected delivery are quarantined, if they could be counted."""
    return Reading(
        delivery_id=task.delivery_id,
        outcome="rejected",
        rows_in_file=rejection.rows_in_file,
        rows_quarantined=rejection.rows_in_file or 0,
        problems=tuple(
            replace(
                problem(rejection.code, column=column, rows=rejection.rows, severity="error"),
                line=rejection.line,
                byte=rejection.byte,
            )
            for column in rejection.columns
        ),
    )


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=4)
def _reference(model_dir: str, stamp: tuple[int, int]) -> reference.Reference:
    return reference.load(Path(model_dir))


@lru_cache(maxsize=64)
def _versions(mapping_file: str, stamp: tuple[int, int], model_dir: str) -> tuple[CompiledVersion, ...]:
    model = _reference(model_dir, _stamp(Path(model_dir)))
    mappings = load_mapping_file(Path(mapping_file), model)
    return tuple((mapping, compile_mapping(mapping)) for mapping in mappings)
