"""Which figures of a process are hidden, and which stand.

Belongs here: the size that decides over a figure, and what one figure tells of another. Does not belong here: how cells
are tied and completed (`protection`), when a change may be told (`revision`).

Rules. A figure is hidden when it is a count below the threshold, or is taken over fewer cases than that, or over an
unknown number: a median of one case is that person's. Months add up to quarters, so as many others are hidden as it
takes. A figure stands when its number of cases changed by a few: the means of 100 and of 101 cases tell the one. Two
figures over equally many cases of one service and period are hidden together: the number of cases beside a lead time
is the very number that `cases` hides, or lets stand.
"""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from disclosure.counts import DECISION, decide_counts
from disclosure.equations import PERIOD_COLUMNS

KEY = ("organisation_id", "service_id", *PERIOD_COLUMNS, "metric")


def decided_figures(rows: pd.DataFrame, thresholds: Mapping[str, Decimal | int]) -> pd.DataFrame:
    """Decide for every figure whether it stands, is hidden, is published at all.

    `rows`: one row per organisation, service, period and metric, with the columns of KEY, `is_listed` (whether it is
    there tonight), `n` (the count itself, or the number of cases; null is unknown, and so is what is not there) and the
    columns of `counts.FORMER`. All rows of an organisation belong in one call. `thresholds`: suppression_min_n.

    Returns the columns of `counts.DECISION` with the index of `rows`, the same in whatever order they are.
    """
    min_n = int(thresholds["suppression_min_n"])
    size = pd.to_numeric(rows["n"]).astype("float64").fillna(0)
    is_listed, was_published = rows["is_listed"].astype(bool), rows["was_published"].astype(bool)
    # A known nothing, or an unknown number, is a hidden row and no cell.
    existed = was_published & (rows["n_published"] > 0)
    cells = rows.assign(kpi_id=rows["metric"], instrument_kind="process", n=size, was_published=existed)
    alike = [rows[name] for name in ("organisation_id", "service_id", "period_id")] + [size]
    is_forced = pd.Series(False, index=rows.index)
    while True:
        decided = decide_counts(cells, is_forced, min_n, ("service_id",))
        is_untold = decided["is_suppressed"] | (
            decided["is_revision_pending"] & (size != rows["n_published"])
        )
        has_untold_twin = (is_untold & (size > 0)).groupby(alike).transform("any")
        more = is_forced | (has_untold_twin & ~is_untold & (size > 0))
        if more.equals(is_forced):
            break
        is_forced = more
    is_pending = decided["is_revision_pending"]
    shown_n = size.where(~is_pending, rows["n_published"])
    return decided.assign(
        is_suppressed=decided["is_suppressed"] | (shown_n < min_n),
        is_published=decided["is_published"] | (is_pending & was_published) | (is_listed & (size == 0)),
    )[[*DECISION]]
