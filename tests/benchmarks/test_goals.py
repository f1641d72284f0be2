"""Goals are met or missed by what was measured."""

from copy import deepcopy
from typing import Any

from benchmarks.breakdown import shares
from benchmarks.goals import data_work, goals

_STEPS = [
    {"step": "start", "cpu_seconds": 1.0},
    {
        "step": "read",
        "cpu_seconds": 10.0,
        "peak_mib": 400.0,
        "parts": {"safety": 4.0, "decode": 5.0, "write": 1.0},
    },
    {"step": "transform", "cpu_seconds": 20.0, "parts": {"start": 3.0}},
]
_RESULT: dict[str, Any] = {
    "size": "S",
    "responses": 1000,
    "ways": {"floor": {"cpu_seconds": 10.0}, "pandas": {"cpu_seconds": 30.0, "peak_mib": 5000.0}},
    "nights": {
        "first": {"cpu_seconds": 40.0, "peak_mib": 1024.0, "steps": _STEPS},
        "one_file_again": {"wall_seconds": 12.0},
    },
    "cube": {"cpu_seconds": 4.0, "peak_mib": 500.0},
}


def test_landing_without_its_safety_and_the_cube_are_the_floors_work() -> None:
    assert data_work(_RESULT).cpu_seconds == 10.0
    assert data_work(_RESULT).peak_mib == 500.0


def test_all_goals_are_met_within_their_limits() -> None:
    assert len(goals(_RESULT)) == 6
    assert all(goal.is_met for goal in goals(_RESULT))


def test_each_goal_can_be_missed() -> None:
    slow = deepcopy(_RESULT)
    slow["cube"] = {"cpu_seconds": 9.5, "peak_mib": 501.0}
    slow["nights"]["first"] |= {"cpu_seconds": 61.0, "peak_mib": 1537.0}
    slow["nights"]["one_file_again"]["wall_seconds"] = 15.1
    assert not any(goal.is_met for goal in goals(slow))


def test_growth_is_measured_from_the_smaller_size() -> None:
    larger = deepcopy(_RESULT)
    larger["responses"] = 10_000
    assert goals(larger, _RESULT)[-1].is_met
    larger["nights"]["first"]["cpu_seconds"] = 600.0
    assert not goals(larger, _RESULT)[-1].is_met


def test_the_shares_of_a_night_are_all_of_it() -> None:
    first = _RESULT["nights"]["first"]
    assert sum(share.cpu_seconds for share in shares(first)) == first["cpu_seconds"]
