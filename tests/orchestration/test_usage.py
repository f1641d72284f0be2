"""What the summary says about where the night went."""

from orchestration.usage import Usage, timed

MEBIBYTE = 1024 * 1024


class Steps:
    def __init__(self) -> None:
        self.usage = Usage()

    @timed("inner")
    def inner(self) -> int:
        return sum(number * number for number in range(200_000))

    @timed("outer")
    def outer(self) -> None:
        self.usage.mark("start")
        self.inner()
        self.usage.charge({"decode": 0.25})
        self.usage.charge({"decode": 0.5})
        self.usage.mark("start")
        self.usage.beside(64 * MEBIBYTE)


def test_steps_stand_in_the_order_in_which_they_first_ran() -> None:
    night = Steps()
    night.outer()
    night.inner()
    night.outer()
    assert [one["step"] for one in night.usage.as_list()] == ["start", "outer", "inner", "between"]


def test_a_step_within_a_step_is_paid_by_the_outer_one() -> None:
    night = Steps()
    night.outer()
    assert "inner" not in {one["step"] for one in night.usage.as_list()}


def test_a_step_that_fails_has_ended() -> None:
    class Failing(Steps):
        @timed("failing")
        def fail(self) -> None:
            raise ValueError

    night = Failing()
    try:
        night.fail()
    except ValueError:
        night.inner()
    assert [one["step"] for one in night.usage.as_list()][1:3] == ["failing", "inner"]


def test_parts_are_added_up_and_a_mark_counts_once() -> None:
    night = Steps()
    night.outer()
    outer = night.usage.steps["outer"]
    assert outer.parts["decode"] == 0.75
    assert 0 <= outer.parts["start"] < outer.cpu_seconds


def test_memory_of_other_processes_is_beside_our_own() -> None:
    night = Steps()
    night.inner()
    night.outer()
    assert night.usage.steps["outer"].peak_mib >= night.usage.steps["inner"].peak_mib + 32
