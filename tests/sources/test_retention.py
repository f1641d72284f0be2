"""What is kept of a delivery whose term is over: worked-out counts, and the same after a run that died over it."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sources import erasure, reference
from sources.bucket import StorageError
from sources.configuration import AcceptedMapping
from sources.ledger import Ledger
from sources.mapping import load_mapping_file
from sources.outcome import Outcome, Rows
from sources.resolution import resolve
from sources.retention import carry_out, finish, served
from sources.tombstones import of_delivery
from sources.workfolder import WorkFolder
from tests.sources.reader_desk import DELIVERY_ID, SEEDS, Desk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWNER = "test0001"
ROWS = (
    "r1;05-11-2025;8;4;",
    "r2;06-11-2025;8;5;ja",
    "r3;07-11-2025;;4;",
    "r4;05-12-2025;7;9;",
    "r4;05-12-2025;7;9;",
)
Mappings = dict[str, dict[str, AcceptedMapping]]


class Term:
    """One delivery that was read, settled and published, under a term of two months."""

    def __init__(self, folder: Path, ledger: Ledger, weights: str = "none") -> None:
        self.work, self.ledger = WorkFolder(folder / "work"), ledger
        self.work.create()
        design = {"weights": {"method": weights}}
        if weights == "delivered":
            design["weights"]["column"] = "gewicht"
        desk = Desk(folder).map(legal={"retention_months": 2}, design=design)
        header = "id;datum;cijfer;eens;tekst"
        rows = ROWS
        if weights == "delivered":
            header, rows = f"{header};gewicht", tuple(f"{row};{row[1]}" for row in ROWS)
        reading = desk.lines(
            *rows,
            header=header,
            landed_path=str(self.file),
            comments_path=str(self.work.comments / OWNER / self.file.name),
        )
        versions = tuple(load_mapping_file(desk.mapping_file, reference.load(SEEDS)))
        self.mappings: Mappings = {OWNER: {"m": AcceptedMapping("proef", "m", versions, desk.mapping_file)}}
        settled = resolve([self.file]).exceptions
        pq.write_table(settled, self.work.exceptions_file(OWNER))
        body = {"fingerprint": "f", "reading": asdict(reading), "mapping_digest": "m", "mapping_id": "proef"}
        ledger.append("reading", [(OWNER, DELIVERY_ID, body)])
        outcome = Outcome(OWNER, DELIVERY_ID, "processed", is_current=True, rows=Rows(5, 4, duplicate=1))
        ledger.append("outcome", [(OWNER, DELIVERY_ID, outcome.as_body())])
        (self.work.landing / DELIVERY_ID).touch()

    @property
    def file(self) -> Path:
        return self.work.landed_file(OWNER, DELIVERY_ID)

    def publish(self) -> None:
        self.ledger.append("publication", [("", "s", {})])

    def due(self, today: date = date(2026, 3, 1)) -> list[str]:
        found = served(self.ledger, self.work, self.mappings, today)
        return [one.delivery_id for one in found.get(OWNER, [])]

    def end(self) -> None:
        carry_out(
            self.ledger,
            self.work,
            OWNER,
            served(self.ledger, self.work, self.mappings, date(2026, 3, 1))[OWNER],
        )


def counted(path: Path) -> Counter[tuple[str, tuple[str | None, ...]]]:
    """How often each answer stands in the lines, by period; no answers stands for the responses themselves."""
    found: Counter[tuple[str, tuple[str | None, ...]]] = Counter()
    for line in pq.read_table(path).to_pylist():
        found[line["period_id"], tuple(line["answers"][:2])] += line["multiplicity"]
    return found


COUNTS = {
    ("2025-11", (None, None)): 3, ("2025-11", ("8", None)): 2, ("2025-11", ("", None)): 1, ("2025-11", (None, "4")): 2,
    ("2025-11", (None, "5")): 1, ("2025-12", (None, None)): 1, ("2025-12", ("7", None)): 1, ("2025-12", (None, "9")): 1,
}  # fmt: skip


def test_the_term_ends_when_its_months_have_passed_since_the_last_period(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger)
        assert term.due() == [], "its figures were not published yet"
        term.publish()
        assert term.due(date(2026, 2, 28)) == []
        assert term.due() == [DELIVERY_ID]


@pytest.mark.parametrize("weights", ["none", "delivered"])
def test_the_rows_that_counted_are_counted_and_nothing_else_is_left(tmp_path: Path, weights: str) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger, weights)
        term.publish()
        term.end()
        assert term.due() == []
        body = ledger.latest("retained")[OWNER, DELIVERY_ID].body
    assert body["rows"] == {"processed": 4, "duplicate": 1, "quarantined": 0, "excluded": 0, "incomplete": 0}
    assert counted(term.file) == COUNTS
    lines = pq.read_table(term.file).to_pylist()
    assert {(one["response_key"], one["response_hash"], one["answers"][2]) for one in lines} == {
        (None, None, None)
    }
    assert not list(term.work.landing.iterdir())
    assert not list(term.work.comments.rglob("*.parquet"))


def test_weights_of_the_same_answer_are_their_mean(tmp_path: Path) -> None:
    """Those of r1 and r2, who gave an 8, are 1 and 2."""
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger, "delivered")
        term.publish()
        term.end()
    lines = pq.read_table(term.file).to_pylist()
    assert [float(one["weight"]) for one in lines if one["answers"][0] == "8"] == [1.5, 1.5]


def test_a_run_that_died_over_it_is_finished_by_the_next(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger)
        term.publish()
        rows = term.file.read_bytes()
        term.end()
        counts = term.file.read_bytes()
        # As after a crash between the ledger and the landed file.
        term.file.write_bytes(rows)
        term.file.with_suffix(".counts").write_bytes(counts)
        finish(ledger, term.work)
        assert term.file.read_bytes() == counts
        assert not list(term.work.landed.rglob("*.counts"))


def test_counts_that_the_ledger_does_not_know_are_removed(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger)
        rows = term.file.read_bytes()
        term.file.with_suffix(".counts").write_bytes(b"half a run")
        finish(ledger, term.work)
        assert term.file.read_bytes() == rows
        assert not list(term.work.landed.rglob("*.counts"))


def test_counts_that_were_erased_on_purpose_are_not_missed(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger)
        ledger.append("sighting", [(OWNER, "kto.csv", {"sha256": DELIVERY_ID, "size": 1})])
        term.publish()
        term.end()
        erasure.require(ledger, term.work, OWNER, "request", [of_delivery(DELIVERY_ID)])
        erasure.carry_out(ledger, term.work, erasure.unfinished(ledger)[OWNER])
        assert not term.file.exists()
        finish(ledger, term.work)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", None])
def test_counts_that_are_damaged_or_gone_stop_the_run(tmp_path: Path, content: bytes | None) -> None:
    with Ledger(tmp_path / "ledger.sqlite", "run", NOW) as ledger:
        term = Term(tmp_path, ledger)
        term.publish()
        term.end()
        term.file.unlink()
        if content is not None:
            term.file.write_bytes(content)
        with pytest.raises(StorageError, match="backup"):
            finish(ledger, term.work)
