"""Which analyses of drivers are hidden.

Belongs here: what the numbers of responses of an analysis tell of each other over channels. Does not belong here: how
cells are completed (`protection`), which cells of the grid an analysis rests on.

Rules. An analysis is shown or hidden whole: the shares of its drivers add up to one. It is hidden where one of its
figures is hidden or stands, and with it as many channels as it takes: what the total holds beside the shown channels is
never the number of one hidden analysis, nor of a few responses.
"""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from disclosure.counts import decide_counts, without_history

KEY = ("organisation_id", "instrument_kind", "analysis", "subject_id", "channel", "period_id")


def hidden_analyses(rows: pd.DataFrame, thresholds: Mapping[str, Decimal | int]) -> pd.Series:
    """Decide for every analysis whether it is hidden.

    `rows`: one row per organisation, kind of survey, analysis, subject, channel ('all' is the total) and year, with the
    columns of KEY, `n` (responses) and `has_hidden_cell`. `thresholds`: suppression_min_n. Returns a boolean series
    with the index of `rows`, the same in whatever order they are.
    """
    cells = rows.assign(
        kpi_id=rows["analysis"] + " " + rows["subject_id"],
        period_type="year",
        period_start=pd.to_datetime(rows["period_id"] + "-01-01"),
    )
    is_forced, min_n = rows["has_hidden_cell"].astype(bool), int(thresholds["suppression_min_n"])
    return decide_counts(without_history(cells), is_forced, min_n, ("channel",))["is_suppressed"]
