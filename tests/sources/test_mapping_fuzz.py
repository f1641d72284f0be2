"""Whatever stands in a mapping file, loading ends in a mapping or in issues with a line."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.codebook import compile_mapping
from sources.mapping import MappingError, load_mapping_file
from tests.sources.mapping_files import product_reference, write
from tests.sources.test_mapping_loading import EXAMPLE_FILES

WRONG: list[Any] = [
    None, "", "x", "null", "-1", "0", "1e9", "9" * 40, "2025-01-01", True, 1.5, [], ["x"], [[]], [None], {}, {"x": "y"},
    {"column": None}, {"const": []}, {"min": 1}, {"": ""}, "**", "%", "{", "Europe", "\u00e9" * 300,
]  # fmt: skip
REMOVED = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def spoilt(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the document with one value replaced or removed."""
    changed = copy.deepcopy(document)
    part = changed
    for key in path[:-1]:
        part = part[key]
    if value is REMOVED:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return changed


DOCUMENTS = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in EXAMPLE_FILES}
CASES = st.sampled_from([(path, place) for path, document in DOCUMENTS.items() for place in places(document)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mappings")


@settings(max_examples=300, deadline=None)
@given(CASES, st.sampled_from([*WRONG, REMOVED]), CASES, st.sampled_from([*WRONG, REMOVED]))
def test_a_spoilt_mapping_gives_a_mapping_or_issues(
    folder: Path, first: tuple[Path, Any], value: Any, second: tuple[Path, Any], other: Any
) -> None:
    path, place = first
    document = spoilt(DOCUMENTS[path], place, value)
    if second[0] == path and second[1] in set(places(document)):
        document = spoilt(document, second[1], other)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    file = write(folder, text, path.parent.name, path.stem)
    try:
        for mapping in load_mapping_file(file, product_reference()):
            compile_mapping(mapping)
            assert not mapping.is_ignored(mapping.mapped_columns[0])
    except MappingError as error:
        assert error.issues
        assert all(issue.line and issue.field and issue.found and issue.allowed for issue in error.issues)
