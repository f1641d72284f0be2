"""Which figures of a process are hidden.

Belongs here: the size that decides over a figure, and what one figure tells of another. Does not belong here: how cells
are tied and completed (`protection`).

Rules. A figure is hidden when it is a count below the threshold, or is taken over fewer cases than that, or over an
unknown number: a median of one case is that person's. Months add up to quarters, so as many others are hidden as it
takes (`protect`). Two figures over equally many cases of one service and period are hidden together: the number of
cases beside a lead time is the very number that `cases` hides.
"""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from disclosure.equations import PERIOD_COLUMNS
from disclosure.protection import protect

KEY = ("organisation_id", "service_id", *PERIOD_COLUMNS, "metric")
# More than any count: with it, one value means hidden whatever the size.
_ANY_SIZE = 2**31


def hidden_figures(rows: pd.DataFrame, thresholds: Mapping[str, Decimal | int]) -> pd.Series:
    """Decide for every figure whether it is hidden.

    `rows`: one row per organisation, service, period and metric, with the columns of KEY and `n` (the count itself, or
    the number of cases; null is unknown). All rows of an organisation belong in one call. `thresholds`:
    suppression_min_n. Returns a boolean series with the index of `rows`, the same in whatever order they are.
    """
    min_n = int(thresholds["suppression_min_n"])
    size = pd.to_numeric(rows["n"]).astype("float64")
    hidden = ~(size >= min_n)
    cells = rows[size > 0]
    alike = [rows[name] for name in ("organisation_id", "service_id", "period_id")] + [size.fillna(-1)]
    limits = {"suppression_min_n": min_n, "no_spread_min_n": _ANY_SIZE}
    while len(cells):
        together = hidden.groupby(alike).transform("any") | hidden
        decided = protect(
            cells.assign(
                kpi_id=cells["metric"],
                instrument_kind="process",
                n=size[cells.index].astype("int64"),
                # A count has no values that could all be the same: one value stands for hidden.
                n_values=np.where(together[cells.index], 1.0, np.nan),
            ),
            limits,
            ("service_id",),
        )["is_suppressed"]
        completed = together | decided.reindex(rows.index, fill_value=False)
        if completed.equals(hidden):
            break
        hidden = completed
    return hidden.rename("is_suppressed")
