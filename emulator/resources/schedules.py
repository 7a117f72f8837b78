"""Schedules: jobs that start by themselves, at the instants of a Quartz cron text, once a day at most.

An active schedule has its next firing on the agenda twice, as ``FIRED`` and as ``SKIPPED``: which of the two still
holds is decided by the sandbox as it is at the instant of asking. A schedule that was changed leaves its old events
behind; they name another instant than the record does, and are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.resources import cron, events, export_jobs, merge_policies, segment_jobs
from emulator.resources.catalog import json_patched
from emulator.resources.events import Event
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.refusals import Refusal, invalid, missing_field, not_found, required_text
from emulator.resources.space import Space
from emulator.simulation import quartz
from emulator.simulation.instants import parse_instant

ACTIVE, INACTIVE = "active", "inactive"
STATES = (ACTIVE, INACTIVE)
BATCH_SEGMENTATION, EXPORT = "batch_segmentation", "export"
TYPES = (BATCH_SEGMENTATION, EXPORT)

#: What becomes of a firing: a job, or nothing because something stands in its way.
FIRED, SKIPPED = "FIRED", "SKIPPED"

#: With more merge policies than this for XDM Individual Profile, a sandbox cannot use scheduled evaluation.
MAX_MERGE_POLICIES = 5


class Schedule(Struct, frozen=True):
    """A schedule. ``cron`` is its Quartz text, ``next_fire`` when it fires next; times are epoch ms.

    ``next_fire`` is None for one that is inactive, or that never fires again.
    """

    id: str
    name: str
    type: str
    properties: Mapping[str, Any]
    cron: str
    state: str
    created: int
    updated: int
    next_fire: int | None


def create(space: Space, document: Mapping[str, Any], at: int) -> Schedule:
    """Make a schedule and plan its first firing if it is active. Raises ``Refusal`` (400)."""
    schedule = _read(space, document, at)
    _refuse_without_scheduling(space)
    return _start(space, replace(schedule, id=space.mint.uuid("schedule")), at)


def from_fixture(space: Space, document: Mapping[str, Any], at: int) -> Schedule:
    """Make the schedule of a fixture that is loaded at ``at`` (epoch ms), with its own id; it fires after ``at``.

    ``createTime`` (RFC 3339) is when it counts as made. Raises ``Refusal`` (400).
    """
    created = parse_instant(document["createTime"]) if "createTime" in document else at
    schedule = _read(space, document, created)
    return _start(space, replace(schedule, id=document.get("id") or space.mint.uuid("schedule")), at)


def _read(space: Space, document: Mapping[str, Any], created: int) -> Schedule:
    """Answer the schedule that a document describes, without an id. Raises ``Refusal`` (400)."""
    name = required_text(document, "name")
    type = required_text(document, "type")
    if type not in TYPES:
        raise invalid(f"`type` is one of {', '.join(TYPES)}, not {type[:80]!r}.")
    properties = _properties(document, type)
    text, state = _checked(document.get("schedule"), document.get("state", INACTIVE))
    _refuse_too_many(space)
    return Schedule("", name, type, properties, text, state, created, created, None)


def find(space: Space, schedule_id: str) -> Schedule:
    """Answer a schedule. Raises ``Refusal`` (404)."""
    return space.schedules.find(schedule_id, not_found)


def update(space: Space, schedule_id: str, patch: object, at: int) -> Schedule:
    """Apply a JSON Patch to the state and the cron text of a schedule: all of it, or nothing.

    Raises ``Refusal`` (400, 404).
    """
    schedule = find(space, schedule_id)
    document = {"state": schedule.state, "schedule": schedule.cron}
    document = json_patched(document, patch, ("add", "replace"), ("/state", "/schedule"))
    text, state = _checked(document["schedule"], document["state"])
    if state == ACTIVE and schedule.state == INACTIVE:
        _refuse_without_scheduling(space)
    return _start(space, replace(schedule, cron=text, state=state, updated=at), at)


def delete(space: Space, schedule_id: str) -> None:
    """Take a schedule away; it fires no more. Raises ``Refusal`` (404)."""
    find(space, schedule_id)
    space.schedules.remove(schedule_id)


def trigger(space: Space, schedule_id: str, at: int) -> None:
    """Let a schedule fire at ``at`` (epoch ms), active or not; its next firing stays planned.

    Raises ``Refusal``: 404, and 400 for what would make the service skip a firing. Source: Adobe's guide to Flexible
    Batch Schedules (2026).
    """
    schedule = find(space, schedule_id)
    _refuse_without_scheduling(space)
    _fire(space, schedule, at)


def settle(space: Space, schedule_id: str, status: str, at: int) -> str | None:
    """Let a schedule fire, or skip its firing, as was planned for ``at`` (epoch ms), and plan the next.

    Answers what came of it; None when the plan has changed.
    """
    if not still_holds(space, schedule_id, status, at):
        return None
    schedule = _start(space, find(space, schedule_id), at)
    obstacle = _obstacle(space, schedule)
    if obstacle is not None:
        return f"skipped: {obstacle}"
    fault = space.faults.meet_job("schedule", space.sandbox.name, at)
    if fault.missed:
        return f"missed, by {', '.join(fault.rules)}"
    try:
        return _fire(space, schedule, at)
    except Refusal as refusal:
        return f"skipped: {refusal.reasons[0]}"
    except Exception as error:
        return f"failed: {events.logged(error)}"


def _fire(space: Space, schedule: Schedule, at: int) -> str:
    """Make the job of a firing and answer which. Raises ``Refusal``."""
    if schedule.type == EXPORT:
        return f"export job {export_jobs.create_scheduled(space, schedule.properties, at, schedule.id).id}"
    segments = schedule.properties["segments"]
    return f"segment job {segment_jobs.create(space, segments, at, schedule_id=schedule.id).id}"


def still_holds(space: Space, schedule_id: str, status: str, at: int) -> bool:
    """Answer whether what was planned for ``at`` (epoch ms) would happen, as far as can be told now."""
    schedule = space.schedules.get(schedule_id)
    if schedule is None or schedule.next_fire != at:
        return False
    return status == (FIRED if _obstacle(space, schedule) is None else SKIPPED)


def to_wire(schedule: Schedule, space: Space) -> dict[str, Any]:
    """Answer the wire form: epochs in s, and a ``frequency`` (Adobe's documentation of 2026) if daily or weekly."""
    wire: dict[str, Any] = {
        "id": schedule.id,
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        "name": schedule.name,
        "state": schedule.state,
        "type": schedule.type,
        "schedule": schedule.cron,
        "properties": dict(schedule.properties),
    }
    frequency = _expression(schedule.cron).frequency
    if frequency is not None:
        wire["frequency"] = frequency
    wire["createEpoch"] = schedule.created // 1000
    wire["updateEpoch"] = schedule.updated // 1000
    return wire


def _properties(document: Mapping[str, Any], type: str) -> Mapping[str, Any]:
    properties = document.get("properties")
    if not isinstance(properties, Mapping):
        raise missing_field("properties", "an object")
    if type == BATCH_SEGMENTATION:
        segments = properties.get("segments")
        if not isinstance(segments, list) or not all(isinstance(each, str) and each for each in segments):
            raise missing_field("properties.segments", 'a list of segment ids, or ["*"] for all')
        if not segments:
            raise invalid('`properties.segments` names at least one segment id, or ["*"] for all.')
    return dict(properties)


def _checked(text: object, state: object) -> tuple[str, str]:
    """Answer cron text and state if a schedule may have them. Raises ``Refusal`` (400)."""
    if not isinstance(text, str) or not text:
        raise missing_field("schedule")
    try:
        expression = _expression(text)
    except quartz.QuartzError as error:
        raise invalid(f"`schedule` is not a Quartz cron expression such as 0 0 1 * * ?: {error}") from None
    if expression.fires_more_than_daily():
        raise invalid(f"`schedule` {text[:80]!r} is too dense: {cron.TOO_DENSE}.")
    if state not in STATES:
        raise invalid(f"`state` is one of {', '.join(STATES)}, not {str(state)[:80]!r}.")
    return text, str(state)


@lru_cache(maxsize=256)
def _expression(text: str) -> quartz.QuartzExpression:
    return quartz.parse(text)


def _refuse_too_many(space: Space) -> None:
    limit = space.settings.max_schedules
    if len(space.schedules) >= limit:
        known = ", ".join(space.schedules.keys())
        hint = f" Update {known}, or delete it first." if known else ""
        raise invalid(f"Sandbox {space.sandbox.name} may hold {limit} schedule(s), and does.{hint}")


def _refuse_without_scheduling(space: Space) -> None:
    obstacle = _too_many_policies(space)
    if obstacle is not None:
        raise invalid(f"Scheduled evaluation cannot be used: {obstacle}.")


def _too_many_policies(space: Space) -> str | None:
    count = sum(policy.schema == PROFILE_SCHEMA for policy in merge_policies.current(space))
    if count <= MAX_MERGE_POLICIES:
        return None
    return f"{count} merge policies for {PROFILE_SCHEMA}, and scheduling works with {MAX_MERGE_POLICIES} at most"


def _obstacle(space: Space, schedule: Schedule) -> str | None:
    """Answer why a firing would come to nothing, or None."""
    obstacle = _too_many_policies(space)
    if obstacle is None and schedule.type == BATCH_SEGMENTATION:
        try:
            segment_jobs.chosen(space, schedule.properties["segments"])
        except Refusal as refusal:
            return refusal.reasons[0]
    return obstacle


def _start(space: Space, schedule: Schedule, after: int) -> Schedule:
    """Keep ``schedule`` with its first firing after ``after`` (epoch ms), and put that on the agenda."""
    next_fire = _expression(schedule.cron).next_fire(after) if schedule.state == ACTIVE else None
    schedule = replace(schedule, next_fire=next_fire)
    space.schedules.put(schedule.id, schedule)
    if next_fire is not None:
        for status in (FIRED, SKIPPED):
            # A schedule that was switched off and on again may have left the very same event behind.
            if not space.agenda.has(next_fire, Event(space.sandbox.name, events.SCHEDULE, schedule.id, status)):
                space.plan(next_fire, events.SCHEDULE, schedule.id, status)
    return schedule
