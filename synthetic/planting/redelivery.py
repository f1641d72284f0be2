"""Traps of deliveries that come again, in part, or not at all.

Belongs here: responses and files that are sent more than once, and files that hold nothing, not everything yet, or far
too much. Does not belong here: what they say.
"""

from __future__ import annotations

import gzip
import hashlib
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from synthetic.delivery import Delivery, Expected, Table
from synthetic.planting.scene import Scene, held, rejected
from synthetic.responses import expected
from synthetic.writers import file_bytes

_BOMB_BYTES = 128 * 1024 * 1024


def changed_response(scene: Scene) -> list[Delivery]:
    """The later one counts, the earlier one is a duplicate."""
    table, question = scene.last.table, scene.survey.questions[0]
    at, when = table.at(question.name), table.at(scene.when)
    index = next(
        number
        for number, row in enumerate(table.rows)
        if row[at] in question.cells and (_is_counted(scene, row))
    )
    changed = deepcopy(table.rows[index])
    changed[at] = question.cells[(question.cells.index(changed[at]) + 1) % len(question.cells)]
    changed[when] = _an_hour_later(scene, changed[when])
    table.rows.insert(index + 1, changed)
    counts = scene.last.expected
    scene.last.expected = replace(
        counts,
        in_file=len(table.rows),
        duplicate=(counts.duplicate or 0) + 1,
    )
    return [scene.last]


def _is_counted(scene: Scene, row: list[Any]) -> bool:
    counted = expected(scene.survey, Table(scene.last.table.columns, [row]), 0)
    return counted.excluded == 0 and counted.incomplete == 0


def _an_hour_later(scene: Scene, cell: str) -> str:
    if scene.when_format == "offset":
        return (datetime.fromisoformat(cell) + timedelta(hours=1)).isoformat()
    return (scene.moment(cell) + timedelta(hours=1)).strftime(scene.when_format)


def _again(scene: Scene) -> Delivery:
    """The last month once more, under another name, a day later and with three rows fewer."""
    table = scene.last.table
    fewer = Table(table.columns, [deepcopy(row) for row in table.rows[:-3]])
    name, dot, suffix = scene.last.key.rpartition(".")
    again = Delivery(
        key=f"{name}-herlevering{dot}{suffix}",
        month=scene.last.month,
        stored_at=min(scene.last.stored_at + timedelta(days=1), scene.latest),
        table=fewer,
        expected=expected(scene.survey, fewer, 0),
    )
    scene.deliveries.append(again)
    return again


def redelivered_with_fewer_rows(scene: Scene) -> list[Delivery]:
    """The marker says that it is a correction: it takes the place of the first."""
    first, again = scene.last, _again(scene)
    again.marker = {"kind": "correction"}
    again.expected.codes = ("MH-VERVANGT",)
    first.expected.status = "replaced"
    return [again, first]


def two_versions_at_once(scene: Scene) -> list[Delivery]:
    """Nothing says which one applies: both wait for a decision."""
    first, again = scene.last, _again(scene)
    for delivery in (first, again):
        held(delivery, "conflict")
    return [again, first]


def empty_file(scene: Scene) -> list[Delivery]:
    """No responses, and nobody said so."""
    scene.last.content, scene.last.marker = b"", None
    rejected(scene.last, "MH-LEEG", in_file=0)
    return [scene.last]


def still_uploading(scene: Scene) -> list[Delivery]:
    """The marker names another size and hash: the file is not there yet."""
    whole = file_bytes(scene.survey, scene.last.table)
    scene.last.content = whole[: len(whole) * 3 // 5]
    scene.last.marker = {"sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole)}
    unread = dict.fromkeys(("in_file", "processed", "quarantined", "duplicate", "excluded", "incomplete"))
    scene.last.expected = Expected(**unread, status="waiting", codes=("MH-WACHT",))
    return [scene.last]


def zip_bomb(scene: Scene) -> list[Delivery]:
    """The reader stops at its limits."""
    scene.last.content = gzip.compress(b'{"id": "' + b"0" * _BOMB_BYTES, mtime=0)
    rejected(scene.last, "MH-LIMIET", in_file=None)
    return [scene.last]
