"""Plain counts as cells of one answer value, so that the rules for figures decide over them as well.

Belongs here: handing counts, and what the publication in force says of them, to `decision`. Does not belong here: which
counts there are and what one tells of another (`response`, `process`), and any rule of hiding or standing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from disclosure.decision import decide

FORMER = ("n_published", "n_before", "was_published", "was_suppressed", "was_pending")
DECISION = ("is_revision_pending", "is_suppressed", "is_published")
# More than any count: with it, one value means hidden whatever the size.
_ANY_SIZE = 2**31


def decide_counts(
    cells: pd.DataFrame, is_forced: pd.Series, min_n: int, dimensions: Sequence[str]
) -> pd.DataFrame:
    """Decide for every count whether it stands, is hidden, is published at all.

    `cells`: the key columns that `decide` asks for, n (tonight, true; 0 where nothing is left), and of the publication
    in force n_published (as published), n_before (as it truly was), was_published, was_suppressed and was_pending.
    `is_forced`: not to be shown for a reason of its own, whatever the size. `min_n`: people.

    Returns the columns of DECISION with the index of `cells`. Raises as `decide` does.
    """
    n, n_before = cells["n"].astype("int64"), cells["n_before"].astype("int64")
    # Where there was nobody and is nobody there is no cell, and nothing that could hide another.
    is_cell = (n > 0) | (n_before > 0) | cells["was_published"].astype(bool)
    nothing = pd.DataFrame(False, index=cells.index, columns=[*DECISION])
    if not is_cell.any():
        return nothing
    own = cells[is_cell].assign(
        n=n[is_cell],
        # A count has no values that could all be the same: one value stands for hidden.
        n_values=np.where(is_forced[is_cell], 1.0, np.nan),
    )
    change, since = own["n"] - own["n_published"].astype("int64"), own["n"] - n_before[is_cell]
    changes = pd.DataFrame({"cell": range(len(own)), "answer": 1, "change": change, "since": since})
    limits = {"suppression_min_n": min_n, "no_spread_min_n": _ANY_SIZE}
    decided = decide(own, changes[(change != 0) | (since != 0)], limits, dimensions)
    nothing.loc[own.index] = decided[[*DECISION]]
    return nothing


def without_history(cells: pd.DataFrame) -> pd.DataFrame:
    """The same counts as though nothing was ever published of them."""
    return cells.assign(
        n_published=0, n_before=0, was_published=False, was_suppressed=False, was_pending=False
    )
