"""Lines of process data: figures land, bad lines go to quarantine, and the two together are the file."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.reader_desk import Desk, codes

HEADER = "maand;dienst;dagen;zaken;klachten"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).map(
        source={"delivery": "process", "decimal": ",", "thousands": "."},
        keys=None,
        scales=None,
        items=None,
        instrument=None,
        design=None,
        when={"column": "maand", "type": "month", "format": "%Y-%m"},
        dimensions={
            "service": {"column": "dienst", "map": {"Paspoort": "paspoort", "Verhuizing": "verhuizen"}}
        },
        metrics=[
            {"column": "dagen", "metric": "lead_time_mean", "n": {"column": "zaken"}},
            {"column": "klachten", "metric": "complaints"},
        ],
    )


def test_every_figure_of_a_line_lands(desk: Desk) -> None:
    reading = desk.lines(
        "2025-03;Paspoort;4,5;1.200;12", "2025-04;Paspoort;;;0", "2025-05;Paspoort;;;", header=HEADER
    )
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_quarantined) == (3, 3, 0)
    assert reading.period_rows == {"2025-03": 1, "2025-04": 1, "2025-05": 1}
    assert [(row["row_number"], row["metric"], row["value"], row["n"]) for row in desk.landed] == [
        (1, "lead_time_mean", Decimal("4.5"), 1200),
        (1, "complaints", Decimal(12), None),
        (2, "complaints", Decimal(0), None),
        (3, None, None, None),
    ]
    assert {row["service_id"] for row in desk.landed} == {"paspoort"}
    assert codes(reading) == []


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("2025-03;Paspoort;vlot;10;1", "MH-GETAL", "dagen"),
        ("2025-03;Paspoort;-1;10;1", "MH-GETAL", "dagen"),
        ("2025-03;Paspoort;99999999999;10;1", "MH-GETAL", "dagen"),
        ("2025-03;Paspoort;4;10,5;1", "MH-AANTAL", "zaken"),
        ("2025-03;Paspoort;4;10;1,5", "MH-AANTAL", "klachten"),
        ("2025-03;Vuurwerk;4;10;1", "MH-DIMENSIE", "dienst"),
        ("maart;Paspoort;4;10;1", "MH-DATUM", "maand"),
    ],
)
def test_a_bad_line_goes_to_quarantine(desk: Desk, line: str, code: str, column: str) -> None:
    reading = desk.lines(line, "2025-03;Verhuizing;4;10;1", header=HEADER)
    assert desk.quarantined == [(1, code, column)]
    assert (reading.rows_in_file, reading.rows_landed, reading.rows_quarantined) == (2, 1, 1)


def test_two_lines_on_one_service_and_period_contradict_each_other(desk: Desk) -> None:
    same = "2025-03;Paspoort;4;10;1"
    reading = desk.lines(same, same, "2025-03;Verhuizing;4;10;1", header=HEADER)
    assert desk.quarantined == [(1, "MH-REGEL-DUBBEL", "maand"), (2, "MH-REGEL-DUBBEL", "maand")]
    assert reading.rows_landed == 1


def test_a_missing_column_rejects(desk: Desk) -> None:
    reading = desk.lines("2025-03;Paspoort;4;10", header="maand;dienst;dagen;zaken")
    assert [(problem.code, problem.column) for problem in reading.problems] == [("MH-KOLOM", "klachten")]
