"""Table lines that hold counts per answer: one landed row per line, item and answer.

Belongs here: counts and what they become. Does not belong here: reading the table itself (`delimited`,
`excel`), and everything a line shares with a response (`version_reader`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.codebook import NumberFormat
from sources.readers.answers import offered_on
from sources.readers.codes import NULL, DistinctDecoder, Vocabulary
from sources.readers.landed_files import LandedFile
from sources.readers.table import Batch
from sources.readers.tally import Tally
from sources.readers.timing import TimedRows
from sources.readers.version_reader import Judged, VersionReader, taken

_BAD = -1
# More than the warehouse sums in one cell without a limit.
_LARGEST = 999_999_999


class AggregateReader:
    """Lands the lines of one mapping version of an aggregate delivery."""

    def __init__(self, version: VersionReader) -> None:
        self.version = version
        source = version.mapping.source
        self._numbers = NumberFormat(source.decimal, source.thousands, source.format != "csv")
        self._count = DistinctDecoder(self._count_of)
        # (position of the item, column, code of the answer that the column counts)
        self._counted = [
            (index, column, version.answers.code_of_answer(index, raw))
            for index, item in enumerate(version.mapping.items)
            for column, raw in item.counts.items()
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold counts."""
        return tuple(dict.fromkeys(column for _, column, _ in self._counted))

    def land(
        self, batch: Batch, timed: TimedRows, periods: Vocabulary, tally: Tally, responses: LandedFile
    ) -> None:
        """Write one batch of lines; a count that is none sends its line to quarantine."""
        judged = self.version.judge(batch, timed, tally)
        counts = {column: self._count(judged.batch.column(column)) for column in self.columns}
        is_refused = np.zeros(len(judged.batch), dtype=np.bool_)
        for column, found in counts.items():
            bad = (found == _BAD) & ~is_refused
            tally.refuse(judged.batch.row_numbers[bad], "MH-AANTAL", column)
            is_refused |= bad
        kept = np.flatnonzero(~is_refused)
        if len(kept):
            judged = _chosen(judged, kept)
            self._write(
                judged, {column: found[kept] for column, found in counts.items()}, periods, tally, responses
            )

    def _write(
        self,
        judged: Judged,
        counts: dict[str, npt.NDArray[np.int32]],
        periods: Vocabulary,
        tally: Tally,
        responses: LandedFile,
    ) -> None:
        answers = self.version.answers
        lines, items, codes, multiplicities = [], [], [], []
        for index, column, code in self._counted:
            offered = offered_on(answers.items[index], judged.timed.deciding_days)
            if offered is not None and not offered.any():
                continue
            answers.used_columns.add(column)
            filled = np.flatnonzero(counts[column] > 0 if offered is None else (counts[column] > 0) & offered)
            lines.append(filled)
            items.append(np.full(len(filled), index))
            codes.append(np.full(len(filled), code, dtype=np.int32))
            multiplicities.append(counts[column][filled].astype(np.int64))
        # A line in which nobody answered still is a line: it lands once, with multiplicity 0 and no answer.
        empty = np.setdiff1d(np.arange(len(judged.batch)), np.concatenate([*lines, np.zeros(0, np.int64)]))
        line = np.concatenate([*lines, empty])
        item = np.concatenate([*items, np.zeros(len(empty), np.int64)]).astype(np.int64)
        answered = np.concatenate([*codes, np.full(len(empty), NULL, np.int32)]).astype(np.int32)
        multiplicity = np.concatenate([*multiplicities, np.zeros(len(empty), np.int64)]).astype(np.int64)
        order = np.lexsort((answered, item, line))
        matrix = np.full((len(order), len(answers.items)), NULL, dtype=np.int32)
        matrix[np.arange(len(order)), item[order]] = answered[order]
        shared = self.version.landed_columns(judged, periods, tally)
        chosen = pa.array(line[order])
        responses.write(
            {name: column.take(chosen) for name, column in shared.items()}
            | {"multiplicity": pa.array(multiplicity[order]), "answers": answers.lists(matrix)}
        )

    def _count_of(self, raw: str) -> int:
        text = raw.strip()
        if not text:
            return 0
        number = self._numbers.parse(text)
        is_count = number is not None and number == number.to_integral_value() and 0 <= number <= _LARGEST
        return int(number) if is_count and number is not None else _BAD


def _chosen(judged: Judged, kept: npt.NDArray[np.int64]) -> Judged:
    if len(kept) == len(judged.batch):
        return judged
    return Judged(
        batch=taken(judged.batch, kept),
        timed=judged.timed.take(kept),
        dimensions={name: codes[kept] for name, codes in judged.dimensions.items()},
        weights=None if judged.weights is None else judged.weights[kept],
        response_ids=None,
        respondent_ids=None,
    )
