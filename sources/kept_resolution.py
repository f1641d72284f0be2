"""Resolutions kept between nights: what was decided over the same landed files need not be decided again.

Belongs here: recognising the files a resolution was made of, and storing it beside their names, sizes and times. Does
not belong here: the decision (`resolution`). A kept resolution is a shortcut only: without it the same comes out.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources import durable, resolution
from sources.resolution import NOTHING_LEFT_OUT, Resolved, RowCounts, resolve

_MADE_OF, _COUNTS, _SEAL = b"made_of", b"counts", b"seal"


def resolve_or_recall(
    landed_paths: Sequence[Path], kept: Path, left_out: pa.Table = NOTHING_LEFT_OUT
) -> Resolved:
    """As `resolve`; from the file `kept` where that was made of these very landed files, which is then up to date."""
    made_of = _digest(landed_paths, left_out)
    found = _recalled(kept, made_of)
    if found is None:
        found = resolve(landed_paths, left_out)
        _keep(found, kept, made_of)
    return found


def _digest(landed_paths: Sequence[Path], left_out: pa.Table) -> bytes:
    """Changes with the rule, what is left out, the choice of files, and any file: each is only replaced as a whole."""
    rule = Path(resolution.__file__).read_bytes()
    files = []
    for path in sorted(landed_paths):
        if path.exists():
            about = path.stat()
            files.append([path.name, about.st_size, about.st_mtime_ns, about.st_ino])
    decided = [files, left_out.to_pylist()]
    return hashlib.sha256(rule + json.dumps(decided).encode()).hexdigest().encode()


def _recalled(kept: Path, made_of: bytes) -> Resolved | None:
    """What is kept; None when there is nothing, when it was made of other files, or when it cannot be read."""
    try:
        table = pq.read_table(kept)
    except (OSError, pa.ArrowException):
        return None
    notes = table.schema.metadata or {}
    if notes.get(_MADE_OF) != made_of or notes.get(_SEAL) != _seal(table, made_of, notes[_COUNTS]):
        return None
    counts = {delivery_id: RowCounts(*rows) for delivery_id, rows in json.loads(notes[_COUNTS]).items()}
    return Resolved(table.replace_schema_metadata(None), counts)


def _keep(resolved: Resolved, kept: Path, made_of: bytes) -> None:
    counts = {delivery_id: astuple(rows) for delivery_id, rows in resolved.counts.items()}
    counted = json.dumps(counts).encode()
    seal = _seal(resolved.exceptions, made_of, counted)
    notes = {_MADE_OF: made_of, _COUNTS: counted, _SEAL: seal}
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = durable.temporary_of(kept)
    pq.write_table(resolved.exceptions.replace_schema_metadata(notes), temporary)
    durable.put(temporary, kept, "resolved")


def _seal(exceptions: pa.Table, made_of: bytes, counts: bytes) -> bytes:
    """Parquet does not notice a changed byte; what is kept must be what was decided."""
    digest = hashlib.sha256(made_of + b"|" + counts)
    for name in sorted(exceptions.column_names):
        digest.update(name.encode())
        digest.update(json.dumps(exceptions[name].to_pylist()).encode())
    return digest.hexdigest().encode()
