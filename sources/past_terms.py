"""Past terms: what still counts of deliveries that bring answers to periods of which only counts are left.

Belongs here: which deliveries and rows come too late for that. Does not belong here: when a term is over and what is
kept then (`retention`), how it is told (`settlement`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.currency import Candidate, Standing, standings
from sources.ledger import Entry
from sources.workfolder import WorkFolder

# Latest `retained` entry by delivery, of one organisation.
Retained = Mapping[str, Entry]


def standings_beside(
    candidates: Sequence[Candidate], retained: Retained
) -> tuple[dict[str, Standing], set[str], dict[str, set[str]]]:
    """The standings of deliveries, but of those that have nothing but past periods; these; past periods of the others.

    What one of these replaced counts on: so standings are found anew without them.
    """
    too_late: set[str] = set()
    while True:
        remaining = [one for one in candidates if one.delivery_id not in too_late]
        standing = standings(remaining)
        current = {one.delivery_id: one for one in remaining if standing[one.delivery_id].is_current}
        past = _past_periods(list(current.values()), retained)
        found = {name for name, periods in past.items() if periods >= current[name].periods}
        if not found:
            return standing, too_late, past
        too_late |= found


def _past_periods(current: Sequence[Candidate], retained: Retained) -> dict[str, set[str]]:
    """Periods of deliveries of which answers were counts already when their own were first looked at.

    Nothing tells any more whether their responses are among those: they might count twice.
    """
    found: dict[str, set[str]] = {}
    for kept in current:
        if kept.delivery_id not in retained:
            continue
        beside = retained[kept.delivery_id].body["beside"]
        for other in current:
            shared = other.periods & kept.periods
            is_known = other is kept or (beside is not None and other.delivery_id in beside)
            if is_known or other.instrument_id != kept.instrument_id or not shared:
                continue
            # Counts are compared with nothing, neither those of the other nor those of a delivery that did not count.
            late = kept if beside is None else other
            is_whole = late.delivery_id in retained
            found.setdefault(late.delivery_id, set()).update(late.periods if is_whole else shared)
    return found


def past_rows(
    organisation_id: str, past: Mapping[str, set[str]], work: WorkFolder
) -> dict[str, frozenset[int]]:
    """Row numbers by delivery, in the past periods of each."""
    found = {}
    for delivery_id, periods in past.items():
        path = work.landed_file(organisation_id, delivery_id)
        if path.exists():
            rows = pq.read_table(path, columns=["row_number", "period_id"])
            is_past = pc.is_in(rows["period_id"], value_set=pa.array(sorted(periods), pa.string()))
            found[delivery_id] = frozenset(rows.filter(is_past)["row_number"].to_pylist())
    return found
