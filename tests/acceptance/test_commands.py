"""The verbs beside `run`, and every exit code of the contract."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import SAMPLE_BUCKET, Nights
from tests.acceptance.harness import NOW, Installation
from tests.acceptance.mappings import csv_text, grades, mapping

VERBS = ("run", "check", "status", "verify")
UTRECHT = "kto/contactmomenten-2025-09.csv"


def tree(root: Path) -> dict[str, str]:
    """Every file under a folder with the hash of its content."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def seconds_of_children() -> float:
    """CPU time of every command so far: unlike the clock, the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """An installation with one good delivery that has never run."""
    made = Installation(tmp_path)
    made.map("test0001", mapping("test0001"))
    made.drop("test0001/kto.csv", csv_text(grades(40)), records=40)
    return made


@pytest.fixture
def twin(sample: Nights) -> Iterator[Path]:
    """A copy of the sample's published folder, to be tampered with."""
    copy = sample.installation.root / "twin"
    shutil.copytree(sample.installation.published, copy, symlinks=True)
    yield copy
    shutil.rmtree(copy)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(sample: Nights, verb: str) -> None:
    outcome = sample.installation.meethuis(verb, "--help").expect(0)
    assert f"meethuis {verb}" in outcome.stdout


def test_a_second_run_without_news_is_quick_runs_no_model_and_makes_no_snapshot(sample: Nights) -> None:
    installation = sample.installation
    before = tree(installation.published)
    built_at = (installation.work / "warehouse.duckdb").stat().st_mtime_ns
    began = seconds_of_children()
    outcome = installation.meethuis("run", "--json").expect(0)
    assert seconds_of_children() - began < 15
    assert isinstance(outcome.json, dict)
    # One JSON object per line and no other word of any library.
    assert [json.loads(line)["action"] for line in outcome.stderr.splitlines()] == ["run", "run"]
    assert tree(installation.published) == before
    assert (installation.work / "warehouse.duckdb").stat().st_mtime_ns == built_at


def test_the_sample_run_says_there_is_nothing_to_look_at(sample: Nights) -> None:
    assert sample.first.outcome.code == 0
    assert isinstance(sample.first.outcome.json, dict)
    statuses = {receipt["status"] for receipt in sample.first.receipts}
    assert statuses == {"processed"}


def test_a_run_tells_people_how_many_cells_are_hidden(sample: Nights) -> None:
    outcome = sample.installation.meethuis("run").expect(0)
    for told in sample.first.outcome.json["suppression"]:
        assert f"Hidden in {told['table']}: {told['hidden']} of {told['cells']} cells" in outcome.stdout


def test_status_names_every_organisation(sample: Nights) -> None:
    spoken = sample.installation.meethuis("status").expect(0).stdout
    data = json.dumps(sample.installation.meethuis("status", "--json").expect(0).json)
    for organisation_id in ("uwv", "kvk", "gm0344", "gm0855"):
        assert organisation_id in spoken
        assert organisation_id in data


def test_health_is_the_age_of_the_last_publication(sample: Nights) -> None:
    sample.installation.meethuis("status", "--healthy", now="2026-02-16T02:00:00+01:00").expect(0)
    sample.installation.meethuis("status", "--healthy", now="2026-02-17T02:00:00+01:00").expect(6)


def test_verify_finds_an_untouched_snapshot_sound(sample: Nights) -> None:
    sample.installation.meethuis("verify").expect(0)


def test_verify_finds_a_changed_figure(sample: Nights, twin: Path) -> None:
    snapshot = (twin / "meethuis.duckdb").resolve()
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("update marts.kpi set value = value + 1 where value is not null")
    sample.installation.meethuis("verify", "--published", str(twin)).expect(6)


def test_verify_finds_a_changed_byte(sample: Nights, twin: Path) -> None:
    snapshot = (twin / "meethuis.duckdb").resolve()
    with snapshot.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    sample.installation.meethuis("verify", "--published", str(twin)).expect(6)


def test_verify_finds_a_changed_manifest(sample: Nights, twin: Path) -> None:
    path = twin / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["kpi"]["content_sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    sample.installation.meethuis("verify", "--published", str(twin)).expect(6)


def test_check_prints_the_receipt_and_stores_nothing(sample: Nights, tmp_path: Path) -> None:
    installation = sample.installation
    file = tmp_path / "contactmomenten-2026-02.csv"
    file.write_bytes((SAMPLE_BUCKET / "gm0344" / UTRECHT).read_bytes().replace(b"202509-", b"209909-"))
    before = tree(installation.root)
    arguments = ("check", str(file), "--organisation", "gm0344", "--mapping", "utrecht-contactmomenten")
    receipt = installation.meethuis(*arguments, "--json").expect(0).json
    spoken = installation.meethuis(*arguments).expect(0).stdout
    assert tree(installation.root) == before
    assert receipt["status"] == "processed"
    rows = receipt["rows"]
    assert (
        rows["in_file"] == rows["processed"] + rows["quarantined"] + rows["duplicate"] + rows["erased"] == 481
    )
    assert rows["duplicate"] == 1
    assert "481" in spoken


def test_check_tells_what_is_wrong(sample: Nights, tmp_path: Path) -> None:
    file = tmp_path / "fout.csv"
    file.write_text("Respons-ID;Klantnummer\n1;2\n")
    arguments = ("check", str(file), "--organisation", "gm0344", "--mapping", "utrecht-contactmomenten")
    outcome = sample.installation.meethuis(*arguments, "--json")
    assert outcome.code == 2
    assert outcome.json["status"] == "rejected"
    assert "MH-KOLOM" in {problem["code"] for problem in outcome.json["problems"]}


def test_check_leaves_the_stores_of_organisations_alone(bare: Installation, tmp_path: Path) -> None:
    """Neither somebody else's store nor the organisation's own: the one file is all there is."""
    lying = tmp_path / "store"
    lying.mkdir()
    (lying / "kto.csv").write_text(csv_text(grades(50)))
    bare.map("test0002", mapping("test0002"))
    for organisation_id in ("test0001", "test0002"):
        bare.map(
            organisation_id,
            {"source_uri": lying.as_uri()},
            mapping_id="organisation",
        )
    file = bare.bucket / "test0001" / "kto.csv"
    receipt = bare.meethuis("check", str(file), "--organisation", "test0001", "--json").expect(0).json
    assert (receipt["status"], receipt["rows"]["in_file"]) == ("processed", 40)


def untouched(night: Installation) -> bool:
    """Nothing was read, stored or answered."""
    return not night.receipt_files(".json") and not (night.published / "manifest.json").exists()


def test_without_any_key_source_nothing_is_touched(bare: Installation) -> None:
    bare.keys = None
    bare.meethuis("run").expect(3)
    assert untouched(bare)


def test_unreadable_keys_are_a_fault_of_the_installation(bare: Installation) -> None:
    bare.keys = '{"*": {"1": "too short"}}'
    outcome = bare.meethuis("run").expect(3)
    assert "too short" not in outcome.stderr + outcome.stdout
    assert untouched(bare)


def test_a_model_folder_with_an_unknown_table_is_refused(bare: Installation) -> None:
    model = bare.root / "model"
    model.mkdir()
    (model / "ref_unknown.csv").write_text("a,b\n1,2\n")
    outcome = bare.meethuis("run", "--model", str(model)).expect(3)
    assert "ref_unknown.csv" in outcome.stderr + outcome.stdout
    assert untouched(bare)


def test_a_faulty_model_table_is_refused_with_its_place(bare: Installation) -> None:
    model = bare.root / "model"
    model.mkdir()
    (model / "ref_threshold.csv").write_text("threshold,value\nsuppression_min_n,ten\n")
    outcome = bare.meethuis("run", "--model", str(model)).expect(3)
    assert "ref_threshold.csv" in outcome.stderr + outcome.stdout
    assert untouched(bare)


def test_a_missing_model_folder_is_refused(bare: Installation) -> None:
    bare.meethuis("run", "--model", str(bare.root / "nowhere")).expect(3)
    assert untouched(bare)


def test_an_absent_bucket_is_a_storage_error(bare: Installation) -> None:
    bare.meethuis("run", "--bucket", str(bare.root / "nowhere")).expect(4)


def test_a_file_in_the_place_of_the_published_folder_is_a_storage_error(bare: Installation) -> None:
    bare.published.write_text("not a folder")
    bare.meethuis("run").expect(4)
    assert bare.published.read_text() == "not a folder"


def test_a_file_in_the_place_of_the_work_folder_is_a_storage_error(bare: Installation) -> None:
    bare.work.write_text("not a folder")
    bare.meethuis("run").expect(4)


def test_a_second_run_beside_an_active_one_stops(sample: Nights) -> None:
    (lock,) = sample.installation.work.glob("*.lock")
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sample.installation.meethuis("run", now=NOW).expect(5)


def test_the_link_points_at_the_snapshot_of_the_manifest(sample: Nights) -> None:
    published = sample.installation.published
    link = published / "meethuis.duckdb"
    assert link.is_symlink()
    snapshot = link.resolve()
    assert snapshot.parent == (published / "snapshots").resolve()
    assert snapshot.stem == sample.first.manifest["snapshot_id"]
    assert hashlib.sha256(snapshot.read_bytes()).hexdigest() == sample.first.manifest["sha256"]


def test_the_manifest_names_every_table_and_organisation(healthy: Nights) -> None:
    manifest = healthy.first.manifest
    tables = set(healthy.installation.query("select table_name from duckdb_tables()")["table_name"])
    assert tables == set(manifest["tables"])
    assert {
        "kpi",
        "distribution",
        "delivery",
        "expected_delivery",
        "catalogue",
        "change",
        "snapshot",
    } <= tables
    assert set(manifest["organisations"]) >= set(cases.healthy_ids())
    for name, table in manifest["tables"].items():
        rows = healthy.installation.query(f"select count(*) as n from marts.{name}")["n"].iloc[0]
        assert rows == table["rows"], name


def test_synthetic_organisations_say_so(healthy: Nights) -> None:
    assert all(name.endswith("(voorbeeld)") for name in healthy.first.kpi["organisation_name"])
    assert healthy.installation.query("select is_sample from marts.snapshot")["is_sample"].tolist() == [True]
