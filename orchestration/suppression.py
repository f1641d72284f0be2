"""Suppression: how many of the cells behind the publication are hidden, and how many of those to protect others.

Belongs here: reading what the warehouse counted. Does not belong here: which cells are hidden (`disclosure`), and
anything for readers of the figures.
"""

from pathlib import Path
from typing import Any

import duckdb

_COUNTS = """
select table_name, n_cells, n_suppressed, n_primary
from intermediate.int_suppression
order by table_name desc
"""


def suppression(warehouse: Path) -> list[dict[str, Any]]:
    """Per table (`kpi`, `breakdown`) its cells, those hidden, those hidden for their own sake, and both as shares.

    Empty without a warehouse: it may be removed, and is made again by the next night that has news.
    """
    if not warehouse.exists():
        return []
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            counts = connection.execute(_COUNTS).fetchall()
    except duckdb.Error:
        # A night without news reads nothing else of it; the next one with news finds the damage and makes it anew.
        return []
    return [
        {
            "table": table,
            "cells": cells,
            "hidden": hidden,
            "hidden_primary": primary,
            "hidden_share": hidden / cells,
            "hidden_primary_share": primary / cells,
        }
        for table, cells, hidden, primary in counts
    ]
