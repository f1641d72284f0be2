"""Attacks the analyses of drivers, and lists what it finds.

Belongs here: what the total holds beside the shown channels, analyses that rest on a figure which is not shown, and
summaries in which a hidden analysis takes part. Does not belong here: any decision to hide (`driver`), with which no
code is shared. An empty answer is a condition for publication.
"""

import pandas as pd

from disclosure.audit import audit

_LINE = ["organisation_id", "instrument_kind", "analysis", "subject_id", "period_id"]
_FIGURE = ["organisation_id", "instrument_kind", "kpi_id", "channel", "period_id"]
_SUMMARY = ["outcome_id", "driver_id", "instrument_kind", "channel", "period_id"]


def audit_driver(
    analyses: pd.DataFrame, rests_on: pd.DataFrame, unshown_figures: pd.DataFrame, min_n: int
) -> pd.DataFrame:
    """Hidden analyses of which the number of responses follows, small groups beside shown ones, unshown figures.

    `analyses`: one row per organisation, kind, analysis, subject, channel and year, with `n` (responses) and
    `is_suppressed` (as tonight's file has it). `rests_on`: one row per analysis of those and `kpi_id` that takes part
    in it. `unshown_figures`: organisation, kind, kpi, channel and year of every figure that kpi hides or lets stand.

    Returns the keys of what was found and `method`: 'equations', 'intervals', 'rest' (named by the total) or 'figure'.
    No count is returned.
    """
    cells = analyses.assign(
        kpi_id=analyses["analysis"] + " " + analyses["subject_id"],
        period_type="year",
        period_start=pd.to_datetime(analyses["period_id"] + "-01-01"),
    )
    exact = audit(cells, ("channel",))
    shown = analyses[~analyses["is_suppressed"]]
    is_total = shown["channel"] == "all"
    parts = shown[~is_total].groupby(_LINE)["n"].sum().rename("parts_n").reset_index()
    rest = shown[is_total].merge(parts, on=_LINE)
    rest = rest[(rest["n"] - rest["parts_n"]).abs().between(1, min_n - 1)]
    resting = shown.merge(rests_on, on=[*_LINE, "channel"]).merge(unshown_figures, on=_FIGURE)
    found = [
        analyses.loc[exact.index].assign(method=exact["method"]),
        rest.assign(method="rest"),
        resting.drop_duplicates([*_LINE, "channel"]).assign(method="figure"),
    ]
    return pd.concat(found, ignore_index=True)[[*_LINE, "channel", "method"]]


def audit_driver_summary(
    summaries: pd.DataFrame, drivers: pd.DataFrame, min_organisations: int
) -> pd.DataFrame:
    """Summaries over other organisations than those that show their analysis: the difference tells the hidden one.

    `summaries`: the mart driver_summary. `drivers`: the published rows of the mart driver with an importance. Returns
    organisation_id (empty: it is nobody's), the keys and `method` 'summary'.
    """
    counted = drivers.groupby(_SUMMARY)["organisation_id"].nunique().rename("shown_n").reset_index()
    both = summaries.merge(counted, on=_SUMMARY, how="left")
    is_told = (both["n_organisations"] > both["shown_n"].fillna(0)) | (
        both["n_organisations"] < min_organisations
    )
    return both[is_told].assign(organisation_id="", method="summary")[
        ["organisation_id", *_SUMMARY, "method"]
    ]
