"""The clock: virtual time is a formula over real time, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.simulation.clock import DEFAULT_START, MAX_RATE, Clock, ClockError
from emulator.simulation.instants import LATEST
from tests.for_each import for_each


class RealTime:
    """Real milliseconds, moved by hand."""

    def __init__(self) -> None:
        self.ms = 5000.0

    def __call__(self) -> float:
        return self.ms


def test_a_frozen_clock_stands_still() -> None:
    real = RealTime()
    clock = Clock(steady=real)
    real.ms += 1e6
    assert clock.now() == DEFAULT_START


@pytest.mark.parametrize(("rate", "gone"), [(1, 1000), (60, 60_000), (0.5, 500)])
def test_a_running_clock_follows_real_time_at_its_rate(rate: float, gone: int) -> None:
    real = RealTime()
    clock = Clock(0, rate, steady=real)
    real.ms += 1000
    assert clock.now() == gone


def test_changing_the_rate_keeps_the_reading() -> None:
    real = RealTime()
    clock = Clock(0, 60, steady=real)
    real.ms += 1000
    clock.set_rate(0)
    real.ms += 1000
    assert clock.now() == 60_000
    clock.set_rate(1)
    real.ms += 1000
    assert clock.now() == 61_000


def test_time_has_an_end_and_stays_there() -> None:
    real = RealTime()
    clock = Clock(LATEST - 10, MAX_RATE, steady=real)
    with pytest.raises(ClockError, match="last instant"):
        clock.run_to(LATEST + 1)
    real.ms += 1e9
    assert clock.now() == LATEST


def test_a_whole_rate_is_told_as_one() -> None:
    assert [repr(Clock(0, rate).rate) for rate in (0.0, 60.0, 0.5)] == ["0", "60", "0.5"]


HUGE = pytest.param(10**400, id="huge")


@for_each("rate", [-1, float("nan"), float("inf"), MAX_RATE * 2, HUGE, True, "1"])
def test_a_rate_that_time_cannot_have_is_refused_and_changes_nothing(rate: float) -> None:
    clock = Clock(1000)
    with pytest.raises(ClockError, match="a rate is a number"):
        clock.set_rate(rate)
    assert clock.state() == (clock.state().__class__)(1000, 0)


def test_a_clock_that_is_further_already_stays() -> None:
    clock = Clock(1000)
    clock.run_to(900)
    assert clock.now() == 1000
    clock.run_to(1100)
    assert clock.now() == 1100


def test_a_fork_reads_the_same_and_goes_its_own_way() -> None:
    clock = Clock(1000)
    other = clock.fork()
    other.run_to(9000)
    assert (clock.now(), other.now()) == (1000, 9000)


@given(st.lists(st.tuples(st.sampled_from(["pass", "rate", "jump"]), st.floats(0, 1000))))
def test_time_never_runs_backwards(steps: list[tuple[str, float]]) -> None:
    real = RealTime()
    clock = Clock(0, 1, steady=real)
    before = clock.now()
    for step, amount in steps:
        if step == "pass":
            real.ms += amount
        elif step == "rate":
            clock.set_rate(amount)
        else:
            clock.run_to(clock.now() + int(amount))
        assert clock.now() >= before
        before = clock.now()
