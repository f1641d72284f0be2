"""Whether everybody computed the same: figures compared cell by cell with the floor's.

Belongs here: comparing, and reading the night's unprotected figures. Does not belong here: computing any.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.figures import KEYS, MEASURES

TOLERANCE = 1e-9
"""Largest relative difference. The night rounds to ten significant digits, others add in another order."""

_NIGHT = """
select
    cell.organisation_id, cell.period_id, cell.service_group, cell.channel, cell.kpi_id, cell.n,
    score.value as mean_pomp,
    score.standard_error * score.standard_error * cell.n as variance,
    positive.value as share_positive
from warehouse.intermediate.int_cell as cell
inner join warehouse.intermediate.int_statistic as score
    using (organisation_id, cell_number)
inner join warehouse.intermediate.int_statistic as positive
    using (organisation_id, cell_number)
where
    length(cell.period_id) = 7 and substr(cell.period_id, 6, 1) in ('0', '1')
    and cell.service_group <> 'all' and cell.channel <> 'all' and cell.audience = 'all'
    and score.statistic = 'mean_pomp' and positive.statistic = 'share_positive'
"""


class Disagreement(Exception):
    """Two ways gave other figures for the same deliveries: which, and in how many cells."""


def write_night_figures(warehouse: Path, target: Path) -> None:
    """The night's own figures for the floor's cells, before protection and without weights."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        connection.execute(f"copy ({_NIGHT}) to {_text(target)} (format parquet)")


def compare(floor: Path, other: Path, name: str) -> int:
    """The number of cells, all of which agree. Raises Disagreement."""
    keys = ", ".join(KEYS)
    differing = " or ".join(f"not {_agrees(measure)}" for measure in MEASURES)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select count(*), count(*) filter (where floor.n is null), count(*) filter (where other.n is null),"
            f" count(*) filter (where {differing})"
            f" from {_text(floor)} as floor full join {_text(other)} as other using ({keys})"
        ).fetchone()
    assert found is not None
    cells, extra, absent, different = found
    if different:
        raise Disagreement(
            f"{name}: {different - extra - absent} of {cells} cells differ from the floor,"
            f" {absent} are absent, {extra} are not the floor's"
        )
    return int(cells)


def _agrees(measure: str) -> str:
    if measure == "n":
        return "coalesce(floor.n = other.n, false)"
    a, b = f"floor.{measure}", f"other.{measure}"
    # Squares of rounded errors, and zeros that came out as nearly zero, deserve a little room.
    room = TOLERANCE * (10 if measure == "variance" else 1)
    return f"coalesce(abs({a} - {b}) <= {room} * greatest(abs({a}), abs({b}), 1e-3), {a} is null and {b} is null)"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
