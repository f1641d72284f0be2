"""An SFTP server as a store.

Belongs here: one connection to it, requests over that, and what its errors mean. Does not belong here: any rule on
names.
"""

import asyncio
import contextlib
import stat
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from sources.stores import walking
from sources.stores.credentials import Credentials
from sources.stores.location import Location
from sources.stores.patience import Patience
from sources.stores.store import (
    CHUNK_BYTES,
    Listed,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
)
from sources.stores.walking import Entry, joined

_GONE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory)
_FAULTS = (asyncssh.Error, OSError, asyncio.IncompleteReadError)
_KNOWN_HOSTS = "~/.ssh/known_hosts"

asyncssh.set_log_level("ERROR")


class SftpStore:
    """A folder on an SFTP server, whose host key must be known. A file may be seen while it is being written."""

    is_file_like = True
    is_read_twice = True
    default_settle_seconds = 60.0

    def __init__(self, location: Location, credentials: Credentials, patience: Patience) -> None:
        self.place = str(location)
        self._location, self._credentials, self._patience = location, credentials, patience
        self._connection: asyncssh.SSHClientConnection | None = None
        self._session: asyncssh.SFTPClient | None = None
        self._made: set[str] = set()

    def turn(self, organisation_id: str) -> None:
        """From here on it is this organisation's time that is used up."""
        self._patience.turn(organisation_id)

    def folders(self) -> list[str]:
        """Folders at the top."""
        return sorted(
            one.name for one in self._entries("") if stat.S_ISDIR(one.mode) or stat.S_ISLNK(one.mode)
        )

    def tree(self, folder: str) -> list[Listed]:
        """Everything under a folder; a folder inside it that may not be listed stands in the place of its files."""
        self._refuse_links(folder)
        return walking.tree(folder, self._entries)

    def files(self, folder: str) -> list[Listed]:
        """What lies directly in a folder, folders left out."""
        try:
            self._refuse_links(folder)
        except ObjectChanged:
            return []
        return walking.files(folder, self._entries)

    def info(self, path: str) -> Listed:
        """One object as it is now."""
        with self._session_for(path) as session:
            attributes = self._patience.wait(session.lstat(self._full(path)))
        return _entry(path, attributes).listed(path)

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a regular file."""
        if self.info(path).kind != "file":
            raise ObjectChanged(path)
        with self._session_for(path) as session:
            source = self._patience.wait(_opened(session, self._full(path), "rb"))
        offset = 0
        try:
            while True:
                with self._session_for(path):
                    chunk = self._patience.wait(source.read(CHUNK_BYTES, offset))
                if not chunk:
                    return
                offset += len(chunk)
                yield bytes(chunk)
        finally:
            if self._session is not None:
                self._patience.last_words(source.close())

    def write(self, path: str, content: bytes) -> None:
        """Write beside the file and rename."""
        folder = path.rpartition("/")[0]
        if folder not in self._made:
            self._make(folder)
        with self._session_for(path, is_written=True) as session:
            self._patience.wait(_replace(session, self._full(path), content))

    def delete(self, path: str) -> None:
        """Delete a file."""
        try:
            with self._session_for(path) as session:
                self._patience.wait(session.remove(self._full(path)))
        except ObjectChanged:
            return

    def _make(self, folder: str) -> None:
        done = ""
        for part in folder.split("/") if folder else []:
            done = joined(done, part)
            with self._session_for(done, is_written=True) as session:
                self._patience.wait(_make_folder(session, self._full(done)))
        self._made.add(folder)

    def _refuse_links(self, folder: str) -> None:
        """The protocol cannot open a folder without following links, so every part is looked at first."""
        parts = folder.split("/") if folder else []
        for count in range(1, len(parts) + 1):
            with self._session_for(folder) as session:
                found = self._patience.wait(session.lstat(self._full("/".join(parts[:count]))))
            if not stat.S_ISDIR(found.permissions or 0):
                raise StorageError("a link or a file in the place of a folder")

    def _entries(self, folder: str) -> list[Entry]:
        found = []
        with self._session_for(folder) as session:
            listing = session.scandir(self._full(folder))
            while (one := self._patience.wait(_following(listing))) is not None:
                name = bytes(one.filename).decode("utf-8", "surrogateescape")
                if name not in (".", ".."):
                    found.append(_entry(name, one.attrs))
        return found

    def _full(self, path: str) -> bytes:
        return f"{self._location.path}/{path}".rstrip("/").encode("utf-8", "surrogateescape") or b"/"

    @contextmanager
    def _session_for(self, path: str, *, is_written: bool = False) -> Iterator[asyncssh.SFTPClient]:
        """The session, opened when there is none, with its errors as errors of a store."""
        try:
            yield self._session or self._connect()
        except _GONE:
            if is_written:
                raise StorageError("SFTPNoSuchFile") from None
            raise ObjectChanged(path) from None
        except asyncssh.SFTPPermissionDenied:
            if is_written:
                raise StorageError("SFTPPermissionDenied") from None
            raise ObjectUnreadable("SFTPPermissionDenied") from None
        except asyncssh.SFTPFailure:
            raise StorageError("SFTPFailure") from None
        except _FAULTS as error:
            self._hang_up()
            raise StorageError(type(error).__name__) from None
        except StorageError:
            # After an answer that did not come, the next answer could be the one that was waited for.
            self._hang_up()
            raise

    def _connect(self) -> asyncssh.SFTPClient:
        limits = self._patience.timeouts
        at_most = limits.connect_seconds + limits.read_seconds
        options = self._options()
        for is_last in (False, True):
            try:
                connection = self._patience.wait(_connection(options), at_most)
                break
            except (ConnectionError, asyncssh.ConnectionLost):
                if is_last:
                    raise
        self._connection = connection
        self._session = self._patience.wait(_new_session(connection))
        weakref.finalize(self, _take_leave, self._patience, connection)
        return self._session

    def _options(self) -> dict[str, Any]:
        known_hosts = Path(self._credentials.get("known_hosts") or _KNOWN_HOSTS).expanduser()
        if not known_hosts.is_file():
            raise StorageError("no file of known host keys: set MEETHUIS_SFTP_KNOWN_HOSTS")
        limits, private_key = self._patience.timeouts, self._credentials.get("private_key")
        return {
            "host": self._location.host,
            "port": self._location.port or 22,
            "username": self._location.username or self._credentials.require("username"),
            "password": self._credentials.get("password"),
            "client_keys": [_private_key(private_key)] if private_key else None,
            "known_hosts": str(known_hosts),
            # Nothing of the account that runs the night: no configuration, agent or tickets.
            "config": None,
            "agent_path": None,
            "gss_host": None,
            "connect_timeout": limits.connect_seconds,
            "login_timeout": limits.read_seconds,
        }

    def _hang_up(self) -> None:
        connection, self._connection, self._session = self._connection, None, None
        if connection is not None:
            connection.abort()


def _private_key(text: str) -> asyncssh.SSHKey:
    """A key from its text or from the file of that name; the error says nothing of either."""
    try:
        return asyncssh.import_private_key(text) if "\n" in text else asyncssh.read_private_key(text)
    except (ValueError, OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise StorageError("the private key cannot be read") from None


def _take_leave(patience: Patience, connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    patience.last_words(connection.wait_closed())


async def _connection(options: dict[str, Any]) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(**options)


async def _new_session(connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    return await connection.start_sftp_client(path_encoding=None)


async def _opened(session: asyncssh.SFTPClient, path: bytes, mode: str) -> Any:
    return await session.open(path, mode)


async def _following(listing: Any) -> Any:
    return await anext(listing, None)


async def _make_folder(session: asyncssh.SFTPClient, path: bytes) -> None:
    try:
        found = await session.lstat(path)
    except asyncssh.SFTPNoSuchFile:
        await session.mkdir(path)
        return
    if not stat.S_ISDIR(found.permissions or 0):
        raise asyncssh.SFTPFailure("a link or a file in the place of a folder")


async def _replace(session: asyncssh.SFTPClient, path: bytes, content: bytes) -> None:
    temporary = path + b".tmp"
    await _remove(session, temporary)
    # "x": a link that somebody put there is not followed.
    async with session.open(temporary, "xb") as target:
        await target.write(content)
    try:
        await session.posix_rename(temporary, path)
    except asyncssh.SFTPOpUnsupported:
        await _remove(session, path)
        await session.rename(temporary, path)


async def _remove(session: asyncssh.SFTPClient, path: bytes) -> None:
    with contextlib.suppress(asyncssh.SFTPNoSuchFile):
        await session.remove(path)


def _entry(name: str, attributes: asyncssh.SFTPAttrs) -> Entry:
    return Entry(name, attributes.permissions or 0, int(attributes.size or 0), float(attributes.mtime or 0))
