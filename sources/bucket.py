"""The bucket: what organisations dropped with us, and what we write back to them.

Belongs here: organisation folders in one store, the folders in them that are ours, writing a text back. Does not
belong here: protocols (`sources.stores`), telling deliveries apart (`delivery_source`), what one means (`intake`).
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from sources.delivery_source import (
    DeliverySource,
    Listing,
    StoredObject,
    copy_to_landing,
    named_fault,
    settle_seconds_from,
)
from sources.marker import Marker
from sources.object_names import is_clutter, is_unfinished
from sources.stores import ObjectChanged, ObjectUnreadable, StorageError, StoreConfigurationError, open_store

__all__ = [
    "DEMO_SIGN",
    "Bucket",
    "Listing",
    "Marker",
    "ObjectChanged",
    "ObjectUnreadable",
    "StorageError",
    "StoreConfigurationError",
    "StoredObject",
]

# What `meethuis demo` leaves at the top of its bucket.
DEMO_SIGN = "_truth/population.csv"


class Bucket:
    """A bucket of organisation folders: a path of this machine, `s3://` or `sftp://`.

    Opening it touches nothing; StoreConfigurationError when the address or a setting cannot be used.
    """

    def __init__(self, uri: str, environment: Mapping[str, str] = os.environ) -> None:
        self._store = open_store(uri, environment=environment)
        self._source = DeliverySource(self._store, settle_seconds=settle_seconds_from(environment))
        self.uri = self._store.place
        self._holds_demo: bool | None = None

    def organisation_folders(self) -> list[str]:
        """Names of the folders at the top of the bucket, sorted; StorageError when the bucket cannot be listed."""
        what = f"bucket {self.uri!r} cannot be listed"
        self._store.turn("")
        try:
            with named_fault(what):
                found = self._store.folders()
        except (ObjectChanged, ObjectUnreadable) as error:
            # Of the bucket itself: nothing smaller is at fault.
            raise StorageError(f"{what}: {type(error).__name__}") from None
        if DEMO_SIGN.partition("/")[0] not in found:
            self._holds_demo = False
        return sorted(name for name in found if not name.startswith(("_", ".")))

    def holds_demo(self) -> bool:
        """Whether this is the bucket of a synthetic government, in which nothing is real; asked once."""
        if self._holds_demo is None:
            self._store.turn("")
            try:
                with named_fault(f"bucket {self.uri!r} cannot be listed"):
                    self._store.info(DEMO_SIGN)
                self._holds_demo = True
            except ObjectChanged:
                self._holds_demo = False
        return self._holds_demo

    def listing(self, organisation_id: str) -> Listing:
        """Everything the organisation dropped, markers attached, our own folders and clutter left out."""
        return self._source.listing(organisation_id, organisation_id)

    def objects(self, organisation_id: str) -> list[StoredObject]:
        """The objects of the listing."""
        return list(self.listing(organisation_id).objects)

    def special_files(self, organisation_id: str, folder: str) -> list[StoredObject]:
        """The files directly in one of our own folders (`_besluiten`, `_verwijderverzoeken`), sorted by key."""
        self._store.turn(organisation_id)
        with named_fault(f"folder {organisation_id} cannot be listed"):
            found = self._store.files(f"{organisation_id}/{folder}")
        now = time.time()
        keyed = {one.path.removeprefix(f"{organisation_id}/"): one for one in found if one.kind == "file"}
        return [
            StoredObject(
                key,
                one.size,
                one.stored_at,
                one.path,
                is_settled=self._source.has_settled(one, now),
                version=one.version,
                store=self._store,
            )
            for key, one in sorted(keyed.items())
            if not is_clutter(key) and not is_unfinished(key)
        ]

    def read_small(self, item: StoredObject, limit_bytes: int) -> bytes:
        """The content of a small file; ObjectChanged when it vanished or is larger than `limit_bytes`."""
        content = bytearray()
        with named_fault("an object cannot be read"):
            for chunk in (item.store or self._store).chunks(item.path):
                content += chunk
                if len(content) > limit_bytes:
                    raise ObjectChanged(item.key)
        return bytes(content)

    def delete(self, organisation_id: str, relative_path: str) -> None:
        """Delete one file of the organisation's folder; one that is already gone is as good."""
        self._store.turn(organisation_id)
        with named_fault(f"folder {organisation_id} cannot be written"):
            self._store.delete(f"{organisation_id}/{relative_path}")

    def copy_to_landing(self, item: StoredObject, landing: Path) -> str:
        """Copy one object, of the bucket or of an organisation's own store, to `<landing>/<sha256>`."""
        return copy_to_landing(item, landing)

    def sweep(self, organisation_id: str, folder: str) -> None:
        """Remove what a run that died left half written in one of our own folders; StorageError when it cannot."""
        self._store.turn(organisation_id)
        with named_fault(f"folder {organisation_id} cannot be written"):
            for one in self._store.files(f"{organisation_id}/{folder}"):
                if one.path.endswith(".tmp"):
                    self._store.delete(one.path)

    def write_text(self, organisation_id: str, relative_path: str, text: str) -> bool:
        """Write a text file by temporary name and rename; False when the folder already holds it."""
        path, content = f"{organisation_id}/{relative_path}", text.encode()
        self._store.turn(organisation_id)
        try:
            with named_fault(f"folder {organisation_id} cannot be written"):
                if self._holds(path, content):
                    return False
                self._store.write(path, content)
        except ObjectChanged:
            raise StorageError(
                f"folder {organisation_id} cannot be written: no folder where one is wanted"
            ) from None
        return True

    def _holds(self, path: str, content: bytes) -> bool:
        found = bytearray()
        try:
            for chunk in self._store.chunks(path):
                found += chunk
                if len(found) > len(content):
                    return False
        except ObjectChanged:
            return False
        return bytes(found) == content
