"""The independent look at a delimited file: how many records it has, which are damaged, where each stands.

Belongs here: Python's own csv parser over the text, field counts, quotes, footers. Does not belong here:
loading (`delimited`); the loader's count must come out the same, which is why nothing here uses the
loader's parser.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sources.limits import Limits
from sources.readers.double_encoding import double_encoded_lines
from sources.readers.header_rows import HeaderSpec
from sources.readers.headers import meaningful_width
from sources.readers.loose_quotes import Dialect, parts_quotes, swallows, telling_shapes
from sources.readers.table import Rejection
from sources.readers.text_lines import Lines
from sources.readers.text_stream import TextFile

_NUL = b"\0"
# With fewer quotes than one in so many lines, the lines around them are counted in bulk.
_SPARSE = 4
_PEEKED_RECORDS = 20


@dataclass
class Scan:
    """What the scan found.

    `header` holds the header rows' cells; `width` the number of fields every good record has. `records`
    counts data records without the footer; `refused` gives (record number, code) of the damaged ones.
    `holes` are byte ranges of the UTF-8 text that are no good data record: what is left outside them is
    exactly the good records.
    """

    header: list[list[str]] = field(default_factory=list)
    width: int = 0
    records: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)
    has_quotes: bool = False
    double_encoded_lines: int = 0
    all_blank: bool = True

    def add_hole(self, start: int, end: int) -> None:
        """Leave out a byte range; ranges come in order and touching ones are joined."""
        if self.holes and self.holes[-1][1] == start:
            start = self.holes.pop()[0]
        if end > start:
            self.holes.append((start, end))


def scan_records(
    text: TextFile, dialect: Dialect, spec: HeaderSpec, skip_footer: int, limits: Limits
) -> Scan:
    """Scan the whole text once.

    Raises Rejection: MH-LEEG (no header, or no data record), MH-AFGEKAPT (open quote, or the last record
    breaks off), MH-LIMIET (too many columns or rows, or a field that is too long), and what
    `TextFile.blocks` raises.
    """
    csv.field_size_limit(limits.record_bytes)
    return _Scanner(text, dialect, spec, skip_footer, limits).run()


class _Scanner:
    """One pass. Runs of lines without a quote are counted in bulk; a record with quotes goes through csv."""

    def __init__(
        self, text: TextFile, dialect: Dialect, spec: HeaderSpec, skip_footer: int, limits: Limits
    ) -> None:
        self._lines = Lines(self._watched(text.blocks()))
        self._dialect = dialect
        self._delimiter = dialect.delimiter.encode("utf-8")
        self._quote = dialect.quote.encode("utf-8")
        # A quote with text on both sides: it is no border of a cell, so cells may be told apart wrongly.
        border = b"[^\\n" + re.escape(self._delimiter + self._quote) + b"]"
        self._loose_quote = re.compile(border + re.escape(self._quote) + border) if self._quote else None
        self._spec = spec
        self._limits = limits
        self._skip_footer = skip_footer
        self._footer: deque[tuple[int, int]] = deque(maxlen=skip_footer)
        self._scan = Scan()
        self._shapes: dict[int, str] = {}

    def run(self) -> Scan:
        self._read_header()
        has_left_over = False
        while block := self._lines.rest_of_block(and_more=has_left_over):
            stop = self._lines.offset + len(block)
            self._count_block(block, stop)
            self._lines.mark()
            has_left_over = self._lines.offset < stop
            if self._scan.records > self._limits.rows + self._skip_footer:
                raise Rejection("MH-LIMIET")
        return self._finished()

    def _watched(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._scan.double_encoded_lines += double_encoded_lines(block)
            yield block

    def _read_header(self) -> None:
        rows: list[list[str]] = []
        starts: list[int] = []
        row_number = 0
        while row_number < self._spec.last_possible:
            start = self._lines.offset
            row = self._header_row(is_certain=row_number < self._spec.last_certain)
            if row is None:
                break
            if row_number == 0 and not starts and _is_separator_hint(row, self._dialect.delimiter):
                continue
            row_number += 1
            if row_number >= self._spec.first:
                rows.append(row)
                starts.append(start)
        header = self._spec.header_of(rows)
        if not any(cell.strip() for row in header for cell in row):
            raise Rejection("MH-LEEG", rows_in_file=0)
        if len(header) < len(rows):
            self._lines.rewind(starts[len(header)])
        full = max(len(row) for row in header)
        if full > self._limits.columns:
            raise Rejection("MH-LIMIET")
        self._scan.header = header
        self._scan.add_hole(0, self._lines.offset)
        self._scan.width = self._data_width(meaningful_width(header), full)
        self._shapes = self._shapes_of_records()
        self._lines.mark()

    def _header_row(self, *, is_certain: bool) -> list[str] | None:
        """The next row; None at the end, and for a malformed one that need not belong to the header."""
        start = self._lines.offset
        try:
            return self._record()
        except csv.Error as error:
            if is_certain:
                raise Rejection("MH-AFGEKAPT" if _is_open_quote(error) else "MH-FORMAAT") from None
        self._lines.rewind(start)
        return None

    def _data_width(self, named: int, full: int) -> int:
        """The header may end in blank cells that the records lack: the first record decides."""
        if named == full:
            return full
        here = self._lines.offset
        try:
            first = self._record()
            while first is not None and not first:
                first = self._record()
        except csv.Error:
            first = None
        self._lines.rewind(here)
        return len(first) if first is not None and named <= len(first) <= full else full

    def _shapes_of_records(self) -> dict[int, str]:
        """What the cells of the first records look like; those of another width say nothing."""
        here = self._lines.offset
        rows: list[list[str]] = []
        try:
            for _ in range(_PEEKED_RECORDS):
                row = self._record()
                if row is not None and len(row) == self._scan.width:
                    rows.append(row)
        except csv.Error:
            pass
        self._lines.rewind(here)
        return telling_shapes(rows)

    def _count_block(self, block: bytes, stop: int) -> None:
        quotes = block.count(self._quote) if self._quote else 0
        self._scan.has_quotes = self._scan.has_quotes or quotes > 0
        if quotes > block.count(b"\n") // _SPARSE and self._count_with_csv(block, quotes):
            return
        while self._lines.offset < stop:
            self._lines.mark()
            quoted = self._lines.find(self._quote, stop) if quotes else -1
            run_end = stop if quoted < 0 else self._lines.line_start(quoted)
            if run_end > self._lines.offset:
                self._count_plain_run(run_end)
            else:
                self._count_record()

    def _count_plain_run(self, run_end: int) -> None:
        if self._count_in_bulk(self._lines.slice(run_end)):
            self._lines.advance(run_end)
            return
        while self._lines.offset < run_end:
            self._lines.mark()
            self._count_record()

    def _count_in_bulk(self, content: bytes) -> bool:
        """Count whole lines without quotes; False when any of them needs a closer look."""
        lines = content.split(b"\n")
        is_cut = bool(lines.pop())
        expected = self._scan.width - 1
        if is_cut or _NUL in content or {line.count(self._delimiter) for line in lines} != {expected}:
            return False
        if (expected == 0 and b"" in lines) or self._may_be_too_long(content):
            return False
        self._scan.all_blank = self._scan.all_blank and not content.strip(self._delimiter + b"\n ")
        self._note_footer(lines)
        self._scan.records += len(lines)
        return True

    def _may_be_too_long(self, content: bytes) -> bool:
        """Whether a line could exceed the limit: it would hold a whole half-limit stretch without line end."""
        half = max(self._limits.record_bytes // 2, 1)
        return any(content.find(b"\n", at, at + half) < 0 for at in range(0, len(content) - half, half))

    def _note_footer(self, lines: Sequence[bytes]) -> None:
        if not self._skip_footer:
            return
        end = self._lines.offset + sum(len(line) + 1 for line in lines)
        number = self._scan.records + len(lines)
        tail: list[tuple[int, int]] = []
        for line in reversed(lines[-self._skip_footer :]):
            end -= len(line) + 1
            tail.append((end, number))
            number -= 1
        self._footer.extend(reversed(tail))

    def _count_with_csv(self, block: bytes, quotes: int) -> bool:
        """Count a block in which most lines have quotes; False when any record needs a closer look.

        An odd number of quotes means that the last record goes on in the next block: it is left for later.
        """
        stop = len(block)
        while quotes % 2 and stop > 0:
            line_start = block.rfind(b"\n", 0, stop - 1) + 1
            quotes -= block.count(self._quote, line_start, stop)
            stop = line_start
        content = block[:stop]
        if (
            self._skip_footer
            or not content.endswith(b"\n")
            or _NUL in content
            or self._may_be_too_long(content)
            or (self._loose_quote is not None and self._loose_quote.search(content))
        ):
            return False
        records = seen = 0
        lines = content[:-1].decode("utf-8").split("\n")
        reader = self._dialect.reader(lines)
        try:
            for row in reader:
                spans_lines = reader.line_num - seen > 1
                if len(row) != self._scan.width or (
                    spans_lines
                    and swallows(lines[seen : reader.line_num], self._scan.width, self._dialect, self._shapes)
                ):
                    return False
                records, seen = records + 1, reader.line_num
        except csv.Error:
            return False
        self._scan.all_blank = self._scan.all_blank and not any(cell.strip() for cell in row)
        self._scan.records += records
        self._lines.advance(self._lines.offset + stop)
        return True

    def _count_record(self) -> None:
        scan, start = self._scan, self._lines.offset
        try:
            row = self._record()
        except csv.Error as error:
            self._refuse_malformed(start, error)
            return
        if not row or (len(row) == 1 and scan.width > 1 and not row[0].strip()):
            scan.add_hole(start, self._lines.offset)
            return
        if self._lines.lines_since_mark > 1 and swallows(
            self._lines.texts_since_mark(), scan.width, self._dialect, self._shapes
        ):
            self._refuse_first_line(start)
            return
        self._number(start)
        if len(row) != scan.width:
            if self._lines.ends_without_newline and not self._skip_footer:
                raise Rejection("MH-AFGEKAPT")
            self._refuse(start, "MH-VELDEN")
        elif self._loose_quote is not None and parts_quotes(
            row, self._lines.texts_since_mark(), self._dialect
        ):
            self._refuse(start, "MH-VELDEN")
        elif self._lines.saw_nul:
            self._refuse(start, "MH-TEKENS")
        else:
            scan.all_blank = scan.all_blank and not any(cell.strip() for cell in row)

    def _record(self) -> list[str] | None:
        """The next record's fields, [] for a blank line, None at the end; csv.Error when it is malformed."""
        start = self._lines.offset
        line = self._lines.next_line()
        if line is None:
            return None
        if len(line) > self._limits.record_bytes:
            raise Rejection("MH-LIMIET")
        if not self._quote or self._quote not in line:
            text = line.rstrip(b"\n").decode("utf-8")
            return text.split(self._dialect.delimiter) if text else []
        self._lines.rewind(start)
        return next(iter(self._dialect.reader(self._lines.texts())), None)

    def _refuse_malformed(self, start: int, error: csv.Error) -> None:
        """Leave out the first line of a malformed record, provided that what follows can be read again."""
        if _is_open_quote(error) or _is_too_long(error):
            raise Rejection("MH-AFGEKAPT")
        self._refuse_first_line(start)

    def _refuse_first_line(self, start: int) -> None:
        spanned_lines = self._lines.lines_since_mark
        self._lines.rewind(start)
        self._lines.next_line()
        self._number(start)
        self._refuse(start, "MH-VELDEN")
        if spanned_lines > 1:
            self._require_resync()

    def _require_resync(self) -> None:
        here = self._lines.offset
        try:
            row = self._record()
        except csv.Error:
            row = None
        if row is None or len(row) != self._scan.width:
            raise Rejection("MH-AFGEKAPT")
        self._lines.rewind(here)

    def _number(self, start: int) -> None:
        self._scan.records += 1
        if self._skip_footer:
            self._footer.append((start, self._scan.records))

    def _refuse(self, start: int, code: str) -> None:
        self._scan.refused.append((self._scan.records, code))
        self._scan.add_hole(start, self._lines.offset)

    def _finished(self) -> Scan:
        scan = self._scan
        if self._footer:
            first_start, first_number = self._footer[0]
            scan.records = first_number - 1
            scan.refused = [(number, code) for number, code in scan.refused if number < first_number]
            scan.holes = [(start, end) for start, end in scan.holes if start < first_start]
            scan.add_hole(max(first_start, scan.holes[-1][1]), self._lines.offset)
        if scan.records == 0 or (scan.records == 1 and scan.all_blank and not scan.refused):
            raise Rejection("MH-LEEG", rows_in_file=0)
        return scan


def _is_separator_hint(row: Sequence[str], delimiter: str) -> bool:
    """Excel's first line `sep=;`, with or without the delimiter being split off."""
    return delimiter.join(row).strip().lower() in (f"sep={delimiter}", "sep=")


def _is_open_quote(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _is_too_long(error: csv.Error) -> bool:
    return "field limit" in str(error)
