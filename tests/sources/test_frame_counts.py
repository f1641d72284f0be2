"""Which number of people holds for which period: numbers of the mapping, columns of deliveries, files."""

from itertools import permutations
from pathlib import Path

from sources.frame_counts import CountedDelivery, FrameCount, frame_counts
from tests.sources.mapping_files import Edit, load

NONE: Edit = ("weights: {method: none}", "weights: {method: none}")
INVITED: Edit = ("weights: {method: none}", "frame: {invited: 500}")


def delivery(
    name: str, kind: str, *counts: tuple[str, str, int], periods: tuple[str, ...] = ()
) -> CountedDelivery:
    """A delivery that came in the order of its name, with counts (period, channel, invited)."""
    found = tuple(FrameCount(period, channel, "invited", value) for period, channel, value in counts)
    return CountedDelivery(name, f"2026-01-0{len(name)}", kind, periods, found)


def counts(folder: Path, *deliveries: CountedDelivery, edits: tuple[Edit, ...] = (NONE,)) -> dict[str, int]:
    found = frame_counts([load(folder, *edits)], deliveries)
    return {f"{one.period_id} {one.channel}": one.value for one in found}


def test_a_number_holds_for_every_period_with_rows(tmp_path: Path) -> None:
    months = delivery("a", "respondent", periods=("2025-10", "2025-11"))
    assert counts(tmp_path, months, edits=(INVITED,)) == {"2025-10 all": 500, "2025-11 all": 500}


def test_a_number_is_about_the_period_that_is_expected(tmp_path: Path) -> None:
    months = delivery("a", "respondent", periods=("2025-10", "2025-11", "2026-01", "2025-H1"))
    quarterly = ("snapshot: full", "snapshot: full, expected: {every: quarter}")
    found = counts(tmp_path, months, edits=(INVITED, quarterly))
    assert found == {"2025-Q4 all": 500, "2026-Q1 all": 500, "2025-H1 all": 500}


def test_a_number_of_a_survey_in_one_channel_is_of_that_channel(tmp_path: Path) -> None:
    one_channel = ("{column: kanaal, map: {Balie: desk, Web: web}}", "{const: phone}")
    months = delivery("a", "respondent", periods=("2025-10",))
    assert counts(tmp_path, months, edits=(INVITED, one_channel)) == {"2025-10 phone": 500}


def test_no_number_outside_the_validity_of_the_mapping(tmp_path: Path) -> None:
    assert counts(tmp_path, delivery("a", "respondent", periods=("2024-12",)), edits=(INVITED,)) == {}


def test_table_lines_add_up_and_repeated_counts_do_not(tmp_path: Path) -> None:
    first, second = ("2025-10", "desk", 60), ("2025-10", "desk", 40)
    lines = delivery("a", "aggregate", first), delivery("bb", "aggregate", second)
    assert counts(tmp_path, *lines) == {"2025-10 desk": 100}
    repeated = delivery("a", "respondent", first), delivery("bb", "respondent", second)
    assert counts(tmp_path, *repeated) == {"2025-10 desk": 40}


def test_a_newer_delivery_tells_a_period_anew(tmp_path: Path) -> None:
    by_channel = delivery(
        "a", "respondent", ("2025-10", "desk", 60), ("2025-10", "web", 9), ("2025-11", "desk", 1)
    )
    together = delivery("bb", "respondent", ("2025-10", "all", 80))
    assert counts(tmp_path, by_channel, together) == {"2025-10 all": 80, "2025-11 desk": 1}


def test_the_newest_file_says_a_channel_anew_and_the_order_of_files_says_nothing(tmp_path: Path) -> None:
    files = [
        delivery("a", "frame", ("2025-10", "desk", 60), ("2025-10", "web", 9)),
        delivery("bb", "frame", ("2025-10", "desk", 61)),
        delivery("ccc", "respondent", periods=("2025-10",)),
    ]
    for order in permutations(files):
        assert counts(tmp_path, *order, edits=(INVITED,)) == {"2025-10 desk": 61, "2025-10 web": 9}
