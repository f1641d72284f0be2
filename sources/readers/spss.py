"""SPSS files (.sav, .zsav): codes, never labels, user-missing codes included.

Belongs here: pyreadstat in chunks, SPSS date formats, the case count of the file's own header, its value labels
as it holds them. Does not belong here: what a code means: the mapping declares it, labels are only compared.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.limits import Limits
from sources.readers.headers import column_names, tool_columns
from sources.readers.table import (
    NATIVE_TIME,
    Batch,
    CodeLabels,
    OpenTable,
    Rejection,
    number_text,
    plain_text,
)

if TYPE_CHECKING:
    import pandas as pd

    from sources.mapping.parts import Source

_CHUNK_ROWS = 50_000
_MAGICS = (b"$FL2", b"$FL3")
_LAYOUT_CODES = {2, 3}
_CASES_AT = 80
_LAYOUT_AT = 64
# Offsets are seconds since the first day of the Gregorian calendar.
_SPSS_EPOCH = datetime(1582, 10, 14)
_DATE_FORMATS = re.compile(r"(?:DATE|ADATE|EDATE|JDATE|SDATE|QYR|MOYR|WKYR)\d*")
_TIME_FORMATS = re.compile(r"(?:DATETIME|YMDHMS)\d*(?:\.\d+)?")


def open_spss(path: Path, file_name: str, source: Source, limits: Limits) -> OpenTable:
    """Read the dictionary of an SPSS file and prepare to read its cases.

    Raises Rejection MH-LEEG, MH-FORMAAT (no SPSS file), MH-LIMIET, MH-CODERING; reading the batches raises
    MH-TELLING or MH-AFGEKAPT when the cases do not match the header's count.
    """
    import pyreadstat

    if path.stat().st_size == 0:
        raise Rejection("MH-LEEG", rows_in_file=0)
    if path.stat().st_size > limits.file_bytes:
        raise Rejection("MH-LIMIET")
    stated = header_case_count(path)
    try:
        _, dictionary = pyreadstat.read_sav(str(path), metadataonly=True, user_missing=True)
    except UnicodeDecodeError:
        raise Rejection("MH-CODERING") from None
    except (pyreadstat.ReadstatError, ValueError, OSError):
        raise Rejection("MH-FORMAAT") from None
    variables = list(dictionary.column_names)
    if len(variables) > limits.columns:
        raise Rejection("MH-LIMIET")
    rows = stated if stated is not None else int(dictionary.number_rows or 0)
    if rows > limits.rows:
        raise Rejection("MH-LIMIET")
    if rows == 0:
        raise Rejection("MH-LEEG", rows_in_file=0)
    names = column_names([variables])
    formats = {name: kind or "" for name, kind in dictionary.original_variable_types.items()}
    variable_of = dict(zip(names, variables, strict=True))

    def batches(coded: Sequence[str], plain: Sequence[str]) -> Iterator[Batch]:
        wanted = [name for name in dict.fromkeys((*coded, *plain)) if name in variable_of]
        usecols = [variable_of[name] for name in wanted] or variables[:1]
        start = 0
        for frame in _frames(path, usecols, rows):
            numbers = np.arange(start + 1, start + len(frame) + 1, dtype=np.int64)
            start += len(frame)
            if start > rows:
                raise Rejection("MH-TELLING", rows_in_file=rows)
            columns = {
                name: _text(frame[variable_of[name]], formats.get(variable_of[name], "")) for name in wanted
            }
            yield Batch(numbers, columns)
        if start != rows:
            raise Rejection("MH-AFGEKAPT", rows_in_file=rows)

    return OpenTable(
        names=names,
        rows_in_file=rows,
        refused=[],
        batches=batches,
        tool=tool_columns([], names, source.profile),
        dictionary={name: _code_labels(dictionary, variable_of[name]) for name in names},
    )


def header_case_count(path: Path) -> int | None:
    """The number of cases that the file's header states (int32 at byte 80), None when it states none.

    Raises Rejection MH-FORMAAT when the file does not begin as an SPSS file.
    """
    with path.open("rb") as stream:
        header = stream.read(_CASES_AT + 4)
    if not header.startswith(_MAGICS) or len(header) < _CASES_AT + 4:
        raise Rejection("MH-FORMAAT")
    order = "<" if struct.unpack_from("<i", header, _LAYOUT_AT)[0] in _LAYOUT_CODES else ">"
    cases = int(struct.unpack_from(f"{order}i", header, _CASES_AT)[0])
    return cases if cases >= 0 else None


def _code_labels(dictionary: Any, variable: str) -> CodeLabels:
    """Labels and user-missing codes of one variable; of a range of missing codes only its listed ends."""
    labels = dictionary.variable_value_labels.get(variable) or {}
    ranges = dictionary.missing_ranges.get(variable) or []
    missing = {one["lo"] for one in ranges if one["lo"] == one["hi"]}
    return CodeLabels(
        {_code(code): str(label) for code, label in labels.items()}, frozenset(map(_code, missing))
    )


def _code(code: object) -> str:
    return number_text(float(code)) if isinstance(code, (int, float)) else str(code).rstrip()


def _frames(path: Path, usecols: Sequence[str], rows: int) -> Iterator[pd.DataFrame]:
    """Chunks of cases as frames of raw values; one chunk more than stated, to see whether more follow."""
    import pyreadstat

    at = 0
    while at <= rows:
        try:
            frame, _ = pyreadstat.read_sav(
                str(path),
                usecols=list(usecols),
                row_offset=at,
                row_limit=_CHUNK_ROWS,
                user_missing=True,
                disable_datetime_conversion=True,
            )
        except UnicodeDecodeError:
            raise Rejection("MH-CODERING", rows_in_file=rows) from None
        except (pyreadstat.ReadstatError, ValueError):
            raise Rejection("MH-AFGEKAPT", rows_in_file=rows) from None
        if len(frame) == 0:
            return
        yield frame
        if len(frame) < _CHUNK_ROWS:
            return
        at += len(frame)


def _text(column: pd.Series[Any], spss_format: str) -> pa.Array:
    """One variable as text: codes without `.0`, dates marked as native, system-missing as blank."""
    if column.dtype.kind != "f" and column.dtype.kind not in "iu":
        texts = [
            "" if value is None or value != value else plain_text(str(value).rstrip()) for value in column
        ]
        return pa.array(texts, type=pa.string()).dictionary_encode()
    values: npt.NDArray[np.float64] = column.to_numpy(dtype=np.float64)
    distinct, index = np.unique(values, return_inverse=True)
    if _TIME_FORMATS.fullmatch(spss_format):
        texts = [_native(value, is_day=False) for value in distinct]
    elif _DATE_FORMATS.fullmatch(spss_format):
        texts = [_native(value, is_day=True) for value in distinct]
    else:
        texts = [number_text(float(value)) for value in distinct]
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(texts, type=pa.string()))


def _native(seconds: float, *, is_day: bool) -> str:
    if seconds != seconds:
        return ""
    try:
        moment = _SPSS_EPOCH + timedelta(seconds=float(seconds))
    except OverflowError:
        return NATIVE_TIME
    return NATIVE_TIME + (moment.date().isoformat() if is_day else moment.isoformat())
