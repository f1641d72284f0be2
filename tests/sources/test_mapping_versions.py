"""Several versions in one file, and the digest that tells whether content changed."""

from datetime import date
from pathlib import Path

import pytest

from sources.mapping import MappingError, MappingIssue, content_digest, load_mapping_file
from tests.sources.mapping_files import BASE, Edit, edited, load, product_reference, write

FIRST = edited(("valid_to: null", "valid_to: 2025-06-30"))
NEXT = (
    ("mapping_version: 1.0.0", "mapping_version: 2.0.0"),
    ("valid_from: 2025-01-01", "valid_from: 2025-07-01"),
)


def two(first: str, second: str) -> str:
    return f"---\n{first}---\n{second}"


def version_issues(folder: Path, text: str) -> list[MappingIssue]:
    with pytest.raises(MappingError) as raised:
        load_mapping_file(write(folder, text), product_reference())
    return list(raised.value.issues)


@pytest.mark.parametrize("last", ["2025-06-30", "2025-07-01"])
def test_one_version_holds_on_every_day(tmp_path: Path, last: str) -> None:
    first = edited(("valid_to: null", f"valid_to: {last}"))
    versions = load_mapping_file(write(tmp_path, two(edited(*NEXT), first)), product_reference())
    assert [one.mapping_version for one in versions] == ["1.0.0", "2.0.0"]
    assert versions[0].valid_to == date(2025, 6, 30)
    for day in (date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(2030, 1, 1)):
        assert sum(one.is_valid_on(day) for one in versions) == 1
    assert not any(one.is_valid_on(date(2024, 12, 31)) for one in versions)


@pytest.mark.parametrize(
    ("edits", "field", "part"),
    [
        ((NEXT[0],), "valid_from", "disjoint"),
        ((NEXT[0], ("valid_from: 2025-01-01", "valid_from: 2025-06-01")), "valid_from", "disjoint"),
        ((NEXT[1],), "mapping_version", "rises with valid_from"),
        ((("mapping_version: 1.0.0", "mapping_version: 0.9.0"), NEXT[1]), "mapping_version", "rises"),
        ((*NEXT, ("snapshot: full", "snapshot: incremental")), "source", "the same source"),
        ((*NEXT, ("column: datum", "column: dag")), "when", "the same when"),
        ((*NEXT, ("mapping_id: kto", "mapping_id: kto2")), "mapping_id", "the name of the file"),
    ],
)
def test_versions_that_do_not_fit_together_are_refused(
    tmp_path: Path, edits: tuple[Edit, ...], field: str, part: str
) -> None:
    (issue,) = version_issues(tmp_path, two(FIRST, edited(*edits)))
    assert issue.field == field
    assert part in issue.allowed
    # The fault stands in the second document: below the first one and its two separators.
    assert issue.line is not None
    assert issue.line > FIRST.count("\n") + 2


def test_an_open_version_overlaps_the_next(tmp_path: Path) -> None:
    assert [one.field for one in version_issues(tmp_path, two(BASE, edited(*NEXT)))] == ["valid_from"]


def test_faults_of_all_documents_come_together(tmp_path: Path) -> None:
    spoilt = (("snapshot: full", "snapshot: all"),)
    found = version_issues(tmp_path, two(edited(*spoilt), edited(*NEXT, *spoilt)))
    assert [one.field for one in found] == ["source.snapshot", "source.snapshot"]
    assert found[0].line != found[1].line


def test_closing_a_version_before_the_next_is_no_change_of_it(tmp_path: Path) -> None:
    versions = load_mapping_file(write(tmp_path, two(FIRST, edited(*NEXT))), product_reference())
    assert content_digest(versions[0]) == content_digest(load(tmp_path))
    assert content_digest(load(tmp_path, text=FIRST)) != content_digest(load(tmp_path))
    gap = edited(("valid_to: null", "valid_to: 2025-06-29"))
    versions = load_mapping_file(write(tmp_path, two(gap, edited(*NEXT))), product_reference())
    assert content_digest(versions[0]) != content_digest(load(tmp_path))


def test_the_last_day_of_the_calendar_is_an_open_end(tmp_path: Path) -> None:
    mapping = load(tmp_path, ("valid_to: null", "valid_to: 9999-12-31"))
    assert mapping.is_valid_on(date(2030, 1, 1))
    ended = ("comparability: A}", "comparability: A, valid_to: 9999-12-31}")
    with pytest.raises(MappingError):
        load(tmp_path, ended, ("item: drv.meedenken", "item: kpi.tevredenheid"))


def test_comments_layout_and_written_defaults_are_no_content(tmp_path: Path) -> None:
    same = edited(
        ("items:\n", "# toelichting\non_new_column: report\nitems:\n"),
        ("{column: v1, item: kpi.tevredenheid,", "{item: kpi.tevredenheid, role: primary, path: v1,"),
        ("min: 1, max: 5", "min: 1.0, max: 5"),
        ("valid_to: null\n", ""),
    )
    assert content_digest(load(tmp_path, text=same)) == content_digest(load(tmp_path))


@pytest.mark.parametrize(
    "edit",
    [
        ("mapping_version: 1.0.0", "mapping_version: 1.0.1"),
        ("item: drv.meedenken", "item: drv.empathie"),
        ("Balie: desk", "Balie: phone"),
        ("direction: high_is_good", "direction: low_is_good"),
        ("Web: web}}", "Web: web}, default: null}"),
        ("comparability: B", "comparability: B, text_nl: Dacht mee"),
        ("items:\n", "approval: {by: bzk, date: 2025-01-01}\nitems:\n"),
    ],
)
def test_a_change_of_content_changes_the_digest(tmp_path: Path, edit: Edit) -> None:
    assert content_digest(load(tmp_path, edit)) != content_digest(load(tmp_path))
