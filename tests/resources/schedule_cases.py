"""A sandbox to schedule in, a schedule, and what comes of it as time passes."""

from __future__ import annotations

from typing import Any

from emulator.resources import events, merge_policies, schedules
from emulator.resources.schedules import FIRED
from emulator.resources.space import Space
from emulator.simulation.instants import DAY, format_instant
from tests.resources.population_cases import START, add_definition, make_space


def scheduling_space() -> Space:
    """A sandbox with its merge policy and one definition."""
    space = make_space()
    merge_policies.create_default(space, START)
    add_definition(space, "known")
    return space


def document(**members: Any) -> dict[str, Any]:
    return {
        "name": "Every night at one",
        "type": "batch_segmentation",
        "properties": {"segments": ["*"]},
        "schedule": "0 0 1 * * ?",
        "state": "active",
        **members,
    }


def run_until(space: Space, instant: int) -> list[tuple[str, str, str]]:
    """Settle what falls due of schedules, as a world does; answer when, which status, and what came of it."""
    told = []
    while (due := space.agenda.take_due(instant)) is not None:
        at, event = due
        if event.type == events.SCHEDULE:
            detail = schedules.settle(space, event.id, event.status, at)
            if detail is not None:
                told.append((format_instant(at), event.status, detail))
    return told


def fires(space: Space, days: int) -> list[str]:
    return [at for at, status, _ in run_until(space, START + days * DAY) if status == FIRED]


def outlook(space: Space) -> list[tuple[str, str]]:
    return [
        (format_instant(at), event.status)
        for at, event in space.agenda.planned()
        if schedules.still_holds(space, event.id, event.status, at)
    ]
