"""Decides which figures of the published grid are hidden, and proves that the hidden ones stay hidden."""

from disclosure.audit import audit, audit_changes, audit_ranges
from disclosure.decision import decide
from disclosure.dimensions import DIMENSIONS, breakdown_columns
from disclosure.parts import parts
from disclosure.protection import protect

__all__ = [
    "DIMENSIONS",
    "audit",
    "audit_changes",
    "audit_ranges",
    "breakdown_columns",
    "decide",
    "parts",
    "protect",
]
