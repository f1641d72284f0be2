"""Laws that hold for any file: no row is lost, nothing raises, no value shows."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.readers.delimited import open_delimited
from sources.readers.reading import Reading
from sources.readers.table import Rejection
from tests.sources.reader_desk import HEADER, Desk

CANARY = "kanarie4711"
_DESK = TemporaryDirectory()
DESK = Desk(Path(_DESK.name)).map(dimensions={"service": {"column": "id", "unknown": "keep"}})


def law(reading: Reading) -> None:
    """rows_in_file = rows landed + rows refused, and the files say the same."""
    if reading.outcome == "rejected":
        assert (reading.rows_landed, reading.period_rows) == (0, {})
        assert reading.rows_in_file is None or reading.rows_quarantined == reading.rows_in_file
        assert reading.problems
        assert not (DESK.folder / "landed.parquet").exists()
        return
    assert reading.rows_in_file == reading.rows_landed + reading.rows_quarantined
    landed = pq.read_table(DESK.folder / "landed.parquet", columns=["row_number"])["row_number"].to_pylist()
    refused = [number for number, _, _ in DESK.quarantined]
    assert len(landed) == len(set(landed)) == reading.rows_landed
    assert sorted(landed + refused) == sorted({*landed, *refused})
    assert len(refused) == reading.rows_quarantined
    assert sum(reading.period_rows.values()) == reading.rows_landed


_CELLS = st.sampled_from(
    [
        "",
        "7",
        "7,5",
        "4",
        "11",
        CANARY,
        f'"{CANARY}"',
        '"a;b"',
        '"a\nb"',
        '"a""b"',
        '5"',
        '"',
        ' "x"',
        "\0",
        "é",
        "\r",
    ]
)
_DATES = st.sampled_from([*["03-03-2025"] * 4, "31-02-2025", "", CANARY, "01-01-2031"])
_ROWS = st.lists(
    st.builds(
        lambda key, day, *cells: ";".join([f"{CANARY}{key}", day, *cells]),
        st.integers(0, 99),
        _DATES,
        _CELLS,
        _CELLS,
        _CELLS,
    ),
    max_size=8,
)
_DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from([b'"', b";", b"\n", b"\r", b"", b"\0", b"\xff", b'""', b'";"']),
    ),
    max_size=2,
)


@settings(max_examples=200, deadline=None)
@given(_ROWS, st.sampled_from(["\n", "\r\n", "\r"]), _DAMAGE, st.booleans())
@example(['r;03-03-2025;7;4;"open', "s;03-03-2025;7;4;"], "\n", [], False)
@example(["r;03-03-2025;7;4;", "s;03-03-2025;7;4;;"], "\n", [], True)
def test_no_row_is_lost_and_no_value_shows(
    rows: list[str], line_end: str, damage: list[tuple[int, bytes]], is_cut: bool
) -> None:
    content = line_end.join([HEADER, *rows, ""]).encode()
    for place, bytes_ in damage:
        at = place % (len(content) + 1)
        content = content[:at] + bytes_ + content[at + 1 :]
    reading = DESK.read(content[:-1] if is_cut else content)
    law(reading)
    assert CANARY not in repr(reading)
    assert "MH-INTERN" not in repr(reading)
    assert "MH-TELLING" not in repr(reading)
    quarantine = DESK.folder / "quarantine.parquet"
    landed = DESK.folder / "landed.parquet"
    for file in (quarantine, landed):
        if file.exists():
            stored = repr(
                pq.read_table(file).drop_columns(["service_id"] if file == landed else []).to_pylist()
            )
            assert CANARY not in stored


_PLAIN = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=6
)
_TEXTS = _PLAIN | st.sampled_from(['a"b', '"', "a;b", "a\nb", "", '""', " x "])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(_TEXTS, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from([0, 1]))
def test_the_loader_reads_what_pythons_csv_reads(rows: list[list[str]], quoting: int) -> None:
    """What csv writes comes back cell by cell, in order, whichever way it was quoted."""
    rows = [["x" + row[0], *row[1:]] for row in rows]
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=";", quoting=(csv.QUOTE_MINIMAL, csv.QUOTE_ALL)[quoting], lineterminator="\n"
    )
    writer.writerows([["a", "b", "c"], *rows])
    path = DESK.folder / "tabel.csv"
    path.write_bytes(text.getvalue().encode())
    table = open_delimited(path, "tabel.csv", DESK.source, DESK.limits)
    found = [
        list(cells)
        for batch in table.batches(["a"], ["b", "c"])
        for cells in zip(*(batch.columns[name].to_pylist() for name in "abc"), strict=True)
    ]
    assert (table.rows_in_file, table.refused, found) == (len(rows), [], rows)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    law(DESK.read(content))
    path = DESK.folder / "bytes.csv"
    path.write_bytes(content)
    try:
        table = open_delimited(path, "bytes.csv", DESK.source, DESK.limits)
        loaded = sum(len(batch) for batch in table.batches(table.names, []))
    except Rejection as rejection:
        assert rejection.code != "MH-TELLING"
    else:
        assert loaded + len(table.refused) == table.rows_in_file
