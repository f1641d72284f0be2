"""Whether an SPSS file's own value labels say the same of a code as the mapping does.

Belongs here: codes that the file calls no answer and the mapping counts, and scales that the mapping reads the
wrong way round. Does not belong here: decoding with labels: what a code means, the mapping alone declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sources.codebook import CodebookRow
from sources.mapping.fields import folded
from sources.profiles import profile_of
from sources.readers.table import CodeLabels
from sources.readers.tally import Problem, problem

if TYPE_CHECKING:
    from sources.codebook import ItemCodebook
    from sources.readers.harmonise import CompiledVersion

_WORDS = Path(__file__).with_name("label_words.yml")
_PARTS = re.compile(r"[/,;()|]+")
_CODE_BEFORE = re.compile(r"^[\d\s.:=-]+")


@dataclass(frozen=True)
class _Ends:
    good: frozenset[str]
    bad: frozenset[str]
    is_statement: bool


def contradictions(
    dictionary: Mapping[str, CodeLabels], versions: Sequence[CompiledVersion]
) -> list[Problem]:
    """The problems of every column that file and mapping read differently, each once, by code and column.

    Statements are looked at under a profile that says to agree with them is good.
    """
    found: dict[tuple[str, str], None] = {}
    for mapping, codebooks in versions:
        profile = profile_of(mapping.source.profile)
        for item, codebook in zip(mapping.items, codebooks, strict=True):
            told = dictionary.get(item.column or "")
            if told is None or codebook.scale is None or item.column is None:
                continue
            is_positive = profile is not None and profile.is_positive_statement(item.column)
            found |= dict.fromkeys((code, item.column) for code in _codes(told, codebook, is_positive))
    return [problem(code, column=column) for code, column in sorted(found)]


def _codes(told: CodeLabels, codebook: ItemCodebook, is_positive: bool) -> Iterator[str]:
    meaning = {row.raw_value: row for row in codebook.rows()}
    values = {code: _value(code, codebook, meaning) for code in {*told.labels, *told.missing}}
    no_answer = told.missing | {code for code, label in told.labels.items() if _parts(label) & _no_answer()}
    if any(values[code] is not None for code in no_answer):
        yield "MH-LABEL-WEETNIET"
    answers = {code: value for code, value in values.items() if value is not None and code not in no_answer}
    for ends in _ends():
        good = [answers[code] for code in answers if _parts(told.labels.get(code, "")) & ends.good]
        bad = [answers[code] for code in answers if _parts(told.labels.get(code, "")) & ends.bad]
        if good and bad and max(good) < min(bad) and (is_positive or not ends.is_statement):
            yield "MH-LABEL-RICHTING"
            return


def _value(code: str, codebook: ItemCodebook, meaning: Mapping[str, CodebookRow]) -> float | None:
    """The value that the mapping gives a code, high meaning good; None where it counts no answer."""
    canonical = codebook.decode(code)
    if canonical is None:
        return None
    row = meaning.get(canonical) or codebook.row_for_decimal(canonical)
    return None if row.value is None else float(row.value)


def _parts(label: str) -> set[str]:
    return {
        text for part in (label, *_PARTS.split(label)) if (text := _CODE_BEFORE.sub("", folded(part)).strip())
    }


@cache
def _words() -> Mapping[str, list[object]]:
    found: Mapping[str, list[object]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return found


@cache
def _no_answer() -> frozenset[str]:
    return frozenset(folded(str(word)) for word in _words()["no_answer"])


@cache
def _ends() -> tuple[_Ends, ...]:
    return tuple(
        _Ends(frozenset(map(folded, one["good"])), frozenset(map(folded, one["bad"])), one["is_statement"])
        for one in _words()["ends"]
        if isinstance(one, dict)
    )
