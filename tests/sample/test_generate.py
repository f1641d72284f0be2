"""The committed sample is what its script makes: the same bytes, and for the workbook the same cells."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import openpyxl
import pytest

from sample.generate import BUCKET, generate


def content(path: Path) -> object:
    """What must be equal after regenerating: cells of a workbook, text of a .gz, else the bytes."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def files(root: Path) -> dict[str, Path]:
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sample")
    generate(target)
    return target


def test_regenerating_gives_the_committed_deliveries(regenerated: Path) -> None:
    made, committed = files(regenerated), files(BUCKET)
    assert made.keys() == committed.keys()
    for name, path in committed.items():
        assert content(made[name]) == content(path), name


def test_every_file_has_a_time_of_receipt() -> None:
    with (BUCKET.parent / "received.csv").open(encoding="utf-8") as file:
        received = {row["key"] for row in csv.DictReader(file)}
    assert received == files(BUCKET).keys()


def test_the_sample_stays_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in files(BUCKET).values()) < 3_000_000
