"""Schedules that are changed: from when it holds, and that they fire when their text says so while active."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import schedules
from emulator.resources.refusals import Refusal
from emulator.resources.schedules import FIRED, Schedule
from emulator.resources.space import Space
from emulator.simulation import quartz
from emulator.simulation.instants import DAY, format_instant
from tests.resources.population_cases import START, add_definition, make_space
from tests.resources.schedule_cases import document, fires, outlook, run_until, scheduling_space


@pytest.fixture
def space() -> Space:
    return scheduling_space()


def change(space: Space, schedule: Schedule, path: str, value: str, at: int = START, op: str = "add") -> Schedule:
    return schedules.update(space, schedule.id, [{"op": op, "path": path, "value": value}], at)


@pytest.mark.parametrize("op", ["add", "replace"])
def test_state_and_time_are_changed_by_json_patch(space: Space, op: str) -> None:
    schedule = schedules.create(space, document(state="inactive"), START)
    change(space, schedule, "/state", "active", START + 5000, op)
    changed = change(space, schedule, "/schedule", "0 15 10 * * ?", START + 9000, op)
    assert (changed.state, changed.cron, changed.created, changed.updated) == (
        "active",
        "0 15 10 * * ?",
        START,
        START + 9000,
    )
    assert fires(space, 1) == ["2026-01-15T10:15:00Z"]


def test_a_deactivated_schedule_fires_no_more(space: Space) -> None:
    schedule = schedules.create(space, document(), START)
    change(space, schedule, "/state", "inactive")
    assert outlook(space) == []
    assert run_until(space, START + 3 * DAY) == []


def test_a_deleted_schedule_fires_no_more(space: Space) -> None:
    schedule = schedules.create(space, document(), START)
    schedules.delete(space, schedule.id)
    assert outlook(space) == []
    assert run_until(space, START + 3 * DAY) == []
    with pytest.raises(Refusal) as refused:
        schedules.find(space, schedule.id)
    assert refused.value.status == 404


def test_switching_off_and_on_again_does_not_fire_twice(space: Space) -> None:
    schedule = schedules.create(space, document(), START)
    for state in ("inactive", "active", "inactive", "active"):
        change(space, schedule, "/state", state)
    assert outlook(space) == [("2026-01-16T01:00:00Z", FIRED)]
    assert fires(space, 1) == ["2026-01-16T01:00:00Z"]


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "add", "path": "/state", "value": "active"},
        [{"op": "remove", "path": "/state"}],
        [{"op": "test", "path": "/state", "value": "inactive"}],
        [{"op": "add", "path": "/name", "value": "x"}],
        [{"op": "add", "path": "/state"}],
        [{"op": "add", "path": "/state", "value": "on"}],
        [{"op": "add", "path": "/state", "value": None}],
        [{"op": "add", "path": "/schedule", "value": "0 0 1 * *"}],
        [{"op": "add", "path": "/schedule", "value": "0 0 * * * ?"}],
        [{"op": "add", "path": "/state", "value": "active"}, {"op": "add", "path": "/schedule", "value": 7}],
        [{"op": "add", "path": "/state", "value": "active"}, {"op": "copy", "from": "/schedule", "path": "/state"}],
        [{"op": "add", "path": "/schedule", "value": "0 0 2 * * ?"}, "not an operation"],
        None,
    ],
)
def test_a_refused_patch_leaves_nothing_behind(space: Space, patch: object) -> None:
    schedule = schedules.create(space, document(state="inactive"), START)
    with pytest.raises(Refusal) as refused:
        schedules.update(space, schedule.id, patch, START + 1000)
    assert refused.value.status == 400
    assert schedules.find(space, schedule.id) == schedule
    assert not space.agenda.planned()


CRONS = ("0 0 1 * * ?", "0 15 10 * * ?", "0 0 12 ? * MON", "30 59 23 L * ?")


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, DAY // 3, DAY, 9 * DAY)),
        st.one_of(
            st.tuples(st.just("/state"), st.sampled_from(schedules.STATES)),
            st.tuples(st.just("/schedule"), st.sampled_from(CRONS)),
        ),
    ),
    max_size=12,
)


@given(ACTIONS)
def test_it_fires_at_the_instants_of_its_text_while_active_and_at_no_other(
    actions: list[tuple[int, tuple[str, str]]],
) -> None:
    space = make_space()
    add_definition(space, "known")
    schedule = schedules.create(space, document(state="inactive", schedule=CRONS[0]), START)
    now, state, cron = START, "inactive", CRONS[0]
    expected: list[str] = []
    told: list[str] = []

    def let_pass(length: int) -> None:
        nonlocal now
        if state == "active":
            expression, at = quartz.parse(cron), now
            while (at := expression.next_fire(at) or now + length + 1) <= now + length:
                expected.append(format_instant(at))
        now += length
        told.extend(at for at, _, _ in run_until(space, now))

    for length, (path, value) in actions:
        let_pass(length)
        change(space, schedule, path, value, now)
        state, cron = (value, cron) if path == "/state" else (state, value)
        assert len(outlook(space)) == (state == "active")
    let_pass(40 * DAY)
    assert told == expected
