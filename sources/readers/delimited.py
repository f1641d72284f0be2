"""Delimited text: the scan's good records through Arrow's csv reader, in batches.

Belongs here: the loader, and the comparison of its count with the scan's. Does not belong here: judging
records (`record_scan`), decoding answers, decimals and dates: every cell is text here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

from sources.limits import Limits
from sources.readers.header_rows import HeaderSpec
from sources.readers.headers import column_names, tool_columns
from sources.readers.loose_quotes import Dialect
from sources.readers.record_scan import Scan, scan_records
from sources.readers.summary_report import is_delimited_summary
from sources.readers.table import Batch, OpenTable, RefusedRow, Rejection
from sources.readers.text_stream import TextFile, open_text

if TYPE_CHECKING:
    from sources.mapping.parts import Source

# Arrow needs some 35 times this in memory; smaller blocks are no slower, larger ones give larger row groups.
_LOAD_BLOCK_BYTES = 4 * 1024 * 1024


def open_delimited(path: Path, file_name: str, source: Source, limits: Limits) -> OpenTable:
    """Scan a delimited file as its mapping declares it and prepare to load it.

    Raises Rejection: those of `open_text` and `scan_records`, MH-SAMENVATTING for a report of counts, and
    MH-SCHEIDING when the delimiter does not occur in the header. Reading the batches raises MH-TELLING when
    Arrow does not find the records that the scan found.
    """
    text = open_text(path, file_name, source.encoding, limits)
    if source.delivery == "respondent" and is_delimited_summary(
        text.blocks(), source.delimiter, source.profile
    ):
        raise Rejection("MH-SAMENVATTING")
    dialect = Dialect(source.delimiter, source.quote)
    spec = HeaderSpec(source.header_row, source.header_rows, source.profile)
    scan = scan_records(text, dialect, spec, source.skip_footer, limits)
    names = column_names(scan.header, source.profile)[: scan.width]
    if len(names) == 1 and _has_other_delimiter(names[0], source.delimiter):
        raise Rejection("MH-SCHEIDING", rows_in_file=scan.records)

    def batches(coded: Sequence[str], plain: Sequence[str]) -> Iterator[Batch]:
        return _load(text, dialect, scan, names, coded, plain)

    refused = [RefusedRow(number, code) for number, code in scan.refused]
    from_tool = tool_columns(scan.header, names, source.profile)
    notes = [("MH-CODERING-DUBBEL", scan.double_encoded_lines)] if scan.double_encoded_lines else []
    return OpenTable(
        names=names,
        rows_in_file=scan.records,
        refused=refused,
        batches=batches,
        tool=from_tool,
        notes=notes,
    )


def _has_other_delimiter(name: str, delimiter: str) -> bool:
    return any(other in name for other in ",;\t|" if other != delimiter)


def _load(
    text: TextFile,
    dialect: Dialect,
    scan: Scan,
    names: Sequence[str],
    coded: Sequence[str],
    plain: Sequence[str],
) -> Iterator[Batch]:
    positions = {name: f"c{index}" for index, name in enumerate(names)}
    types = {positions[name]: pa.dictionary(pa.int32(), pa.string()) for name in coded if name in positions}
    types |= {positions[name]: pa.string() for name in plain if name in positions}
    wanted = {name: positions[name] for name in (*coded, *plain) if name in positions}
    first = positions[names[0]]
    included = sorted({*wanted.values(), first} if not wanted else set(wanted.values()))
    numbers = good_row_numbers(scan.records, [number for number, _ in scan.refused])
    expected, seen = scan.records - len(scan.refused), 0
    if expected == 0:
        return
    try:
        stream = arrow_csv.open_csv(
            pa.PythonFile(_GoodRecords(text.blocks(), scan.holes), mode="r"),
            read_options=arrow_csv.ReadOptions(
                column_names=list(positions.values()), use_threads=False, block_size=_LOAD_BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=True,
                newlines_in_values=scan.has_quotes,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=types | ({} if wanted else {first: pa.string()}),
                include_columns=included,
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        for record_batch in stream:
            count = record_batch.num_rows
            if seen + count > expected:
                break
            columns = {name: record_batch.column(position) for name, position in wanted.items()}
            yield Batch(numbers[seen : seen + count], columns)
            seen += count
        else:
            if seen == expected:
                return
    except pa.ArrowInvalid:
        pass
    raise Rejection("MH-TELLING", rows_in_file=scan.records)


def good_row_numbers(records: int, refused: Sequence[int]) -> npt.NDArray[np.int64]:
    """1..records without the refused ones."""
    numbers = np.arange(1, records + 1, dtype=np.int64)
    return np.delete(numbers, np.asarray(refused, dtype=np.int64) - 1) if refused else numbers


class _GoodRecords(io.RawIOBase):
    """The text without its holes, as a file that Arrow can read."""

    def __init__(self, blocks: Iterator[bytes], holes: Sequence[tuple[int, int]]) -> None:
        self._pieces = _without(blocks, holes)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken, missing = [], size if size >= 0 else 1 << 62
        while missing > 0:
            if not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._rest = piece
            taken.append(self._rest[:missing])
            self._rest = self._rest[missing:]
            missing -= len(taken[-1])
        return b"".join(taken)


def _without(blocks: Iterator[bytes], holes: Sequence[tuple[int, int]]) -> Iterator[memoryview]:
    base, waiting = 0, iter(holes)
    hole = next(waiting, None)
    for block in blocks:
        view, at = memoryview(block), 0
        while hole is not None and hole[0] < base + len(block):
            start, end = max(hole[0] - base, at), hole[1] - base
            if start > at:
                yield view[at:start]
            at = min(end, len(block))
            if end > len(block):
                break
            hole = next(waiting, None)
        if at < len(block):
            yield view[at:]
        base += len(block)
