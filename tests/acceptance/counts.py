"""How many records each delivery holds, counted without the product's readers.

Belongs here: counting by the plainest means per format. The receipts' law is judged by these numbers.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from pathlib import Path

import openpyxl
import pyreadstat

from tests.acceptance import cases
from tests.acceptance.harness import Installation

# Not body: three title rows, the header, and two footer rows.
TILBURG_OTHER_ROWS = 6


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def csv_records(path: Path, encoding: str, delimiter: str = ",") -> int:
    """Records under the header; line feeds inside quotes do not end a record."""
    with path.open(encoding=encoding, newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=delimiter)) - 1


def records_in(path: Path) -> int:
    """Records of one sample delivery, by its format."""
    if path.suffix == ".sav":
        return int(pyreadstat.read_sav(path)[0].shape[0])
    if path.suffix == ".gz":
        return len(gzip.decompress(path.read_bytes()).splitlines())
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path, data_only=True)["Maandcijfers"]
        return sheet.max_row - TILBURG_OTHER_ROWS
    return csv_records(path, "cp1252", ";")


def of_sample(bucket: Path) -> dict[str, int]:
    """sha256 -> records, for every delivery of the sample (the sending list is none)."""
    return {
        sha256_of(path): records_in(path)
        for path in bucket.rglob("*")
        if path.is_file() and not path.name.startswith("verzendingen")
    }


def add_real_files(night: Installation) -> None:
    """Count the real files that were dropped, if any."""
    for country in cases.RSE:
        path = cases.REAL_FILES / f"{country}.csv"
        if path.exists():
            night.records[sha256_of(path)] = csv_records(path, "utf-8")
