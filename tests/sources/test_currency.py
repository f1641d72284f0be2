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


def halves(run: int, day: int) -> tuple[Candidate, Candidate]:
    """Two parts of fifty rows each, b and c."""
    first, second = seen(run, day, part="1/2"), seen(run, day, part="2/2")
    return candidate("b", first, rows=50), candidate("c", second, rows=50)


def test_a_corrected_part_replaces_that_part() -> None:
    corrected = candidate("d", seen(2, 1, kind="correction", part="2/2"), rows=45)
    found = standings([*halves(1, 1), corrected])
    assert {name for name, one in found.items() if one.is_current} == {"b", "d"}
    assert (found["c"].replaced_by, found["d"].replaces) == ("d", "c")
    shrunk = candidate("d", seen(2, 2, part="2/2"), rows=39)
    assert statuses(*halves(1, 1), shrunk) == {"b": "current", "c": "current", "d": "held"}


def test_an_older_part_does_not() -> None:
    assert statuses(*halves(1, 5), candidate("d", seen(2, 2, part="2/2"), rows=50))["d"] == "replaced"


def test_a_newer_whole_replaces_all_parts() -> None:
    found = standings([*halves(1, 1), candidate("d", seen(2, 2))])
    assert {name: one.status for name, one in found.items()} == {
        "b": "replaced",
        "c": "replaced",
        "d": "current",
    }
    assert {found["b"].replaced_by, found["c"].replaced_by} == {"d"}
    assert statuses(*halves(1, 1), candidate("d", seen(2, 2), rows=79))["d"] == "held"


def test_newer_parts_replace_a_whole_once_they_are_there() -> None:
    whole = candidate("a", seen(1, 1))
    first, second = halves(2, 2)
    assert statuses(whole, first, second) == {"a": "replaced", "b": "current", "c": "current"}
    alone = standings([whole, first])
    assert (alone["a"].status, alone["b"].status, alone["b"].codes) == ("current", "held", {"MH-KRIMP": 50})
    later = candidate("c", seen(3, 3, part="2/2"), rows=50)
    found = standings([whole, first, later])
    assert {name: one.status for name, one in found.items()} == {
        "a": "replaced",
        "b": "current",
        "c": "current",
    }
    assert not found["b"].codes


def test_another_division_replaces_the_former() -> None:
    thirds = [candidate(name, seen(2, 2, part=f"{at}/3"), rows=33) for at, name in enumerate("def", start=1)]
    found = statuses(*halves(1, 1), *thirds)
    assert {name for name, status in found.items() if status == "current"} == set("def")


def test_a_whole_beside_parts_in_one_run_waits_for_a_decision() -> None:
    found = standings([candidate("a", seen(1, 1)), *halves(1, 2)])
    assert {name: one.status for name, one in found.items()} == {"a": "held", "b": "current", "c": "current"}
    assert found["a"].codes == {"conflict": 3}
    whole = candidate("a", seen(1, 1), decisions=released(2, "conflict"))
    assert statuses(whole, *halves(1, 2)) == {"a": "current", "b": "replaced", "c": "replaced"}


_ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.integers(1, 4), st.integers(1, 9), st.booleans(),
    ),
    min_size=1, max_size=12, unique_by=lambda one: (one[0], one[1]),
)  # fmt: skip
_PART_OF = {"a": None, "b": None, "c": "1/2", "d": "2/2", "e": "2/2", "f": "1/1"}


@given(_ARRIVALS)
def test_no_answer_counts_in_a_whole_and_in_a_part_of_it(arriving: list[tuple[str, int, int, bool]]) -> None:
    sightings: dict[str, list[Sighting]] = {}
    for name, run, day, is_correction in sorted(arriving, key=lambda one: (one[1], one[2])):
        kind = "correction" if is_correction else None
        sightings.setdefault(name, []).append(seen(run, day, kind=kind, part=_PART_OF[name]))
    candidates = [candidate(name, *own, rows=ord(name)) for name, own in sightings.items()]
    found = standings(candidates)
    parts = [_PART_OF[name] for name, one in found.items() if one.is_current]
    assert len(parts) == len(set(parts))
    assert len({part and part[-1] for part in parts}) <= 1
    assert parts or all(one.status == "held" for one in found.values())
    random.Random(1).shuffle(candidates)
    assert standings(candidates) == found


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


def test_a_correction_of_a_series_that_loses_more_than_a_fifth_is_held() -> None:
    series = [candidate(name, seen(1, day), snapshot="incremental") for day, name in enumerate("ab", start=1)]
    small = candidate("c", seen(2, 3, kind="correction"), rows=159, snapshot="incremental")
    found = standings([*series, small])
    assert [found[name].status for name in "abc"] == ["current", "current", "held"]
    assert found["c"].codes == {"MH-KRIMP": 41}
    agreed = candidate(
        "c",
        seen(2, 3, kind="correction"),
        rows=159,
        snapshot="incremental",
        decisions=released(3, "MH-KRIMP"),
    )
    assert statuses(*series, agreed) == {"a": "replaced", "b": "replaced", "c": "current"}


def test_a_corrected_part_of_a_series_leaves_the_other_parts() -> None:
    parts = [
        candidate(name, seen(1, 1, part=part), rows=50, snapshot="incremental")
        for name, part in (("a", "1/2"), ("b", "2/2"))
    ]
    corrected = candidate("c", seen(2, 2, kind="correction", part="2/2"), rows=45, snapshot="incremental")
    assert statuses(*parts, corrected) == {"a": "current", "b": "replaced", "c": "current"}


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
