"""The bucket: what organisations dropped, and the copies we make of it.

Belongs here: listing one organisation's folder through fsspec, `.done` markers, copying an object to landing while
hashing it, writing a text back. Does not belong here: what an object means or which mapping reads it.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

MARKER_SUFFIX = ".done"
# What `meethuis demo` leaves at the top of its bucket.
DEMO_SIGN = "_truth/population.csv"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_CLUTTER = ("thumbs.db", ".ds_store", "desktop.ini")
_CHUNK = 1024 * 1024


class StorageError(Exception):
    """The bucket, or one organisation's folder in it, cannot be read or written (an operator's matter)."""


class ObjectChanged(Exception):
    """The object changed or vanished while it was copied; the next run looks again."""


@dataclass(frozen=True)
class Marker:
    """A `.done` file beside a delivery: what the sender says of it, every field optional."""

    sha256: str | None = None
    size: int | None = None
    rows: int | None = None
    kind: str | None = None
    part: str | None = None
    period: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Marker":
        """Read a marker's JSON; anything that is not an object counts as a bare 'done'."""
        try:
            content = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            content = {}
        if not isinstance(content, dict):
            content = {}
        size, rows = content.get("size"), content.get("rows")
        return cls(
            sha256=str(content["sha256"]).lower() if content.get("sha256") else None,
            size=size if isinstance(size, int) else None,
            rows=rows if isinstance(rows, int) else None,
            kind=str(content["kind"]) if content.get("kind") else None,
            part=str(content["part"]) if content.get("part") else None,
            period=str(content["period"]) if content.get("period") else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields that are set, for the ledger."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class StoredObject:
    """One object in an organisation's folder: `key` is relative to that folder, `stored_at` the store's own time."""

    key: str
    size: int
    stored_at: str
    path: str
    marker: Marker | None = field(default=None, compare=False)


class Bucket:
    """A bucket of organisation folders behind an fsspec URI or a local path."""

    def __init__(self, uri: str) -> None:
        try:
            self._filesystem, root = fsspec.core.url_to_fs(uri)
        except (ValueError, ImportError, OSError) as error:
            raise StorageError(f"bucket {uri!r} cannot be opened: {type(error).__name__}") from error
        self._root = root.rstrip("/")
        self.uri = uri

    def organisation_folders(self) -> list[str]:
        """Names of the folders at the top of the bucket, sorted; StorageError when the bucket cannot be listed."""
        try:
            found = self._filesystem.ls(self._root, detail=True)
        except OSError as error:
            raise StorageError(f"bucket {self.uri!r} cannot be listed: {type(error).__name__}") from error
        names = (PurePosixPath(item["name"]).name for item in found if item["type"] == "directory")
        return sorted(name for name in names if not name.startswith(("_", ".")))

    def holds_demo(self) -> bool:
        """Whether this is the bucket of a synthetic government, in which nothing is real."""
        try:
            return bool(self._filesystem.exists(f"{self._root}/{DEMO_SIGN}"))
        except OSError as error:
            raise StorageError(f"bucket {self.uri!r} cannot be listed: {type(error).__name__}") from error

    def objects(self, organisation_id: str) -> list[StoredObject]:
        """Everything the organisation dropped, markers attached, our own folders and clutter left out."""
        base = f"{self._root}/{organisation_id}"
        try:
            found = dict(self._walk(base))
            markers = {
                key: self._marker(info["name"]) for key, info in found.items() if key.endswith(MARKER_SUFFIX)
            }
        except OSError as error:
            raise StorageError(
                f"folder {organisation_id} cannot be listed: {type(error).__name__}"
            ) from error
        return [
            StoredObject(
                key,
                int(info["size"]),
                _stored_at(info),
                info["name"],
                markers.get(key + MARKER_SUFFIX),
            )
            for key, info in sorted(found.items())
            if key not in markers and not _is_clutter(key)
        ]

    def _walk(self, base: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for item in self._filesystem.ls(base, detail=True):
            name = PurePosixPath(item["name"]).name
            if name.startswith(("_", ".")) or item.get("islink"):
                continue
            if item["type"] == "directory":
                yield from ((f"{name}/{key}", info) for key, info in self._walk(item["name"]))
            elif item["type"] == "file":
                yield name, item

    def _marker(self, path: str) -> Marker:
        with self._filesystem.open(path, "rb") as stream:
            return Marker.parse(stream.read(64 * 1024).decode("utf-8", "replace"))

    def special_files(self, organisation_id: str, folder: str) -> list[StoredObject]:
        """The files directly in one of our own folders (`_besluiten`, `_verwijderverzoeken`), by key."""
        try:
            found = self._filesystem.ls(f"{self._root}/{organisation_id}/{folder}", detail=True)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(
                f"folder {organisation_id} cannot be listed: {type(error).__name__}"
            ) from error
        named = {f"{folder}/{PurePosixPath(item['name']).name}": item for item in found if _is_file(item)}
        return [
            StoredObject(key, int(info["size"]), _stored_at(info), info["name"])
            for key, info in sorted(named.items())
            if not _is_clutter(key)
        ]

    def read_small(self, item: StoredObject, limit_bytes: int) -> bytes:
        """The content of a small file; ObjectChanged when it vanished or is larger than `limit_bytes`."""
        try:
            with self._filesystem.open(item.path, "rb") as stream:
                content = bytes(stream.read(limit_bytes + 1))
        except FileNotFoundError as error:
            raise ObjectChanged(item.key) from error
        except OSError as error:
            raise StorageError(f"an object cannot be read: {type(error).__name__}") from error
        if len(content) > limit_bytes:
            raise ObjectChanged(item.key)
        return content

    def delete(self, organisation_id: str, relative_path: str) -> None:
        """Delete one file of the organisation's folder; one that is already gone is as good."""
        try:
            self._filesystem.rm_file(f"{self._root}/{organisation_id}/{relative_path}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(
                f"folder {organisation_id} cannot be written: {type(error).__name__}"
            ) from error

    def copy_to_landing(self, item: StoredObject, landing: Path) -> str:
        """Copy one object to `<landing>/<sha256>` while hashing it and return the sha256.

        Raises ObjectChanged when the object was replaced, grew or vanished meanwhile, StorageError when the store
        cannot give it.
        """
        landing.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        handle, temporary = tempfile.mkstemp(dir=landing, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as target:
                for chunk in self._chunks(item):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            self._require_unchanged(item)
            final = landing / digest.hexdigest()
            Path(temporary).replace(final)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return digest.hexdigest()

    def _chunks(self, item: StoredObject) -> Iterator[bytes]:
        """The object's bytes; a fault of the store is told apart from one of the own disk, where they are written."""
        try:
            with self._filesystem.open(item.path, "rb") as source:
                while chunk := source.read(_CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise ObjectChanged(item.key) from error
        except OSError as error:
            raise StorageError(f"an object cannot be read: {type(error).__name__}") from error

    def _require_unchanged(self, item: StoredObject) -> None:
        self._filesystem.invalidate_cache()
        try:
            info = self._filesystem.info(item.path)
        except FileNotFoundError as error:
            raise ObjectChanged(item.key) from error
        if (int(info["size"]), _stored_at(info)) != (item.size, item.stored_at):
            raise ObjectChanged(item.key)

    def write_text(self, organisation_id: str, relative_path: str, text: str) -> bool:
        """Write a text file by temporary name and rename; False when the folder already holds it."""
        target = f"{self._root}/{organisation_id}/{relative_path}"
        content = text.encode()
        try:
            if self._filesystem.exists(target) and self._filesystem.cat_file(target) == content:
                return False
            self._filesystem.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
            temporary = f"{target}.tmp"
            self._filesystem.pipe_file(temporary, content)
            self._filesystem.mv(temporary, target)
        except OSError as error:
            raise StorageError(
                f"folder {organisation_id} cannot be written: {type(error).__name__}"
            ) from error
        return True


def _is_file(info: Mapping[str, Any]) -> bool:
    return info["type"] == "file" and not info.get("islink")


def _stored_at(info: Mapping[str, Any]) -> str:
    moment = info.get("mtime", info.get("LastModified", info.get("created")))
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, tz=UTC)
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else str(moment)


def _is_clutter(key: str) -> bool:
    name = PurePosixPath(key).name.lower()
    return name.endswith(_UNFINISHED) or name in _CLUTTER or name.startswith(("~$", ".~lock"))
