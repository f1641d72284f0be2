"""Durable writing: what gets a name is whole, and is still there after a crash of the process or of the machine.

Belongs here: giving a finished temporary file, folder or link its name, with the waits for the disk that this takes.
Does not belong here: what is written. The waits: content before name, name before anything that builds on it.
"""

import hashlib
import os
from pathlib import Path

from sources.failpoints import RENAMED, SYNCHRONISED, WRITTEN, reached


def put(temporary: Path, final: Path, what: str) -> None:
    """Give a finished file or folder its name; `what` is one of `failpoints.WRITES`. Raises OSError."""
    reached(f"{what}:{WRITTEN}")
    synchronise(temporary)
    reached(f"{what}:{SYNCHRONISED}")
    temporary.replace(final)
    reached(f"{what}:{RENAMED}")
    synchronise(final.parent)


def write_bytes(path: Path, content: bytes, what: str) -> None:
    """Write a file under a temporary name beside it, then give it its name."""
    temporary = temporary_of(path)
    temporary.write_bytes(content)
    put(temporary, path, what)


def write_text(path: Path, text: str, what: str) -> None:
    """As `write_bytes`, in UTF-8."""
    write_bytes(path, text.encode(), what)


def point(link: Path, target: str | Path, what: str) -> None:
    """Let a symbolic link point elsewhere in one step."""
    temporary = temporary_of(link)
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    reached(f"{what}:{WRITTEN}")
    synchronise(link.parent)
    reached(f"{what}:{SYNCHRONISED}")
    temporary.replace(link)
    reached(f"{what}:{RENAMED}")
    synchronise(link.parent)


def file_sha256(path: Path) -> str:
    """What a file is known by afterwards."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def temporary_of(path: Path) -> Path:
    """The name under which a file is written; always the same, so that the next attempt takes its place."""
    return path.with_name(f".{path.name}.tmp")


def synchronise(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
