"""JSON: one object per line, an array of objects, or an object around one array; gzip of each.

Belongs here: parsing records, dotted paths, an independent count. Does not belong here: what a path means.
Numbers stay the text that they are in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sources.limits import Limits
from sources.readers.headers import clean
from sources.readers.table import (
    NOT_ONE_VALUE,
    Batch,
    OpenTable,
    RefusedRow,
    Rejection,
    frame_columns,
    number_text,
    plain_text,
)
from sources.readers.text_stream import TextFile, open_text

if TYPE_CHECKING:
    from sources.mapping.parts import Source

_BATCH_ROWS = 50_000
_WHITE_SPACE = " \t\n\r"
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
# What stands for an object that repeats a name: it has no one meaning.
_DAMAGED = object()
_NO_RECORD = object()
_NO_NUMBER = object()
# JSON can spell what is no text: NUL, and halves of a character.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def open_records(path: Path, file_name: str, source: Source, limits: Limits) -> OpenTable:
    """Count the records of a JSON file and prepare to parse them.

    Raises Rejection: those of `open_text`, MH-LEEG, MH-LIMIET, MH-FORMAAT (not the declared kind of JSON) and
    MH-AFGEKAPT (it breaks off).
    """
    text = open_text(path, file_name, source.encoding, limits)
    is_lines = source.format == "ndjson"
    count = _count_lines(text) if is_lines else count_elements(_whole(text))
    if count == 0:
        raise Rejection("MH-LEEG", rows_in_file=0)
    if count > limits.rows:
        raise Rejection("MH-LIMIET")
    paths: dict[str, None] = {}
    refused: list[RefusedRow] = []

    def batches(coded: Sequence[str], plain: Sequence[str]) -> Iterator[Batch]:
        wanted = list(dict.fromkeys((*coded, *plain)))
        rows: list[list[str]] = []
        numbers: list[int] = []
        number = 0
        for number, record in enumerate(_lines(text) if is_lines else _elements(_whole(text)), start=1):
            cells = _cells(record, wanted, paths, limits)
            if cells is None or _UNSTORABLE.search("".join(cells)):
                refused.append(RefusedRow(number, "MH-VELDEN" if cells is None else "MH-TEKENS"))
                continue
            rows.append(cells)
            numbers.append(number)
            if len(rows) == _BATCH_ROWS:
                yield _batch(numbers, rows, wanted)
                rows, numbers = [], []
        if number == len(refused):
            raise Rejection("MH-FORMAAT", rows_in_file=count)
        if rows:
            yield _batch(numbers, rows, wanted)
        table.names[:] = list(paths)

    table = OpenTable([], count, refused, batches, names_are_final=False)
    return table


def count_elements(text: str) -> int:
    """Elements of the array at the top, or of the arrays directly inside the object at the top.

    Looks at brackets, commas and strings only. Raises Rejection MH-AFGEKAPT when a bracket stays open.
    """
    target = ["["] if text.startswith("[") else ["{", "["]
    open_brackets: list[str] = []
    count, has_element, after = 0, False, 0
    for token in _TOKENS.finditer(text):
        mark = token.group()[0]
        is_inside = open_brackets == target
        if is_inside and not has_element:
            # A number or a literal is what stands between two tokens.
            has_element = mark in '"[{' or bool(text[after : token.start()].strip(_WHITE_SPACE))
        after = token.end()
        if mark in "[{":
            open_brackets.append(mark)
            has_element = has_element and open_brackets != target
        elif mark in "]}":
            count += is_inside and has_element
            has_element = False
            if open_brackets:
                open_brackets.pop()
            has_element = open_brackets == target
        elif mark == "," and is_inside:
            count += 1
            has_element = False
    if open_brackets:
        raise Rejection("MH-AFGEKAPT")
    return count


def _batch(numbers: Sequence[int], rows: Sequence[Sequence[str]], names: Sequence[str]) -> Batch:
    frame = pd.DataFrame(rows, columns=list(names), dtype=object)
    return Batch(np.array(numbers, dtype=np.int64), frame_columns(frame))


def _cells(record: object, wanted: Sequence[str], paths: dict[str, None], limits: Limits) -> list[str] | None:
    """The wanted paths of one record as text; None for a record that is no object or repeats a name."""
    leaves: dict[str, str] = {}
    if not isinstance(record, dict) or not _flatten(record, "", leaves):
        return None
    for path in leaves:
        if path not in paths:
            if len(paths) >= limits.columns:
                raise Rejection("MH-LIMIET")
            paths[path] = None
    return [leaves.get(path, "") for path in wanted]


def _flatten(record: dict[str, Any], prefix: str, leaves: dict[str, str]) -> bool:
    for name, value in record.items():
        path = _path(prefix, name)
        if isinstance(value, dict):
            if not _flatten(value, f"{path}.", leaves):
                return False
        elif value is _DAMAGED or path in leaves:
            return False
        else:
            leaves[path] = _text(value)
    return True


@lru_cache(maxsize=10_000)
def _path(prefix: str, name: str) -> str:
    return f"{prefix}{clean(name)}"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_text(value) if isinstance(value, str) else NOT_ONE_VALUE


def _object(pairs: list[tuple[str, Any]]) -> object:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _DAMAGED


def _float(text: str) -> str:
    return number_text(float(text)) if "e" in text.lower() else text


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=str, parse_constant=lambda _: _NO_NUMBER
)


def _count_lines(text: TextFile) -> int:
    """Lines with anything on them, counted on the bytes."""
    return sum(1 for block in text.blocks() for line in block.split(b"\n") if line.strip())


def _lines(text: TextFile) -> Iterator[object]:
    """One parsed value per line; `_NO_RECORD` for a line that is no JSON."""
    for block in text.blocks():
        lines = block.split(b"\n")
        for position, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                yield _DECODER.decode(line.decode("utf-8"))
            except (ValueError, RecursionError):
                if position == len(lines) - 1:
                    # The text ends in the middle of this line: the file is not all there.
                    raise Rejection("MH-AFGEKAPT") from None
                yield _NO_RECORD


def _whole(text: TextFile) -> str:
    whole = b"".join(text.blocks()).decode("utf-8").strip(_WHITE_SPACE)
    if not whole:
        raise Rejection("MH-LEEG", rows_in_file=0)
    if whole[0] not in "[{":
        raise Rejection("MH-FORMAAT")
    return whole


def _elements(text: str) -> Iterator[object]:
    """The elements of the one array, parsed one at a time when it stands at the top."""
    if text.startswith("{"):
        yield from _only_array(text)
        return
    at = _skip(text, 1)
    while at < len(text) and text[at] != "]":
        value, at = _decoded(text, at)
        yield value
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise Rejection("MH-FORMAAT")
    if at != len(text) - 1:
        raise Rejection("MH-FORMAAT")


def _only_array(text: str) -> list[object]:
    whole, end = _decoded(text, 0)
    arrays = [value for value in whole.values() if isinstance(value, list)] if isinstance(whole, dict) else []
    if len(arrays) != 1 or end != len(text):
        raise Rejection("MH-FORMAAT")
    return arrays[0]


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise Rejection("MH-FORMAAT") from None


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _WHITE_SPACE:
        at += 1
    return at
