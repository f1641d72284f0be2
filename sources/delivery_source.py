"""A source of deliveries: one store, looked at as what an organisation dropped.

Belongs here: listing an organisation's folder, telling deliveries from markers, clutter and what no delivery can be,
and copying an object to landing while hashing it. Does not belong here: protocols (`sources.stores`), and what an
object means (`intake`).
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sources import durable
from sources.marker import MARKER_SUFFIX, MAX_BYTES, Marker
from sources.object_names import is_clutter, is_left_alone, is_misnamed, is_unfinished
from sources.stores import (
    Listed,
    ObjectChanged,
    StorageError,
    Store,
    StoreConfigurationError,
)

SETTLE_VARIABLE = "MEETHUIS_SETTLE_SECONDS"
_UNFINISHED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class StoredObject:
    """One object in an organisation's folder: `key` is relative to that folder, `stored_at` the store's own time.

    `refusal` is the code of an object that is never opened. `is_settled` is False for a file that may still be
    written. `source` is empty for the bucket and names the organisation's own store otherwise.
    """

    key: str
    size: int
    stored_at: str
    path: str
    marker: Marker | None = field(default=None, compare=False)
    refusal: str | None = None
    is_settled: bool = field(default=True, compare=False)
    version: str = ""
    source: str = ""
    store: Store | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Listing:
    """An organisation's folder: objects, keys of unfinished files of over a day old, folders that may not be listed."""

    objects: tuple[StoredObject, ...]
    unfinished: tuple[str, ...]
    closed: tuple[str, ...]
    settle_seconds: float


class DeliverySource:
    """One store. `name` tells an organisation's own store from the bucket in the ledger."""

    def __init__(self, store: Store, name: str = "", settle_seconds: float | None = None) -> None:
        self.store, self.name = store, name
        self.settle_seconds = store.default_settle_seconds if settle_seconds is None else settle_seconds

    def listing(self, organisation_id: str, folder: str) -> Listing:
        """What lies in a folder of the store ("" for all of it); StorageError when it cannot be listed whole."""
        self.store.turn(organisation_id)
        with named_fault(f"folder {organisation_id} cannot be listed"):
            found = {_key(one, folder): one for one in self._tree(folder)}
            kept = {key: one for key, one in found.items() if not is_left_alone(key) and not is_clutter(key)}
            markers = {
                key: self._marker(one)
                for key, one in kept.items()
                if key.endswith(MARKER_SUFFIX) and one.kind == "file" and not is_misnamed(key)
            }
        now = time.time()
        objects = tuple(
            self._stored(key, one, markers.get(key + MARKER_SUFFIX), now)
            for key, one in sorted(kept.items())
            if key not in markers and one.kind != "closed" and not is_unfinished(key)
        )
        unfinished = tuple(
            key
            for key, one in sorted(kept.items())
            if one.kind == "file"
            and is_unfinished(key)
            and not is_misnamed(key)
            and age(one.stored_at, now) > _UNFINISHED_SECONDS
        )
        closed = tuple(sorted(key for key, one in kept.items() if one.kind == "closed"))
        return Listing(objects, unfinished, closed, self.settle_seconds)

    def has_settled(self, one: Listed, now: float) -> bool:
        """Whether a file is no longer written; an object store shows nothing before that."""
        is_old = self.settle_seconds == 0 or age(one.stored_at, now) >= self.settle_seconds
        return is_old or not self.store.is_file_like

    def _tree(self, folder: str) -> list[Listed]:
        try:
            return self.store.tree(folder)
        except ObjectChanged:
            raise StorageError("there is no such folder") from None

    def _stored(self, key: str, one: Listed, marker: Marker | None, now: float) -> StoredObject:
        refusal = "MH-NAAM" if is_misnamed(key) else "MH-SOORT" if one.kind == "special" else None
        # A marker says that the transfer has ended.
        is_settled = marker is not None or self.has_settled(one, now)
        return StoredObject(
            key,
            one.size,
            one.stored_at,
            one.path,
            marker,
            refusal,
            is_settled,
            one.version,
            self.name,
            self.store,
        )

    def _marker(self, one: Listed) -> Marker | None:
        try:
            return Marker.parse(b"".join(self._head(one.path, MAX_BYTES)))
        except ObjectChanged:
            return None

    def _head(self, path: str, limit_bytes: int) -> Iterator[bytes]:
        """The first bytes of an object."""
        left, chunks = limit_bytes, self.store.chunks(path)
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return


def copy_to_landing(item: StoredObject, landing: Path) -> str:
    """Copy one object to `<landing>/<sha256>` while hashing it and return the sha256.

    Raises ObjectChanged when the object was replaced, grew or vanished meanwhile, ObjectUnreadable when it may not be
    read, StorageError when the store cannot give it.
    """
    landing.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=landing, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in _chunks(item):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        _require_unchanged(item, size, digest.digest())
        durable.put(Path(temporary), landing / digest.hexdigest(), "landing")
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def _chunks(item: StoredObject) -> Iterator[bytes]:
    assert item.store is not None
    with named_fault("an object cannot be read"):
        yield from item.store.chunks(item.path)


def _require_unchanged(item: StoredObject, size: int, digest: bytes) -> None:
    assert item.store is not None
    with named_fault("an object cannot be read"):
        now = item.store.info(item.path)
    # A store's mark of the content says more than its time, which it may give in whole seconds here only.
    is_same = now.version == item.version if item.version else now.stored_at == item.stored_at
    if (size, now.size, now.kind) != (item.size, item.size, "file") or not is_same:
        raise ObjectChanged(item.key)
    if item.store.is_read_twice:
        again = hashlib.sha256()
        for chunk in _chunks(item):
            again.update(chunk)
        if again.digest() != digest:
            raise ObjectChanged(item.key)


@contextmanager
def named_fault(what: str) -> Iterator[None]:
    """Puts before a store's error what it was that could not be done."""
    try:
        yield
    except StorageError as error:
        raise type(error)(f"{what}: {error}") from error


def age(stored_at: str, now: float) -> float:
    """Seconds since a store's time, by the machine's clock: a run's `--now` says nothing of a transfer."""
    return now - datetime.fromisoformat(stored_at).timestamp()


def settle_seconds_from(environment: Mapping[str, str]) -> float | None:
    """`MEETHUIS_SETTLE_SECONDS`, None for each store's default; raises StoreConfigurationError."""
    text = environment.get(SETTLE_VARIABLE)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 6:
        raise StoreConfigurationError(f"{SETTLE_VARIABLE}: expected a whole number of seconds, such as 60")
    return float(text)


def _key(one: Listed, folder: str) -> str:
    return one.path.removeprefix(f"{folder}/") if folder else one.path
