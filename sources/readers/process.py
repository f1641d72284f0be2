"""Table lines of process data: one landed row per line and metric.

Belongs here: figures and what they become. Does not belong here: reading the table itself (`delimited`, `excel`), the
date and service of a line (`version_reader`), and what a metric means (`ref_process_metric`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sources.codebook import NumberFormat
from sources.readers.codes import Vocabulary, as_text
from sources.readers.landed_files import PROCESS, LandedFile
from sources.readers.tally import Tally
from sources.readers.timing import TimedRows

if TYPE_CHECKING:
    from sources.mapping.metrics import MetricEntry
    from sources.readers.table import Batch
    from sources.readers.version_reader import VersionReader
    from sources.reference import Reference

_COUNT = "count"
# Larger figures are no figures of a process, and would overflow the exact sums.
_LARGEST = 999_999_999


class _NoNumberError(Exception):
    """A cell that holds no number, or no whole one where a count is asked."""


@dataclass(frozen=True)
class _Line:
    """One table line; `figures` are (metric, value, number of cases)."""

    row_number: int
    period_id: str
    service_id: str
    figures: tuple[tuple[str, Decimal, int | None], ...]


class ProcessReader:
    """Collects the lines of one mapping version. Two lines on one service and period contradict each other."""

    def __init__(self, version: VersionReader, reference: Reference) -> None:
        self.version = version
        self._metrics = version.mapping.metrics
        self._units = reference.process_metrics
        source = version.mapping.source
        self._numbers = NumberFormat(source.decimal, source.thousands, source.format != "csv")
        self._lines: list[_Line] = []

    def add(self, batch: Batch, timed: TimedRows, periods: Vocabulary, tally: Tally) -> None:
        """Judge one batch of lines; a figure that is none sends its line to quarantine."""
        judged = self.version.judge(batch, timed, tally)
        names = periods.texts()
        services = self.version.texts_of("service", judged)
        cells = {column: as_text(judged.batch.column(column)).to_pylist() for column in self.columns}
        for position, row_number in enumerate(judged.batch.row_numbers.tolist()):
            row = {column: values[position] for column, values in cells.items()}
            figures = self._figures(row, row_number, tally)
            if figures is not None:
                period_id = names[int(judged.timed.periods[position])]
                self._lines.append(_Line(row_number, period_id, services[position], figures))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold figures and numbers of cases."""
        return metric_columns(self._metrics)

    def land(self, file: LandedFile, tally: Tally) -> None:
        """Write the lines that stand alone for their service and period."""
        by_key: dict[tuple[str, str], list[_Line]] = defaultdict(list)
        for line in self._lines:
            by_key[line.period_id, line.service_id].append(line)
        repeats = sorted(line.row_number for lines in by_key.values() if len(lines) > 1 for line in lines)
        tally.refuse(np.array(repeats, dtype=np.int64), "MH-REGEL-DUBBEL", self.version.mapping.when.column)
        kept = [line for line in self._lines if len(by_key[line.period_id, line.service_id]) == 1]
        for line in kept:
            tally.periods[line.period_id] += 1
        tally.landed_rows += len(kept)
        rows = [(line, *figure) for line in kept for figure in line.figures or ((None, None, None),)]
        if rows:
            file.write(self.version.origin_columns(len(rows)) | _columns(rows))

    def _figures(
        self, row: dict[str, str], row_number: int, tally: Tally
    ) -> tuple[tuple[str, Decimal, int | None], ...] | None:
        """The figures of a line; None when one of its cells holds none, which is told."""
        found = []
        for entry in self._metrics:
            is_count = self._units[entry.metric] == _COUNT
            size_column = entry.n.column if entry.n is not None else None
            column = entry.column or ""
            code = "MH-AANTAL" if is_count else "MH-GETAL"
            try:
                value = self._number(row[column], is_whole=is_count)
                column, code = size_column or column, "MH-AANTAL"
                size = self._number(row[size_column], is_whole=True) if size_column else None
            except _NoNumberError:
                tally.refuse(np.array([row_number], dtype=np.int64), code, column)
                return None
            if value is not None:
                found.append((entry.metric, value, None if size is None else int(size)))
        return tuple(found)

    def _number(self, raw: str, is_whole: bool) -> Decimal | None:
        text = raw.strip()
        if not text:
            return None
        number = self._numbers.parse(text)
        if number is None or not 0 <= number <= _LARGEST or (is_whole and number % 1):
            raise _NoNumberError
        return number


def metric_columns(metrics: tuple[MetricEntry, ...]) -> tuple[str, ...]:
    """The columns of these metrics and of their numbers of cases."""
    columns = [name for one in metrics for name in (one.column, one.n.column if one.n is not None else None)]
    return tuple(dict.fromkeys(name for name in columns if name is not None))


def _columns(rows: list[tuple[_Line, str | None, Decimal | None, int | None]]) -> dict[str, pa.Array]:
    def column(name: str, values: list[object]) -> pa.Array:
        return pa.array(values, PROCESS.field(name).type)

    return {
        "row_number": column("row_number", [line.row_number for line, *_ in rows]),
        "period_id": column("period_id", [line.period_id for line, *_ in rows]),
        "service_id": column("service_id", [line.service_id for line, *_ in rows]),
        "metric": column("metric", [metric for _, metric, _, _ in rows]),
        "value": column("value", [value for *_, value, _ in rows]),
        "n": column("n", [size for *_, size in rows]),
    }
