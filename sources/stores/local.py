"""A folder of this machine as a store.

Belongs here: listing, reading and writing below one folder without ever following a link or opening what is no file.
Does not belong here: any rule on names.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sources.failpoints import reached
from sources.stores import walking
from sources.stores.location import Location
from sources.stores.store import (
    CHUNK_BYTES,
    Listed,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
)
from sources.stores.walking import Entry, joined

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENAMETOOLONG})
_CLOSED = frozenset({errno.EACCES, errno.EPERM})


class LocalStore:
    """Every part of a path is opened from the one above it, so that no part of it can be a link."""

    is_file_like = True
    is_read_twice = False
    default_settle_seconds = 0.0

    def __init__(self, location: Location) -> None:
        self.place = str(location)

    def turn(self, organisation_id: str) -> None:
        """A local folder answers at once or never."""

    def folders(self) -> list[str]:
        """Folders at the top, links among them: whether those can be used shows when they are listed."""
        with self._folder("") as top, os.scandir(top) as entries:
            return sorted(
                one.name for one in entries if one.is_symlink() or one.is_dir(follow_symlinks=False)
            )

    def tree(self, folder: str) -> list[Listed]:
        """Everything under a folder; a folder inside it that may not be listed stands in the place of its files."""
        return walking.tree(folder, self._entries)

    def files(self, folder: str) -> list[Listed]:
        """What lies directly in a folder, folders left out."""
        return walking.files(folder, self._entries)

    def info(self, path: str) -> Listed:
        """One object as it is now."""
        folder, _, name = path.rpartition("/")
        with self._folder(folder) as parent, _translated():
            return _entry(name, os.stat(name, dir_fd=parent, follow_symlinks=False)).listed(path)

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a regular file."""
        folder, _, name = path.rpartition("/")
        with self._folder(folder) as parent, _translated():
            handle = os.open(name, _READ_FLAGS, dir_fd=parent)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ObjectChanged(path)
            while chunk := self._read(handle):
                yield chunk
        finally:
            os.close(handle)

    @staticmethod
    def _read(handle: int) -> bytes:
        with _translated():
            return os.read(handle, CHUNK_BYTES)

    def write(self, path: str, content: bytes) -> None:
        """Write beside the file and rename; a link in the file's place is replaced, not followed."""
        folder, _, name = path.rpartition("/")
        temporary = f"{name}.tmp"
        self._make(folder)
        with self._folder(folder) as parent, _translated():
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            with os.fdopen(os.open(temporary, _WRITE_FLAGS, 0o666, dir_fd=parent), "wb") as target:
                target.write(content)
            reached("receipt:written")
            os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)

    def delete(self, path: str) -> None:
        """Delete a file."""
        folder, _, name = path.rpartition("/")
        try:
            with self._folder(folder) as parent, _translated():
                os.unlink(name, dir_fd=parent)
        except ObjectChanged:
            return

    def _make(self, folder: str) -> None:
        done = ""
        for part in folder.split("/") if folder else []:
            with self._folder(done) as parent, _translated(), suppress(FileExistsError):
                os.mkdir(part, dir_fd=parent)
            done = joined(done, part)

    def _entries(self, folder: str) -> list[Entry]:
        found = []
        with self._folder(folder) as opened, _translated(), os.scandir(opened) as entries:
            for one in entries:
                try:
                    found.append(_entry(one.name, one.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
        return found

    @contextmanager
    def _folder(self, folder: str) -> Iterator[int]:
        """A handle on a folder below the top."""
        with _translated(is_top=True):
            handle = os.open(self.place, _FOLDER_FLAGS)
        try:
            for part in folder.split("/") if folder else []:
                with _translated():
                    inner = os.open(part, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)


@contextmanager
def _translated(is_top: bool = False) -> Iterator[None]:
    """Errors of the file system as errors of a store, told apart by what they touch."""
    try:
        yield
    except OSError as error:
        if error.errno in _CLOSED and not is_top:
            raise ObjectUnreadable(type(error).__name__) from error
        if error.errno in _GONE and not is_top:
            raise ObjectChanged(os.strerror(error.errno)) from error
        raise StorageError(type(error).__name__) from error


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(name, status.st_mode, status.st_size, status.st_mtime)
