"""Pseudonyms of respondents and responses, and the keys they are made with.

Belongs here: reading the keys, choosing an organisation's key, keyed hashing. Does not belong here: who may
hold a key, and storing one: key material exists in the environment and in memory, never in a file, log or
message of ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENVIRONMENT_VARIABLE = "MEETHUIS_PSEUDONYM_KEYS"
EVERY_ORGANISATION = "*"
KEY_BYTES = 32
KEY_LENGTH = 26
DEVELOPMENT_LABEL = "meethuis development key - sample and synthetic data only"
_BLOCK_BYTES = 64
# The 26 characters of a key take 20 of the 32 bytes; 21 bytes are 28 characters without padding.
_ENCODED_BYTES = 21
_ENCODED_LENGTH = 28
_DIGEST_BYTES = 32
# Stands between the parts of an id that has several.
ID_SEPARATOR = "\x1f"

# From many ids to their keys, one after the other.
Pseudonyms = Callable[[Iterable[bytes]], bytes]


class KeyConfigurationError(Exception):
    """The key source is malformed: an operator's error. The text never repeats what was found."""


@dataclass(frozen=True)
class Key:
    """One version of one organisation's key. `secret` is kept out of repr."""

    version: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, repr=False)
class KeyRing:
    """Keys per organisation; `shared` derives a key for every organisation that has none of its own."""

    named: Mapping[str, tuple[Key, ...]]
    shared: tuple[Key, ...] = ()
    is_development: bool = False

    def __repr__(self) -> str:
        return (
            f"KeyRing(organisations={len(self.named)}, shared={bool(self.shared)}, "
            f"is_development={self.is_development})"
        )

    def keys_of(self, organisation_id: str) -> tuple[Key, ...]:
        """Every version for this organisation, newest first; empty when it has no key. Erasure needs all of
        them.
        """
        if organisation_id in self.named:
            return self.named[organisation_id]
        return tuple(Key(key.version, _derived(key.secret, organisation_id)) for key in self.shared)

    def current(self, organisation_id: str) -> Key | None:
        """The key that new pseudonyms are made with: the highest version, or None."""
        keys = self.keys_of(organisation_id)
        return keys[0] if keys else None


def key_ring_from_environment(environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """The ring that MEETHUIS_PSEUDONYM_KEYS names (JSON text, or the path of a JSON file); None when it is
    not set.

    Raises KeyConfigurationError when it is set but unreadable or malformed.
    """
    source = environment.get(ENVIRONMENT_VARIABLE, "").strip()
    if not source:
        return None
    if source.startswith("{"):
        return parse_key_ring(source)
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, ValueError):
        # The value is not repeated: someone may have put the key itself where its path belongs.
        raise KeyConfigurationError(
            f"{ENVIRONMENT_VARIABLE} is neither JSON text nor the path of a readable file"
        ) from None
    return parse_key_ring(text)


def parse_key_ring(text: str) -> KeyRing:
    """A ring from `{"<organisation_id>": {"<version>": "<64 hex digits>"}}`; raises KeyConfigurationError."""
    try:
        document = json.loads(text, object_pairs_hook=_unique_pairs)
    except (ValueError, RecursionError):
        raise KeyConfigurationError(
            f"{ENVIRONMENT_VARIABLE}: not valid JSON, or a name occurs twice"
        ) from None
    if not isinstance(document, dict) or not document:
        raise KeyConfigurationError(
            f"{ENVIRONMENT_VARIABLE}: expected an object of organisations, with at least one"
        )
    rings = {organisation_id: _versions(versions) for organisation_id, versions in document.items()}
    shared = rings.pop(EVERY_ORGANISATION, ())
    return KeyRing(named=rings, shared=shared)


def development_key_ring() -> KeyRing:
    """A ring anyone can compute, for sample and synthetic data only."""
    material = hashlib.sha256(DEVELOPMENT_LABEL.encode()).digest()
    return KeyRing(named={}, shared=(Key(0, material),), is_development=True)


def normalised_id(raw: str) -> str:
    """The form of an id that is hashed: Unicode NFC, without white space around it or the `.0` of a spreadsheet."""
    text = (raw if raw.isascii() else unicodedata.normalize("NFC", raw)).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isascii() and text[:-2].isdigit() else text


def respondent_key(key: bytes, organisation_id: str, raw_id: str) -> str:
    """base64url(HMAC-SHA256(key, "mh1|" + organisation + "|" + id))[:26], domain reference 4.3."""
    return _one(respondent_pseudonyms(key, organisation_id), normalised_id(raw_id))


def response_key(key: bytes, organisation_id: str, parts: Sequence[str]) -> str:
    """The pseudonym of a response id of one or more parts; its prefix keeps it apart from a respondent's."""
    return _one(response_pseudonyms(key, organisation_id), joined_id(parts))


def joined_id(parts: Iterable[str]) -> str:
    """One id from normalised parts."""
    return ID_SEPARATOR.join(normalised_id(part) for part in parts)


def respondent_pseudonyms(key: bytes, organisation_id: str) -> Pseudonyms:
    """A function from many normalised respondent ids (UTF-8) to their keys, KEY_LENGTH characters each."""
    return _pseudonyms(key, f"mh1|{organisation_id}|")


def response_pseudonyms(key: bytes, organisation_id: str) -> Pseudonyms:
    """A function from many joined response ids (UTF-8) to their keys, KEY_LENGTH characters each."""
    return _pseudonyms(key, f"mh1-response|{organisation_id}|")


def _one(pseudonyms: Pseudonyms, identifier: str) -> str:
    return pseudonyms([identifier.encode("utf-8", "surrogatepass")]).decode("ascii")


def _pseudonyms(key: bytes, prefix: str) -> Pseudonyms:
    # HMAC by its definition (RFC 2104): three times faster per id than hmac.digest.
    block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner = bytes(byte ^ 0x36 for byte in block) + prefix.encode()
    outer = bytes(byte ^ 0x5C for byte in block)
    sha256 = hashlib.sha256

    def pseudonyms(identifiers: Iterable[bytes]) -> bytes:
        digests = b"".join([sha256(outer + sha256(inner + one).digest()).digest() for one in identifiers])
        # Whole groups of three bytes encode independently, so one call encodes them all.
        kept = np.frombuffer(digests, dtype=np.uint8).reshape(-1, _DIGEST_BYTES)[:, :_ENCODED_BYTES]
        encoded = np.frombuffer(base64.urlsafe_b64encode(kept.tobytes()), dtype=np.uint8)
        return encoded.reshape(-1, _ENCODED_LENGTH)[:, :KEY_LENGTH].tobytes()

    return pseudonyms


def _derived(material: bytes, organisation_id: str) -> bytes:
    derivation = HKDF(
        algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"mh1|key|{organisation_id}".encode()
    )
    return derivation.derive(material)


def _versions(versions: object) -> tuple[Key, ...]:
    if not isinstance(versions, dict) or not versions:
        raise KeyConfigurationError(f"{ENVIRONMENT_VARIABLE}: an organisation has no object of versions")
    keys = [_key(version, digits) for version, digits in versions.items()]
    if len({key.version for key in keys}) != len(keys):
        raise KeyConfigurationError(f"{ENVIRONMENT_VARIABLE}: a version of an organisation occurs twice")
    return tuple(sorted(keys, key=lambda key: key.version, reverse=True))


def _key(version: str, digits: object) -> Key:
    if not version.isascii() or not version.isdigit() or not 0 < int(version) < 2**31:
        raise KeyConfigurationError(f"{ENVIRONMENT_VARIABLE}: a version is not a whole number from 1")
    is_hexadecimal = (
        isinstance(digits, str) and len(digits) == 2 * KEY_BYTES and digits.isascii() and digits.isalnum()
    )
    try:
        material = bytes.fromhex(digits) if is_hexadecimal else b""  # type: ignore[arg-type]
    except ValueError:
        material = b""
    if len(material) != KEY_BYTES:
        raise KeyConfigurationError(
            f"{ENVIRONMENT_VARIABLE}: a key is not {2 * KEY_BYTES} hexadecimal digits"
        )
    return Key(int(version), material)


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name occurs twice")
    return document
