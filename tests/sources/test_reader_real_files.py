"""Exports of real tools, where they are at hand: every record is found, under the names of its tool's profile."""

import csv
from pathlib import Path
from typing import Any

import pytest

from sources.limits import Limits
from sources.mapping.parts import Source
from sources.readers.delimited import open_delimited
from sources.readers.excel import open_workbook
from sources.readers.spss import open_spss

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_files"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="real files are not at hand")


def source(**fields: Any) -> Source:
    return Source.model_validate({"format": "csv", "match": "*", "snapshot": "full"} | fields)


@pytest.mark.parametrize(
    ("name", "profile", "header_rows", "some_names"),
    [
        ("qualtrics/no_basis_insights.csv", "qualtrics", 3, {"ResponseID", "Q2_-1"}),
        ("qualtrics/no_basis_legacy.csv", "qualtrics", 2, {"V1", "Q2_4"}),
        ("surveymonkey/comma-survey.csv", "surveymonkey", 1, {"RespondentID"}),
        ("surveymonkey/steak-risk-survey.csv", "surveymonkey", 2, {"RespondentID", "Do you ever gamble?"}),
        ("google_forms/education-survey-2016.csv", "google_forms", 1, {"Timestamp"}),
        ("rse_survey_2017/nl.csv", "limesurvey", 1, {"column_1", "socio1", "likert5[satisgen1]"}),
        ("rse_survey_2017/uk.csv", "limesurvey", 1, {"column_1", "socio1"}),
        ("rse_survey_2017/can.csv", "limesurvey", 1, {"socio1", "tool5_can[multi]#2"}),
    ],
)
def test_delimited_exports(name: str, profile: str, header_rows: int, some_names: set[str]) -> None:
    table = open_delimited(REAL / name, name, source(profile=profile), Limits())
    with (REAL / name).open(encoding="utf-8-sig", newline="") as stream:
        records = list(csv.reader(stream))[header_rows:]
    assert some_names <= set(table.names)
    assert (table.rows_in_file, table.refused) == (len(records), [])
    cells = [
        list(row)
        for batch in table.batches([], table.names)
        for row in zip(*(batch.columns[column].to_pylist() for column in table.names), strict=True)
    ]
    normal = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in record] for record in records]
    assert cells == normal


def test_the_two_dialects_of_qualtrics_hold_the_same_answers() -> None:
    tables = []
    for name in ("no_basis_insights.csv", "no_basis_legacy.csv"):
        table = open_delimited(REAL / "qualtrics" / name, name, source(profile="qualtrics"), Limits())
        (batch,) = table.batches(["Q1", "Q3_1", "Q4_4"], [])
        tables.append([batch.columns[column].to_pylist() for column in ("Q1", "Q3_1", "Q4_4")])
    assert tables[0] == tables[1]


def test_the_national_spss_format() -> None:
    path = REAL / "burgerpeiling" / "burgerpeiling-dataformat-2022.sav"
    table = open_spss(path, path.name, source(format="sav"), Limits())
    assert (table.rows_in_file, len(table.names)) == (1, 178)
    assert {"respondent", "gemnr", "weging", "dv01", "dv05_0"} <= set(table.names)
    (batch,) = table.batches(table.names, [])
    assert len(batch) == 1


def test_a_real_workbook() -> None:
    path = REAL / "burgerpeiling" / "metadata-indicatoren.xlsx"
    table = open_workbook(path, path.name, source(format="xlsx"), Limits())
    assert table.names[:2] == ["Indicator code", "Name"]
    assert sum(len(batch) for batch in table.batches(table.names, [])) == table.rows_in_file == 523
