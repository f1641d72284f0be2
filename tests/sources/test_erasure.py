"""Erasure in files that cannot be read again, and request files that say too little, too much, or the wrong thing."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sources import erasure
from sources.bucket import Bucket
from sources.erasure_requests import FOLDER, RequestError, answer, parse_requests, request_files
from sources.ledger import Ledger
from sources.pseudonyms import Key
from sources.records import reading_of
from sources.tombstones import of_delivery, of_response
from sources.workfolder import WorkFolder
from tests.sources.reader_desk import DELIVERY_ID, KEY, Desk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = [Key(1, KEY)]


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    made = WorkFolder(tmp_path / "work")
    made.create()
    return made


def landed(work: WorkFolder, ledger: Ledger, desk: Desk) -> None:
    """A delivery that was read, and whose file is nowhere any more."""
    comments = work.comments / "test0001" / f"{DELIVERY_ID}.parquet"
    reading = desk.lines(
        "r1;05-11-2025;8;4;prima",
        "r2;05-12-2025;7;3;goed",
        landed_path=str(work.landed_file("test0001", DELIVERY_ID)),
        comments_path=str(comments),
    )
    assert reading.rows_landed == 2 and comments.exists()
    ledger.append("sighting", [("test0001", "kto.csv", {"sha256": DELIVERY_ID, "size": 1})])
    body = {"fingerprint": "f", "reading": asdict(reading), "mapping_digest": "m"}
    ledger.append("reading", [("test0001", DELIVERY_ID, body)])


def test_a_row_leaves_a_file_that_cannot_be_read_again(work: WorkFolder, tmp_path: Path) -> None:
    with Ledger(work.ledger, "run", NOW) as ledger:
        landed(work, ledger, Desk(tmp_path))
        work.warehouse.write_bytes(b"rows")
        (work.root / "warehouse.duckdb.tmp").mkdir()
        erasure.require(ledger, work, "test0001", "request", [of_response("test0001", "r1", KEYS)])
        assert not list(work.root.glob("warehouse.*"))
        erasure.carry_out(ledger, work, erasure.unfinished(ledger)["test0001"])
        assert erasure.unfinished(ledger) == {}
        reading = reading_of(ledger.latest("reading")["test0001", DELIVERY_ID])
        done = ledger.latest("erased")["test0001", "request"].body["gone"]
    kept = pq.read_table(work.landed_file("test0001", DELIVERY_ID))
    assert kept["row_number"].to_pylist() == [2]
    assert pq.read_table(work.comments / "test0001" / f"{DELIVERY_ID}.parquet")["row_number"].to_pylist() == [
        2
    ]
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_erased) == (2, 1, 1)
    assert reading.period_rows == {"2025-12": 1}
    assert (done["rows"], done["comments"]) == (1, 1)


def test_a_crash_before_the_end_costs_no_count(work: WorkFolder, tmp_path: Path) -> None:
    with Ledger(work.ledger, "run", NOW) as ledger:
        landed(work, ledger, Desk(tmp_path))
        erasure.require(ledger, work, "test0001", "request", [of_delivery(DELIVERY_ID)])
        entries = erasure.unfinished(ledger)["test0001"]
        work.landed_file("test0001", DELIVERY_ID).unlink()
        erasure.carry_out(ledger, work, entries)
        assert ledger.latest("erased")["test0001", "request"].body["gone"]["rows"] == 2
    assert not list(work.comments.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".csv", b"organisation_id;respondent_id\nuwv;4711\n"),
        (".csv", "\ufefforganisation_id,response_id,request_id\nuwv,4711,Z-1\n".encode()),
        (".json", b'{"organisation_id": "uwv", "respondent_id": 4711}'),
        (".json", b'[{"organisation_id": "uwv", "response_id": "4711"}]'),
    ],
)
def test_requests_in_every_form(name: str, content: bytes) -> None:
    (found,) = parse_requests(name, content, "uwv")
    assert "4711" in (found.respondent_id, found.response_id)
    assert "4711" not in repr(found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".csv", b""),
        (".csv", b"organisation_id,respondent_id\n"),
        (".csv", b"organisation_id,respondent_id\nkvk,4711\n"),
        (".csv", b"organisation_id,respondent_id\nuwv,\n"),
        (".csv", b"organisation_id,respondent_id\nuwv,4711,4712\n"),
        (".csv", b"organisation_id,respondent_id\nuwv,\xff4711\n"),
        (".csv", b'organisation_id,respondent_id\nuwv,"4711\n'),
        (".json", b"[1, 2]"),
        (".json", b'{"organisation_id": "uwv"'),
        (".json", b"[" * 100_000),
    ],
)
def test_a_faulty_request_is_refused_whole_and_without_its_ids(name: str, content: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        parse_requests(name, content, "uwv")
    assert "4711" not in str(caught.value)


def test_a_request_file_that_may_still_be_written_is_left_for_later(tmp_path: Path) -> None:
    folder = tmp_path / "uwv" / FOLDER
    folder.mkdir(parents=True)
    (folder / "nieuw.csv").write_text("organisation_id,respondent_id\nuwv,1\n")
    assert request_files(Bucket(str(tmp_path), {"MEETHUIS_SETTLE_SECONDS": "3600"}), "uwv") == []
    assert len(request_files(Bucket(str(tmp_path), {}), "uwv")) == 1


def test_a_request_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "uwv" / FOLDER
    folder.mkdir(parents=True)
    with (folder / "groot.csv").open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    (found,) = request_files(Bucket(str(tmp_path)), "uwv")
    assert found.requests == () and "16 MB" in (found.refusal or "")


def test_answers_are_no_requests(tmp_path: Path) -> None:
    folder = tmp_path / "uwv" / FOLDER
    folder.mkdir(parents=True)
    (folder / "abc.uitgevoerd.json").write_text("{}")
    (folder / "abc.geweigerd.txt").write_text("")
    (folder / "nieuw.csv").write_text("organisation_id,respondent_id\nuwv,1\n")
    assert [one.key for one in request_files(Bucket(str(tmp_path)), "uwv")] == [f"{FOLDER}/nieuw.csv"]


def test_an_answer_alone_deletes_nothing(tmp_path: Path) -> None:
    bucket = Bucket(str(tmp_path))
    folder = tmp_path / "uwv" / FOLDER
    folder.mkdir(parents=True)
    (folder / "nieuw.csv").write_text("organisation_id,respondent_id\nuwv,1\n")
    (file,) = request_files(bucket, "uwv")
    answer(bucket, file, NOW.isoformat(), {"rows": 1})
    assert (folder / "nieuw.csv").exists()
    assert len(list(folder.glob("*.uitgevoerd.*"))) == 2
