"""What the bucket needs of a store, and what can go wrong there.

Belongs here: the interface, the record of one listed object and the errors. Does not belong here: any protocol.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

CHUNK_BYTES = 256 * 1024


class StorageError(Exception):
    """The store, or one organisation's folder in it, cannot be read or written (an operator's matter)."""


class ObjectUnreadable(StorageError):
    """This one object may not be read; the store itself answers."""


class ObjectChanged(Exception):
    """The object changed or vanished while it was copied; the next run looks again."""


class StoreConfigurationError(Exception):
    """A store's address, time limit or settle time cannot be used (exit code 3)."""


@dataclass(frozen=True)
class Listed:
    """One object: `path` is relative to the store's root, `stored_at` the store's own time, ISO 8601 in UTC.

    `special` is what is no file (a link, a pipe, a device), `closed` a folder that may not be listed. `version` is the
    store's own mark of the content, empty where it has none.
    """

    path: str
    size: int
    stored_at: str
    kind: Literal["file", "special", "closed"] = "file"
    version: str = ""


class Store(Protocol):
    """A tree of files. Every method raises StorageError when the store cannot do it."""

    place: str  # for messages; never holds a credential
    is_file_like: bool  # whether a file can be seen while it is still being written
    is_read_twice: bool  # whether only a second reading shows that a copy is whole
    default_settle_seconds: float

    def turn(self, organisation_id: str) -> None:
        """From here on it is this organisation's time that is used up."""

    def folders(self) -> list[str]:
        """Names of the folders at the top."""

    def tree(self, folder: str) -> list[Listed]:
        """Everything under a folder ("" for the whole store), parts that are left alone not entered."""

    def files(self, folder: str) -> list[Listed]:
        """What lies directly in a folder; nothing when it is not there."""

    def info(self, path: str) -> Listed:
        """One object as it is now; ObjectChanged when it is gone."""

    def chunks(self, path: str) -> Iterator[bytes]:
        """Its bytes; ObjectChanged when it is gone or no file any more, ObjectUnreadable when it may not be read."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file, folders included: a reader sees the former content or this one."""

    def delete(self, path: str) -> None:
        """Delete a file; one that is already gone is as good."""


def utc_text(moment: datetime | float) -> str:
    """A moment as the ledger keeps it."""
    if not isinstance(moment, datetime):
        try:
            moment = datetime.fromtimestamp(moment, tz=UTC)
        except (ValueError, OverflowError, OSError):
            # A time that no calendar has, from a damaged or hostile file system.
            moment = datetime.fromtimestamp(0, tz=UTC)
    return moment.astimezone(UTC).isoformat()
