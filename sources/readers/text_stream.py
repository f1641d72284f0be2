"""A text file as UTF-8 blocks of whole lines, whatever its codec, line ends or compression.

Belongs here: bytes, codecs, byte order marks, gzip and their limits. Does not belong here: what a record is.
The stream can be opened any number of times and always gives the same bytes, so two parsers see one text.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sources.limits import Limits
from sources.readers.table import Rejection
from sources.readers.workbook import is_plain_archive

_CHUNK_BYTES = 4 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BINARY_MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"$FL2", b"$FL3", b"%PDF")
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_LINE_IN_RECORDS = 8


@dataclass(frozen=True)
class TextFile:
    """A text file and how to decode it. `skip` is the length of a UTF-8 byte order mark."""

    path: Path
    codec: str
    skip: int
    is_compressed: bool
    limits: Limits

    def blocks(self) -> Iterator[bytes]:
        """UTF-8 blocks that end at a line end (the last one perhaps not); every line end is LF.

        Raises Rejection: MH-CODERING (not in the declared codec, with line and byte), MH-AFGEKAPT (compressed
        stream breaks off), MH-FORMAAT (not a compressed stream), MH-LIMIET (too long a line or too large a
        text).
        """
        rest, total, lines = b"", 0, 0
        for chunk in self._utf8_chunks():
            total += len(chunk)
            text = rest + _normal_line_ends(chunk)
            cut = text.rfind(b"\n") + 1
            if total > self.limits.text_bytes or len(text) - cut > self._longest_line:
                raise Rejection("MH-LIMIET")
            if cut:
                block, rest = text[:cut], text[cut:]
                self._check_utf8(block, lines)
                lines += block.count(b"\n")
                yield block
            else:
                rest = text
        if rest:
            self._check_utf8(rest, lines)
            yield rest

    @property
    def _longest_line(self) -> int:
        return _LONGEST_LINE_IN_RECORDS * self.limits.record_bytes + _CHUNK_BYTES

    def _check_utf8(self, block: bytes, lines_before: int) -> None:
        if block.isascii():
            return
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Rejection(
                "MH-CODERING",
                line=lines_before + 1 + block.count(b"\n", 0, error.start),
                byte=error.start - block.rfind(b"\n", 0, error.start),
            ) from None

    def _utf8_chunks(self) -> Iterator[bytes]:
        """Chunks of UTF-8 that never end in CR, so that CR LF is never split."""
        held = b""
        for chunk in self._transcoded():
            whole = held + chunk
            kept = len(whole.rstrip(b"\r"))
            held = whole[kept:]
            if kept:
                yield whole[:kept]
        if held:
            yield held

    def _transcoded(self) -> Iterator[bytes]:
        if self.codec == "utf-8":
            yield from self._raw_chunks()
            return
        decoder = codecs.getincrementaldecoder(self.codec)(errors="strict")
        lines = 0
        try:
            for chunk in self._raw_chunks():
                encoded = decoder.decode(chunk).encode("utf-8")
                lines += encoded.count(b"\n")
                yield encoded
            yield decoder.decode(b"", final=True).encode("utf-8")
        except UnicodeDecodeError as error:
            before = _normal_line_ends(error.object[: error.start].decode(self.codec, "replace").encode())
            raise Rejection(
                "MH-CODERING",
                line=lines + 1 + before.count(b"\n"),
                byte=len(before) - before.rfind(b"\n"),
            ) from None
        except UnicodeError:
            raise Rejection("MH-CODERING", line=lines + 1, byte=1) from None

    def _raw_chunks(self) -> Iterator[bytes]:
        with self.path.open("rb") as raw:
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if self.is_compressed else raw  # type: ignore[assignment]
            try:
                stream.read(self.skip)
                while chunk := stream.read(_CHUNK_BYTES):
                    yield chunk
            except EOFError:
                raise Rejection("MH-AFGEKAPT") from None
            except (gzip.BadGzipFile, zlib.error):
                raise Rejection("MH-FORMAAT") from None


def open_text(path: Path, file_name: str, encoding: str, limits: Limits) -> TextFile:
    """Decide how to decode a file: the declared codec, unless a byte order mark says otherwise.

    A UTF-8 mark under another declared codec counts only when the whole file is UTF-8, since exports exist
    that put the mark before text of the old codec. Raises Rejection MH-LEEG, MH-FORMAAT, MH-ARCHIEF,
    MH-CODERING, MH-LIMIET or MH-AFGEKAPT.
    """
    size = path.stat().st_size
    if size == 0:
        raise Rejection("MH-LEEG", rows_in_file=0)
    if size > limits.file_bytes:
        raise Rejection("MH-LIMIET")
    with path.open("rb") as raw:
        magic = raw.read(8)
    if magic.startswith(b"PK") and is_plain_archive(path):
        raise Rejection("MH-ARCHIEF")
    is_compressed = magic.startswith(_GZIP_MAGIC)
    if file_name.lower().endswith(".gz") != is_compressed or magic.startswith(_BINARY_MAGICS):
        raise Rejection("MH-FORMAAT")
    declared = codecs.lookup(encoding).name
    plain = TextFile(path, "utf-8", 0, is_compressed, limits)
    head = next(plain._raw_chunks(), b"")[:4]
    for mark, codec in _WIDE_MARKS:
        if head.startswith(mark):
            return TextFile(path, codec, 0, is_compressed, limits)
    if b"\0" in head and not declared.startswith(("utf-16", "utf-32")):
        # Text of two or four bytes per character without the mark that says so.
        raise Rejection("MH-CODERING", line=1, byte=head.index(b"\0") + 1)
    if head.startswith(codecs.BOM_UTF8):
        marked = TextFile(path, "utf-8", len(codecs.BOM_UTF8), is_compressed, limits)
        if declared in ("utf-8", "utf-8-sig") or _is_readable(marked):
            return marked
        return TextFile(path, declared, len(codecs.BOM_UTF8), is_compressed, limits)
    codec = "utf-8" if declared in ("utf-8", "utf-8-sig", "ascii") else declared
    return TextFile(path, codec, 0, is_compressed, limits)


def _is_readable(text: TextFile) -> bool:
    try:
        for _ in text.blocks():
            pass
    except Rejection as rejection:
        if rejection.code == "MH-CODERING":
            return False
        raise
    return True


def _normal_line_ends(chunk: bytes) -> bytes:
    if b"\r" not in chunk:
        return chunk
    return chunk.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
