"""A table as the bytes of a file, in the way of the tool that made it.

Belongs here: formats and headers of tools. Does not belong here: what stands in the cells. The bytes depend on the
table alone: moments of writing that a format keeps are pinned.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from synthetic.delivery import Table
from synthetic.surveys import Survey

_WRITTEN_AT = datetime(2026, 1, 1, 12)
_NUMERIC = (
    "group",
    "answer",
    "number",
    "serial",
    "age",
    "weight",
    "municipality_number",
    "quarter",
    "month_number",
)


def file_bytes(survey: Survey, table: Table) -> bytes:
    """The file that the survey's tool writes for this table."""
    source = survey.source
    content = _FORMATS[source["format"]](survey, table)
    return gzip.compress(content, mtime=0) if str(survey.export["file"]).endswith(".gz") else content


# --- delimited text ----------------------------------------------------------------------------------------


def _csv(survey: Survey, table: Table) -> bytes:
    export, source = survey.export, survey.source
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=source.get("delimiter", ","),
        lineterminator=export.get("newline", "\n"),
        quoting=csv.QUOTE_ALL if export.get("quotes_all") else csv.QUOTE_MINIMAL,
    )
    mark = source.get("decimal", ".")
    writer.writerows(header_rows(survey, table.columns))
    writer.writerows([_text(cell, mark) for cell in row] for row in table.rows)
    if export.get("blank_last_line"):
        text.write(export.get("newline", "\n"))
    start = "\ufeff" if export.get("byte_order_mark") else ""
    return (start + text.getvalue()).encode(source.get("encoding", "utf-8"))


def _text(cell: Any, decimal_mark: str) -> str:
    return str(cell).replace(".", decimal_mark) if isinstance(cell, float) else str(cell)


def header_rows(survey: Survey, columns: Iterable[str]) -> list[list[str]]:
    """The header as the tool of the survey's profile writes it."""
    names = list(columns)
    profile = survey.source.get("profile")
    texts = {
        item["column"]: item.get("text_nl") or item["column"]
        for item in survey.mapping["items"]
        if "column" in item
    } | survey.export.get("texts", {})
    if profile == "qualtrics":
        ids = [json.dumps({"ImportId": f"QID{index}"}) for index in range(1, len(names) + 1)]
        return [names, [texts.get(name, name) for name in names], ids]
    if profile == "limesurvey":
        return [[f"{name}. {texts.get(name, name)}" for name in names]]
    if profile == "surveymonkey":
        return _question_and_option(survey, names)
    return [names]


def _question_and_option(survey: Survey, names: list[str]) -> list[list[str]]:
    """Two rows: the question once, and below it the statement, `Response` or nothing."""
    questions, options, last = [], [], ""
    comments = survey.columns_that_hold("comment")
    answers = survey.columns_that_hold("answer", "group")
    for name in names:
        question, _, option = name.partition(" | ")
        questions.append("" if option and question == last else question)
        options.append(
            option or ("Open-Ended Response" if name in comments else "Response" if name in answers else "")
        )
        last = question
    return [questions, options]


# --- workbooks ---------------------------------------------------------------------------------------------


def _xlsx(survey: Survey, table: Table) -> bytes:
    export = survey.export
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(survey.source["sheet"])
    if export.get("has_merged_title"):
        sheet.merged_cells.add(f"A1:{get_column_letter(len(table.columns))}1")
    for title in export.get("title_rows", []):
        sheet.append([title])
    sheet.append(list(table.columns))
    for row in table.rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    for line in export.get("footer_rows", []):
        sheet.append([line])
    return workbook_bytes(book)


def _cell(sheet: WriteOnlyWorksheet, cell: Any) -> Any:
    """Text stays text, also where it looks like a formula; nothing is written for a blank one."""
    if not (isinstance(cell, str) and cell.startswith("=")):
        return None if cell == "" else cell
    text = WriteOnlyCell(sheet, cell)
    text.data_type = "s"
    return text


def workbook_bytes(book: openpyxl.Workbook) -> bytes:
    """The workbook's file, with every moment of writing in it pinned."""
    book.properties.created = _WRITTEN_AT
    raw, pinned = io.BytesIO(), io.BytesIO()
    book.save(raw)
    stamp = f"{_WRITTEN_AT.isoformat()}Z"
    with zipfile.ZipFile(raw) as found, zipfile.ZipFile(pinned, "w", zipfile.ZIP_DEFLATED) as written:
        for name in found.namelist():
            content = found.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp.encode(), content)
            written.writestr(
                zipfile.ZipInfo(name, _WRITTEN_AT.timetuple()[:6]), content, zipfile.ZIP_DEFLATED
            )
    return pinned.getvalue()


# --- SPSS --------------------------------------------------------------------------------------------------


def _sav(survey: Survey, table: Table) -> bytes:
    export = survey.export
    numeric = set(survey.columns_that_hold(*_NUMERIC))
    columns = {}
    for position, name in enumerate(table.columns):
        cells = [row[position] for row in table.rows]
        columns[name] = [_code(cell) for cell in cells] if name in numeric else cells
    frame = pd.DataFrame(columns)
    dates = [name for name in survey.columns_that_hold("moment")]
    group = next(iter(survey.columns_that_hold("group")))
    labels = {float(code): one["label"] for code, one in export["groups"].items()}
    texts = {item["column"]: item.get("text_nl") for item in survey.mapping["items"]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.sav"
        pyreadstat.write_sav(
            frame,
            path,
            file_label=f"{survey.mapping['instrument']['name_nl']} (voorbeeld)",
            column_labels=[texts.get(name) or name for name in table.columns],
            variable_value_labels={**export["value_labels"], group: labels},
            missing_ranges=export["user_missing"],
            variable_format=dict.fromkeys(dates, "DATE11"),
            row_compress=True,
        )
        content = path.read_bytes()
    # The header holds the moment of writing: a date of 9 bytes and a time of 8, from byte 92 on.
    return content[:92] + b"01 jan 26" + b"12:00:00" + content[109:]


def _code(cell: Any) -> float:
    return float("nan") if cell == "" else float(cell)


# --- JSON --------------------------------------------------------------------------------------------------


def _records(table: Table) -> list[dict[str, Any]]:
    found = []
    for row in table.rows:
        record: dict[str, Any] = {}
        for path, cell in zip(table.columns, row, strict=True):
            place = record
            *folders, name = path.split(".")
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = None if cell == "" else cell
        found.append(record)
    return found


def _json(survey: Survey, table: Table) -> bytes:
    return json.dumps(_records(table), ensure_ascii=False, indent=1, default=_plain).encode()


def _ndjson(survey: Survey, table: Table) -> bytes:
    lines = (json.dumps(record, ensure_ascii=False, default=_plain) + "\n" for record in _records(table))
    return "".join(lines).encode()


def _plain(cell: date) -> str:
    return cell.isoformat()


_FORMATS: dict[str, Callable[[Survey, Table], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "sav": _sav,
    "json": _json,
    "ndjson": _ndjson,
}
