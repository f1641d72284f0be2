"""A resolution that was kept says what a fresh one says, and is not used for other files."""

import os
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.kept_resolution import resolve_or_recall
from sources.resolution import resolve

_ROWS = pa.schema(
    [("delivery_id", pa.string()), ("row_number", pa.int64()), ("instrument_id", pa.string())]
    + [("response_key", pa.string()), ("response_hash", pa.string())]
    + [("submitted_at", pa.timestamp("us", tz="UTC")), ("contact_date", pa.date32())]
    + [("is_completed", pa.bool_()), ("exclusion_reason", pa.string())]
)


def _land(folder: Path, delivery_id: str, *responses: tuple[str, str]) -> Path:
    """A landed file of (response key, content) rows, written as readers do: whole, then renamed."""
    rows = [
        {
            "delivery_id": delivery_id, "row_number": number, "instrument_id": "kto", "response_key": key,
            "response_hash": content, "submitted_at": datetime(2026, 1, 5), "is_completed": content != "half",
        }
        for number, (key, content) in enumerate(responses, start=1)
    ]  # fmt: skip
    path = folder / f"{delivery_id}.parquet"
    temporary = folder / ".partial"
    pq.write_table(pa.Table.from_pylist(rows, _ROWS), temporary)
    return temporary.replace(path)


@pytest.fixture
def landed(tmp_path: Path) -> list[Path]:
    return [
        _land(tmp_path, "a", ("r1", "x"), ("r1", "x"), ("r2", "x"), ("r2", "y"), ("r3", "half")),
        _land(tmp_path, "b", ("r1", "x"), ("r4", "x")),
    ]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "current.parquet"


def test_the_first_the_second_and_a_fresh_one_agree(landed: list[Path], kept: Path) -> None:
    fresh = resolve(landed)
    assert fresh.exceptions.num_rows
    for _ in range(2):
        assert resolve_or_recall(landed, kept) == fresh


def test_the_same_files_are_not_opened_again(landed: list[Path], kept: Path) -> None:
    first = resolve_or_recall(landed, kept)
    for path in landed:
        about = path.stat()
        path.write_bytes(b"\0" * about.st_size)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert resolve_or_recall(list(reversed(landed)), kept) == first


def test_a_file_that_was_landed_anew_is_decided_anew(landed: list[Path], kept: Path) -> None:
    former = resolve_or_recall(landed, kept)
    _land(landed[1].parent, "b", ("r5", "x"), ("r4", "x"))
    found = resolve_or_recall(landed, kept)
    assert found == resolve(landed)
    assert found != former


def test_other_deliveries_that_count_are_decided_anew(landed: list[Path], kept: Path) -> None:
    resolve_or_recall(landed, kept)
    assert resolve_or_recall(landed[:1], kept) == resolve(landed[:1])
    landed[0].unlink()
    assert resolve_or_recall(landed, kept) == resolve(landed)


def test_nothing_that_counts_is_kept_too(kept: Path) -> None:
    assert resolve_or_recall([], kept) == resolve_or_recall([], kept) == resolve([])


@pytest.mark.parametrize("damage", [b"", b"not Parquet", None])
def test_a_damaged_one_is_made_again(landed: list[Path], kept: Path, damage: bytes | None) -> None:
    first = resolve_or_recall(landed, kept)
    kept.write_bytes(kept.read_bytes()[:-20] if damage is None else damage)
    assert resolve_or_recall(landed, kept) == first
    assert pq.read_table(kept).num_rows == first.exceptions.num_rows
