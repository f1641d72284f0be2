"""A survey and a process over many nights: what people did arrives late, is corrected and taken back.

Belongs here: the published counts and what truly stood behind them, as frames, and what an attacker of two files has.
Does not belong here: any rule of `disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from disclosure.process import decided_figures
from disclosure.response import decided_counts
from tests.disclosure.published_grid import CALENDAR

THRESHOLDS = {"suppression_min_n": 10}
LENGTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
CHANNELS = ("desk", "phone", "web")
DONE = ("completed", "partials", "screened_out", "broken_off")
ROW = [
    "organisation_id",
    "instrument_id",
    "instrument_kind",
    "period_type",
    "period_id",
    "period_start",
    "channel",
]
FIGURE = ["organisation_id", "service_id", "period_type", "period_id", "period_start", "metric"]
FORMER = {"n": "n_published", "n_true": "n_before", "is_published": "was_published",
          "is_suppressed": "was_suppressed", "is_revision_pending": "was_pending"}  # fmt: skip
NO_RATES = pd.DataFrame(
    columns=[
        *ROW,
        "response_rate",
        "response_rate_low",
        "response_rate_with_partials",
        "break_off_rate",
        "coverage_share",
    ]
).astype({"response_rate": "float64"})
NO_FIGURES = pd.DataFrame(
    columns=["organisation_id", "instrument_kind", "period_id", "channel"], dtype="object"
)


def governments(seed: int, nights: int, start: int) -> Iterator[tuple[pd.DataFrame, int]]:
    """What everybody did, one row per person, and the first month that has not ended; every third night one more."""
    rng = np.random.default_rng(seed)

    def people(number: int, months: Sequence[int]) -> pd.DataFrame:
        return pd.DataFrame({
            "month": rng.choice(list(months), number),
            "channel": rng.choice(CHANNELS, number, p=[0.1, 0.3, 0.6]),
            "did": rng.choice(DONE, number, p=[0.8, 0.1, 0.03, 0.07]),
        })  # fmt: skip

    frame, now = people(900, range(start, start + 14)), start + 4
    yield frame, now
    for night in range(nights):
        frame = pd.concat([frame, people(int(rng.integers(0, 40)), range(start, now))], ignore_index=True)
        finished = rng.choice(len(frame), int(rng.integers(0, 6)), replace=False)
        frame.loc[finished, "did"] = rng.choice(DONE, len(finished))
        if night == nights // 2:
            frame = frame.drop(index=range(12)).reset_index(drop=True)
        now += night % 3 == 2
        yield frame, now


def response_counts(frame: pd.DataFrame, ended_before: int) -> pd.DataFrame:
    """Every count of every ended period and channel."""
    tables = []
    for kind, period in CALENDAR.items():
        labels = [period(month) for month in frame["month"]]
        own = frame.assign(
            period_type=kind, period_id=[name for name, _ in labels], start=[at for _, at in labels]
        )
        own = own[own["start"] + LENGTHS[kind] <= ended_before]
        for channels in (own, own.assign(channel="all")):
            tables += [channels.assign(count_name=channels["did"]), channels.assign(count_name="started")]
    rows = pd.concat(tables, ignore_index=True)
    rows["period_start"] = pd.to_datetime([f"{at // 12}-{at % 12 + 1:02d}-01" for at in rows["start"]])
    rows = rows.assign(organisation_id="o", instrument_id="i", instrument_kind="panel")
    return rows.groupby([*ROW, "count_name"]).size().rename("n").reset_index()


def process_figures(frame: pd.DataFrame, ended_before: int) -> pd.DataFrame:
    """Cases by service (the channel), their lead time over as many, and complaints (those who broke off)."""
    counts = response_counts(frame, ended_before)
    counts = counts[counts["channel"] != "all"].rename(columns={"channel": "service_id"})
    names = {"started": ("cases", "lead_time"), "broken_off": ("complaints",)}
    found = [
        counts[counts["count_name"] == name].assign(metric=metric)
        for name, metrics in names.items()
        for metric in metrics
    ]
    return pd.concat(found, ignore_index=True)[[*FIGURE, "n"]]


@dataclass
class Publications:
    """What stands published of counts: n, n_true and the flags per key."""

    key: list[str]
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tonight(self, counts: pd.DataFrame) -> Publications:
        """The publication that follows this one."""
        candidate = self.beside(counts)
        decide = decided_figures if "metric" in self.key else decided_counts
        decided = decide(candidate.assign(has_hidden_figure=False, has_standing_figure=False), THRESHOLDS)
        both = candidate[[*self.key, "n", "n_published"]].join(decided)
        n = both["n"].where(~both["is_revision_pending"], both["n_published"])
        rows = both.assign(n=n, n_true=both["n"])[[*self.key, *FORMER]]
        return Publications(
            self.key, rows[rows["is_published"] | (rows["n_true"] > 0)].reset_index(drop=True)
        )

    def beside(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Tonight's counts with what this publication says of each."""
        former = self.rows if len(self.rows) else pd.DataFrame(columns=[*self.key, *FORMER])
        both = counts.assign(is_listed=True).merge(former.rename(columns=FORMER), on=self.key, how="outer")
        for name in ("n", "n_published", "n_before"):
            both[name] = pd.to_numeric(both[name]).fillna(0).astype("int64")
        for name in ("is_listed", "was_published", "was_suppressed", "was_pending"):
            both[name] = both[name].eq(True)
        return both

    def attacked(self, counts: pd.DataFrame, after: Publications) -> pd.DataFrame:
        """What an attacker of this file and the next one has, and the truth that judges."""
        both = self.beside(counts).merge(after.rows.rename(columns={"n": "next_n"}), on=self.key, how="left")
        is_shown = both["is_published"].eq(True) & ~both["is_suppressed"].eq(True)
        if "count_name" in self.key:
            is_shown &= both["count_name"] != "broken_off"
        return both.assign(
            shown=both["next_n"].where(is_shown & (both["next_n"] > 0)),
            is_standing=both["is_revision_pending"].eq(True),
        )
