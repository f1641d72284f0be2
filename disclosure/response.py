"""Which counts of the response table are hidden.

Belongs here: the order in which its counts are decided, and what one count would tell of another. Does not belong
here: how cells are tied and completed (`protection`), rates.

Rules. A count below the threshold is hidden, and as many others of its kind as it takes (`protect`, over channels and
periods). The number of completed responses is as good as the number of answers of a figure: where a figure of that
kind of survey is hidden in a period and channel, so is the number completed. Started = completed + partial +
screened out + broken off: started is hidden where one of these is small or hidden.
"""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from disclosure.equations import PERIOD_COLUMNS
from disclosure.protection import protect

KEY = ("organisation_id", "instrument_id", "instrument_kind", *PERIOD_COLUMNS, "channel")
COUNTS = ("population", "invited", "delivered", "started", "completed", "partials", "screened_out")
# More than any count: with it, one value means hidden whatever the size.
_ANY_SIZE = 2**31


def hidden_counts(rows: pd.DataFrame, thresholds: Mapping[str, Decimal | int]) -> pd.DataFrame:
    """Decide for every count of every row whether it is hidden.

    `rows`: one row per organisation, instrument, kind, period and channel ('all' is the total), with the columns of
    KEY, one per name in COUNTS (people; null is unknown) and `has_hidden_figure` (whether a figure of that period and
    channel is hidden). All rows of an organisation belong in one call. `thresholds`: suppression_min_n.

    Returns, with the index of `rows`, a boolean column `is_<count>_hidden` per count: true where the count is known
    and may not be shown. Raises ValueError for a faulty frame, KeyError for a missing threshold.
    """
    min_n = int(thresholds["suppression_min_n"])
    count = {name: pd.to_numeric(rows[name]).astype("float64") for name in COUNTS}
    hidden = {"completed": _hidden(rows, count["completed"], rows["has_hidden_figure"].to_numpy(bool), min_n)}
    for name in ("partials", "screened_out"):
        hidden[name] = _hidden(rows, count[name], hidden["completed"], min_n)
    off = (
        count["started"] - count["completed"] - count["partials"].fillna(0) - count["screened_out"].fillna(0)
    )
    is_told = hidden["completed"] | hidden["partials"] | hidden["screened_out"]
    hidden["started"] = _hidden(rows, count["started"], is_told | off.between(1, min_n - 1).to_numpy(), min_n)
    nothing = np.zeros(len(rows), dtype=bool)
    for name in ("population", "invited", "delivered"):
        hidden[name] = _hidden(rows, count[name], nothing, min_n)
    return pd.DataFrame({f"is_{name}_hidden": hidden[name] for name in COUNTS}, index=rows.index)


def _hidden(rows: pd.DataFrame, count: pd.Series, is_hidden: np.ndarray, min_n: int) -> np.ndarray:
    """The decision over one kind of count; `is_hidden` are rows in which it is hidden anyway."""
    found = is_hidden & count.notna().to_numpy()
    is_cell = (count > 0).to_numpy()
    if not is_cell.any():
        return found
    own = rows[is_cell]
    cells = own[[*PERIOD_COLUMNS, "channel", "organisation_id", "instrument_kind"]].assign(
        # A block of its own per survey. A count has no values that could all be the same: one value stands for hidden.
        kpi_id=own["instrument_id"],
        n=count[is_cell].astype("int64"),
        n_values=np.where(is_hidden[is_cell], 1.0, np.nan),
    )
    limits = {"suppression_min_n": min_n, "no_spread_min_n": _ANY_SIZE}
    found[is_cell] = protect(cells, limits, ("channel",))["is_suppressed"].to_numpy()
    return found
