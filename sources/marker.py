"""Markers: what a sender says of a delivery in the `.done` file beside it.

Belongs here: the record and reading it leniently. Does not belong here: holding a delivery against it (`intake`).
"""

import codecs
import json
from dataclasses import dataclass
from typing import Any

MARKER_SUFFIX = ".done"
MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class Marker:
    """A `.done` file beside a delivery: what the sender says of it, every field optional."""

    sha256: str | None = None
    size: int | None = None
    rows: int | None = None
    kind: str | None = None
    part: str | None = None
    period: str | None = None

    @classmethod
    def parse(cls, raw: bytes) -> "Marker":
        """Read a marker's JSON, in UTF-8 or, as Windows writes it, UTF-16; anything else counts as a bare 'done'."""
        is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = raw.decode("utf-16" if is_wide else "utf-8-sig", "replace")
        try:
            content = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            content = {}
        if not isinstance(content, dict):
            content = {}
        size, rows = content.get("size"), content.get("rows")
        return cls(
            sha256=str(content["sha256"]).lower() if content.get("sha256") else None,
            size=size if isinstance(size, int) else None,
            rows=rows if isinstance(rows, int) else None,
            kind=str(content["kind"]) if content.get("kind") else None,
            part=str(content["part"]) if content.get("part") else None,
            period=str(content["period"]) if content.get("period") else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields that are set, for the ledger."""
        return {name: value for name, value in vars(self).items() if value is not None}
