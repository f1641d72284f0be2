"""Outcomes: what became of a delivery, as the ledger keeps it and receipts, marts and summaries show it.

Belongs here: the record and its law. Does not belong here: deriving it (`settlement`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sources.frame_counts import FrameCount
from sources.readers.reading import Problem


@dataclass(frozen=True)
class Rows:
    """The rows of a delivery: in_file = processed + quarantined + duplicate + erased.

    `excluded` and `incomplete` are parts of processed.
    """

    in_file: int
    processed: int = 0
    quarantined: int = 0
    duplicate: int = 0
    erased: int = 0
    excluded: int = 0
    incomplete: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether the law of the receipts holds."""
        return self.in_file == self.processed + self.quarantined + self.duplicate + self.erased


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery; `rows` is None where they cannot be counted.

    `kind` is `delivery` (of responses or of counts per answer), `process`, or `frame` for a file of frame counts, which
    is no delivery but gets a receipt.
    """

    organisation_id: str
    delivery_id: str
    status: str
    is_current: bool = False
    mapping_id: str | None = None
    mapping_version: str | None = None
    mapping_digest: str | None = None
    instrument_id: str | None = None
    reading_fingerprint: str | None = None
    periods: tuple[str, ...] = ()
    received_at: str = ""
    bytes: int = 0
    files: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    rows: Rows | None = None
    invalid_cells: int | None = None
    is_late: bool = False
    replaces: str | None = None
    replaced_by: str | None = None
    problems: tuple[Problem, ...] = ()
    decimals: tuple[tuple[str, int, str], ...] = ()
    frame_counts: tuple[FrameCount, ...] = ()
    kind: str = "delivery"

    @property
    def needs_look(self) -> bool:
        """Whether somebody should look at it. A transfer that has not ended yet is no case for anybody."""
        if self.status == "waiting":
            return {problem.code for problem in self.problems} != {"MH-WACHT"}
        return self.status in ("rejected", "held", "partial")

    def as_body(self) -> dict[str, Any]:
        """The outcome as a ledger body."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Outcome":
        """The outcome that a ledger body holds."""
        values = dict(body)
        values["problems"] = tuple(
            Problem(**{**one, "example_rows": tuple(one["example_rows"])}) for one in body["problems"]
        )
        values["rows"] = Rows(**body["rows"]) if body["rows"] is not None else None
        for name in ("periods", "files", "repeats"):
            values[name] = tuple(body[name])
        values["decimals"] = tuple((version, seq, raw) for version, seq, raw in body["decimals"])
        values["frame_counts"] = tuple(FrameCount(**count) for count in body.get("frame_counts", ()))
        return cls(**values)
