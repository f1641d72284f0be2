"""Tombstones: what must never be loaded again, without saying who or what it was.

Belongs here: making a tombstone of a raw id, and reading an organisation's tombstones from the ledger. Does not belong
here: leaving rows out (`readers.erased_rows`) and removing what is there (`erasure`).

A person is remembered by the pseudonym under every version of the organisation's key that there is, so that a
tombstone outlives the next rotation of the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sources.ledger import Entry
from sources.pseudonyms import Key, respondent_key, response_key

# Between the parts of a response id of several columns, as a person writes it down.
PART_SEPARATOR = "|"
Pseudonyms = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Tombstones:
    """One organisation's: pseudonyms of respondents and of responses by key version, and whole deliveries.

    Of deliveries `counted` only counts are left, their term being over.
    """

    respondents: Pseudonyms = field(default_factory=dict)
    responses: Pseudonyms = field(default_factory=dict)
    deliveries: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()

    @property
    def closed(self) -> frozenset[str]:
        """Deliveries that are never read again, and of which no copy is kept."""
        return self.deliveries | self.counted

    @property
    def names_people(self) -> bool:
        """Whether any row may have to be left out."""
        return bool(self.respondents or self.responses)

    @property
    def key_versions(self) -> frozenset[int]:
        """Versions of the key under which it remembers somebody."""
        return frozenset({*self.respondents, *self.responses})

    @property
    def digest(self) -> str:
        """Changes with what must be left out of a file; empty when nothing must."""
        if not self.names_people:
            return ""
        parts = [
            {str(version): sorted(keys) for version, keys in sorted(one.items())}
            for one in (self.respondents, self.responses)
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def checkable(self, keys: Iterable[Key]) -> bool:
        """Whether everybody it remembers can be recognised with one of these keys."""
        return not self.names_people or bool(self.key_versions & {key.version for key in keys})


NOTHING_ERASED = Tombstones()


def of_respondent(organisation_id: str, raw_id: str, keys: Iterable[Key]) -> dict[str, Any]:
    """The ledger body that remembers a respondent by pseudonyms."""
    found = {str(key.version): [respondent_key(key.secret, organisation_id, raw_id)] for key in keys}
    return {"respondents": found}


def of_response(organisation_id: str, raw_id: str, keys: Iterable[Key]) -> dict[str, Any]:
    """The ledger body that remembers a response by pseudonyms, of the id as a whole and of its parts."""
    forms = [[raw_id]] + ([raw_id.split(PART_SEPARATOR)] if PART_SEPARATOR in raw_id else [])
    found = {
        str(key.version): [response_key(key.secret, organisation_id, parts) for parts in forms]
        for key in keys
    }
    return {"responses": found}


def of_delivery(delivery_id: str) -> dict[str, Any]:
    """The ledger body that remembers a whole delivery."""
    return {"deliveries": [delivery_id]}


def tombstones_by_organisation(
    erasures: Iterable[Entry], retained: Iterable[Entry] = ()
) -> dict[str, Tombstones]:
    """The tombstones that the ledger entries of kind `erasure` and `retained` add up to."""
    bodies: dict[str, list[Mapping[str, Any]]] = {}
    for entry in erasures:
        bodies.setdefault(entry.organisation_id, []).append(entry.body)
    counted: dict[str, set[str]] = {}
    for entry in retained:
        counted.setdefault(entry.organisation_id, set()).add(entry.subject)
        bodies.setdefault(entry.organisation_id, [])
    return {
        organisation_id: Tombstones(
            _joined(own, "respondents"),
            _joined(own, "responses"),
            frozenset(one for body in own for one in body.get("deliveries", ())),
            frozenset(counted.get(organisation_id, ())),
        )
        for organisation_id, own in bodies.items()
    }


def _joined(bodies: Iterable[Mapping[str, Any]], name: str) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for body in bodies:
        for version, keys in body.get(name, {}).items():
            found.setdefault(int(version), set()).update(keys)
    return {version: frozenset(keys) for version, keys in found.items()}
