"""Attacks the figures of processes, and lists what it finds.

Belongs here: months that add up to longer periods, and the number of cases that stands beside several figures. Does not
belong here: any decision to hide or to let stand (`process`), with which no code is shared. An empty answer is a
condition for publication.
"""

import pandas as pd

from disclosure.audit_counts import told_over_two_nights, with_knowledge

_KEY = ["organisation_id", "service_id", "period_type", "period_id", "period_start", "metric"]
_PLACE = ["organisation_id", "service_id", "period_id", "n"]


def audit_process(figures: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """Hidden numbers of cases, and small changes of them, that follow from what readers have.

    `figures`: one row per organisation, service, period and metric, with the columns that `with_knowledge` asks for
    (`n`: the count itself, or the number of cases; 0 for an unknown number) and `value` (as tonight's file has it).

    Returns the keys of what was found and `method`: as in `told_over_two_nights`; 'alike' for a number that stands
    beside another figure of the service and period; 'small' for a value over too few cases or over an unknown number.
    No count is returned.
    """
    cells = figures.assign(kpi_id=figures["metric"], instrument_kind="process")
    known = with_knowledge(cells, min_n)
    news = known.loc[known["is_news"], _PLACE].drop_duplicates()
    secret = known[known["is_unknown"] & known["is_secret"]]
    is_small = known["value"].notna() & ~known["is_standing"] & (known["n"] < min_n)
    found = [
        told_over_two_nights(known, min_n, ("service_id",)),
        secret.merge(news, on=_PLACE).assign(method="alike"),
        known[is_small].assign(method="small"),
    ]
    return pd.concat(found, ignore_index=True)[[*_KEY, "method"]]
