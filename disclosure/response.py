"""Which counts of the response table are hidden, and which stand.

Belongs here: how its counts are tied, and what one count would tell of another. Does not belong here: how cells are
completed (`protection`), when a change may be told (`revision`), rates.

Rules. Started = completed + partial + screened out + broken off: what people did, as one more dimension of the grid
over channels and periods, so that a count, and a change of a count, below the threshold follows from no combination of
the others. Nobody is shown how many broke off, but it follows from the rest. The number completed is as good as the
number of answers of a figure: where a figure of that kind of survey is hidden, so is the number completed; where one
stands, that number stands or is hidden.
Tonight's number of those who started is hidden where one of its parts is or stands: it is worth less than they are.

How many people there are, were invited and were reached is what an organisation says of itself: counts below the
threshold are hidden with what gives them away, and a change of them is shown at once.
"""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from disclosure.counts import DECISION, FORMER, decide_counts, without_history
from disclosure.equations import PERIOD_COLUMNS, TOTAL

KEY = ("organisation_id", "instrument_id", "instrument_kind", *PERIOD_COLUMNS, "channel")
FRAME_COUNTS = ("population", "invited", "delivered")
STARTED, COMPLETED, BROKEN_OFF = "started", "completed", "broken_off"
RESPONSE_COUNTS = (STARTED, COMPLETED, "partials", "screened_out", BROKEN_OFF)
COUNTS = (*FRAME_COUNTS, *RESPONSE_COUNTS)
_DIMENSIONS = ("channel", "part")


def decided_counts(rows: pd.DataFrame, thresholds: Mapping[str, Decimal | int]) -> pd.DataFrame:
    """Decide for every count whether it stands, is hidden, is published at all.

    `rows`: one row per organisation, instrument, kind, period, channel ('all' is the total) and count, with the columns
    of KEY, `count_name` (one of COUNTS), `n` (people tonight; 0 where nothing is left of a published one), the columns
    of `counts.FORMER`, and `has_hidden_figure`, `has_standing_figure` (of that kind, period and channel).
    All rows of an organisation belong in one call. `thresholds`: suppression_min_n.

    Returns the columns of `counts.DECISION` with the index of `rows`. Raises ValueError for a faulty frame, KeyError
    for a missing threshold.
    """
    min_n = int(thresholds["suppression_min_n"])
    found = pd.DataFrame(False, index=rows.index, columns=[*DECISION])
    for name in FRAME_COUNTS:
        own = rows[rows["count_name"] == name]
        if len(own):
            nothing = pd.Series(False, index=own.index)
            cells = without_history(own).assign(kpi_id=own["instrument_id"])
            found.loc[own.index] = decide_counts(cells, nothing, min_n, ("channel",))
    own = rows[rows["count_name"].isin(RESPONSE_COUNTS)]
    if len(own):
        found.loc[own.index] = _response_counts(own, min_n)
    return found


def _response_counts(rows: pd.DataFrame, min_n: int) -> pd.DataFrame:
    name, n = rows["count_name"], rows["n"].astype("int64")
    part = name.where(name != STARTED, TOTAL)
    cells = rows[[*KEY, *FORMER]].assign(n=n, kpi_id=rows["instrument_id"], part=part)
    line = cells.groupby([*KEY], sort=False).ngroup()
    is_completed = name == COMPLETED
    is_forced = is_completed & rows["has_hidden_figure"].astype(bool)
    is_untold = is_forced | n.between(1, min_n - 1)
    while True:
        has_untold_part = (is_untold & (name != STARTED)).groupby(line).transform("any")
        decided = decide_counts(cells, is_forced | ((name == STARTED) & has_untold_part), min_n, _DIMENSIONS)
        is_standing = decided["is_revision_pending"] & (n != rows["n_published"])
        more = is_untold | (decided["is_suppressed"] & (n > 0)) | is_standing
        is_told = is_completed & ~decided["is_suppressed"] & ~is_standing & (n != rows["n_published"])
        forced = is_forced | (is_told & rows["has_standing_figure"].astype(bool))
        if more.equals(is_untold) and forced.equals(is_forced):
            return decided
        is_untold, is_forced = more, forced
