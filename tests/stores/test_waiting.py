"""What is seen but not read yet, night after night: waiting, replaced by the whole file, refused, unreachable."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.installation import open_installation
from orchestration.night import night
from orchestration.settings import settings_from
from sources.discovery import Discovery
from sources.outcome import Outcome
from tests.acceptance.mappings import csv_text, grades, mapping
from tests.stores.conftest import age

WHOLE = csv_text(grades(3))


@dataclass
class Desk:
    """An installation of which only the intake runs: sighting, settling and answering."""

    root: Path
    discovery: Discovery = field(init=False)
    to_read: int = 0

    def __post_init__(self) -> None:
        (self.root / "bucket" / "uwv").mkdir(parents=True)
        (self.root / "organisations" / "uwv").mkdir(parents=True)
        text = yaml.safe_dump(mapping("uwv"), allow_unicode=True)
        (self.root / "organisations" / "uwv" / "kto.yml").write_text(text)

    def put(self, key: str, text: str = WHOLE) -> Path:
        path = self.root / "bucket" / "uwv" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def settings_of_uwv(self, text: str) -> None:
        (self.root / "organisations" / "uwv" / "organisation.yml").write_text(text)

    def night(self, now: str = "2026-02-15T02:00:00+01:00") -> dict[str, Outcome]:
        """One night's intake; every outcome by the first of its names and its status."""
        places = {name: str(self.root / name) for name in ("bucket", "work", "published", "organisations")}
        with night(open_installation(settings_from({**places, "now": now}))) as opened:
            self.discovery = opened.discover()
            self.to_read = len(opened.plan().tasks)
            opened.settle()
            opened.answer()
            return {f"{one.files[0]} {one.status}": one for one in opened.outcomes.get("uwv", ())}

    def receipt(self, sha256: str, status: str) -> dict[str, Any]:
        path = self.root / "bucket" / "uwv" / "_ontvangst" / f"{sha256[:12]}.{status}.json"
        found: dict[str, Any] = json.loads(path.read_text())
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("MEETHUIS_PSEUDONYM_KEYS", json.dumps({"*": {"1": "5a" * 32}}))
    return Desk(tmp_path)


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]


def named(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def test_a_file_that_may_still_be_written_waits_and_is_replaced_by_the_whole_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETHUIS_SETTLE_SECONDS", "60")
    path = desk.put("a.csv", WHOLE[:40])
    first = desk.night()
    assert codes(first["a.csv waiting"]) == ["MH-WACHT"]
    assert first["a.csv waiting"].delivery_id == named("a.csv")
    assert not list((desk.root / "work" / "landing").iterdir())
    desk.put("a.csv")
    age(path, 61)
    second = desk.night()
    whole = hashlib.sha256(WHOLE.encode()).hexdigest()
    assert second["a.csv replaced"].replaced_by == whole
    assert [one.name for one in (desk.root / "work" / "landing").iterdir()] == [whole]
    assert desk.receipt(named("a.csv"), "replaced")["replaced_by"] == whole


def test_a_file_of_a_clock_that_is_ahead_is_read_once_it_stood_still(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETHUIS_SETTLE_SECONDS", "60")
    age(desk.put("a.csv"), -3600)
    assert codes(desk.night()["a.csv waiting"]) == ["MH-WACHT"]
    assert codes(desk.night()["a.csv waiting"]) == ["MH-WACHT"]
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert "a.csv replaced" in desk.night()


def test_what_is_still_half_there_after_a_day_is_told_again(desk: Desk) -> None:
    desk.put("a.csv", WHOLE[:40])
    desk.put("a.csv.done", json.dumps({"size": len(WHOLE)}))
    assert codes(desk.night()["a.csv waiting"]) == ["MH-WACHT"]
    assert codes(desk.night("2026-02-15T23:00:00+01:00")["a.csv waiting"]) == ["MH-WACHT"]
    late = desk.night("2026-02-16T02:00:00+01:00")["a.csv waiting"]
    assert codes(late) == ["MH-WACHT", "MH-WACHT-LANG"]
    told = {one["code"] for one in desk.receipt(late.delivery_id, "waiting")["problems"]}
    assert told == {"MH-WACHT", "MH-WACHT-LANG"}
    desk.put("a.csv")
    assert "a.csv replaced" in desk.night("2026-02-17T02:00:00+01:00")


def test_a_day_is_counted_from_when_the_place_last_held_something_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETHUIS_SETTLE_SECONDS", "60")
    path = desk.put("a.csv", "x")
    assert codes(desk.night()["a.csv waiting"]) == ["MH-WACHT"]
    age(desk.put("a.csv"), 61)
    desk.night()
    path.write_text("y")
    desk.night("2026-03-15T02:00:00+01:00")
    problems = desk.receipt(named("a.csv"), "waiting")["problems"]
    assert [one["code"] for one in problems] == ["MH-WACHT"]


def test_what_no_file_may_be_is_refused_under_its_name(desk: Desk) -> None:
    os.mkfifo(desk.root / "bucket" / "uwv" / "pipe.csv")
    desk.put("ta\tb.csv")
    desk.put("2026/_ontvangst/x.csv")
    found = desk.night()
    assert codes(found["pipe.csv rejected"]) == ["MH-SOORT"]
    assert codes(found["ta\tb.csv rejected"]) == codes(found["2026/_ontvangst/x.csv rejected"]) == ["MH-NAAM"]
    assert desk.receipt(named("pipe.csv"), "rejected")["problems"][0]["code"] == "MH-SOORT"
    assert desk.discovery.faults == ()


def test_the_same_name_in_both_stores_is_two_places(desk: Desk) -> None:
    desk.put("a.csv")
    own = desk.root / "own"
    own.mkdir()
    (own / "a.csv").write_text(csv_text(grades(5)))
    (own / "_hidden.csv").write_text("x")
    desk.settings_of_uwv(f"source_uri: {own}\n")
    desk.night()
    assert len(desk.discovery.sighted) == 2
    desk.night()
    assert desk.discovery.sighted == ()
    assert {path.name for path in own.iterdir()} == {"a.csv", "_hidden.csv"}


def test_an_own_store_needs_no_folder_in_the_bucket_and_is_answered_there(desk: Desk) -> None:
    own = desk.root / "own"
    own.mkdir()
    (own / "a.txt").write_text("x")
    (desk.root / "bucket" / "uwv").rmdir()
    desk.settings_of_uwv(f"source_uri: file://{own}\n")
    found = desk.night()["a.txt rejected"]
    assert desk.receipt(found.delivery_id, "rejected")["problems"][0]["code"] == "MH-MAPPING"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "source_uri: s3://theirs\ncredentials: {secret_access_key: UWV_SECRET}\n",
            "own store: environment variable UWV_SECRET is not set",
        ),
        ("source_uri: /nowhere\n", "own store: folder uwv cannot be listed: FileNotFoundError"),
    ],
)
def test_an_own_store_that_cannot_be_reached_leaves_the_bucket_alone(
    desk: Desk, text: str, fault: str
) -> None:
    desk.put("a.csv")
    desk.settings_of_uwv(text)
    desk.night()
    assert desk.discovery.faults == (("uwv", fault),)
    assert desk.discovery.unreachable == ("uwv",)
    assert len(desk.discovery.sighted) == 1


def test_with_a_faulty_file_of_its_own_all_that_is_new_of_an_organisation_waits(desk: Desk) -> None:
    desk.put("a.csv")
    desk.settings_of_uwv("source_url: /srv\n")
    assert codes(desk.night()["a.csv waiting"]) == ["mapping_invalid"]
    assert (desk.discovery.faults, desk.to_read) == ((), 0)
    desk.settings_of_uwv("limits: {rows: 5000}\n")
    desk.night()
    assert desk.to_read == 1
