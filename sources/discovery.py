"""Discovery: what is new in the bucket and in organisations' own stores, sighted and copied to landing.

Belongs here: which objects need copying, and what could not be reached. Does not belong here: how a store is asked
(`delivery_source`, `stores`) and what is read (`planning`).
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources.bucket import (
    Bucket,
    Listing,
    Marker,
    ObjectChanged,
    ObjectUnreadable,
    StorageError,
    StoredObject,
)
from sources.ledger import Entry, Ledger
from sources.limits import DEFAULT_LIMITS
from sources.organisation_file import OrganisationFileError, load_organisation_file, own_source
from sources.receipts import FOLDER
from sources.records import place_of
from sources.reference import Reference
from sources.tombstones import NOTHING_ERASED, Tombstones

TOO_LARGE = "MH-TEGROOT"


@dataclass(frozen=True)
class Discovery:
    """What the stores held: sighted organisations, folders nobody registered, organisations not (wholly) reached.

    `faults` says what could not be reached and why, `unfinished` names files that somebody's program has been busy with
    for over a day; both by organisation.
    """

    organisations: tuple[str, ...]
    unregistered: tuple[str, ...]
    unreachable: tuple[str, ...]
    sighted: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...] = ()
    unfinished: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Lookout:
    """Everything that discovery needs of the installation."""

    bucket: Bucket
    landing: Path
    organisations_dir: Path
    reference: Reference
    ledger: Ledger
    tombstones: Mapping[str, Tombstones] = field(default_factory=dict)
    # Whether to look into the stores of organisations that have one of their own.
    is_pulling: bool = True

    def discover(self, only: str | None = None) -> Discovery:
        """Sight every object that is new or changed and copy it to landing.

        One folder that cannot be listed never stops the others; StorageError when the whole bucket cannot be.
        """
        folders = self.bucket.organisation_folders()
        registered = {name for name in folders if self.reference.knows_organisation(name)}
        wanted = [name for name in sorted(registered | self._with_own_store()) if only in (None, name)]
        known = _newest_sightings(self.ledger)
        faults, unfinished, sighted = [], [], []
        for organisation_id in wanted:
            for listing, fault in self.listings(organisation_id, organisation_id in registered):
                fresh: list[tuple[str, str, dict[str, Any]]] = []
                found = [fault] if fault else []
                if listing is not None:
                    unfinished += [(organisation_id, key) for key in listing.unfinished]
                    found += [f"folder {key!r} may not be listed" for key in listing.closed]
                    try:
                        fresh.extend(self._sight(organisation_id, listing, known, found))
                    except StorageError as error:
                        found.append(str(error))
                self.ledger.append("sighting", fresh)
                sighted += [(organisation_id, str(body["sha256"])) for _, _, body in fresh]
                faults += [(organisation_id, text) for text in found]
        return Discovery(
            tuple(wanted),
            tuple(name if name.isprintable() else ascii(name) for name in folders if name not in registered),
            tuple(dict.fromkeys(organisation_id for organisation_id, _ in faults)),
            tuple(sighted),
            tuple(faults),
            tuple(unfinished),
        )

    def _with_own_store(self) -> set[str]:
        """Registered organisations with a file of their own, which may name a store to pull from."""
        if not self.is_pulling:
            return set()
        named = {path.parent.name for path in self.organisations_dir.glob("*/organisation.yml")}
        return {name for name in named if self.reference.knows_organisation(name)}

    def listings(self, organisation_id: str, has_folder: bool) -> Iterator[tuple[Listing | None, str | None]]:
        """What lies in the bucket and in the organisation's own store, or why that cannot be said."""
        if has_folder:
            try:
                self.bucket.sweep(organisation_id, FOLDER)
                yield self.bucket.listing(organisation_id), None
            except StorageError as error:
                yield None, str(error)
        if not self.is_pulling:
            return
        try:
            source = own_source(self.organisations_dir, organisation_id)
            if source is not None:
                yield source.listing(organisation_id, ""), None
        except OrganisationFileError:
            # Told with the mappings, and all of the organisation waits for it.
            return
        except StorageError as error:
            yield None, f"own store: {error}"

    def _sight(
        self,
        organisation_id: str,
        listing: Listing,
        known: dict[tuple[str, str, str], Entry],
        faults: list[str],
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        most_bytes = self._most_bytes(organisation_id)
        for item in listing.objects:
            refusal = item.refusal or (TOO_LARGE if item.size > most_bytes else None)
            key = item.key.encode("utf-8", "backslashreplace").decode()
            seen = known.get((organisation_id, key, item.source))
            former = seen.body if seen is not None and _unchanged(seen.body, item) else None
            if former is not None and former.get("refused") == TOO_LARGE and refusal is None:
                former = None
            waits = refusal is None and not item.is_settled and not _has_settled(former, listing)
            if former is not None and (waits or not former.get("waits")):
                continue
            try:
                # Content that is not read has no sha256: its name stands for it.
                sha256 = (
                    hashlib.sha256(key.encode()).hexdigest()
                    if refusal or waits
                    else self.bucket.copy_to_landing(item, self.landing)
                )
            except ObjectChanged:
                continue
            except ObjectUnreadable as error:
                faults.append(f"{key}: {error}")
                continue
            if sha256 in self.tombstones.get(organisation_id, NOTHING_ERASED).closed:
                (self.landing / sha256).unlink(missing_ok=True)
            body = {
                "sha256": sha256,
                "size": item.size,
                "stored_at": item.stored_at,
                "marker": item.marker.as_dict() if item.marker else None,
            }
            noted = {
                "refused": refusal,
                # By the machine's clock, as everything that is held against a store's time.
                "waits": time.time() if waits else None,
                "version": item.version,
                "source": item.source,
            }
            yield organisation_id, key, body | {name: value for name, value in noted.items() if value}

    def _most_bytes(self, organisation_id: str) -> int:
        """The size from which a file is not even copied; its organisation may have a limit of its own."""
        try:
            return load_organisation_file(self.organisations_dir, organisation_id).limits.file_bytes
        except OrganisationFileError:
            return DEFAULT_LIMITS.file_bytes


def _unchanged(body: Any, item: StoredObject) -> bool:
    marker = Marker(**body["marker"]) if body.get("marker") else None
    seen = (body["size"], body["stored_at"], marker, body.get("version", item.version))
    return seen == (item.size, item.stored_at, item.marker, item.version)


def _has_settled(former: Any, listing: Listing) -> bool:
    """Whether an earlier run saw the very same long enough ago: a store's clock may be ahead of ours."""
    return former is not None and time.time() - former.get("waits", time.time()) >= listing.settle_seconds


def _newest_sightings(ledger: Ledger) -> dict[tuple[str, str, str], Entry]:
    return {place_of(entry): entry for entry in ledger.entries("sighting")}
