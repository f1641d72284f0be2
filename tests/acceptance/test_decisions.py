"""What people decide about deliveries and publications, on the command line or with a file in the bucket."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.acceptance.harness import Installation, Night, codes
from tests.acceptance.mappings import csv_text, grades, mapping

SHRUNK, CONFLICT, REPLACED, WITHDRAWN, LATER = (f"test000{number}" for number in range(1, 6))
LARGE, SMALL = csv_text(grades(60)), csv_text(grades(30, shift=1))
ONE, TWO = csv_text(grades(40)), csv_text(grades(44, shift=1))
NIGHTS = tuple(f"2026-02-{day}T02:00:00+01:00" for day in (15, 16, 17, 18, 19))
BY = ("--by", "j.visser")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def day(number: int) -> datetime:
    return datetime(2026, 2, number, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Decided:
    """The installation and its nights, in order; `undone` is the night under a rollback."""

    installation: Installation
    before: Night
    decided: Night
    undone: Night
    released: Night


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    made = Installation(tmp_path_factory.mktemp("decided"))
    for organisation_id in (SHRUNK, CONFLICT, REPLACED, WITHDRAWN, LATER):
        made.map(organisation_id, mapping(organisation_id))
    for organisation_id in (SHRUNK, REPLACED, WITHDRAWN):
        made.drop(f"{organisation_id}/a.csv", LARGE, records=60)
    made.drop(f"{CONFLICT}/een.csv", ONE, records=40)
    made.drop(f"{CONFLICT}/twee.csv", TWO, records=44)
    made.run(now=NIGHTS[0])

    made.drop(f"{SHRUNK}/b.csv", SMALL, records=30, at=day(15))
    made.drop(f"{REPLACED}/b.csv", csv_text(grades(60, shift=1)), records=60, at=day(15))
    (made.bucket / WITHDRAWN / "a.csv.done").write_text(json.dumps({"kind": "withdrawal"}))
    answers = made.bucket / CONFLICT / "_besluiten"
    answers.mkdir()
    (answers / f"{sha(TWO)[:12]}.akkoord").touch()
    (answers / "000000000000.intrekken").touch()
    before = made.run(now=NIGHTS[1])

    made.meethuis("release", sha(SMALL), *BY, now=NIGHTS[1]).expect(0)
    made.meethuis(
        "withdraw", sha(csv_text(grades(60, shift=1)))[:12], *BY, "--reason", "verkeerde bron", now=NIGHTS[1]
    ).expect(0)
    made.drop(f"{WITHDRAWN}/nog-eens.csv", LARGE, records=60, at=day(16))
    after = made.run(now=NIGHTS[2])

    made.meethuis("rollback", *BY, "--reason", "eerst nakijken", now=NIGHTS[2]).expect(0)
    made.meethuis("verify", now=NIGHTS[2]).expect(0)
    made.drop(f"{LATER}/a.csv", LARGE, records=60, at=day(17))
    undone = made.run(now=NIGHTS[3])
    made.meethuis("release", undone.manifest["snapshot_id"], *BY, now=NIGHTS[3]).expect(0)
    return Decided(made, before, after, undone, made.run(now=NIGHTS[4]))


def grade(night: Night, organisation_id: str) -> tuple[int, float]:
    row = night.figure(organisation_id, "kpi.tevredenheid", "mean_grade", "2025-11")
    return int(row["n"]), float(row["value"])


def organisations(night: Night) -> set[str]:
    return set(night.kpi["organisation_id"])


def test_a_released_delivery_counts(decided: Decided) -> None:
    assert decided.before.receipt(SHRUNK, "held")["sha256"] == sha(SMALL)
    assert grade(decided.before, SHRUNK)[0] == 60
    assert grade(decided.decided, SHRUNK)[0] == 30
    receipt = next(
        one for one in decided.decided.receipts_of(SHRUNK, "processed") if one["sha256"] == sha(SMALL)
    )
    assert "MH-VRIJGEGEVEN" in codes(receipt) and "MH-KRIMP" not in codes(receipt)
    assert receipt["replaces"] == sha(LARGE)


def test_a_steward_settles_a_conflict_with_a_file(decided: Decided) -> None:
    assert grade(decided.before, CONFLICT)[0] == 44
    assert decided.before.receipt(CONFLICT, "processed")["sha256"] == sha(TWO)
    passed_over = decided.before.receipt(CONFLICT, "replaced")
    assert (passed_over["sha256"], passed_over["replaced_by"]) == (sha(ONE), sha(TWO))


def test_after_a_withdrawal_the_earlier_delivery_counts_again(decided: Decided) -> None:
    assert grade(decided.before, REPLACED)[1] == pytest.approx(grade(decided.decided, REPLACED)[1] + 1)
    receipt = decided.decided.receipt(REPLACED, "withdrawn")
    assert receipt["rows"]["in_file"] == 60 and "MH-INGETROKKEN" in codes(receipt)


def test_a_marker_withdraws_and_dropping_again_brings_back(decided: Decided) -> None:
    assert WITHDRAWN not in organisations(decided.before)
    assert decided.before.receipt(WITHDRAWN, "withdrawn")["sha256"] == sha(LARGE)
    assert grade(decided.decided, WITHDRAWN)[0] == 60


def test_a_rollback_stays_until_it_is_released(decided: Decided) -> None:
    assert decided.undone.manifest["snapshot_id"] == decided.before.manifest["snapshot_id"]
    assert grade(decided.undone, SHRUNK)[0] == 60
    assert decided.undone.outcome.json["held_publication"]["by"] == "j.visser"
    assert decided.undone.receipts_of(LATER, "processed"), "deliveries are answered all the same"
    assert decided.released.manifest["snapshot_id"] > decided.decided.manifest["snapshot_id"]
    assert grade(decided.released, SHRUNK)[0] == 30
    assert LATER in organisations(decided.released)


def test_every_receipt_is_named_after_its_delivery_and_status(decided: Decided) -> None:
    found = [(one["organisation_id"], one["sha256"], one["status"]) for one in decided.released.receipts]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("release", "abc", *BY), "first 12"),
        (("release", "0" * 64, *BY), "no delivery"),
        (("release", sha(SMALL), *BY), "only what is held"),
        (("release", "20260101T000000Z-00000000", *BY), "not held"),
        (("rollback", "20260101T000000Z-00000000", *BY, "--reason", "x"), "not kept"),
    ],
)
def test_what_cannot_be_decided_is_refused(decided: Decided, arguments: tuple[str, ...], told: str) -> None:
    outcome = decided.installation.meethuis(*arguments, now=NIGHTS[4]).expect(3)
    assert told in outcome.stderr
