"""A story goes on from a snapshot as it went on the first time, in this emulator and in another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Emulator
from emulator.snapshots import Snapshot
from tests.snapshots.histories import SMALL, VERBS, Step, Walker

STEPS = st.lists(st.builds(Step, st.sampled_from(VERBS), st.integers(0, 40)), max_size=12)


def walked(walker: Walker, steps: list[Step]) -> list[Any]:
    return [walker.take(step) for step in steps]


def elsewhere() -> Emulator:
    """An emulator that would tell another story: other data, seed, instant."""
    return Emulator({"sandbox": "prod"}, seed=7, start="2031-05-05T05:05:05Z", rate=0)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(before=STEPS, after=STEPS)
def test_a_story_goes_on_as_it_would_have(before: list[Step], after: list[Step]) -> None:
    emulator = Emulator(SMALL)
    walker = Walker(emulator)
    walked(walker, before)
    state = emulator.snapshot()
    text = state.to_json()
    told = walked(walker, after)

    other = elsewhere()
    other.restore(Snapshot.from_json(text))
    assert other.snapshot().to_json() == text
    assert walked(Walker(other), after) == told

    emulator.restore(state)
    assert emulator.snapshot().to_json() == text
    assert walked(walker, after) == told


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(parts=st.lists(STEPS, min_size=2, max_size=4), order=st.lists(st.integers(0, 3), max_size=5))
def test_any_snapshot_can_be_put_back_again_and_again(parts: list[list[Step]], order: list[int]) -> None:
    emulator = Emulator(SMALL)
    walker = Walker(emulator)
    states: list[tuple[Snapshot, str]] = []
    for part in parts:
        walked(walker, part)
        state = emulator.snapshot()
        states.append((state, state.to_json()))
    for number in order:
        state, text = states[number % len(states)]
        emulator.restore(state)
        assert emulator.snapshot().to_json() == text
        walked(walker, parts[0])
    assert [state.to_json() for state, _ in states] == [text for _, text in states]
