"""Schedules over HTTP: /config/schedules."""

from __future__ import annotations

from emulator.resources import schedules
from emulator.resources.refusals import required_text
from emulator.web.exchange import Call, Reply
from emulator.web.paging import page

DEFAULT_LIMIT = 100


def list_schedules(call: Call) -> Reply:
    """Answer the schedules of the sandbox, newest first: ``start`` and ``limit``."""
    shown, about, links = page(call, call.space.schedules.newest_first(), DEFAULT_LIMIT, next_as=str)
    children = [schedules.to_wire(schedule, call.space) for schedule in shown]
    return Reply(200, {"_page": about, "children": children, "_links": links})


def create_schedule(call: Call) -> Reply:
    """Make a schedule, inactive unless the body says otherwise. Answers 200, not 201."""
    schedule = schedules.create(call.space, call.object(), call.now)
    return Reply(200, schedules.to_wire(schedule, call.space))


def retrieve_schedule(call: Call) -> Reply:
    """Answer one schedule."""
    return Reply(200, schedules.to_wire(schedules.find(call.space, call.id), call.space))


def update_schedule(call: Call) -> Reply:
    """Apply a JSON Patch to ``/state`` and ``/schedule``; by PATCH, or by POST as Adobe's tutorial has it."""
    schedules.update(call.space, call.id, call.body(), call.now)
    return Reply(204)


def trigger_schedule(call: Call) -> Reply:
    """Let the schedule that the body names fire now. Answers 200 without a body."""
    schedules.trigger(call.space, required_text(call.object(), "id"), call.now)
    return Reply(200)


def delete_schedule(call: Call) -> Reply:
    """Take a schedule away at once."""
    schedules.delete(call.space, call.id)
    return Reply(204)
