"""A delivery that was packed: the one file in a zip archive, or a gzip of a workbook or SPSS file.

Belongs here: judging an archive by its directory, and unpacking its one member, within limits, to a temporary file.
Does not belong here: gzip of text (`text_stream` reads that as it goes) and workbooks, which are zip archives too
(`workbook`).
"""

from __future__ import annotations

import errno
import gzip
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from sources.limits import Limits
from sources.readers.table import Rejection
from sources.readers.workbook import is_plain_archive

_CHUNK = 1024 * 1024
_MOST_MEMBERS = 1_000
_MOST_RATIO = 100
# A few repeated rows shrink more than any honest survey; a small text can do no harm.
_RATIO_FROM_BYTES = 10 * 1024 * 1024
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_PACKED = (".zip", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".tar")
# What the Finder and the Explorer of a sender put beside the file.
_CLUTTER = ("thumbs.db", ".ds_store", "desktop.ini")
_GZIP_MAGIC = b"\x1f\x8b"
# Readers of text unpack gzip themselves, block by block.
_TEXT_FORMATS = frozenset({"csv", "json", "ndjson"})
Unpack = Callable[[Path, IO[bytes], Limits], None]


@contextmanager
def unpacked(path: Path, source_format: str, limits: Limits) -> Iterator[Path]:
    """The path of the file that is meant: `path` itself, or the one file in it, for as long as the context lasts.

    Raises Rejection: MH-ARCHIEF (not exactly one file), MH-ZIP-VERSLEUTELD, MH-ZIP-NAAM (a name or kind of member that
    leads elsewhere), MH-ZIP-GENEST (an archive in an archive), MH-ZIP-STUK (damaged) or MH-LIMIET.
    """
    unpack = _way_to_unpack(path, source_format, limits)
    if unpack is None:
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".incoming-unpacked-") as target:
        try:
            unpack(path, target, limits)
        except (
            zipfile.BadZipFile,
            gzip.BadGzipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ):
            raise Rejection("MH-ZIP-STUK") from None
        except OSError as error:
            # A damaged directory sends zipfile to a place before the start; a full disk is no fault of the file.
            if error.errno != errno.EINVAL:
                raise
            raise Rejection("MH-ZIP-STUK") from None
        target.flush()
        yield Path(target.name)


def _way_to_unpack(path: Path, source_format: str, limits: Limits) -> Unpack | None:
    """How this file is packed; None when it is not, or when its reader unpacks it or refuses it for its size."""
    if path.stat().st_size > limits.file_bytes:
        return None
    if is_plain_archive(path):
        return _unpack_member
    return _unpack_gzip if source_format not in _TEXT_FORMATS and _is_gzip(path) else None


def _unpack_member(path: Path, target: IO[bytes], limits: Limits) -> None:
    with zipfile.ZipFile(path) as archive, archive.open(_the_member(archive, limits)) as stream:
        _copy(stream, target, limits)


def _unpack_gzip(path: Path, target: IO[bytes], limits: Limits) -> None:
    with gzip.open(path) as stream:
        _copy(stream, target, limits)


def _copy(stream: IO[bytes] | gzip.GzipFile, target: IO[bytes], limits: Limits) -> None:
    """Copy, and count: declared sizes can lie."""
    total = 0
    while chunk := stream.read(_CHUNK):
        total += len(chunk)
        if total > limits.text_bytes:
            raise Rejection("MH-LIMIET")
        target.write(chunk)


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC


def _the_member(archive: zipfile.ZipFile, limits: Limits) -> zipfile.ZipInfo:
    """The one file of an archive that hides nothing; nothing is ever unpacked under the name it has there."""
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise Rejection("MH-LIMIET")
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or any(_leads_elsewhere(member) for member in members):
        raise Rejection("MH-ZIP-NAAM")
    files = [member for member in members if not member.is_dir() and not _is_clutter(member.filename)]
    if len(files) != 1:
        raise Rejection("MH-ARCHIEF")
    (member,) = files
    if member.flag_bits & _ENCRYPTED:
        raise Rejection("MH-ZIP-VERSLEUTELD")
    if member.filename.lower().endswith(_PACKED):
        raise Rejection("MH-ZIP-GENEST")
    if member.compress_type not in _METHODS:
        raise Rejection("MH-ZIP-STUK")
    is_bomb = member.file_size > _RATIO_FROM_BYTES and member.file_size > _MOST_RATIO * max(
        member.compress_size, 1
    )
    if member.file_size > limits.text_bytes or is_bomb:
        raise Rejection("MH-LIMIET")
    return member


def _leads_elsewhere(member: zipfile.ZipInfo) -> bool:
    """Whether the name points out of its folder, or the member is a link and no file."""
    name = member.filename.replace("\\", "/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    is_outside = name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts
    return is_link or is_outside or any(ord(sign) < 32 for sign in name)


def _is_clutter(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "__MACOSX" or path.name.lower() in _CLUTTER
