"""The resubmission rules: which deliveries count, over sequences of sightings."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sources.currency import Candidate, Decision, Sighting, standings

MAY = frozenset({"2025-05"})


def candidate(
    delivery_id: str, *sightings: Sighting, rows: int = 100, periods: frozenset[str] = MAY,
    snapshot: str = "full", is_aggregate: bool = False, decisions: tuple[Decision, ...] = (),
) -> Candidate:  # fmt: skip
    return Candidate(delivery_id, "survey", snapshot, periods, rows, is_aggregate, sightings, decisions)


def released(order: int, *codes: str) -> tuple[Decision, ...]:
    return (Decision(order, is_release=True, codes=frozenset(codes)),)


def withdrawn(order: int) -> tuple[Decision, ...]:
    return (Decision(order, is_release=False),)


def seen(
    run: int, day: int, key: str = "a.csv", kind: str | None = None, part: str | None = None
) -> Sighting:
    return Sighting(run, f"2025-06-{day:02d}T00:00:00+00:00", key, kind, part)


def statuses(*candidates: Candidate) -> dict[str, str]:
    return {delivery_id: standing.status for delivery_id, standing in standings(candidates).items()}


def test_a_newer_full_delivery_replaces_the_current_one() -> None:
    found = standings([candidate("a", seen(1, 1)), candidate("b", seen(2, 2))])
    assert (found["a"].status, found["a"].replaced_by) == ("replaced", "b")
    assert (found["b"].status, found["b"].replaces) == ("current", "a")


def test_an_older_one_that_arrives_later_does_not() -> None:
    assert statuses(candidate("a", seen(1, 5)), candidate("b", seen(2, 2))) == {
        "a": "current",
        "b": "replaced",
    }


def test_unless_its_marker_says_correction() -> None:
    late = candidate("b", seen(2, 2, kind="correction"))
    assert statuses(candidate("a", seen(1, 5)), late) == {"a": "replaced", "b": "current"}


def test_two_in_one_run_are_both_held() -> None:
    found = standings([candidate("a", seen(1, 1)), candidate("b", seen(1, 2))])
    assert {one.status for one in found.values()} == {"held"}
    assert found["a"].codes == {"conflict": 2}


def test_a_conflict_leaves_the_earlier_delivery_current() -> None:
    found = statuses(candidate("a", seen(1, 1)), candidate("b", seen(2, 2)), candidate("c", seen(2, 3)))
    assert found == {"a": "current", "b": "held", "c": "held"}


def test_a_correction_beside_it_in_one_run_is_no_conflict() -> None:
    found = statuses(candidate("a", seen(1, 4)), candidate("b", seen(1, 2, kind="correction")))
    assert found == {"a": "replaced", "b": "current"}


def test_parts_add_up() -> None:
    found = statuses(candidate("a", seen(1, 1, part="1/2")), candidate("b", seen(1, 1, part="2/2")))
    assert found == {"a": "current", "b": "current"}


def test_incremental_deliveries_add_up_and_a_repeat_is_noted() -> None:
    first = candidate("a", seen(1, 1), seen(2, 2, key="b.csv"), snapshot="incremental")
    found = standings([first, candidate("b", seen(2, 2), snapshot="incremental")])
    assert {one.status for one in found.values()} == {"current"}
    assert [sighting.key for sighting in found["a"].repeats] == ["b.csv"]


def test_returning_to_an_earlier_file_makes_it_current_again() -> None:
    found = standings([candidate("a", seen(1, 1), seen(3, 3)), candidate("b", seen(2, 2))])
    assert (found["a"].status, found["b"].status) == ("current", "replaced")
    assert found["a"].codes == {"MH-TERUGGEZET": 1}
    assert not found["a"].repeats


def test_the_same_bytes_again_are_a_repeat() -> None:
    found = standings([candidate("a", seen(1, 1), seen(2, 2, key="again.csv"))])
    assert found["a"].status == "current"
    assert [sighting.key for sighting in found["a"].repeats] == ["again.csv"]


def test_a_correction_that_loses_more_than_a_fifth_is_held() -> None:
    found = standings([candidate("a", seen(1, 1), rows=100), candidate("b", seen(2, 2), rows=79)])
    assert (found["a"].status, found["b"].status) == ("current", "held")
    assert found["b"].codes == {"MH-KRIMP": 21}
    assert statuses(candidate("a", seen(1, 1)), candidate("b", seen(2, 2), rows=80))["b"] == "current"


def test_other_periods_stand_beside_each_other() -> None:
    june = candidate("b", seen(1, 2), periods=frozenset({"2025-06"}))
    assert statuses(candidate("a", seen(1, 1)), june) == {"a": "current", "b": "current"}


def test_aggregates_that_share_a_period_compete() -> None:
    longer = candidate("b", seen(2, 2), periods=MAY | {"2025-06"}, is_aggregate=True)
    assert statuses(candidate("a", seen(1, 1), is_aggregate=True), longer) == {
        "a": "replaced",
        "b": "current",
    }


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 4), st.integers(1, 9), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_deliveries_are_passed_changes_nothing(
    drawn: list[tuple[str, int, int, bool]], shuffle: random.Random
) -> None:
    by_id: dict[str, list[Sighting]] = {}
    for name, run, day, is_correction in drawn:
        by_id.setdefault(name, []).append(seen(run, day, kind="correction" if is_correction else None))
    candidates = [
        candidate(name, *sorted(sightings, key=lambda one: (one.run_number, one.stored_at)))
        for name, sightings in by_id.items()
    ]
    shuffled = candidates[:]
    shuffle.shuffle(shuffled)
    found = standings(candidates)
    assert found == standings(shuffled)
    assert sum(one.is_current for one in found.values()) <= 1


def test_a_correction_in_an_incremental_series_replaces_what_came_before_and_later_ones_add_up() -> None:
    found = standings([
        candidate("a", seen(1, 1), snapshot="incremental"),
        candidate("b", seen(2, 2, kind="correction"), snapshot="incremental"),
        candidate("c", seen(3, 3), snapshot="incremental"),
    ])  # fmt: skip
    assert {name: one.status for name, one in found.items()} == {
        "a": "replaced",
        "b": "current",
        "c": "current",
    }
    assert (found["a"].replaced_by, found["b"].replaces) == ("b", "a")


def test_dropping_what_was_corrected_again_undoes_the_correction() -> None:
    found = standings([
        candidate("a", seen(1, 1), seen(3, 3), snapshot="incremental"),
        candidate("b", seen(2, 2, kind="correction"), snapshot="incremental"),
    ])  # fmt: skip
    assert {name: one.status for name, one in found.items()} == {"a": "current", "b": "replaced"}
    assert found["a"].codes == {"MH-TERUGGEZET": 1}


def test_touching_a_held_file_lifts_no_hold() -> None:
    shrunk = candidate("b", seen(2, 2), seen(3, 9), rows=50)
    found = standings([candidate("a", seen(1, 1), rows=100), shrunk])
    assert (found["a"].status, found["b"].status) == ("current", "held")
    both = standings([candidate("a", seen(1, 1), seen(2, 9)), candidate("b", seen(1, 2))])
    assert {one.status for one in both.values()} == {"held"}


def test_naming_one_the_correction_settles_a_conflict() -> None:
    found = standings([candidate("a", seen(1, 1)), candidate("b", seen(1, 2), seen(2, 3, kind="correction"))])
    assert found["b"].status == "current"
    assert "conflict" not in found["b"].codes


def test_a_withdrawn_delivery_counts_as_if_it_had_never_come() -> None:
    found = standings([candidate("a", seen(1, 1)), candidate("b", seen(2, 2), decisions=withdrawn(3))])
    assert (found["a"].status, found["a"].replaced_by) == ("current", None)
    assert found["b"].status == "withdrawn"


def test_dropping_it_again_or_releasing_it_brings_it_back() -> None:
    again = candidate("b", seen(2, 2), seen(4, 4), decisions=withdrawn(3))
    assert statuses(candidate("a", seen(1, 1)), again) == {"a": "replaced", "b": "current"}
    undone = candidate("b", seen(2, 2), decisions=withdrawn(3) + released(4))
    assert statuses(candidate("a", seen(1, 1)), undone) == {"a": "replaced", "b": "current"}


def test_a_release_lifts_a_hold_for_the_reasons_it_was_given_for() -> None:
    former = candidate("a", seen(1, 1))
    for codes, status in ((("MH-KRIMP",), "current"), (("conflict",), "held")):
        small = candidate("b", seen(2, 2), rows=50, decisions=released(3, *codes))
        assert statuses(former, small)["b"] == status


def test_of_a_conflict_the_one_released_last_counts() -> None:
    one = candidate("a", seen(1, 9), decisions=released(2, "conflict"))
    other = candidate("b", seen(1, 2), decisions=released(3, "conflict"))
    found = standings([one, other])
    assert (found["a"].status, found["a"].replaced_by) == ("replaced", "b")
    assert found["b"].status == "current"


def test_the_released_one_of_a_conflict_takes_the_place_of_what_stood_there() -> None:
    former = candidate("a", seen(1, 9))
    chosen = candidate("b", seen(2, 2), decisions=released(3, "conflict"))
    assert statuses(former, chosen, candidate("c", seen(2, 3))) == {
        "a": "replaced",
        "b": "current",
        "c": "replaced",
    }
