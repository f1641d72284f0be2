"""Lines of a UTF-8 text with their byte offsets, and the way back to the start of a record.

Belongs here: buffering and offsets. Does not belong here: fields, quotes, counting.
"""

from __future__ import annotations

from collections.abc import Iterator


class Lines:
    """A cursor over blocks of whole lines. It can go back to the last mark, however many blocks have
    passed.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._buffer = b""
        self._base = 0
        self._at = 0
        self._mark = 0
        self.lines_since_mark = 0
        self.saw_nul = False

    @property
    def offset(self) -> int:
        """Bytes of the text before the cursor."""
        return self._base + self._at

    @property
    def ends_without_newline(self) -> bool:
        """Whether the text before the cursor ends in the middle of a line."""
        return self._at > 0 and self._buffer[self._at - 1 : self._at] != b"\n"

    def mark(self) -> None:
        """Make this the place that `rewind` can still reach; everything before it may be forgotten."""
        self._mark = self.offset
        self.lines_since_mark = 0
        self.saw_nul = False

    def rewind(self, offset: int) -> None:
        """Go back to `offset`, at or after the last mark."""
        if offset < self._base:
            raise ValueError("rewind before the mark")
        self._at = offset - self._base
        self.lines_since_mark = 0

    def next_line(self) -> bytes | None:
        """The next line with its line end, or None at the end of the text."""
        if self._at == len(self._buffer) and not self._load():
            return None
        end = self._buffer.find(b"\n", self._at) + 1 or len(self._buffer)
        line = self._buffer[self._at : end]
        self._at = end
        self.lines_since_mark += 1
        self.saw_nul = self.saw_nul or b"\0" in line
        return line

    def texts(self) -> Iterator[str]:
        """The lines from here as text; advances the cursor one line at a time."""
        while (line := self.next_line()) is not None:
            yield line.decode("utf-8")

    def texts_since_mark(self) -> list[str]:
        """The lines between the mark and the cursor, as text."""
        passed = self._buffer[self._mark - self._base : self._at]
        return passed.removesuffix(b"\n").decode("utf-8").split("\n")

    def rest_of_block(self, *, and_more: bool = False) -> bytes:
        """What is buffered after the cursor (the next block when nothing is, or also when `and_more`).

        Does not advance; empty at the end of the text.
        """
        if self._at == len(self._buffer) or and_more:
            self._load()
        return self._buffer[self._at :]

    def find(self, needle: bytes, stop: int) -> int:
        """The offset of `needle` between the cursor and `stop`, or -1."""
        found = self._buffer.find(needle, self._at, stop - self._base)
        return -1 if found < 0 else found + self._base

    def line_start(self, offset: int) -> int:
        """Where the line that holds `offset` begins, not before the cursor."""
        found = self._buffer.rfind(b"\n", self._at, offset - self._base) + 1
        return (found or self._at) + self._base

    def slice(self, stop: int) -> bytes:
        """The bytes from the cursor to `stop`."""
        return self._buffer[self._at : stop - self._base]

    def advance(self, offset: int) -> None:
        """Move the cursor forward to `offset`, within what is buffered."""
        self._at = offset - self._base

    def _load(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        kept = min(self._mark, self.offset) - self._base
        self._buffer = self._buffer[kept:] + block
        self._base += kept
        self._at -= kept
        return True
