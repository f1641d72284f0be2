"""Limits on what one delivery may ask of this machine.

Belongs here: the figures and their units. Does not belong here: how they are enforced; the reader pool
watches memory and time, each reader watches sizes and counts.
"""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Ceilings for reading one delivery.

    `file_bytes` counts the file as delivered, `text_bytes` the same file unpacked (gzip, the sheets of a
    workbook). `record_bytes` bounds one record and with it every cell. `memory_bytes` is resident memory of
    the reader process.
    """

    file_bytes: int = 2048 * MEBIBYTE
    text_bytes: int = 4096 * MEBIBYTE
    record_bytes: int = MEBIBYTE
    rows: int = 20_000_000
    columns: int = 500
    sheet_cells: int = 16_000_000
    sheet_xml_bytes: int = 768 * MEBIBYTE
    memory_bytes: int = 1024 * MEBIBYTE
    cpu_seconds: float = 120.0
    wall_seconds: float = 300.0


DEFAULT_LIMITS = Limits()
