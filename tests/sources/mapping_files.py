"""A small sound mapping that a test may spoil, and where the fault then stands.

Belongs here: writing mapping files and loading them. Does not belong here: any expectation.
"""

from functools import cache
from pathlib import Path

import pytest

from sources.mapping import Mapping, MappingError, MappingIssue, load_mapping_file
from sources.reference import Reference
from sources.reference import load as load_reference
from tests.sources.reference_folder import PRODUCT

ORGANISATION = "gm0344"
MAPPING = "kto"

BASE = """\
meethuis_mapping: 1
mapping_id: kto
mapping_version: 1.0.0
valid_from: 2025-01-01
valid_to: null
organisation: {org_id: gm0344, cbs: GM0344}
source: {delivery: respondent, format: csv, match: "kto/*.csv", snapshot: full}
instrument: {id: kto, kind: transactional, languages: [nl]}
design: {sample: self_selected, mode: [web], weights: {method: none}}
keys: {response: {column: id}}
when: {column: datum, type: date, format: "%d-%m-%Y"}
dimensions:
  channel: {column: kanaal, map: {Balie: desk, Web: web}}
  audience: {const: citizen}
scales:
  eens5: {min: 1, max: 5, points: 5, kind: likert_agree, direction: high_is_good, missing: {"9": dont_know}}
items:
  - {column: v1, item: kpi.tevredenheid, scale: eens5, comparability: A}
  - {column: v2, item: drv.meedenken, scale: eens5, comparability: B}
"""

Edit = tuple[str, str]


@cache
def product_reference() -> Reference:
    """The reference tables that ship with the product."""
    return load_reference(PRODUCT)


def edited(*edits: Edit, text: str = BASE) -> str:
    """The text with every edit made; each must apply exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the mapping"
        text = text.replace(old, new)
    return text


def write(folder: Path, text: str, organisation_id: str = ORGANISATION, mapping_id: str = MAPPING) -> Path:
    """The text as the mapping file of an organisation."""
    path = folder / organisation_id / f"{mapping_id}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, *edits: Edit, text: str = BASE) -> Mapping:
    """The only version in the edited mapping."""
    (mapping,) = load_mapping_file(write(folder, edited(*edits, text=text)), product_reference())
    return mapping


def issues(folder: Path, *edits: Edit, text: str = BASE) -> tuple[MappingIssue, ...]:
    """What is wrong with the edited mapping, which must be wrong."""
    with pytest.raises(MappingError) as raised:
        load_mapping_file(write(folder, edited(*edits, text=text)), product_reference())
    return raised.value.issues


def line_with(snippet: str, text: str) -> int:
    """The 1-based number of the only line that holds the snippet."""
    (line,) = [number for number, content in enumerate(text.splitlines(), 1) if snippet in content]
    return line
