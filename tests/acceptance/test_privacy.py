"""No name, number, raw id or answer text that was planted in a delivery turns up outside the landing zone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.acceptance import cases
from tests.acceptance.conftest import Nights
from tests.acceptance.harness import Installation
from tests.acceptance.search import bytes_of

SAMPLE_PII = (
    "111222333",
    "NL91 ABNA 0417 1643 00",
    "voorbeeld.persoon@example.nl",
    "06-12345678",
    "Mevrouw Jansen",
    "Pieter de Vries",
)


def files_outside_landing(night: Installation) -> list[Path]:
    """Every file of ours: work folder without landing, published folder, receipts."""
    work = [path for path in night.work.rglob("*") if "landing" not in path.relative_to(night.work).parts]
    ours = [*work, *night.published.rglob("*"), *night.receipt_files(".json"), *night.receipt_files(".txt")]
    return [path for path in ours if path.is_file() and not path.is_symlink()]


def places_of(night: Installation, words: tuple[str, ...]) -> list[str]:
    """`file: word` for every planted word found."""
    wanted = [word.lower() for word in words]
    found = []
    for path in files_outside_landing(night):
        content = bytes_of(path).lower()
        found += [f"{path.relative_to(night.root)}: {word}" for word in wanted if word.encode() in content]
    return found


def test_canaries_are_nowhere_but_in_landing(troubled: Nights) -> None:
    assert places_of(troubled.installation, cases.CANARIES) == []


def test_canaries_are_in_no_log(troubled: Nights) -> None:
    for night in troubled.nights:
        spoken = (night.outcome.stdout + night.outcome.stderr).lower()
        assert [word for word in cases.CANARIES if word in spoken] == []


def test_the_samples_personal_data_is_nowhere_but_in_landing(sample: Nights) -> None:
    assert places_of(sample.installation, SAMPLE_PII) == []


def test_raw_ids_are_nowhere_but_in_landing(sample: Nights) -> None:
    # A customer number of kvk and a response id of Utrecht, as they stand in the files.
    assert places_of(sample.installation, ("C100007", "202509-00001", "kvk-000001")) == []


@pytest.mark.parametrize("word", cases.CANARIES)
def test_the_search_can_find_them(troubled: Nights, word: str) -> None:
    landing = [path for path in (troubled.installation.work / "landing").rglob("*") if path.is_file()]
    assert any(word.encode() in path.read_bytes().lower() for path in landing)


def test_the_search_reads_compressed_files(tmp_path: Path) -> None:
    words = ["kanarie"] * 1000
    pq.write_table(pa.table({"text": words}), tmp_path / "a.parquet", compression="zstd")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create schema s; create table s.t as select 'kan' || 'arie' as text")
    assert all(b"kanarie" in bytes_of(tmp_path / name) for name in ("a.parquet", "a.duckdb"))


def test_the_landing_zone_is_closed_to_others(sample: Nights) -> None:
    assert (sample.installation.work / "landing").stat().st_mode & 0o777 == 0o700


def test_open_comments_are_kept_redacted(sample: Nights) -> None:
    comments = [path for path in sample.installation.work.rglob("comments/**/*.parquet") if path.is_file()]
    text = b"".join(bytes_of(path) for path in comments)
    for mark in (b"[BSN]", b"[IBAN]", b"[E-MAIL]", b"[TELEFOON]", b"[NAAM]"):
        assert mark in text
    assert "€ 78,35".encode() in text
