"""A machine that does to the emulator, over HTTP, whatever clients do, and to a naive model of it as well.

Every answer is held against the model. Then the whole history is told again in other ways that must come to the same.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.property import histories
from tests.property.histories import CLOCK, Call, History, instant, stage
from tests.property.naive import CRONS, DAY, Cron, Happening, Job, NaiveWorld
from tests.property.people import DEFINITIONS, EXPRESSIONS, PEOPLE, SCHEMA, TARGET, definition

UPS = "/data/core/ups"
JOBS = f"{UPS}/segment/jobs"
EXPORTS = f"{UPS}/export/jobs"
SCHEDULES = f"{UPS}/config/schedules"
SEGMENTS = f"{UPS}/segment/definitions"
PATHS = {"segmentJob": JOBS, "exportJob": EXPORTS, "preview": f"{UPS}/preview"}

RULES: tuple[dict[str, Any], ...] = (
    {"job": "segment", "nth": 2, "fail_at": "PROCESSING"},
    {"job": "segment", "first": 1, "stuck_in": "PROCESSING"},
    {"job": "segment", "slower": 2.5, "refuse_cancel": True},
    {"job": "segment", "every": 2, "only_segments": 1},
    {"job": "export", "nth": 1, "fail_at": "NEW"},
    {"job": "export", "after": 1, "slower": 3, "refuse_cancel": True},
    {"job": "schedule", "every": 2, "missed": True},
    {"operation": "createSegmentJob", "nth": 2, "respond": 429},
    {"operation": "createExportJob", "every": 2, "respond": 503},
    {"operation": "updateSchedule", "first": 1, "respond": 500},
    {"operation": "deleteSegmentJob", "nth": 1, "respond": 503},
)

LENGTHS = st.one_of(
    st.integers(0, 7_000),
    st.sampled_from([500, 1000, 4000, 5000, 6000, DAY, 3 * DAY, 30 * DAY]),
    st.integers(0, 40 * DAY),
)
SOON = st.none() | LENGTHS
THEN = st.sampled_from(["nothing", "wait", "delete"])
WHICH = st.integers(0, 7)
Chosen = list[str | int]
CHOSEN: st.SearchStrategy[Chosen] = st.one_of(
    st.just(["*"]),
    st.just(["recent"]),
    st.lists(st.sampled_from(sorted(DEFINITIONS)) | WHICH, min_size=1, max_size=3),
    st.sampled_from([[], ["nobody knows it"]]),
)
EXPRESSION = st.sampled_from(EXPRESSIONS)
CRON = st.sampled_from(CRONS)
TYPE = st.sampled_from(sorted(PATHS))
READABLE = ("segment_jobs", "export_jobs", "segmentJob", "preview", "schedules", "people", "faults", "agenda")


class WorldMachine(RuleBasedStateMachine):
    """One organisation and its sandbox ``prod``."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = stage("first")
        self.model = NaiveWorld()
        self.kept: dict[str, NaiveWorld] = {}
        self.history: History = []
        self.known: dict[str, list[str]] = {"segmentJob": [], "exportJob": [], "preview": [], "schedule": []}
        self.segments = list(DEFINITIONS)

    # -- calling

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        call = Call(method, path, body)
        said = self.stage.call(call)
        self.history.append((call, said))
        assert said.status == status, (call, said.content)
        return said.json if said.content else None

    def pick(self, type: str, which: int) -> str:
        """Answer an id, of the newest things first, and of those that are gone as well."""
        return self.known[type][-1 - which % len(self.known[type])]

    def named(self, chosen: Chosen) -> list[str]:
        """Answer segment ids; a number is one of the definitions made so far."""
        return [each if isinstance(each, str) else self.segments[-1 - each % len(self.segments)] for each in chosen]

    # -- reading

    @rule(what=st.sampled_from(READABLE), which=WHICH)
    def read(self, what: str, which: int) -> None:
        if what in ("segmentJob", "preview"):
            if self.known[what]:
                getattr(self, f"read_{what}")(self.pick(what, which))
        else:
            getattr(self, f"read_{what}")()

    def read_segment_jobs(self) -> None:
        listed = self.call("GET", JOBS)["children"]
        jobs = self.model.of_type("segmentJob")
        assert [each["id"] for each in reversed(listed)] == [job.id for job in jobs]
        for wire, job in zip(reversed(listed), jobs, strict=True):
            check_job(wire, job)

    def read_export_jobs(self) -> None:
        listed = self.call("GET", f"{EXPORTS}?limit=1000")["records"]
        jobs = self.model.of_type("exportJob")
        assert [str(each["id"]) for each in reversed(listed)] == [job.id for job in jobs]
        for wire, job in zip(reversed(listed), jobs, strict=True):
            check_export(wire, job)

    def read_segmentJob(self, id: str) -> None:
        job = self.model.job("segmentJob", id)
        wire = self.call("GET", f"{JOBS}/{id}", status=404 if job is None else 200)
        if job is not None:
            check_job(wire, job)

    def read_preview(self, id: str) -> None:
        job = self.model.job("preview", id)
        estimate = self.call("GET", f"{UPS}/estimate/{id}", status=404 if job is None else 200)
        if job is not None:
            assert estimate["state"] == job.status
            if job.has_ended:
                assert estimate["estimatedSize"] == job.counted["estimatedSize"]

    def read_schedules(self) -> None:
        listed = self.call("GET", SCHEDULES)["children"]
        assert [(each["id"], each["schedule"], each["state"]) for each in reversed(listed)] == [
            (each.id, each.text, "active" if each.active else "inactive") for each in self.model.schedules.values()
        ]

    def read_people(self) -> None:
        body = {
            "schema": SCHEMA,
            "identities": [{"entityId": name, "entityIdNS": {"code": PEOPLE[name].namespace}} for name in PEOPLE],
        }
        answers = self.call("POST", f"{UPS}/access/entities", body).values()
        for name, answer in zip(PEOPLE, answers, strict=True):
            told = answer["entity"].get("segmentMembership", {}).get("ups", {})
            known = {segment: self.model.member(segment, name) for segment in self.model.members}
            assert {segment: (entry["status"], entry["lastQualificationTime"]) for segment, entry in told.items()} == {
                segment: (found.status, instant(found.since)) for segment, found in known.items() if found is not None
            }

    def read_faults(self) -> None:
        assert self.call("GET", "/_emulator/faults")["faults"] == [
            {**each.document, "id": each.id, "matched": each.matched, "fired": each.fired} for each in self.model.rules
        ]

    def read_agenda(self) -> None:
        told = self.call("GET", "/_emulator/agenda")["events"]
        planned = sorted(self.model.planned(), key=lambda each: each.at)
        assert [each["at"] for each in told] == [instant(each.at) for each in planned]
        assert sorted(map(event_of, told)) == sorted(map(expected, planned))

    # -- jobs

    @rule(chosen=CHOSEN, soon=SOON, then=THEN)
    def create_segment_job(self, chosen: Chosen, soon: int | None, then: str) -> None:
        segments = self.named(chosen)
        status = self.model.create_job(segments)
        made = self.call("POST", JOBS, [{"segmentId": each} for each in segments], status=status)
        if status == 200:
            self.give_id("segmentJob", made["id"])
            check_job(made, self.model.jobs[-1])
            self.go_on("segmentJob", soon, then)

    @rule(soon=SOON)
    def evaluate_everything(self, soon: int | None) -> None:
        self.pass_time(soon)
        self.create_segment_job(["*"], None, "wait")

    @rule(chosen=st.none() | st.lists(WHICH, min_size=1, max_size=2), first=st.booleans(), soon=SOON, then=THEN)
    def create_export_job(self, chosen: Chosen | None, first: bool, soon: int | None, then: str) -> None:
        segments = None if chosen is None else self.named(chosen)
        status = self.model.create_export(segments, first)
        body = {
            "destination": {"datasetId": TARGET},
            "schema": SCHEMA,
            "evaluationInfo": {"segmentation": first},
            "filter": None if segments is None else {"segments": [{"segmentId": each} for each in segments]},
        }
        made = self.call("POST", EXPORTS, body, status=status)
        if status == 200:
            self.give_id("exportJob", str(made["id"]))
            check_export(made, self.model.jobs[-1])
            self.go_on("exportJob", soon, then)

    @rule(expression=EXPRESSION, soon=SOON, then=THEN)
    def create_preview(self, expression: str, soon: int | None, then: str) -> None:
        status = self.model.create_preview(expression)
        made = self.call("POST", f"{UPS}/preview", {"predicateExpression": expression}, status=status)
        self.give_id("preview", made["previewId"])
        self.go_on("preview", soon, then)

    def go_on(self, type: str, soon: int | None, then: str) -> None:
        """Do with the newest job what clients do with one."""
        self.pass_time(soon)
        if then == "wait":
            self.wait_for(type, 0)
        elif then == "delete":
            self.delete_job(type, 0, None)

    @precondition(lambda self: any(self.known[type] for type in PATHS))
    @rule(type=TYPE, which=WHICH, soon=SOON)
    def delete_job(self, type: str, which: int, soon: int | None) -> None:
        """Cancel a job, or take one away that has ended."""
        if self.known[type]:
            id = self.pick(type, which)
            self.call("DELETE", f"{PATHS[type]}/{id}", status=self.model.delete(type, id))
        self.pass_time(soon)

    # -- schedules

    @rule(chosen=CHOSEN.filter(bool), cron=CRON, active=st.booleans(), exports=st.booleans(), soon=SOON)
    def create_schedule(self, chosen: Chosen, cron: Cron, active: bool, exports: bool, soon: int | None) -> None:
        type = "export" if exports else "batch_segmentation"
        segments = self.named(chosen)
        properties = {"destination": {"datasetId": TARGET}} if exports else {"segments": segments}
        status = self.model.create_schedule(type, segments, cron, active)
        minute = self.model.schedules_made % 60
        body = {
            "name": f"every so often {minute}",
            "type": type,
            "properties": properties,
            "schedule": cron.text.format(minute),
            "state": "active" if active else "inactive",
        }
        made = self.call("POST", SCHEDULES, body, status=status)
        if status == 200:
            schedule = self.model.schedules.pop("")
            schedule.id = made["id"]
            self.model.schedules[schedule.id] = schedule
            self.known["schedule"].append(schedule.id)
        self.pass_time(soon)

    @precondition(lambda self: self.known["schedule"])
    @rule(
        which=WHICH,
        cron=st.none() | CRON,
        active=st.none() | st.booleans(),
        method=st.sampled_from(["PATCH", "POST", "DELETE"]),
        soon=SOON,
    )
    def change_schedule(
        self, which: int, cron: Cron | None, active: bool | None, method: str, soon: int | None
    ) -> None:
        id = self.pick("schedule", which)
        if method == "DELETE":
            self.call("DELETE", f"{SCHEDULES}/{id}", status=self.model.delete_schedule(id))
            return
        minute = self.model.schedules[id].minute if id in self.model.schedules else 0
        patch = []
        if cron is not None:
            patch.append({"op": "add", "path": "/schedule", "value": cron.text.format(minute)})
        if active is not None:
            patch.append({"op": "replace", "path": "/state", "value": "active" if active else "inactive"})
        self.call(method, f"{SCHEDULES}/{id}", patch, status=self.model.update_schedule(id, cron, active))
        self.pass_time(soon)

    # -- definitions

    @rule(what=st.sampled_from(["POST", "PATCH", "PATCH", "DELETE"]), which=WHICH, asks=EXPRESSION, batch=st.booleans())
    def change_definitions(self, what: str, which: int, asks: str, batch: bool) -> None:
        id = self.segments[which % len(self.segments)]
        if what == "DELETE":
            self.call(what, f"{SEGMENTS}/{id}", status=self.model.delete_definition(id))
        elif what == "PATCH":
            status = self.model.change_definition(id, asks, batch)
            self.call(what, f"{SEGMENTS}/{id}", definition(f"changed {id}", asks, batch), status=status)
        else:
            made = self.call(what, SEGMENTS, definition(f"made {len(self.history)}", asks, batch))
            self.model.create_definition(made["id"], asks, batch)
            self.segments.append(made["id"])

    # -- faults

    @precondition(lambda self: len(self.model.rules) < 4)
    @rule(document=st.sampled_from(RULES))
    def add_rule(self, document: dict[str, Any]) -> None:
        rule = self.model.add_rule(document)
        assert self.call("POST", "/_emulator/faults", document)["id"] == rule.id

    @precondition(lambda self: self.model.rules_made)
    @rule(which=WHICH)
    def remove_rule(self, which: int) -> None:
        id = f"fault-{1 + which % self.model.rules_made}"
        self.call("DELETE", f"/_emulator/faults/{id}", status=self.model.remove_rule(id))

    # -- time

    @rule(how=st.sampled_from(["on", "on", "to the next event", "back"]), length=LENGTHS)
    def go(self, how: str, length: int) -> None:
        target = self.model.now + length
        if how == "on":
            self.move({"jump_to": instant(target)}, target)
        elif how == "back":
            self.call("POST", CLOCK, {"jump_to": instant(self.model.now - length - 1)}, status=400)
        else:
            instants = [each.at for each in self.model.pending()]
            self.move({"to_next_event": True}, min(instants, default=self.model.now))

    @rule(type=TYPE, which=WHICH)
    def wait_for(self, type: str, which: int) -> None:
        id = self.pick(type, which) if self.known[type] else "nobody"
        job = self.model.job(type, id)
        if job is None or job.end is None:
            self.call("POST", CLOCK, {"until": id}, status=400)
        else:
            self.move({"until": id}, max(self.model.now, job.end))

    def pass_time(self, length: int | None) -> None:
        if length is not None:
            self.move({"advance": length / 1000}, self.model.now + length)

    def move(self, body: Any, target: int) -> None:
        happened = self.model.run_to(target)
        moved = self.call("POST", CLOCK, body)
        assert moved["now"] == instant(target)
        self.learn_ids(happened)
        told = moved["events"]
        assert [each["at"] for each in told] == [instant(each.at) for each in happened]
        assert sorted(map(event_of, told)) == sorted(map(expected, happened))

    # -- snapshots

    @rule(name=st.sampled_from("ab"))
    def take_snapshot(self, name: str) -> None:
        self.call("POST", f"/_emulator/snapshots/{name}")
        self.kept[name] = copy.deepcopy(self.model)

    @precondition(lambda self: self.kept)
    @rule(which=WHICH)
    def restore_snapshot(self, which: int) -> None:
        name = sorted(self.kept)[which % len(self.kept)]
        self.call("POST", f"/_emulator/snapshots/{name}/restore")
        self.model = copy.deepcopy(self.kept[name])

    # -- ids

    def give_id(self, type: str, id: str) -> None:
        assert self.model.job(type, id) is None
        self.model.jobs[-1].id = id
        self.known[type].append(id)

    def learn_ids(self, happened: list[Happening]) -> None:
        """Ask for the ids of the jobs that schedules have made."""
        if not any(each.type == "schedule" for each in happened):
            return
        segment_jobs = self.call("GET", JOBS)["children"]
        export_jobs = self.call("GET", f"{EXPORTS}?limit=1000")["records"]
        for type, listed in (("segmentJob", segment_jobs), ("exportJob", export_jobs)):
            ids = {each["requestId"]: str(each["id"]) for each in listed}
            for job in self.model.of_type(type):
                if not job.id:
                    job.id = ids[job.request_id]
                    self.known[type].append(job.id)

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            for what in ("segment_jobs", "export_jobs", "schedules", "people", "faults", "agenda"):
                self.read(what, 0)


class RetellingMachine(WorldMachine):
    """Tells every history again in the ways that must come to the same."""

    def teardown(self) -> None:
        super().teardown()
        if sys.exc_info()[0] is None:
            histories.check_again(self.history, self.stage.requests())
            histories.check_quietly(self.history, self.stage.state())
            histories.check_in_small_steps(self.history)
            histories.check_side_by_side(self.history, lag=len(self.history) % 4)


def event_of(wire: Any) -> tuple[str, str, str, str]:
    return wire["at"], wire["type"], wire["id"], wire["status"]


def expected(happening: Happening) -> tuple[str, str, str, str]:
    return instant(happening.at), happening.type, happening.thing.id, happening.status


def check_job(wire: Any, job: Job) -> None:
    assert (wire["id"], wire["status"], wire["creationTime"]) == (job.id, job.status, job.created)
    assert wire["updateTime"] == job.since // 1000 * 1000
    assert job.segments is not None
    assert [each["segmentId"] for each in wire["segments"]] == [each.id for each in job.segments]
    counted = {name: value for name, value in wire.get("metrics", {}).items() if not name.endswith("Time")}
    counted.pop("totalProfilesByMergePolicy", None)
    assert counted == job.counted
    assert ("errors" in wire) == (job.status == "FAILED")


def check_export(wire: Any, job: Job) -> None:
    assert (str(wire["id"]), wire["status"], wire["creationTime"]) == (job.id, job.status, job.created)
    assert wire["updateTime"] == job.since
    counted = {name: value for name, value in wire["metrics"].items() if not name.endswith("Time")}
    assert counted == job.counted
    assert ("errors" in wire) == (job.status == "FAILED")


def run(machine: type[WorldMachine], examples: int, steps: int) -> None:
    """Let a machine live through so many histories of so many steps at most."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=checks)
    run_state_machine_as_test(machine, settings=chosen)


def test_the_emulator_is_what_the_model_says() -> None:
    run(WorldMachine, examples=15, steps=25)


@pytest.mark.slow
def test_a_history_told_again_is_the_same() -> None:
    run(RetellingMachine, examples=3, steps=25)


@pytest.mark.slow
def test_the_emulator_is_what_the_model_says_for_longer() -> None:
    run(WorldMachine, examples=100, steps=40)


@pytest.mark.slow
def test_a_history_told_again_is_the_same_for_longer() -> None:
    run(RetellingMachine, examples=25, steps=40)
