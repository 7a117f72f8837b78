"""Schedules: what may be scheduled, when it fires, and which firings come to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import merge_policies, schedules
from emulator.resources.refusals import Refusal
from emulator.resources.schedules import FIRED, MAX_MERGE_POLICIES, SKIPPED
from emulator.resources.space import Space
from emulator.simulation.instants import DAY, format_instant, parse_instant
from tests.for_each import for_each
from tests.resources.population_cases import START, add_definition, make_space, policy_document
from tests.resources.schedule_cases import document, fires, outlook, run_until, scheduling_space

SIX_POLICIES = MAX_MERGE_POLICIES + 1


@pytest.fixture
def space() -> Space:
    return scheduling_space()


def add_policies(space: Space, total: int) -> list[str]:
    missing = total - len(merge_policies.current(space))
    return [merge_policies.create(space, policy_document(), START).id for _ in range(missing)]


# -- making


def test_a_schedule_is_inactive_unless_asked_otherwise(space: Space) -> None:
    sent = document()
    del sent["state"]
    schedule = schedules.create(space, sent, START)
    assert schedule.state == "inactive"
    assert schedule.next_fire is None
    assert outlook(space) == []


def test_an_active_schedule_is_on_the_agenda(space: Space) -> None:
    schedules.create(space, document(), START)
    assert outlook(space) == [("2026-01-16T01:00:00Z", FIRED)]


@for_each(
    "members, said",
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"type": None}, "type"),
        ({"type": "hourly"}, "batch_segmentation, export"),
        ({"properties": None}, "properties"),
        ({"properties": []}, "properties"),
        ({"properties": {}}, "properties.segments"),
        ({"properties": {"segments": "*"}}, "properties.segments"),
        ({"properties": {"segments": [""]}}, "properties.segments"),
        ({"properties": {"segments": []}}, "at least one"),
        ({"schedule": None}, "schedule"),
        ({"schedule": "0 0 1 * *"}, "Quartz"),
        ({"schedule": "0 0 1 * * *"}, "must be '?'"),
        ({"schedule": "0 0 1,13 * * ?"}, "24 hours"),
        ({"schedule": "0 * * * * ?"}, "24 hours"),
        ({"state": "paused"}, "active, inactive"),
        ({"state": None}, "active, inactive"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(space: Space, members: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        schedules.create(space, document(**members), START)
    assert refused.value.status == 400
    assert said in " ".join(refused.value.reasons)
    assert len(space.schedules) == 0
    assert not space.agenda.planned()


def test_an_export_schedule_needs_no_segments(space: Space) -> None:
    schedule = schedules.create(space, document(type="export", properties={"anything": 1}), START)
    assert schedules.to_wire(schedule, space)["properties"] == {"anything": 1}


def test_one_schedule_a_sandbox_unless_the_setting_says_more(space: Space) -> None:
    first = schedules.create(space, document(), START)
    with pytest.raises(Refusal, match=r"1 schedule\(s\)") as refused:
        schedules.create(space, document(), START)
    assert refused.value.status == 400
    assert first.id in refused.value.reasons[0]

    schedules.delete(space, first.id)
    schedules.create(space, document(), START)

    more = make_space(max_schedules=2)
    for _ in range(2):
        schedules.create(more, document(), START)
    with pytest.raises(Refusal, match="2 schedule"):
        schedules.create(more, document(), START)


def test_a_text_that_never_fires_again_is_taken_and_never_fires(space: Space) -> None:
    schedule = schedules.create(space, document(schedule="0 0 1 * * ? 2025"), START)
    assert schedule.state == "active"
    assert fires(space, 400) == []


# -- the wire form


def test_the_wire_form(space: Space) -> None:
    schedule = schedules.create(space, document(), START + 999)
    assert schedules.to_wire(schedule, space) == {
        "id": schedule.id,
        "imsOrgId": "TEST@AdobeOrg",
        "sandbox": space.sandbox.reference(),
        "name": "Every night at one",
        "state": "active",
        "type": "batch_segmentation",
        "schedule": "0 0 1 * * ?",
        "properties": {"segments": ["*"]},
        "frequency": "daily",
        "createEpoch": START // 1000,
        "updateEpoch": START // 1000,
    }


@pytest.mark.parametrize(
    ("cron", "frequency"), [("0 0 1 * * ?", "daily"), ("0 0 1 ? * MON", "weekly"), ("0 0 1 1 * ?", None)]
)
def test_the_frequency_is_derived(space: Space, cron: str, frequency: str | None) -> None:
    schedule = schedules.create(space, document(schedule=cron), START)
    assert schedules.to_wire(schedule, space).get("frequency") == frequency


# -- firing


def test_a_firing_makes_a_segment_job_dated_at_its_instant_and_plans_the_next(space: Space) -> None:
    schedule = schedules.create(space, document(properties={"segments": ["known"]}), START)
    assert fires(space, 2) == ["2026-01-16T01:00:00Z", "2026-01-17T01:00:00Z"]
    at = parse_instant("2026-01-16T01:00:00Z")
    first, second = space.segment_jobs
    assert (first.created, second.created) == (at, at + DAY)
    assert (first.source, first.schedule_id, first.request_id) == ("scheduler", schedule.id, f"{schedule.id}-{at}")
    assert [segment.segment_id for segment in first.segments] == ["known"]
    assert outlook(space) == [("2026-01-18T01:00:00Z", FIRED)]


def test_a_firing_of_an_export_schedule_makes_an_export_job(space: Space) -> None:
    schedule = schedules.create(space, document(type="export", properties={}), START)
    assert fires(space, 1) == ["2026-01-16T01:00:00Z"]
    (job,) = space.export_jobs
    assert job.created == parse_instant("2026-01-16T01:00:00Z")
    assert job.request_id == f"{schedule.id}-{job.created}"


def test_a_schedule_that_is_triggered_fires_now_active_or_not_and_as_planned_too(space: Space) -> None:
    schedule = schedules.create(space, document(state="inactive"), START)
    schedules.trigger(space, schedule.id, START + DAY)
    (job,) = space.segment_jobs
    assert (job.schedule_id, job.created, job.source) == (schedule.id, START + DAY, "scheduler")
    assert schedules.find(space, schedule.id) == schedule
    with pytest.raises(Refusal) as refused:
        schedules.trigger(space, "unknown", START)
    assert refused.value.status == 404


def test_asking_what_is_planned_changes_nothing(space: Space) -> None:
    schedules.create(space, document(), START)
    drawn = dict(space.mint.ordinals.items())
    for _ in range(3):
        outlook(space)
    assert dict(space.mint.ordinals.items()) == drawn
    assert len(space.segment_jobs) == 0


def test_a_firing_whose_segments_are_unknown_is_skipped_and_says_so(space: Space) -> None:
    schedules.create(space, document(properties={"segments": ["known", "gone"]}), START)
    assert outlook(space) == [("2026-01-16T01:00:00Z", SKIPPED)]
    ((at, status, detail),) = run_until(space, START + DAY)
    assert (at, status) == ("2026-01-16T01:00:00Z", SKIPPED)
    assert "skipped" in detail
    assert "gone" in detail
    assert len(space.segment_jobs) == 0

    add_definition(space, "gone")
    assert fires(space, 2) == ["2026-01-17T01:00:00Z"]


def test_a_firing_that_the_service_refuses_is_skipped_and_the_next_one_is_planned() -> None:
    space = make_space(max_running_jobs=1, max_schedules=2)
    add_definition(space, "known")
    for _ in range(2):
        schedules.create(space, document(), START)
    told = run_until(space, START + DAY)
    assert [detail.split()[0] for _, _, detail in told] == ["segment", "skipped:"]
    assert len(space.segment_jobs) == 1
    assert [at for at, _ in outlook(space)] == ["2026-01-17T01:00:00Z"] * 2


# -- five merge policies


def test_five_merge_policies_can_be_scheduled_with_and_six_cannot(space: Space) -> None:
    add_policies(space, MAX_MERGE_POLICIES)
    schedules.delete(space, schedules.create(space, document(), START).id)
    add_policies(space, SIX_POLICIES)
    for state in ("active", "inactive"):
        with pytest.raises(Refusal, match="merge policies") as refused:
            schedules.create(space, document(state=state), START)
        assert refused.value.status == 400


def test_with_six_merge_policies_a_schedule_cannot_be_activated(space: Space) -> None:
    schedule = schedules.create(space, document(state="inactive"), START)
    add_policies(space, SIX_POLICIES)
    with pytest.raises(Refusal, match="merge policies"):
        schedules.update(space, schedule.id, [{"op": "add", "path": "/state", "value": "active"}], START)
    assert schedules.find(space, schedule.id) == schedule


def test_policies_for_other_schemas_do_not_count(space: Space) -> None:
    for _ in range(SIX_POLICIES):
        merge_policies.create(space, policy_document(schema={"name": "_xdm.context.account"}), START)
    schedules.create(space, document(), START)
    assert fires(space, 1) == ["2026-01-16T01:00:00Z"]


def test_a_sixth_policy_skips_the_firings_of_an_active_schedule_until_it_goes(space: Space) -> None:
    schedules.create(space, document(), START)
    sixth = add_policies(space, SIX_POLICIES)[-1]
    assert outlook(space) == [("2026-01-16T01:00:00Z", SKIPPED)]
    ((_, status, detail),) = run_until(space, START + DAY)
    assert status == SKIPPED
    assert "6 merge policies" in detail
    assert outlook(space) == [("2026-01-17T01:00:00Z", SKIPPED)]

    merge_policies.delete(space, sixth)
    assert outlook(space) == [("2026-01-17T01:00:00Z", FIRED)]
    assert fires(space, 2) == ["2026-01-17T01:00:00Z"]


def test_an_unknown_schedule_is_not_found(space: Space) -> None:
    for ask in (
        lambda: schedules.find(space, "nope"),
        lambda: schedules.update(space, "nope", [], START),
        lambda: schedules.delete(space, "nope"),
    ):
        with pytest.raises(Refusal) as refused:
            ask()
        assert refused.value.status == 404


# -- fixtures


def test_a_schedule_of_a_fixture_fires_after_its_loading_and_not_before(space: Space) -> None:
    made = {**document(), "id": "54a20f19-9a0w-293a-9b82-409b1p3v0192", "createTime": format_instant(START - 30 * DAY)}
    schedule = schedules.from_fixture(space, made, START)
    assert schedule.id == made["id"]
    assert schedules.to_wire(schedule, space)["createEpoch"] == (START - 30 * DAY) // 1000
    assert fires(space, 1) == ["2026-01-16T01:00:00Z"]


def test_a_fixture_is_held_to_the_same_rules(space: Space) -> None:
    with pytest.raises(Refusal, match="24 hours"):
        schedules.from_fixture(space, {**document(schedule="0 0 * * * ?"), "id": "x"}, START)
    schedules.from_fixture(space, {**document(), "id": "x"}, START)
    with pytest.raises(Refusal, match="schedule"):
        schedules.from_fixture(space, {**document(), "id": "y"}, START)
