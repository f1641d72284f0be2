"""Files that nobody would send, by the thousand, through reader processes: each is read or refused, none is lost.

A grammar makes a delivery, some damage is done to it, and a reader that shares no code with ours counts its records.
`make test-soak` multiplies the number of files by ten.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from sources.limits import MEBIBYTE, Limits
from sources.readers.pool import ReaderPool
from sources.readers.reading import Reading, ReadingTask
from tests.sources.reader_desk import HEADER, Desk

NAMES = HEADER.split(";")
FILES_PER_KIND = 250 * (10 if os.environ.get("MEETHUIS_FAULTS") == "soak" else 1)
PATIENCE_SECONDS = 5.0
LIMITS = replace(Limits(), wall_seconds=30.0, memory_bytes=1024 * MEBIBYTE)
CANARY = "kanarie4711"
FUZZED = settings(
    max_examples=FILES_PER_KIND, deadline=None, suppress_health_check=list(HealthCheck), database=None
)

_CELLS = st.sampled_from(
    [
        "",
        "7",
        "7,5",
        "4",
        "11",
        "9",
        CANARY,
        "a;b",
        'a"b',
        "a\nb",
        "=1+1",
        "é",
        "\u202e",
        "0" * 300,
        "1E+15",
        " ",
    ]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
_DATES = st.sampled_from([*["03-03-2025"] * 5, "31-02-2025", "", "2025-03-03", "01-01-2031", "45000"])
_ROWS = st.lists(
    st.tuples(st.integers(0, 40).map(lambda number: f"r{number}"), _DATES, _CELLS, _CELLS, _CELLS),
    max_size=12,
)
_NOISE = st.sampled_from(
    [b'"', b";", b"\n", b"\r\n", b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"PK", b"{", b"]", b","]
)
_DAMAGE = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 40), _NOISE), max_size=3)


_RECORD_BEGINS = re.compile(r"\n\"?r\d+\"?;")


class Reader:
    """Reads a file in a child process, as the night does."""

    def __init__(self, folder: Path, pool: ReaderPool) -> None:
        self._folder, self._pool = folder, pool
        self._tasks: dict[str, ReadingTask] = {}

    def read(self, source_format: str, content: bytes) -> Reading:
        """The reading; fails when it takes longer than a person waits, or when a reader process died."""
        if source_format not in self._tasks:
            desk = Desk(self._folder / source_format).map(source={"format": source_format})
            self._tasks[source_format] = desk.task(b"", f"kto.{source_format}", limits=LIMITS)
        task = self._tasks[source_format]
        Path(task.path).write_bytes(content)
        started = time.monotonic()
        ((_, reading),) = self._pool.read([task])
        assert time.monotonic() - started < PATIENCE_SECONDS
        self._require_law(reading, Path(task.landed_path))
        return reading

    def _require_law(self, reading: Reading, landed: Path) -> None:
        codes = {problem.code for problem in reading.problems}
        assert not codes & {"MH-INTERN", "MH-TELLING", "MH-LEZER"}, codes
        assert CANARY not in repr(reading)
        if reading.outcome == "rejected":
            assert codes and reading.rows_landed == 0
            assert reading.rows_in_file in (None, reading.rows_quarantined)
        else:
            assert reading.rows_in_file == reading.rows_landed + reading.rows_quarantined
            assert landed.exists()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("fuzz")
    with ReaderPool(1, LIMITS) as pool:
        yield Reader(folder, pool)


def damaged(content: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    """Each piece of damage puts bytes in the place of some others."""
    for place, length, noise in damage:
        at = place % (len(content) + 1)
        content = content[:at] + noise + content[at + length :]
    return content


@seed(1)
@FUZZED
@given(
    rows=_ROWS,
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    damage=_DAMAGE,
)
def test_csv(
    reader: Reader,
    rows: list[tuple[str, ...]],
    line_end: str,
    quoting: int,
    mark: bytes,
    damage: list[tuple[int, int, bytes]],
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([NAMES, *rows])
    content = damaged(mark + text.getvalue().encode(), damage)
    reading = reader.read("csv", content)
    counted = records_in(content)
    if reading.outcome != "rejected" and counted is not None:
        assert reading.rows_in_file == counted


def records_in(content: bytes) -> int | None:
    """Records below the header by Python's csv, blank lines left out; None where it cannot say.

    It cannot where a stray quote makes one record of two: a cell in which a record begins, or one over several lines
    in a record that is too long or too short. Of those readers make two.
    """
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    for line in lines:
        is_whole = len(line) == len(NAMES)
        if any(_RECORD_BEGINS.search(cell) or ("\n" in cell and not is_whole) for cell in line):
            return None
    return sum(1 for line in lines if line) - 1


@seed(2)
@FUZZED
@given(rows=_ROWS, kind=st.sampled_from(["json", "ndjson"]), damage=_DAMAGE)
def test_json(
    reader: Reader, rows: list[tuple[str, ...]], kind: str, damage: list[tuple[int, int, bytes]]
) -> None:
    records = [dict(zip(NAMES, row, strict=True)) for row in rows]
    text = json.dumps(records) if kind == "json" else "".join(json.dumps(one) + "\n" for one in records)
    content = damaged(text.encode(), damage)
    reading = reader.read(kind, content)
    counted = objects_in(kind, content)
    if reading.outcome != "rejected" and counted is not None:
        assert reading.rows_in_file == counted


def objects_in(kind: str, content: bytes) -> int | None:
    try:
        if kind == "json":
            document = json.loads(content)
            return len(document) if isinstance(document, list) else None
        return sum(
            1 for line in content.decode().split("\n") if line.strip() and json.loads(line) is not None
        )
    except ValueError:
        return None


@seed(3)
@FUZZED
@given(rows=_ROWS, damage=_DAMAGE, is_repacked=st.booleans())
def test_xlsx(
    reader: Reader, rows: list[tuple[str, ...]], damage: list[tuple[int, int, bytes]], is_repacked: bool
) -> None:
    content = workbook(rows)
    # Damage to the XML inside a sound archive, or to the archive itself.
    content = repacked(content, damage) if is_repacked else damaged(content, damage)
    reading = reader.read("xlsx", content)
    if not damage and reading.outcome != "rejected":
        assert reading.rows_in_file == sum(1 for row in rows if any(row))


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    book = openpyxl.Workbook()
    for row in [NAMES, *rows]:
        book.active.append([openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def repacked(content: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in source.infolist():
            inside = source.read(member)
            is_sheet = (
                member.filename.startswith("xl/worksheets/") or member.filename == "xl/sharedStrings.xml"
            )
            archive.writestr(member.filename, damaged(inside, damage) if is_sheet else inside)
    return target.getvalue()


@seed(4)
@FUZZED
@given(
    content=st.binary(max_size=2_000),
    head=st.sampled_from(
        [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"$FL2", b"\xff\xfe", b"[", b"{", HEADER.encode() + b"\n"]
    ),
    kind=st.sampled_from(["csv", "xlsx", "sav", "json", "ndjson"]),
)
def test_noise(reader: Reader, content: bytes, head: bytes, kind: str) -> None:
    reader.read(kind, head + content)
