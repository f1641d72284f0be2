"""Changes of the measuring: on which days the targets of a survey begin, change and end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sources.changes import changes
from sources.mapping import Mapping, load_mapping_file
from sources.targets import Target
from tests.sources.mapping_files import BASE, Edit, edited, product_reference, write

WEIGHED: Edit = ("{method: none}", "{method: poststratify, by: [channel], targets: volumes}")
PROCESS = Path(__file__).parents[2] / "sources" / "organisations" / "gm0344" / "utrecht-proces.yml"
TODAY = date(2026, 2, 15)


def line(first: str | None, last: str | None, population: int = 600) -> Target:
    """One line of a targets file: the web."""
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    return Target(2, days[0], days[1], (("channel", "web"),), population)


def versions(folder: Path, *edits: tuple[Edit, ...]) -> tuple[Mapping, ...]:
    """The versions of one mapping, each the usual one with its edits."""
    text = "---\n".join(edited(*each, text=BASE) for each in edits)
    return load_mapping_file(write(folder, text), product_reference())


def told(mappings: tuple[Mapping, ...], *targets: list[Target], today: date = TODAY) -> list[tuple[str, str]]:
    """Day and first word of every change of the weighting; targets in the order of the versions."""
    known = {
        (one.mapping_id, one.mapping_version): own for one, own in zip(mappings, targets, strict=True) if own
    }
    rows = changes("gm0344", mappings, known, product_reference(), today)
    return [
        (str(row["change_date"]), row["text_en"].split()[0]) for row in rows if row["kind"] == "weighting"
    ]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([], []),
        ([line(None, None)], [("2025-01-01", "Start")]),
        ([line("2024-01-01", None)], [("2025-01-01", "Start")]),
        ([line("2025-03-01", "9999-12-31")], [("2025-03-01", "Start")]),
        ([line("2024-01-01", "2024-12-31")], []),
        ([line("2025-03-01", "2025-06-30")], [("2025-03-01", "Start"), ("2025-07-01", "End")]),
        (
            [line("2025-07-01", None, 700), line("2025-01-01", "2025-06-30", 600)],
            [("2025-01-01", "Start"), ("2025-07-01", "New")],
        ),
        ([line("2025-01-01", "2025-06-30"), line("2025-07-01", None)], [("2025-01-01", "Start")]),
        ([line("2025-01-01", "2026-02-15"), line("2026-02-16", None, 1)], [("2025-01-01", "Start")]),
    ],
    ids=[
        "none", "undated", "older than the survey", "till the end of time", "before the survey", "ended",
        "changed", "the same numbers again", "from tomorrow",
    ],
)  # fmt: skip
def test_targets_are_told_from_the_day_they_hold(
    tmp_path: Path, targets: list[Target], expected: list[tuple[str, str]]
) -> None:
    assert told(versions(tmp_path, (WEIGHED,)), targets) == expected


def test_targets_follow_the_versions_of_the_mapping(tmp_path: Path) -> None:
    """The second version stops weighing although its file goes on; the third weighs to the numbers of the first."""
    closed: Edit = ("valid_to: null", "valid_to: 2025-06-30")
    second: tuple[Edit, ...] = (
        ("mapping_version: 1.0.0", "mapping_version: 2.0.0"),
        ("valid_from: 2025-01-01", "valid_from: 2025-07-01"),
        ("valid_to: null", "valid_to: 2025-09-30"),
    )
    third: tuple[Edit, ...] = (
        ("mapping_version: 1.0.0", "mapping_version: 3.0.0"),
        ("valid_from: 2025-01-01", "valid_from: 2025-10-01"),
    )
    mappings = versions(tmp_path, (WEIGHED, closed), second, (WEIGHED, *third))
    always = [line(None, None)]
    assert told(mappings, always, [], always) == [
        ("2025-01-01", "Start"),
        ("2025-07-01", "End"),
        ("2025-10-01", "Start"),
    ]
    assert told(mappings, always, always, always) == [("2025-01-01", "Start")]


def test_a_version_that_took_the_place_of_another_is_not_told_twice(tmp_path: Path) -> None:
    """Deliveries of the earlier version still count; both begin on the same day."""
    (first,) = versions(tmp_path / "a", (WEIGHED,))
    (second,) = versions(tmp_path / "b", (WEIGHED, ("mapping_version: 1.0.0", "mapping_version: 1.1.0")))
    targets = [line("2025-01-01", "2025-06-30", 600), line("2025-07-01", None, 700)]
    assert told((first, second), targets, targets) == [("2025-01-01", "Start"), ("2025-07-01", "New")]


def test_the_numbers_are_not_told(tmp_path: Path) -> None:
    mappings = versions(tmp_path, (WEIGHED,))
    rows = changes(
        "gm0344", mappings, {("kto", "1.0.0"): [line(None, None, 987)]}, product_reference(), TODAY
    )
    assert [row["text_nl"] for row in rows if row["kind"] == "weighting"] == [
        "Begin van de weging naar populatieaantallen van kto (volumes)."
    ]


def test_process_data_are_no_survey() -> None:
    (mapping,) = load_mapping_file(PROCESS, product_reference())
    (row,) = changes("gm0344", (mapping,), {}, product_reference(), TODAY)
    assert (row["kind"], row["text_en"]) == ("instrument", "Start of the process data utrecht-proces.")
