"""Attacks the counts and rates of the response table, and lists what it finds.

Belongs here: what a reader computes from started = completed + partial + screened out + broken off, from rates and
their intervals, and from a hidden figure beside the number completed. Does not belong here: any decision to hide or to
let stand (`response`), with which no code is shared. An empty answer is a condition for publication.
"""

from collections.abc import Iterator

import pandas as pd

from disclosure.audit_counts import told_over_two_nights, with_knowledge

_ROW = ["organisation_id", "instrument_id", "instrument_kind", "period_id", "channel"]
_FIGURE = ["organisation_id", "instrument_kind", "period_id", "channel"]
_FRAME = ("population", "invited", "delivered")
_NEVER_SHOWN = "broken_off"
_COUNTS = (*_FRAME, "started", "completed", "partials", "screened_out")
_RATES = (
    "response_rate", "response_rate_low", "response_rate_with_partials", "break_off_rate", "coverage_share"
)  # fmt: skip
_DIMENSIONS = ("channel", "part")
# A frame count is shown as it is tonight, whatever it was: only tonight's file is attacked.
_NO_NIGHT_BEFORE = {
    "n_before": 0, "n_published": 0, "was_published": False, "was_suppressed": False, "was_pending": False
}  # fmt: skip
_Z2 = 1.959963984540054**2
# Rates have ten digits: what adds up to this part of a person adds up.
_ONE = 0.05

Terms = dict[str, pd.Series]


def audit_response(
    counts: pd.DataFrame, rates: pd.DataFrame, unshown_figures: pd.DataFrame, min_n: int
) -> pd.DataFrame:
    """Hidden counts, and small changes of counts, that follow from what readers have.

    `counts`: one row per organisation, instrument, kind, period, channel and `count_name`, 'broken_off' included, with
    the columns that `with_knowledge` asks for. `rates`: the published rates, one row per row of the table.
    `unshown_figures`: organisation, kind, period and channel of every total over services and audiences that kpi hides
    or lets stand.

    Returns the keys of what was found and `method`: as in `told_over_two_nights`, or 'rate', 'figure'. No count is
    returned.
    """
    is_frame = counts["count_name"].isin(_FRAME)
    frame, people = counts[is_frame].assign(**_NO_NIGHT_BEFORE), counts[~is_frame]
    # What an organisation says of itself adds up by itself; what people did adds up to started.
    frame = frame.assign(kpi_id=frame["instrument_id"] + " " + frame["count_name"], part="all")
    part = people["count_name"].where(people["count_name"] != "started", "all")
    people = people.assign(kpi_id=people["instrument_id"], part=part)
    known = [with_knowledge(frame, min_n), _with_derived(with_knowledge(people, min_n), min_n)]
    found = [told_over_two_nights(own, min_n, _DIMENSIONS) for own in known if len(own)]
    together = pd.concat(known, ignore_index=True)
    found += [_told_by_rates(together, rates), _told_figures(together, unshown_figures)]
    return pd.concat(found, ignore_index=True)[[*_ROW, "count_name", "method"]]


def _with_derived(known: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """How many broke off follows from the other counts or not at all, and only a small number of them is a secret."""
    is_derived = known["count_name"] == _NEVER_SHOWN
    is_small = (known["n"] < min_n) | (known["n"] - known["n_published"]).abs().between(1, min_n - 1)
    return known.assign(
        was_unknown=known["was_unknown"] | is_derived,
        is_unknown=known["is_unknown"] | (is_derived & (known["n"] > 0)),
        is_secret=known["is_secret"] & (~is_derived | is_small),
    )


def _told_by_rates(known: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Counts that are not shown and that a published rate ties to the shown ones."""
    rows = rates.set_index(_ROW)
    # A rate is made of counts as they are published: where they are all shown it says nothing more.
    published = known["n"].where(~known["is_standing"], known["n_published"])
    is_unshown = known["is_unknown"] & known["shown"].isna() & (published > 0)
    beside = known.assign(published=published, is_unshown=is_unshown, is_shown=known["shown"].notna())
    n, shown, unshown = (
        beside.pivot(index=_ROW, columns="count_name", values=name).reindex(rows.index, columns=_COUNTS)
        for name in ("published", "is_shown", "is_unshown")
    )
    found = [known.iloc[:0].assign(method="")]
    for terms, known_part in _equations(rows, n, shown.eq(True)):
        rest = sum((n[name].fillna(0) * factor for name, factor in terms.items()), -known_part)
        for name in terms:
            told = rows.index[(rest.abs() < _ONE) & unshown[name].eq(True)].to_frame(index=False)
            found.append(told.assign(count_name=name, method="rate"))
    return pd.concat(found).drop_duplicates([*_ROW, "count_name"])


def _equations(
    rates: pd.DataFrame, n: pd.DataFrame, is_shown: pd.DataFrame
) -> Iterator[tuple[Terms, pd.Series]]:
    """What each rate says: factors of counts, and what these add up to. NaN where the rate is not given."""
    rate, low, with_partials, broken_off, covered = (rates[name] for name in _RATES)
    # Both ends of Wilson's interval solve (p - rate)^2 = z^2 p (1 - p) / n: so the interval tells n.
    eligible = _Z2 * low * (1 - low) / (rate - low) ** 2
    one, nothing = pd.Series(1.0, index=rates.index), pd.Series(0.0, index=rates.index)
    # Made of those delivered, or of those invited where delivered is not shown; of what is shown where these are equal.
    by_invited = ~is_shown["delivered"]
    by_delivered = ~(by_invited & is_shown["invited"] & (n["invited"] == n["delivered"]))
    for base, of in (("delivered", by_delivered), ("invited", by_invited)):
        own, own_with_partials = rate.where(of), with_partials.where(of)
        yield {"completed": one, base: -own, "screened_out": own}, nothing
        yield {base: one, "screened_out": -one}, eligible.where(of)
        yield (
            {"completed": one, "partials": one, base: -own_with_partials, "screened_out": own_with_partials},
            nothing,
        )
    yield {"started": one - broken_off, "completed": -one, "screened_out": -one}, nothing
    yield {"completed": one, "population": -covered}, nothing


def _told_figures(known: pd.DataFrame, unshown_figures: pd.DataFrame) -> pd.DataFrame:
    """Numbers completed that are news, beside a figure that is hidden or stands."""
    told = known[(known["count_name"] == "completed") & known["is_news"]]
    return told.merge(unshown_figures[_FIGURE].drop_duplicates(), on=_FIGURE).assign(method="figure")
