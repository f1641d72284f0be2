"""Whether a file is a report of counts where single responses belong.

Belongs here: the look at a file's first rows. Does not belong here: the words of each tool (`sources.profiles`).
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from sources.profiles import Summary, summaries

_HEAD_BYTES = 64 * 1024
_HEAD_ROWS = 400
# Below a table of counts stand a number and perhaps a share.
_MOST_NUMBERS = 3
_NUMBER = re.compile(r"\d[\d.,\s]*%?")
_DELIMITERS = (",", ";", "\t")


def is_summary(rows: Iterable[Sequence[str]], profile: str | None) -> bool:
    """Whether `rows` show the tables of a summary: their heading above and the number who answered below.

    A file of responses has no row of one label and numbers alone under such a heading. Under a tool's own
    profile the two rows below a table will do.
    """
    shown = list(itertools.islice(rows, _HEAD_ROWS))
    for summary in summaries():
        marks = {mark for row in shown if (mark := _mark(row, summary)) is not None}
        if "answered" in marks and ("heading" in marks or (profile is not None and "skipped" in marks)):
            return True
    return False


def is_delimited_summary(blocks: Iterator[bytes], delimiter: str, profile: str | None) -> bool:
    """Whether the UTF-8 text in `blocks` begins as a summary, under the declared delimiter or a usual one."""
    text = next(blocks, b"")[:_HEAD_BYTES].decode("utf-8", "replace")
    return any(
        is_summary(_rows(text, choice), profile) for choice in dict.fromkeys((delimiter, *_DELIMITERS))
    )


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(itertools.islice(csv.reader(io.StringIO(text), delimiter=delimiter), _HEAD_ROWS))
    return rows


def _mark(row: Sequence[str], summary: Summary) -> str | None:
    label = next((cell for cell in row if cell.strip()), "")
    mark = summary.mark_of(label)
    if mark is None:
        return None
    cells = [cell.strip() for cell in row if cell.strip()]
    if len(cells) < 2:
        return None
    if mark == "heading":
        return mark
    numbers = cells[1:]
    is_count = len(numbers) <= _MOST_NUMBERS and all(_NUMBER.fullmatch(one) for one in numbers)
    return mark if is_count else None
