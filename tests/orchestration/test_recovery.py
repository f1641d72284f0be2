"""What a run sets right of the publication before it begins."""

import json
import os
from pathlib import Path

import pytest

from orchestration.publication import (
    intact_manifest,
    manifest_sha256,
    publish,
    published_manifest,
    repair,
    sweep,
)
from orchestration.verification import broken_manifest
from tests.orchestration.test_publication import MOMENT, warehouse


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with two publications."""
    for number in (1, 2):
        made = warehouse(tmp_path / "w.duckdb", number)
        publish(made, tmp_path / "published", f"s{number}", MOMENT, tmp_path / "states.json")
    return tmp_path / "published"


def known(published: Path) -> tuple[str, str]:
    manifest = published_manifest(published) or {}
    return manifest["snapshot_id"], manifest_sha256(manifest)


def another_digit(path: Path) -> None:
    content = json.loads(path.read_text())
    content["tables"]["kpi"]["rows"] += 1
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["manifest.json", "snapshots/s2.manifest.json"])
@pytest.mark.parametrize("damage", [another_digit, lambda path: path.write_text("{")])
def test_of_two_manifests_the_ledger_knows_the_right_one(published: Path, name: str, damage: object) -> None:
    last, right = known(published), (published / "manifest.json").read_bytes()
    damage(published / name)  # type: ignore[operator]
    repair(published, last)
    assert (published / "manifest.json").read_bytes() == right
    assert (published / "snapshots" / "s2.manifest.json").read_bytes() == right
    assert broken_manifest(published) == []


def test_when_both_are_wrong_it_is_time_to_publish_anew(published: Path, tmp_path: Path) -> None:
    last = known(published)
    for name in ("manifest.json", "snapshots/s2.manifest.json"):
        another_digit(published / name)
    repair(published, last)
    assert intact_manifest(published, last) is None
    made = warehouse(tmp_path / "w.duckdb", 2)
    assert publish(made, published, "s3", MOMENT, tmp_path / "states.json", known=last).is_new
    assert broken_manifest(published) == []


def test_a_manifest_without_its_snapshot_goes(published: Path) -> None:
    (published / "snapshots" / "s9.manifest.json").write_text("{}")
    assert sweep(published, frozenset()) == 1
    assert not (published / "snapshots" / "s9.manifest.json").exists()


def test_a_snapshot_that_was_never_published_goes_and_earlier_ones_stay(published: Path) -> None:
    snapshots = published / "snapshots"
    (snapshots / "s3.duckdb").write_bytes(b"")
    (snapshots / "s3.manifest.json").write_text("{}")
    moved_at = (published / "meethuis.duckdb").lstat().st_mtime_ns
    os.utime(snapshots / "s3.duckdb", ns=(moved_at + 10**9,) * 2)
    assert sweep(published, frozenset()) == 0, "a ledger that knows no publication judges none"
    sweep(published, frozenset({"s1"}))
    assert sorted(path.name for path in snapshots.glob("*.duckdb")) == ["s1.duckdb", "s2.duckdb"]
    assert sorted(path.name for path in snapshots.glob("*.json")) == ["s1.manifest.json", "s2.manifest.json"]


def test_a_snapshot_older_than_the_link_stays_though_no_ledger_knows_it(published: Path) -> None:
    before = (published / "meethuis.duckdb").lstat().st_mtime_ns - 10**9
    os.utime(published / "snapshots" / "s1.duckdb", ns=(before, before))
    sweep(published, frozenset({"s2"}))
    assert (published / "snapshots" / "s1.duckdb").exists()
