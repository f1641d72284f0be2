"""Folders of reference tables that a test may spoil.

Belongs here: copying the product's tables and editing one of them. Does not belong here: any expectation.
"""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from sources.reference_tables import TABLES

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "dbt_project" / "seeds"
A11 = ROOT / "tests" / "fixtures" / "model_a11"

Rows = list[dict[str, str]]
Edit = Callable[[Rows], object]


def copy_product(folder: Path) -> Path:
    """Copy the product's tables into a new folder."""
    folder.mkdir()
    for table in TABLES.values():
        shutil.copy(PRODUCT / table.file_name, folder)
    return folder


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def edit(folder: Path, table: str, change: Edit) -> Path:
    """Change one table of a folder; the rows are edited in place."""
    path = folder / f"{table}.csv"
    rows = read(path)
    change(rows)
    write(path, rows)
    return path


def set_cell(where: str, equals: str, column: str, value: str) -> Edit:
    """Set a cell in every row in which the column `where` equals a value."""

    def change(rows: Rows) -> None:
        found = [row for row in rows if row[where] == equals]
        assert found
        for row in found:
            row[column] = value

    return change


def without(column: str, value: str) -> Edit:
    """Leave out the rows with this value."""

    def change(rows: Rows) -> None:
        kept = [row for row in rows if row[column] != value]
        assert len(kept) < len(rows)
        rows[:] = kept

    return change


def again(index: int, **changes: str) -> Edit:
    """Repeat a row at the end, with changes."""
    return lambda rows: rows.append({**rows[index], **changes})
