"""Addresses, time limits, settle time and credentials as an operator gives them."""

from __future__ import annotations

import pytest

from sources.bucket import Bucket, StorageError, StoreConfigurationError
from sources.stores import Location, Timeouts
from sources.stores.credentials import credentials_for


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("/srv/bucket/", "/srv/bucket"),
        ("file:///srv/my%20bucket", "/srv/my bucket"),
        ("s3://drop", "s3://drop"),
        ("s3://drop/a/b/", "s3://drop/a/b"),
        ("sftp://me@files.example.nl:2222/in%20box", "sftp://files.example.nl:2222/in box"),
        ("sftp://files.example.nl", "sftp://files.example.nl"),
    ],
)
def test_an_address_is_shown_without_who_asks(uri: str, text: str) -> None:
    assert str(Location.parse(uri)) == text


@pytest.mark.parametrize(
    "uri",
    ["", "relative", "s3://", "s3://k:canary@b", "s3://canary@b", "sftp://u:canary@h/x", "sftp:///x",
     "sftp://h:port/x", "https://canary/x", "memory://canary"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_not_repeated(uri: str) -> None:
    with pytest.raises(StoreConfigurationError) as caught:
        Location.parse(uri)
    assert "canary" not in str(caught.value)


def test_time_limits_have_defaults_and_one_variable() -> None:
    assert Timeouts.from_environment({}) == Timeouts(5, 30, 120)
    assert Timeouts.from_environment({"MEETHUIS_STORE_TIMEOUTS": "1, 2.5,3"}) == Timeouts(1, 2.5, 3)


@pytest.mark.parametrize("text", ["1,2", "1,2,x", "0,1,2", "1,-1,2", "nan,1,2", "1,1,inf", "1;2;3"])
def test_time_limits_that_cannot_be_used(text: str) -> None:
    with pytest.raises(StoreConfigurationError, match="MEETHUIS_STORE_TIMEOUTS"):
        Bucket("/srv", {"MEETHUIS_STORE_TIMEOUTS": text})


@pytest.mark.parametrize("text", ["-1", "1.5", "soon", "9999999"])
def test_a_settle_time_that_cannot_be_used(text: str) -> None:
    with pytest.raises(StoreConfigurationError, match="MEETHUIS_SETTLE_SECONDS"):
        Bucket("/srv", {"MEETHUIS_SETTLE_SECONDS": text})


def test_named_credentials_leave_the_usual_ones_aside_but_for_what_is_no_secret() -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "ours", "AWS_SECRET_ACCESS_KEY": "ours", "AWS_SESSION_TOKEN": "ours",
        "AWS_DEFAULT_REGION": "eu-west-1", "THEIR_KEY": "theirs",
    }  # fmt: skip
    found = credentials_for("s3", {"access_key_id": "THEIR_KEY"}, environment)
    assert (found.require("access_key_id"), found.get("region")) == ("theirs", "eu-west-1")
    assert found.get("session_token") is None
    with pytest.raises(StorageError, match="AWS_SECRET_ACCESS_KEY is not set"):
        found.require("secret_access_key")
    assert credentials_for("s3", None, environment).require("access_key_id") == "ours"


def test_a_store_without_credentials_names_the_variable() -> None:
    with pytest.raises(StorageError, match="environment variable AWS_ACCESS_KEY_ID is not set"):
        Bucket("s3://drop", {}).organisation_folders()
    with pytest.raises(StorageError, match="MEETHUIS_SFTP_KNOWN_HOSTS"):
        Bucket("sftp://127.0.0.1/x", {"MEETHUIS_SFTP_KNOWN_HOSTS": "/nowhere"}).organisation_folders()
