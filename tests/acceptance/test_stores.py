"""Whole nights through the command line: the same figures from every kind of store, whatever is sick beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights
from tests.acceptance.harness import Installation, codes
from tests.acceptance.mappings import csv_text, grades, mapping
from tests.stores.servers import ACCESS_KEY, PASSWORD, SECRET_KEY, SftpHost, rclone, s3_environment
from tests.stores.sick_proxy import Sick, sick_proxy

HEALTHY = ("test0001", "test0006", "test0007")
SICK = {
    "test0011": "stalled",
    "test0012": "cut",
    "test0014": "forbidden",
    "test0015": "second_page",
    "test0016": "busy",
}


def prepared(root: Path, *more: str) -> Installation:
    """Three organisations with nothing wrong, and the given ones as well."""
    made = Installation(root)
    for case in (cases.golden_unweighted, cases.two_versions, cases.overlapping):
        case(made)
    for number, organisation_id in enumerate(more):
        made.map(organisation_id, mapping(organisation_id))
        made.drop(f"{organisation_id}/a.csv", csv_text(grades(40 + number)), records=40 + number)
    return made


@pytest.fixture(scope="module")
def sick_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """One night on an S3 bucket, sick for some organisations and with keys that no file may have for another."""
    made = prepared(tmp_path_factory.mktemp("s3"), *SICK)
    with ExitStack() as stack:
        proxy: Sick = stack.enter_context(sick_proxy(stack.enter_context(rclone(made.root))))
        proxy.faults.update(SICK)
        proxy.busy["test0016"] = 10_000
        proxy.keys["test0006"] = ["../test0001/x.csv", "a//b.csv", "ta\tb.csv", "d" * 900]
        environment = s3_environment(proxy.address) | {"MEETHUIS_STORE_TIMEOUTS": "5,5,80"}
        yield Nights(made, (made.run("--bucket", "s3://bucket", **environment),))


@pytest.fixture(scope="module")
def sftp_and_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """One night on an SFTP bucket; one organisation has its deliveries in an S3 store of its own."""
    made = prepared(tmp_path_factory.mktemp("sftp"), "test0021", "test0022")
    own = made.root / "theirs" / "uit"
    own.parent.mkdir()
    (made.bucket / "test0007").rename(own)
    (made.bucket / "test0006" / "fresh.csv").write_text("id;")
    (made.bucket / "test0006" / "old.csv.part").write_text("id;")
    os.utime(made.bucket / "test0006" / "old.csv.part", (1_768_900_000, 1_768_900_000))
    os.mkfifo(made.bucket / "test0006" / "pipe.csv")
    variables = "{access_key_id: THEIR_KEY, secret_access_key: THEIR_SECRET, endpoint_url: THEIR_ADDRESS}"
    for name, text in {
        "test0007": f"source_uri: s3://theirs/uit\ncredentials: {variables}\n",
        "test0021": "source_uri: sftp://127.0.0.1/uit\ncredentials: {username: NOT_SET_USER}\n",
        "test0022": "source_uri: 7\n",
    }.items():
        (made.mappings / name / "organisation.yml").write_text(text)
    with rclone(made.root) as address:
        host = SftpHost(made.root, made.root / "home")
        theirs = {"THEIR_KEY": ACCESS_KEY, "THEIR_SECRET": SECRET_KEY, "THEIR_ADDRESS": address}
        yield Nights(made, (made.run("--bucket", f"{host.uri}/bucket", **host.environment, **theirs),))
        host.close()


def test_an_s3_bucket_gives_the_figures_of_a_folder(healthy: Nights, sick_s3: Nights) -> None:
    assert sick_s3.first.hashes(*HEALTHY) == healthy.first.hashes(*HEALTHY)


def test_an_sftp_bucket_and_an_own_store_give_the_figures_of_a_folder(
    healthy: Nights, sftp_and_own: Nights
) -> None:
    assert sftp_and_own.first.hashes(*HEALTHY) == healthy.first.hashes(*HEALTHY)


def test_a_sick_store_is_told_per_organisation_and_nothing_of_it_is_taken_in(sick_s3: Nights) -> None:
    night = sick_s3.first
    assert night.outcome.code == 2
    assert night.outcome.json["unreachable"] == sorted(SICK)
    assert sorted(night.outcome.json["store_faults"]) == sorted(SICK)
    assert not set(night.kpi["organisation_id"]) & set(SICK)
    dropped = [path for one in HEALTHY for path in (sick_s3.installation.bucket / one).glob("*.csv")]
    whole = {hashlib.sha256(path.read_bytes()).hexdigest() for path in dropped}
    assert {path.name for path in (sick_s3.installation.work / "landing").iterdir()} == whole


def test_a_sick_store_costs_a_bounded_time(sick_s3: Nights) -> None:
    (spent,) = [
        one["wall_seconds"] for one in sick_s3.first.outcome.json["steps"] if one["step"] == "take_in"
    ]
    # What the organisations that fail may lose together, and as much once more for what answers slowly.
    assert spent < 40


def test_keys_that_no_file_may_have_are_answered(sick_s3: Nights) -> None:
    refused = sick_s3.first.receipts_of("test0006", "rejected")
    assert [codes(receipt) for receipt in refused] == [{"MH-NAAM"}] * 4
    assert sick_s3.first.receipt("test0006", "processed")["rows"]["processed"] == 110


def test_an_own_store_is_answered_in_the_bucket(sftp_and_own: Nights) -> None:
    files = {name for receipt in sftp_and_own.first.receipts_of("test0007") for name in receipt["files"]}
    assert files == {"november.csv", "december.csv"}
    assert {path.name for path in (sftp_and_own.installation.root / "theirs" / "uit").iterdir()} == files


def test_what_waits_is_refused_or_cannot_be_reached_is_told(sftp_and_own: Nights) -> None:
    night = sftp_and_own.first
    assert night.outcome.code == 2
    assert codes(night.receipt("test0006", "waiting")) == {"MH-WACHT"}
    assert codes(night.receipt("test0006", "rejected")) == {"MH-SOORT"}
    assert codes(night.receipt("test0022", "waiting")) == {"mapping_invalid"}
    assert night.receipt("test0021", "processed")["rows"]["processed"] == 40
    summary = night.outcome.json
    fault = "own store: environment variable NOT_SET_USER is not set"
    assert summary["store_faults"] == {"test0021": [fault]}
    assert summary["unreachable"] == ["test0021"]
    assert summary["unfinished_files"] == {"test0006": ["old.csv.part"]}
    (issue,) = summary["mapping_issues"]["test0022"]
    assert issue.startswith("test0022/organisation.yml, line 1, source_uri:")


def test_a_credential_stands_nowhere(sick_s3: Nights, sftp_and_own: Nights) -> None:
    for one in (sick_s3, sftp_and_own):
        texts = [one.first.outcome.stdout.encode(), one.first.outcome.stderr.encode()]
        texts += [path.read_bytes() for path in one.installation.root.rglob("*") if path.is_file()]
        assert not any(secret.encode() in text for text in texts for secret in (SECRET_KEY, PASSWORD))
    assert sick_s3.first.outcome.stderr.count("Traceback") == 0


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("s3://AKIA:hunter2@bucket", "AWS_ACCESS_KEY_ID"),
        ("sftp://me:hunter2@host/x", "MEETHUIS_SFTP_PASSWORD"),
        ("gopher://host/hunter2", "expected an absolute path"),
    ],
)
def test_an_address_that_cannot_be_used_is_an_error_of_configuration(
    tmp_path: Path, uri: str, told: str
) -> None:
    outcome = Installation(tmp_path).meethuis("run", "--bucket", uri).expect(3)
    assert told in outcome.stderr and "hunter2" not in outcome.stderr + outcome.stdout
    assert not (tmp_path / "work").exists()
