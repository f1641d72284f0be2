"""Pseudonyms against HMAC by the book, and key sources that are not usable."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.pseudonyms import (
    ENVIRONMENT_VARIABLE,
    KEY_LENGTH,
    KeyConfigurationError,
    KeyRing,
    development_key_ring,
    key_ring_from_environment,
    parse_key_ring,
    respondent_key,
    respondent_pseudonyms,
    response_key,
)

HEX = "0f" * 32
OTHER_HEX = "a1" * 32


@given(st.binary(min_size=1, max_size=100), st.text(max_size=20), st.text(max_size=100))
def test_a_respondent_key_is_hmac_sha256(key: bytes, organisation_id: str, raw: str) -> None:
    message = f"mh1|{organisation_id}|{raw}".encode("utf-8", "surrogatepass")
    by_the_book = base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256))[:26].decode()
    pseudonyms = respondent_pseudonyms(key, organisation_id)
    assert pseudonyms([raw.encode("utf-8", "surrogatepass")]).decode() == by_the_book


def test_form_of_an_id_does_not_matter() -> None:
    assert respondent_key(b"k", "gm0344", " Cafe\u0301 ") == respondent_key(b"k", "gm0344", "Café")


def test_keys_differ_by_organisation_kind_and_parts() -> None:
    keys = {
        respondent_key(b"k", "gm0344", "12"),
        respondent_key(b"k", "gm0345", "12"),
        respondent_key(b"l", "gm0344", "12"),
        response_key(b"k", "gm0344", ["12"]),
        response_key(b"k", "gm0344", ["1", "2"]),
        response_key(b"k", "gm0344", ["", "12"]),
    }
    assert len(keys) == 6
    assert {len(key) for key in keys} == {KEY_LENGTH}


def test_the_highest_version_is_current_and_all_are_kept() -> None:
    ring = parse_key_ring(json.dumps({"gm0344": {"2": HEX, "10": OTHER_HEX}}))
    assert [key.version for key in ring.keys_of("gm0344")] == [10, 2]
    current = ring.current("gm0344")
    assert current is not None and current.secret == bytes.fromhex(OTHER_HEX)
    assert ring.current("uwv") is None


def test_a_shared_key_is_derived_per_organisation() -> None:
    ring = parse_key_ring(json.dumps({"*": {"1": HEX}, "uwv": {"1": OTHER_HEX}}))
    keys = [ring.current(name) for name in ("gm0344", "gm0345", "uwv")]
    secrets = [key.secret for key in keys if key is not None]
    assert len(set(secrets)) == 3
    assert secrets[2] == bytes.fromhex(OTHER_HEX)
    assert bytes.fromhex(HEX) not in secrets


def test_sources(tmp_path: Path) -> None:
    text = json.dumps({"uwv": {"1": HEX}})
    (tmp_path / "keys.json").write_text(text)
    assert key_ring_from_environment({}) is None
    for source in (text, str(tmp_path / "keys.json"), f"  {text}\n"):
        ring = key_ring_from_environment({ENVIRONMENT_VARIABLE: source})
        assert ring is not None and ring.current("uwv") is not None
    assert development_key_ring().is_development


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        '{"uwv": {}}',
        '{"uwv": "' + HEX + '"}',
        '{"uwv": {"1": "' + HEX[:-1] + '"}}',
        '{"uwv": {"1": "' + HEX[:-1] + 'g"}}',
        '{"uwv": {"1": 7}}',
        '{"uwv": {"0": "' + HEX + '"}}',
        '{"uwv": {"een": "' + HEX + '"}}',
        '{"uwv": {"1": "' + HEX + '", "01": "' + HEX + '"}}',
        '{"uwv": {"1": "' + HEX + '"}, "uwv": {"1": "' + HEX + '"}}',
        HEX,
        "/geen/zulk/bestand.json",
    ],
)
def test_a_malformed_source_is_named_without_its_content(text: str) -> None:
    with pytest.raises(KeyConfigurationError) as caught:
        key_ring_from_environment({ENVIRONMENT_VARIABLE: text})
    assert ENVIRONMENT_VARIABLE in str(caught.value)
    assert HEX[:10] not in str(caught.value)
    assert "bestand.json" not in str(caught.value)


def test_nothing_shows_a_key() -> None:
    ring: KeyRing = parse_key_ring(json.dumps({"uwv": {"1": HEX}}))
    secret = bytes.fromhex(HEX)
    for shown in (repr(ring), repr(ring.current("uwv")), str(ring)):
        assert HEX not in shown and repr(secret) not in shown
