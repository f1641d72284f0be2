"""Attacks plain counts over two nights the way `audit` attacks figures.

Belongs here: what a reader of tonight's file who kept the last one knows of each count, and handing that to `audit`.
Does not belong here: what one count says of another (`audit_response`, `audit_process`), any decision to hide or to let
stand; no code is shared with those.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from disclosure.audit import audit, audit_changes

_BLOCK = ["organisation_id", "kpi_id", "instrument_kind", "period_id"]


def with_knowledge(counts: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """What is known of every count, and what may not be.

    `counts`: one row per count of either night: the key columns of `audit`, `n` and `n_before` (people, as it truly is
    and was; 0 for none), `n_published` (as the last file has it), `shown` (as tonight's file has it; null),
    `is_standing` (tonight's file repeats the last one), `was_published`, `was_suppressed`, `was_pending`.

    Adds `is_told` (tonight's file has the true n), `is_news` (and the last file had another number, or none),
    `was_new` (nothing of its period was published), `was_unknown`, `is_unknown` and `is_secret` (may not follow).
    """
    n, size = counts["n"], (counts["n"] - counts["n_published"]).abs()
    is_told = counts["shown"].notna() & ~counts["is_standing"]
    was_new = ~counts.groupby(_BLOCK)["was_published"].transform("any")
    was_unknown = counts["was_suppressed"] | counts["was_pending"] | was_new
    was_unknown |= ~counts["was_published"] & (counts["n_before"] > 0)
    # Who kept the last file knows what it showed and what has not changed since.
    is_kept = ~was_unknown & (n == counts["n_before"])
    is_hidden = counts["shown"].isna() & (n > 0)
    had_it = counts["was_published"] & ~counts["was_suppressed"] & (n == counts["n_published"])
    return counts.assign(
        is_told=is_told,
        is_news=is_told & ~had_it,
        was_new=was_new,
        was_unknown=was_unknown,
        is_unknown=counts["is_standing"] | (is_hidden & ~is_kept),
        is_secret=(is_hidden & (~counts["is_standing"] | counts["was_suppressed"]))
        | size.between(1, min_n - 1),
    )


def told_over_two_nights(known: pd.DataFrame, min_n: int, dimensions: Sequence[str]) -> pd.DataFrame:
    """Secret counts, and small changes of counts, that follow from sums over `dimensions` and over time.

    `known`: as `with_knowledge` gives it. Returns rows of it with `method`: those of `audit` and of `audit_changes`, or
    'shown' for a number below `min_n` that stands there.
    """
    cells = known.reset_index(drop=True)
    exact = audit(cells.assign(is_suppressed=cells["is_unknown"]), dimensions)
    exact = exact[cells.loc[exact.index, "is_secret"]]
    since = (cells["n"] - cells["n_before"]).to_numpy()
    changed = np.flatnonzero(since)
    changes = pd.DataFrame({"cell": changed, "answer": 1, "since": since[changed]})
    told = audit_changes(cells, changes, min_n, dimensions)
    small = cells[cells["shown"] < min_n].assign(method="shown")
    return pd.concat(
        [cells.loc[found.index].assign(method=found["method"]) for found in (exact, told, small)]
    )
