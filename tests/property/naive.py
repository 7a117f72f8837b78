"""A second emulator, as plain as can be: lists, sets and loops over days, written from the documentation.

It knows durations, statuses, fault rules and memberships. Ids it is told. Where the product plans ahead, keeps what it
counted or shares what it holds, this one goes through everything again, at every instant at which something happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from emulator import pql
from tests.property.people import DEFINITIONS, MAX_SCHEDULES, PEOPLE, START

DAY = 86_400_000

#: How long the phases of a job last, in ms, and where it ends.
COURSES = {
    "segmentJob": ([("NEW", 1000), ("PROCESSING", 4000)], "SUCCEEDED"),
    "exportJob": ([("NEW", 1000), ("PROCESSING", 5000)], "SUCCEEDED"),
    "preview": ([("NEW", 500), ("RUNNING", 1500)], "RESULT_READY"),
}
CANCELLING = 1000
ENDS = ("SUCCEEDED", "FAILED", "CANCELLED", "RESULT_READY")

#: What the fault rules call the kinds of jobs.
KINDS = {"segmentJob": "segment", "exportJob": "export", "preview": "preview"}


# -- schedules


class Cron(NamedTuple):
    """A cron text with a hole for the minute, and what it means: a time of day, on the days for which ``on`` holds."""

    text: str
    hour: int
    second: int
    on: Callable[[date], bool]


CRONS = (
    Cron("0 {} 1 * * ?", 1, 0, lambda day: True),
    Cron("30 {} 23 ? * MON-FRI", 23, 30, lambda day: day.weekday() < 5),
    Cron("0 {} 9 ? * 2", 9, 0, lambda day: day.weekday() == 0),
    Cron("0 {} 0 31 * ?", 0, 0, lambda day: day.day == 31),
    Cron("5 {} 12 L * ?", 12, 5, lambda day: (day + timedelta(days=1)).day == 1),
    Cron("0 {} 6 ? * 6#3", 6, 0, lambda day: day.weekday() == 4 and 15 <= day.day <= 21),
    Cron("0 {} 4 1 1 ? 2020", 4, 0, lambda day: (day.year, day.month, day.day) == (2020, 1, 1)),
)


def next_fire(cron: Cron, minute: int, after: int) -> int | None:
    """Answer the first instant after ``after`` (epoch ms) at which a schedule fires: day by day, for two years."""
    day = datetime.fromtimestamp(after / 1000, UTC).date()
    for _ in range(731):
        at = datetime(day.year, day.month, day.day, cron.hour, minute, cron.second, tzinfo=UTC)
        instant = int(at.timestamp()) * 1000
        if instant > after and cron.on(day):
            return instant
        day += timedelta(days=1)
    return None


@dataclass
class Schedule:
    """``minute`` is the schedule's own, so that no two fire at once."""

    id: str
    type: str
    segments: list[str]
    cron: Cron
    minute: int
    active: bool
    fires: int | None = None

    @property
    def text(self) -> str:
        return self.cron.text.format(self.minute)


# -- faults


@dataclass
class Rule:
    id: str
    document: dict[str, Any]
    matched: int = 0
    fired: int = 0

    def meets(self) -> bool:
        """Count a match; answer whether the rule fires."""
        self.matched += 1
        wanted, number = self.document, self.matched
        fires = (
            ("nth" not in wanted or wanted["nth"] == number)
            and ("first" not in wanted or number <= wanted["first"])
            and ("every" not in wanted or number % wanted["every"] == 0)
            and ("after" not in wanted or number > wanted["after"])
        )
        self.fired += fires
        return fires


# -- jobs


@dataclass
class Definition:
    id: str
    expression: str
    batch: bool


@dataclass(eq=False)
class Job:
    """``phases`` are those it has been through and those to come; ``passed`` is the position of the one it is in."""

    type: str
    id: str
    request_id: str
    created: int
    phases: list[tuple[str, int]]
    segments: list[Definition] | None = None
    only: int | None = None
    refuses_cancel: bool = False
    evaluates_first: bool = False
    expression: str = ""
    passed: int = 0
    counted: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return self.phases[self.passed][0]

    @property
    def since(self) -> int:
        return self.phases[self.passed][1]

    @property
    def has_ended(self) -> bool:
        return self.status in ENDS

    @property
    def end(self) -> int | None:
        """When it ends, or has; None for one that is stuck."""
        status, at = self.phases[-1]
        return at if status in ENDS else None


class Happening(NamedTuple):
    at: int
    type: str
    thing: Job | Schedule
    status: str


class Member(NamedTuple):
    status: str
    since: int


@lru_cache
def _compiled(expression: str) -> pql.Compiled:
    return pql.compile(expression)


class NaiveWorld:
    """One organisation with one sandbox. Methods that a client calls answer the status that the client gets."""

    def __init__(self) -> None:
        self.now = START
        self.definitions = {id: Definition(id, expression, batch) for id, (expression, batch) in DEFINITIONS.items()}
        self.jobs: list[Job] = []
        self.removals: list[tuple[int, Job]] = []
        self.schedules: dict[str, Schedule] = {}
        self.schedules_made = 0
        self.rules: list[Rule] = []
        self.rules_made = 0
        self.members: dict[str, dict[str, Member]] = {}

    # -- who is in what

    def member(self, segment: str, name: str) -> Member | None:
        """Answer what is told now of somebody in a segment; who left is told of for 30 days."""
        found = self.members.get(segment, {}).get(name)
        if found is not None and found.status == "exited" and self.now - found.since > 30 * DAY:
            return None
        return found

    def is_in(self, segment: str, name: str, asked: frozenset[str] = frozenset()) -> bool:
        """Answer what `inSegment` asks: the last job's word, else the definition's, and a circle is a no."""
        if segment in self.members:
            found = self.member(segment, name)
            return found is not None and found.status != "exited"
        if segment not in self.definitions or segment in asked:
            return False
        return self.satisfies(self.definitions[segment].expression, name, asked | {segment})

    def satisfies(self, expression: str, name: str, asked: frozenset[str] = frozenset()) -> bool:
        person = PEOPLE[name]
        return _compiled(expression).matches(
            person.record, person.events, self.now, lambda segment: self.is_in(segment, name, asked)
        )

    def evaluate(self, definitions: list[Definition]) -> dict[str, Any]:
        """Run a segment job: all of it sees the memberships of before."""
        found = {each.id: {name for name in PEOPLE if self.satisfies(each.expression, name)} for each in definitions}
        by_status = {}
        for segment, after in found.items():
            known = self.members.get(segment, {})
            before = {name for name, member in known.items() if member.status != "exited"}
            entered, stayed, left = after - before, after & before, before - after
            by_status[segment] = {"realized": len(entered), "existing": len(stayed), "exited": len(left)}
            self.members[segment] = {
                **known,
                **dict.fromkeys(entered, Member("realized", self.now)),
                **{name: Member("existing", known[name].since) for name in stayed},
                **dict.fromkeys(left, Member("exited", self.now)),
            }
        return {
            "totalProfiles": len(PEOPLE) if definitions else 0,
            "segmentedProfileCounter": {segment: len(names) for segment, names in found.items()},
            "segmentedProfileByNamespaceCounter": {segment: by_namespace(names) for segment, names in found.items()},
            "segmentedProfileByStatusCounter": by_status,
        }

    def export(self, job: Job) -> dict[str, Any]:
        """Run an export job."""
        segments = None if job.segments is None else [each.id for each in job.segments]
        if job.evaluates_first:
            known = ["*"] if segments is None else [each for each in segments if each in self.definitions]
            self.evaluate(self.chosen(known))
        names = {
            name
            for name in PEOPLE
            if segments is None
            or any(
                member.status in ("realized", "existing")
                for segment in segments
                if (member := self.member(segment, name)) is not None
            )
        }
        return {
            "totalExportedProfileCounter": len(names),
            "exportedProfileByNamespaceCounter": by_namespace(names),
        }

    # -- time

    def run_to(self, target: int) -> list[Happening]:
        """Let time pass, one happening after another."""
        happened = []
        while due := [each for each in self.pending() if each.at <= target]:
            first = min(due, key=lambda each: each.at)  # of several at one instant, the one made first
            self.now = first.at
            happened.append(first)
            self.come_true(first)
        self.now = target
        return happened

    def pending(self) -> Iterator[Happening]:
        """Answer what will happen next to each job and schedule, to jobs in the order in which they were made."""
        for job in self.jobs:
            for status, at in job.phases[job.passed + 1 :][:1]:
                yield Happening(at, job.type, job, status)
        for at, job in self.removals:
            if job in self.jobs:
                yield Happening(at, job.type, job, "REMOVED")
        for schedule in self.schedules.values():
            if schedule.fires is not None:
                yield Happening(schedule.fires, "schedule", schedule, self.prospect(schedule))

    def planned(self) -> list[Happening]:
        """Answer all that is planned, as far ahead as it is."""
        later = [
            Happening(at, job.type, job, status) for job in self.jobs for status, at in job.phases[job.passed + 2 :]
        ]
        return [*self.pending(), *later]

    def prospect(self, schedule: Schedule) -> str:
        if schedule.type == "batch_segmentation" and self.unknown(schedule.segments):
            return "SKIPPED"
        return "FIRED"

    def come_true(self, happening: Happening) -> None:
        thing = happening.thing
        if isinstance(thing, Schedule):
            thing.fires = next_fire(thing.cron, thing.minute, self.now)
            if happening.status == "FIRED" and not self.meet("schedule").get("missed"):
                self.fire(thing)
        elif happening.status == "REMOVED":
            self.jobs.remove(thing)
        else:
            thing.passed += 1
            if thing.status == "SUCCEEDED" and thing.type == "segmentJob":
                assert thing.segments is not None
                thing.counted = self.evaluate(thing.segments[: thing.only])
            elif thing.status == "SUCCEEDED":
                thing.counted = self.export(thing)
            elif thing.status == "RUNNING":
                names = {name for name in PEOPLE if self.satisfies(thing.expression, name)}
                thing.counted = {"estimatedSize": len(names)}

    def fire(self, schedule: Schedule) -> None:
        request_id = f"{schedule.id}-{self.now}"
        if schedule.type == "export":
            self.plan("exportJob", "", request_id, segments=self.batch_definitions())
        else:
            self.plan("segmentJob", "", request_id, segments=self.chosen(schedule.segments))

    # -- jobs

    def batch_definitions(self) -> list[Definition]:
        return [each for each in self.definitions.values() if each.batch]

    def unknown(self, segments: list[str]) -> bool:
        return "*" not in segments and any(each not in self.definitions for each in segments)

    def chosen(self, segments: list[str]) -> list[Definition]:
        """Answer the definitions as they are now; a job keeps them, whatever becomes of them."""
        if "*" in segments:
            segments = [each.id for each in self.batch_definitions()]
        return [replace(self.definitions[each]) for each in dict.fromkeys(segments)]

    def plan(self, type: str, id: str, request_id: str, **content: Any) -> Job:
        fault = self.meet(KINDS[type])
        course, end = COURSES[type]
        phases, at = [], self.now
        for status, length in course:
            phases.append((status, at))
            at += round(length * fault.get("slower", 1))
            if status == fault.get("stuck_in"):
                break
            if status == fault.get("fail_at"):
                phases.append(("FAILED", at))
                break
        else:
            phases.append((end, at))
        job = Job(
            type,
            id,
            request_id,
            self.now,
            phases,
            only=fault.get("only_segments"),
            refuses_cancel=fault.get("refuse_cancel", False),
            **content,
        )
        self.jobs.append(job)
        return job

    def create_job(self, segments: list[str]) -> int:
        """Answer the status; the job made is the last of ``jobs``, and is told its id by whoever asks."""
        refused = self.meet(operation="createSegmentJob").get("respond")
        if refused is not None:
            return int(refused)
        if not segments or self.unknown(segments):
            return 400
        self.plan("segmentJob", "", "", segments=self.chosen(segments))
        return 200

    def create_export(self, segments: list[str] | None, evaluates_first: bool) -> int:
        refused = self.meet(operation="createExportJob").get("respond")
        if refused is not None:
            return int(refused)
        # a segment of an export need not be there
        named = None if segments is None else [Definition(each, "", True) for each in segments]
        self.plan("exportJob", "", "", segments=named, evaluates_first=evaluates_first)
        return 200

    def create_preview(self, expression: str) -> int:
        self.plan("preview", "", "", expression=expression)
        return 201

    def delete(self, type: str, id: str) -> int:
        """Cancel a job, or take one away that has ended; a preview goes at once."""
        operation = {"segmentJob": "deleteSegmentJob", "exportJob": "cancelExportJob", "preview": "deletePreview"}[type]
        refused = self.meet(operation=operation).get("respond")
        if refused is not None:
            return int(refused)
        job = self.job(type, id)
        if job is None:
            return 404
        if type == "preview":
            self.jobs.remove(job)
        elif job.has_ended:
            self.removals.append((self.now + CANCELLING, job))
        elif job.status != "CANCELLING" and not job.refuses_cancel:
            del job.phases[job.passed + 1 :]
            job.phases += [("CANCELLING", self.now), ("CANCELLED", self.now + CANCELLING)]
            job.passed += 1
        return 204 if type == "segmentJob" else 200

    def job(self, type: str, id: str) -> Job | None:
        return next((each for each in self.jobs if (each.type, each.id) == (type, id)), None)

    def of_type(self, type: str) -> list[Job]:
        return [each for each in self.jobs if each.type == type]

    # -- schedules

    def create_schedule(self, type: str, segments: list[str], cron: Cron, active: bool) -> int:
        """Answer the status; the schedule made goes by an empty id until it is told its own."""
        if len(self.schedules) >= MAX_SCHEDULES:
            return 400
        self.schedules_made += 1
        self.schedules[""] = Schedule("", type, segments, cron, self.schedules_made % 60, active)
        self.start(self.schedules[""])
        return 200

    def update_schedule(self, id: str, cron: Cron | None, active: bool | None) -> int:
        refused = self.meet(operation="updateSchedule").get("respond")
        if refused is not None:
            return int(refused)
        if id not in self.schedules:
            return 404
        schedule = self.schedules[id]
        schedule.cron = schedule.cron if cron is None else cron
        schedule.active = schedule.active if active is None else active
        self.start(schedule)
        return 204

    def delete_schedule(self, id: str) -> int:
        return 404 if self.schedules.pop(id, None) is None else 204

    def start(self, schedule: Schedule) -> None:
        schedule.fires = next_fire(schedule.cron, schedule.minute, self.now) if schedule.active else None

    # -- definitions

    def create_definition(self, id: str, expression: str, batch: bool) -> None:
        self.definitions[id] = Definition(id, expression, batch)

    def change_definition(self, id: str, expression: str, batch: bool) -> int:
        if id not in self.definitions:
            return 404
        self.definitions[id].expression = expression
        self.definitions[id].batch = batch
        return 200

    def delete_definition(self, id: str) -> int:
        if id not in self.definitions:
            return 404
        for other in self.definitions.values():
            if other.id != id and id in re.findall(r'inSegment\("([^"]+)"\)', other.expression):
                return 400
        del self.definitions[id]
        return 200

    # -- faults

    def add_rule(self, document: dict[str, Any]) -> Rule:
        self.rules_made += 1
        self.rules.append(Rule(f"fault-{self.rules_made}", document))
        return self.rules[-1]

    def remove_rule(self, id: str) -> int:
        known = [each for each in self.rules if each.id == id]
        self.rules = [each for each in self.rules if each.id != id]
        return 200 if known else 404

    def meet(self, job: str | None = None, operation: str | None = None) -> dict[str, Any]:
        """Answer what a job or a request meets; of two rules that say something of one thing the older has it."""
        effect: dict[str, Any] = {}
        for rule in self.rules:
            if rule.document.get("job") == job and rule.document.get("operation") == operation and rule.meets():
                effect = {**rule.document, **effect}
        return effect


def by_namespace(names: set[str]) -> dict[str, int]:
    spaces = [PEOPLE[name].namespace for name in names]
    return {each: spaces.count(each) for each in sorted(set(spaces))}
