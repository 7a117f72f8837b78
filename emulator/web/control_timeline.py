"""What there is and when, on the control plane: organisations, an overview of one sandbox, and its timeline.

Answers are bounded however many jobs there are: the newest are told one by one, the earlier ones in crowds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from emulator.resources import events, export_jobs, merge_policies, previews, queries, schedules, segment_jobs
from emulator.resources.courses import STANDARD_CODE, JobKind
from emulator.resources.job_table import JobTable
from emulator.resources.jobs import KINDS
from emulator.resources.refusals import is_defect
from emulator.simulation.instants import format_instant
from emulator.web.control_calls import instant, space_of, whole_number, worlds

if TYPE_CHECKING:
    from emulator.resources.events import Event, Happening
    from emulator.resources.space import Space
    from emulator.simulation.timeline import Lifecycle, Timeline
    from emulator.universes import Universes
    from emulator.world import World

#: How many jobs of a kind are told one by one unless ``limit`` says otherwise, and at most.
USUAL_LIMIT, LARGEST_LIMIT = 120, 1000

#: Into how many crowds the earlier jobs of a kind are put at most.
CROWDS = 40

#: How many of the last happenings, and of the next events, an overview and a timeline tell.
TOLD = 60


def orgs(emulator: Universes) -> dict[str, Any]:
    """Answer the organisations seen so far, and their sandboxes; asking makes none."""
    return {"orgs": [_org(world) for world in emulator.worlds() if world.org]}


def _org(world: World) -> dict[str, Any]:
    with world.lock:
        now = world.glance()
        sandboxes = [space.sandbox for space in world.spaces.values() if space.sandbox.state == "active"]
        return {
            "org": world.org,
            "now": format_instant(now),
            "rate": world.clock.rate,
            "requests": world.journal.count,
            "sandboxes": [{"name": each.name, "title": each.title, "type": each.type} for each in sandboxes],
        }


def overview(emulator: Universes) -> dict[str, Any]:
    """Answer what a sandbox holds, what is due in it and what happened."""
    world = worlds(emulator)[0]
    with world.lock:
        now = world.glance()
        space = space_of(world, now)
        return {
            **_reading(world, space, now),
            "counts": _counts(world, space, now),
            "next": _planned(world, space),
            "happened": _happened(world, space),
        }


def timeline(emulator: Universes) -> dict[str, Any]:
    """Answer the jobs of a sandbox on the axis of time, and its schedules' firings."""
    world = worlds(emulator)[0]
    since, until = instant("from"), instant("to")
    limit = whole_number("limit", 1, LARGEST_LIMIT) or USUAL_LIMIT
    with world.lock:
        now = world.glance()
        space = space_of(world, now)
        return {
            **_reading(world, space, now),
            "lanes": [_lane(kind, space, now, since, until, limit) for kind in KINDS],
            "planned": _planned(world, space),
            "happened": _happened(world, space),
        }


def _reading(world: World, space: Space, now: int) -> dict[str, Any]:
    return {
        "now": format_instant(now),
        "rate": world.clock.rate,
        "org": world.org or None,
        "sandbox": space.sandbox.name,
    }


# -- what there is


def _counts(world: World, space: Space, now: int) -> dict[str, Any]:
    rules = world.faults.rules
    return {
        "definitions": len(space.definitions),
        "profiles": len(space.population.merged(merge_policies.rule_of(space, None)).profiles),
        "audiences": len(space.audiences),
        "segmentJobs": _of_jobs(segment_jobs.KIND, space, now),
        "exportJobs": _of_jobs(export_jobs.KIND, space, now),
        "previews": _of_jobs(previews.KIND, space, now),
        "queries": _of_jobs(queries.KIND, space, now),
        "schedules": {
            "total": len(space.schedules),
            "active": sum(each.state == schedules.ACTIVE for each in space.schedules),
        },
        "datasets": len(space.datasets),
        "batches": len(space.batches),
        "faults": {"total": len(rules), "fired": sum(world.faults.count(rule.id).fired for rule in rules)},
        "requests": world.journal.count,
    }


def _of_jobs(kind: JobKind[Any], space: Space, now: int) -> dict[str, int]:
    """Answer how many jobs there are, and how many have not ended: under way, stuck, or waiting to be read."""
    table = kind.jobs(space)
    if isinstance(table, JobTable):
        return {"total": len(table), "running": len(table.running(kind.lifecycle, now))}
    running = sum(not kind.lifecycle.is_terminal(_status(job.timeline, now)) for job in table)
    return {"total": len(table), "running": running}


def _planned(world: World, space: Space) -> list[dict[str, Any]]:
    """Answer the next events of the sandbox, soonest first."""
    upcoming = ((at, event) for at, event in world.upcoming() if event.sandbox == space.sandbox.name)
    return [event_to_wire(at, event) for at, event in islice(upcoming, TOLD)]


def _happened(world: World, space: Space) -> list[dict[str, Any]]:
    """Answer the last happenings of the sandbox, newest first."""
    told = (each for each in reversed(world.history) if each.event.sandbox == space.sandbox.name)
    return [happening_to_wire(each) for each in islice(told, TOLD)]


def event_to_wire(at: int, event: Event, where: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """Answer an event that is planned for ``at`` (epoch ms), with ``where`` it is where several places are told of."""
    return {"at": format_instant(at), **(where or {}), "type": event.type, "id": event.id, "status": event.status}


def happening_to_wire(happening: Happening, where: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """Answer an event that has come true, and what came of it."""
    wire = event_to_wire(happening.at, happening.event, where)
    return {**wire, "detail": happening.detail} if happening.detail else wire


# -- jobs on the axis


def _lane(
    kind: JobKind[Any], space: Space, now: int, since: int | None, until: int | None, limit: int
) -> dict[str, Any]:
    jobs = kind.jobs(space).newest_first()
    if since is not None or until is not None:
        jobs = [job for job in jobs if _touches(job.timeline, kind.lifecycle, since, until)]
    statuses = [_status(job.timeline, now) for job in jobs]
    size = -(-(len(jobs) - limit) // CROWDS)
    begins = range(limit, len(jobs), size) if size > 0 else ()
    return {
        "type": kind.event,
        "total": len(jobs),
        "statuses": dict(Counter(statuses)),
        "jobs": [_course(kind, job) for job in jobs[:limit]],
        "earlier": [_crowd(jobs[begin : begin + size], statuses[begin : begin + size]) for begin in begins],
    }


def _status(timeline: Timeline, now: int) -> str:
    last = timeline.phases[-1]  # that of nearly all jobs where there are many
    return last.status if last.begins <= now else timeline.status_at(now)


def _touches(timeline: Timeline, lifecycle: Lifecycle, since: int | None, until: int | None) -> bool:
    """Answer whether a job lives between the two bounds; one that nothing planned would end lives on."""
    if until is not None and timeline.begins > until:
        return False
    return since is None or timeline.ends >= since or not lifecycle.is_terminal(timeline.phases[-1].status)


def _course(kind: JobKind[Any], job: Any) -> dict[str, Any]:
    """Answer a job's phases, planned ones included; the last has an end only where the job goes on for ever."""
    timeline: Timeline = job.timeline
    wire: dict[str, Any] = {
        "id": str(job.id),
        "phases": [{"status": phase.status, "from": format_instant(phase.begins)} for phase in timeline.phases],
        "ends": kind.lifecycle.is_terminal(timeline.phases[-1].status),
    }
    schedule_id = getattr(job, "schedule_id", None)
    if schedule_id is not None:
        wire["schedule"] = schedule_id
    marks = list(_marks(kind, job))
    if marks:
        wire["faults"] = marks
    return wire


def _fails_by_fault(kind: JobKind[Any], job: Any) -> bool:
    """Answer whether a job that fails was told to; most kinds may have reasons of their own."""
    if kind.event == events.EXPORT_JOB:
        return export_jobs.ABORTED not in job.errors
    if kind.event == events.QUERY:
        return any(code == STANDARD_CODE for code, _ in job.errors)
    told = [job.fault] if kind.event == events.PREVIEW else [each.message for each in job.errors]
    return not any(map(is_defect, told))


def _marks(kind: JobKind[Any], job: Any) -> Iterator[str]:
    """Answer which faults can be seen in a job: those that changed its course, and those it still has to meet."""
    phases = job.timeline.phases
    last = phases[-1].status
    if last == "FAILED" and _fails_by_fault(kind, job):
        yield f"fail_at {phases[-2].status}"
    if not kind.lifecycle.is_terminal(last) and not job.timeline.later:
        yield f"stuck_in {last}"
    if getattr(job, "refuses_cancel", False):
        yield "refuse_cancel"
    if getattr(job, "only_segments", None) is not None:
        yield "only_segments"


def _crowd(jobs: Sequence[Any], statuses: Sequence[str]) -> dict[str, Any]:
    return {
        "from": format_instant(min(job.timeline.phases[0].begins for job in jobs)),
        "to": format_instant(max(job.timeline.phases[-1].begins for job in jobs)),
        "count": len(jobs),
        "statuses": dict(Counter(statuses)),
    }
