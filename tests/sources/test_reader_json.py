"""JSON: lines, arrays, paths, damage."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.readers.json_records import count_elements
from tests.sources.reader_desk import Desk, codes


def mapped(tmp_path: Path, form: str) -> Desk:
    items = [
        {"path": "antwoord.cijfer", "item": "kpi.tevredenheid", "scale": "cijfer10", "comparability": "B"},
        {"path": "antwoord.tekst", "item": "open.toelichting", "kind": "open_text"},
    ]
    return Desk(tmp_path).map(
        source={"format": form},
        keys={"response": {"path": "id", "column": None}},
        when={"path": "op", "column": None, "type": "timestamp", "timezone": "source", "format": None},
        items=items,
        ignore=["meta.*"],
    )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return mapped(tmp_path, "ndjson")


def record(number: int = 1, **antwoord: Any) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "op": "2025-03-03T10:00:00+01:00",
        "antwoord": antwoord,
        "meta": {"ip": "1.2.3.4"},
    }


def lines(*records: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in records)


def test_lines(desk: Desk) -> None:
    reading = desk.read(
        lines(record(1, cijfer=7.5), record(2, cijfer=None), record(3, cijfer="8", tekst="ja"))
    )
    assert (reading.rows_in_file, reading.problems) == (3, ())
    assert desk.answers == [["7.5", None], ["", None], ["8", None]]
    assert desk.comments[0]["text_redacted"] == "ja"
    assert b"1.2.3.4" not in desk.written()


def test_compressed_lines(desk: Desk) -> None:
    assert desk.read(gzip.compress(lines(record(1, cijfer=7)).encode()), "dt=1/x.ndjson.gz").rows_landed == 1


@pytest.mark.parametrize(
    "wrap", [lambda rows: rows, lambda rows: {"totaal": 2, "meta": {}, "antwoorden": rows}]
)
def test_an_array_at_the_top_or_in_an_object(tmp_path: Path, wrap: Any) -> None:
    desk = mapped(tmp_path, "json")
    reading = desk.read(json.dumps(wrap([record(1, cijfer=7), record(2, cijfer=8)]), indent=2))
    assert (reading.rows_in_file, reading.rows_landed) == (2, 2)


@pytest.mark.parametrize(
    "damaged",
    ['{"id": "r2", "id": "r3"}', "[1, 2]", "7", '{"id": ', "null", '{"a": {"b": 1, "b": 2}}', "[" * 9999],
)
def test_a_damaged_line_is_quarantined(desk: Desk, damaged: str) -> None:
    reading = desk.read(lines(record(1, cijfer=7)) + damaged + "\n" + lines(record(3, cijfer=8)))
    assert (reading.rows_in_file, reading.rows_landed) == (3, 2)
    assert desk.quarantined == [(2, "MH-VELDEN", None)]
    assert [row["row_number"] for row in desk.landed] == [1, 3]


@pytest.mark.parametrize("escape", ["\\ud800", "\\u0000"])
def test_what_is_no_text_is_quarantined(desk: Desk, escape: str) -> None:
    desk.read(lines(record(1, cijfer=7)) + lines(record(2, cijfer="X")).replace("X", escape))
    assert desk.quarantined == [(2, "MH-TEKENS", None)]


def test_values_that_are_no_single_value_are_invalid(desk: Desk) -> None:
    desk.read(lines(record(1, cijfer=[7]), record(2, cijfer=True), record(3, cijfer=float("nan"))))
    assert desk.answers == [["!invalid", None]] * 3


def test_a_file_that_breaks_off(desk: Desk, tmp_path: Path) -> None:
    assert codes(desk.read(lines(record(1, cijfer=7)) + '{"id": "r2", "op')) == ["MH-AFGEKAPT"]
    assert codes(mapped(tmp_path, "json").read("[" + json.dumps(record(1, cijfer=7)))) == ["MH-AFGEKAPT"]


def test_another_kind_of_json(desk: Desk, tmp_path: Path) -> None:
    assert codes(desk.read(json.dumps([record(1, cijfer=7)]) + "\n")) == ["MH-FORMAAT"]
    for content in ('{"a": [1], "b": [2]}', '"tekst"', "[] []", '[{"id": 1} {"id": 2}]'):
        assert codes(mapped(tmp_path, "json").read(content))[0] in ("MH-FORMAAT", "MH-LEEG"), content


def test_nothing(desk: Desk, tmp_path: Path) -> None:
    assert codes(desk.read("\n\n")) == ["MH-LEEG"]
    assert codes(mapped(tmp_path, "json").read("[]")) == ["MH-LEEG"]


def test_a_path_that_never_occurs_is_a_missing_column(desk: Desk) -> None:
    reading = desk.read(lines(record(1, cijver=7), record(2, cijver=8)))
    assert [(problem.code, problem.column) for problem in reading.problems] == [
        ("MH-KOLOM", "antwoord.cijfer")
    ]
    assert (reading.outcome, reading.rows_in_file) == ("rejected", 2)


def test_new_paths_are_counted(desk: Desk) -> None:
    reading = desk.read(lines(record(1, cijfer=7, nieuw=1, lijst=[1])))
    assert [(problem.code, problem.count) for problem in reading.problems] == [("MH-KOLOM-NIEUW", 2)]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_VALUES, max_size=8), st.integers(0, 2))
def test_elements_are_counted_without_a_parser(values: list[Any], indent: int) -> None:
    assert count_elements(json.dumps(values, indent=indent or None)) == len(values)
    wrapped = {"n": 1, "m": {"x": [1, 2]}, "rijen": values}
    assert count_elements(json.dumps(wrapped, indent=indent or None)) == len(values)
