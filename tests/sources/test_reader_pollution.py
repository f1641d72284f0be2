"""One damaged row never changes another: every way to damage one cell of a realistic table, one at a time.

After the kinds of pollution of Vitagliano et al., Pollock, PVLDB 16(8), 2023.
"""

import csv
import io
import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from sources.limits import Limits
from sources.readers.delimited import open_delimited
from sources.readers.table import Rejection

HEADER = ["id", "datum", "cijfer", "kanaal", "toelichting", "url", "extra"]
TEXTS = [
    "Goed, snel geholpen",
    'Scherm van 24"',
    "Zin zonder meer",
    "Twee\nregels, met komma",
    "",
    'Zei "nee"',
]
ROWS = [
    [
        f"r{number}",
        "03-03-2025",
        str(number % 10 + 1),
        "web",
        TEXTS[number % len(TEXTS)],
        f"https://x/{number}",
        "",
    ]
    for number in range(18)
]


def written(rows: list[list[str]], quoting: int, line_end: str = "\n") -> list[str]:
    """The records as csv writes them, one text per record."""
    records = []
    for row in rows:
        text = io.StringIO()
        csv.writer(text, quoting=quoting, lineterminator=line_end).writerow(row)  # type: ignore[arg-type]
        records.append(text.getvalue())
    return records


def loaded(path: Path, content: str) -> dict[int, list[str]] | None:
    """The rows by number, None when the file is refused; checks the count on the way."""
    path.write_bytes(content.encode())
    source = SimpleNamespace(
        encoding="utf-8",
        delimiter=",",
        quote='"',
        header_row=1,
        header_rows=None,
        skip_footer=0,
        profile=None,
        delivery="respondent",
    )
    try:
        table = open_delimited(path, "x.csv", source, Limits())  # type: ignore[arg-type]
    except Rejection:
        return None
    found = {
        int(number): list(cells)
        for batch in table.batches(HEADER[:4], HEADER[4:])
        for number, *cells in zip(
            batch.row_numbers, *(batch.columns[name].to_pylist() for name in HEADER), strict=True
        )
    }
    assert len(found) + len(table.refused) == table.rows_in_file
    return found


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("damage", ['"', ",", ",,", "\n", '",', ',"', "less"])
def test_one_damaged_row_never_changes_another(tmp_path: Path, quoting: int, damage: str) -> None:
    records = written([HEADER, *ROWS], quoting)
    clean = {tuple(row) for row in ROWS}
    refused = wrong = 0
    for position in range(1, len(records)):
        record = records[position]
        for at in [0, len(record) - 1, *(index + 1 for index, mark in enumerate(record) if mark == ",")]:
            spoiled = (
                record[:at] + damage + record[at:] if damage != "less" else record[: at - 1] + record[at:]
            )
            found = loaded(tmp_path / "x", "".join([*records[:position], spoiled, *records[position + 1 :]]))
            if found is None:
                refused += 1
                continue
            others = {tuple(cells) for cells in found.values() if cells[0] != ROWS[position - 1][0]}
            # A comment that was broken in two may leave a piece of itself; it is no other row, and has no date.
            pieces = {cells for cells in others - clean if cells[1] != "03-03-2025"}
            wrong += len(others - clean - pieces)
            missing = clean - others - {tuple(ROWS[position - 1])}
            wrong += len(missing) > 1
    assert wrong == 0
    assert refused < sum(map(len, records))


def test_every_line_end_gives_the_same_table(tmp_path: Path) -> None:
    plain = [[cell.replace("\n", " ") for cell in row] for row in ROWS]
    tables = [
        loaded(tmp_path / "x", "".join(written([HEADER, *plain], quoting, line_end)))
        for quoting, line_end in itertools.product((csv.QUOTE_MINIMAL, csv.QUOTE_ALL), ("\n", "\r\n", "\r"))
    ]
    assert all(table == tables[0] for table in tables)
    assert tables[0] == dict(enumerate(plain, start=1))
