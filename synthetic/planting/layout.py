"""Traps in how a file is written: characters, separators, rows that are no responses, workbooks, SPSS.

Belongs here: files that are laid out otherwise than agreed, or look as if they were. Does not belong here: what single
cells say (`dates`, `answers`).
"""

from __future__ import annotations

from copy import deepcopy

from synthetic.delivery import Delivery
from synthetic.planting.scene import Scene, held, otherwise, rejected, rewrite
from synthetic.writers import file_bytes


def bom_on_cp1252(scene: Scene) -> list[Delivery]:
    """The mark is no part of the first column's name."""
    scene.last.content = b"\xef\xbb\xbf" + file_bytes(scene.survey, scene.last.table)
    return [scene.last]


def semicolons_and_decimal_comma(scene: Scene) -> list[Delivery]:
    """The declared separator is not there: nothing is guessed."""
    excel = otherwise(
        scene.survey, {"delimiter": ";", "decimal": ",", "encoding": "cp1252"}, {"newline": "\r\n"}
    )
    scene.last.content = file_bytes(excel, scene.last.table)
    rejected(scene.last, "MH-SCHEIDING", in_file=len(scene.last.table.rows))
    return [scene.last]


def line_ends_in_comments(scene: Scene) -> list[Delivery]:
    """A line end within quotes is text."""
    comments = scene.survey.columns_that_hold("comment")[0]
    rewrite(scene.last.table, comments, lambda text: f"{text}\r\nMet vriendelijke groet,\r\neen inwoner")
    return [scene.last]


def total_row_and_footer(scene: Scene) -> list[Delivery]:
    """A row that adds up the others has no place among responses: the file is not what was agreed."""
    table = scene.last.table
    width = len(table.columns)
    table.rows.append(["Totaal", str(len(table.rows)), *[""] * (width - 2)])
    table.rows.append(["Bron: klantcontactcentrum", *[""] * (width - 1)])
    rejected(scene.last, "MH-TOTAALRIJ", in_file=len(table.rows))
    return [scene.last]


def formula_in_comment(scene: Scene) -> list[Delivery]:
    """Text, whatever a spreadsheet would make of it."""
    at = scene.last.table.at(scene.survey.columns_that_hold("comment")[0])
    formulas = ('=HYPERLINK("https://example.nl/"&A1,"klik hier")', "+1+1", "@SUM(1+1)", "-2+3")
    for number, index in enumerate(scene.some_rows(scene.last.table, 4)):
        scene.last.table.rows[index][at] = formulas[number % len(formulas)]
    return [scene.last]


def merged_header(scene: Scene) -> list[Delivery]:
    """The names do not stand in the declared row."""
    title = {"title_rows": ["Klantmeting: kenmerken en antwoorden"], "has_merged_title": True}
    scene.last.content = file_bytes(otherwise(scene.survey, {}, title), scene.last.table)
    rejected(scene.last, "MH-KOLOM", in_file=None)
    return [scene.last]


def value_labels_differ(scene: Scene) -> list[Delivery]:
    """File and mapping contradict each other about the direction of a scale."""
    question = scene.question("likert_agree")
    labels = deepcopy(scene.survey.export["value_labels"])
    own = labels[question.name]
    answers = [code for code in own if question.low <= code <= question.high]
    turned = dict(zip(answers, [own[code] for code in reversed(answers)], strict=True))
    labels[question.name] = own | turned
    scene.last.content = file_bytes(otherwise(scene.survey, {}, {"value_labels": labels}), scene.last.table)
    held(scene.last, "MH-LABEL-RICHTING")
    return [scene.last]
