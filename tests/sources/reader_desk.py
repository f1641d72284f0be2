"""A desk to read small deliveries at: a mapping, a file, a reading, and what landed.

Belongs here: building tasks for the reader tests. Does not belong here: expectations.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from sources import reference
from sources.limits import Limits
from sources.mapping import load_mapping_file
from sources.mapping.parts import Source
from sources.readers.reading import Reading, ReadingTask, read_delivery

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
DELIVERY_ID = "ab" * 32
KEY = bytes(range(32))
_REFERENCE = reference.load(SEEDS)

MAPPING: dict[str, Any] = {
    "meethuis_mapping": 1,
    "mapping_id": "proef",
    "mapping_version": "1.0.0",
    "valid_from": "2025-01-01",
    "organisation": {"org_id": "test0001"},
    "source": {"format": "csv", "match": "*", "snapshot": "full", "delimiter": ";"},
    "instrument": {
        "id": "proef-instrument",
        "name_nl": "Proef",
        "kind": "transactional",
        "languages": ["nl"],
    },
    "design": {"sample": "census_with_nonresponse", "mode": ["email"], "weights": {"method": "none"}},
    "keys": {"response": {"column": "id"}},
    "when": {"column": "datum", "type": "date", "format": "%d-%m-%Y"},
    "scales": {
        "eens5": {"min": 1, "max": 5, "points": 5, "kind": "likert_agree", "missing": {"9": "dont_know"}},
        "cijfer10": {"min": 1, "max": 10, "points": 10, "kind": "rapportcijfer", "allow_decimals": True},
    },
    "items": [
        {"column": "cijfer", "item": "kpi.tevredenheid", "scale": "cijfer10", "comparability": "B"},
        {"column": "eens", "item": "kpi.vertrouwen", "scale": "eens5", "comparability": "A"},
        {"column": "tekst", "item": "open.toelichting", "kind": "open_text"},
    ],
}
HEADER = "id;datum;cijfer;eens;tekst"


def changed(mapping: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A mapping with parts replaced; a dict is merged, None removes."""
    result = copy.deepcopy(mapping)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = changed(result[name], value)
        else:
            result[name] = value
    return result


class Desk:
    """Reads one file at a time in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits = Limits()
        self.mapping_file = folder / "organisations" / "test0001" / "proef.yml"
        self.mapping_file.parent.mkdir(parents=True, exist_ok=True)
        self.map()

    def map(self, *versions: dict[str, Any], **changes: Any) -> Desk:
        """Write the mapping: the usual one with changes, or several versions of it; MappingError if faulty."""
        documents = [changed(MAPPING, version) for version in versions or (changes,)]
        for document in documents:
            if document["source"]["format"] != "csv":
                del document["source"]["delimiter"]
        self.mapping_file.write_text(yaml.safe_dump_all(documents, allow_unicode=True), encoding="utf-8")
        load_mapping_file(self.mapping_file, _REFERENCE)
        return self

    def task(self, content: bytes | str | Path, name: str = "levering.csv", **changes: Any) -> ReadingTask:
        """A task for a file with this content."""
        if isinstance(content, Path):
            path = content
        else:
            path = self.folder / "landing"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        task = ReadingTask(
            path=str(path),
            file_name=name,
            organisation_id="test0001",
            delivery_id=DELIVERY_ID,
            mapping_file=str(self.mapping_file),
            model_dir=str(SEEDS),
            key=KEY,
            key_version=1,
            landed_path=str(self.folder / "landed.parquet"),
            comments_path=str(self.folder / "comments.parquet"),
            quarantine_path=str(self.folder / "quarantine.parquet"),
            today=date(2026, 2, 1),
            limits=self.limits,
        )
        return replace(task, **changes)

    def read(self, content: bytes | str | Path, name: str = "levering.csv", **changes: Any) -> Reading:
        """Read it here, in this process."""
        for file in ("landed", "comments", "quarantine"):
            (self.folder / f"{file}.parquet").unlink(missing_ok=True)
        return read_delivery(self.task(content, name, **changes))

    def lines(self, *rows: str, header: str = HEADER, **changes: Any) -> Reading:
        """Read a delimited file with these records."""
        return self.read("\n".join((header, *rows)) + "\n", **changes)

    @property
    def source(self) -> Source:
        """The source part of the mapping."""
        return load_mapping_file(self.mapping_file, _REFERENCE)[-1].source

    @property
    def landed(self) -> list[dict[str, Any]]:
        """The landed rows."""
        return self.rows("landed")

    @property
    def answers(self) -> list[list[str | None]]:
        """The answers of the landed rows."""
        return [row["answers"] for row in self.landed]

    @property
    def comments(self) -> list[dict[str, Any]]:
        """The comments."""
        return self.rows("comments")

    @property
    def quarantined(self) -> list[tuple[int, str, str | None]]:
        """The refused rows: number, code, column."""
        return [(row["row_number"], row["code"], row["column"]) for row in self.rows("quarantine")]

    def rows(self, file: str) -> list[dict[str, Any]]:
        """The rows of one of the three files; none when there is no file."""
        path = self.folder / f"{file}.parquet"
        table: pa.Table | None = pq.read_table(path) if path.exists() else None
        return table.to_pylist() if table is not None else []

    def written(self) -> bytes:
        """Every byte that was written beside the delivery itself."""
        names = ("landed.parquet", "comments.parquet", "quarantine.parquet")
        return b"".join((self.folder / name).read_bytes() for name in names if (self.folder / name).exists())


def codes(reading: Reading) -> list[str]:
    """The codes of a reading's problems."""
    return [problem.code for problem in reading.problems]
