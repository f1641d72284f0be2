"""A government over many nights: responses arrive, are corrected and erased; each night is published on the last.

Belongs here: the published file and the history as frames, as a reader and the warehouse see them. Does not belong
here: any rule of `disclosure`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations

import numpy as np
import pandas as pd

from disclosure import decide
from tests.disclosure.published_grid import CALENDAR, DIMENSIONS, KEYS, THRESHOLDS

LENGTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def responses(seed: int, number: int, months: Sequence[int], sizes: tuple[int, int, int]) -> pd.DataFrame:
    """Responses of one organisation with skewed dimensions; `months` counted from year 0."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"month": rng.choice(list(months), number), "value": rng.integers(1, 6, number)})
    for name, size in zip(DIMENSIONS, sizes, strict=True):
        share = 1.0 / np.arange(1, size + 1) ** 1.5
        frame[name] = [f"{name[0]}{code}" for code in rng.choice(size, number, p=share / share.sum())]
    return frame


def answer_counts(frame: pd.DataFrame, ended_before: int, ways: int = 2) -> pd.DataFrame:
    """How often each answer was given in every cell of every ended period; tables of up to so many dimensions."""
    tables = []
    for kind, period in CALENDAR.items():
        labels = frame["month"].map(period)
        start = np.array([month for _, month in labels], dtype=np.int64)
        ended = start + LENGTHS[kind] <= ended_before
        dated = frame[ended].assign(
            organisation_id="test0001",
            kpi_id="kpi.a",
            instrument_kind="transactional",
            period_type=kind,
            period_id=[
                label for label, is_ended in zip((name for name, _ in labels), ended, strict=True) if is_ended
            ],
            period_start=pd.to_datetime([f"{month // 12}-{month % 12 + 1:02d}-01" for month in start[ended]]),
        )
        for kept in chain.from_iterable(combinations(DIMENSIONS, size) for size in range(ways + 1)):
            table = dated.assign(**{name: "all" for name in DIMENSIONS if name not in kept})
            tables.append(table.groupby([*KEYS, "value"]).size().rename("n").reset_index())
    return pd.concat(tables, ignore_index=True)


@dataclass
class Publications:
    """What stands published, and what stands behind it: per cell the flags, per cell and value the counts.

    With tables of one dimension only (`ways` = 1) the dimensions are like breakdowns.
    """

    ways: int = 2
    cells: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            columns=[*KEYS, "is_revision_pending", "is_suppressed", "is_published"]
        )
    )
    answers: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=[*KEYS, "value", "n", "n_true"])
    )

    def tonight(self, frame: pd.DataFrame, ended_before: int) -> "Publications":
        """The publication that follows this one."""
        counts = answer_counts(frame, ended_before, self.ways)
        both = counts.rename(columns={"n": "now"}).merge(self.answers, on=[*KEYS, "value"], how="outer")
        for name in ("now", "n", "n_true"):
            both[name] = both[name].fillna(0).astype("int64")
        cells = both.groupby(KEYS).agg(n=("now", "sum")).reset_index()
        spread = counts.groupby(KEYS)["value"].nunique().rename("n_values").reset_index()
        cells = cells.merge(spread, on=KEYS, how="left").merge(
            self.cells.rename(columns={
                "is_revision_pending": "was_pending", "is_suppressed": "was_suppressed",
                "is_published": "was_published",
            }), on=KEYS, how="left",
        )  # fmt: skip
        for name in ("was_pending", "was_suppressed", "was_published"):
            cells[name] = cells[name].eq(True)
        cells["answers_hash"] = hashed(cells, counts, "n")
        numbered = cells[KEYS].reset_index(names="cell")
        both = both.merge(numbered, on=KEYS)
        changes = both.assign(
            answer=both["value"].astype("int64"),
            change=both["now"] - both["n"],
            since=both["now"] - both["n_true"],
        )
        changes = changes[(changes["change"] != 0) | (changes["since"] != 0)]
        decided = decide(cells, changes[["cell", "answer", "change", "since"]], THRESHOLDS)
        flags = decided[["is_revision_pending", "is_suppressed", "is_published"]]
        both = both.merge(flags.reset_index(names="cell"), on="cell")
        both["n"] = both["n"].where(both["is_revision_pending"], both["now"])
        answers = both.assign(n_true=both["now"])[[*KEYS, "value", "n", "n_true"]]
        return Publications(self.ways, decided, answers[(answers["n"] > 0) | (answers["n_true"] > 0)])

    def published(self) -> pd.DataFrame:
        """Every cell with its n as published and n_true, of that night."""
        n = self.answers.groupby(KEYS)[["n", "n_true"]].sum().reset_index()
        return self.cells.merge(n, on=KEYS)


def hashed(cells: pd.DataFrame, answers: pd.DataFrame, n: str) -> pd.Series:
    """Per cell a number that is equal for equal answers; 0 for none."""
    one_by_one = pd.util.hash_pandas_object(answers[["value", n]].astype("int64"), index=False).where(
        answers[n] > 0, 0
    )
    summed = one_by_one.groupby([answers[name] for name in KEYS]).sum().rename("hash").reset_index()
    return cells[KEYS].merge(summed, on=KEYS, how="left")["hash"].fillna(0).astype("uint64")


def attacked(before: Publications, after: Publications) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What an attacker of both files works with, and what truth says of it: cells and changes for the audit."""
    now = after.published().drop(columns="n").rename(columns={"n_true": "n"})
    now["is_unknown"] = now["is_suppressed"] | now["is_revision_pending"]
    then = (
        before.published()
        .drop(columns="n")
        .rename(columns={"n_true": "n_before", "is_published": "was_published"})
    )
    then["was_unknown"] = then["is_suppressed"] | then["is_revision_pending"]
    cells = now.merge(then[[*KEYS, "n_before", "was_unknown", "was_published"]], on=KEYS, how="outer")
    for name in ("n", "n_before"):
        cells[name] = cells[name].fillna(0).astype("int64")
    for name in ("is_unknown", "was_unknown", "is_suppressed", "was_published"):
        cells[name] = cells[name].eq(True)
    period = ["organisation_id", "kpi_id", "instrument_kind", "period_type", "period_id"]
    cells["was_new"] = ~cells["was_published"].groupby([cells[name] for name in period]).transform("any")
    cells["was_unknown"] |= cells["was_new"]
    both = after.answers[[*KEYS, "value", "n_true"]].merge(
        before.answers[[*KEYS, "value", "n_true"]], on=[*KEYS, "value"], how="outer", suffixes=("", "_before")
    )
    both["since"] = (both["n_true"].fillna(0) - both["n_true_before"].fillna(0)).astype("int64")
    both["answer"] = both["value"].astype("int64")
    both = both[both["since"] != 0].merge(cells[KEYS].reset_index(names="cell"), on=KEYS)
    # Who kept the last file knows what it showed and what has not changed since.
    is_kept = ~cells["was_unknown"] & ~cells.index.isin(both["cell"])
    cells["answers_hash"] = hashed(cells, after.answers, "n_true")
    cells["is_unknown"] &= ~(is_kept & cells["is_suppressed"])
    return cells, both[["cell", "answer", "since"]]
