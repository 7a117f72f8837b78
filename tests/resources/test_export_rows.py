from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from emulator.resources import merge_policies, segment_definitions
from emulator.resources.export_rows import branches_of, narrowed
from emulator.resources.population import Fragment
from emulator.simulation.instants import format_instant
from tests.resources.export_cases import (
    ANNA,
    BORIS,
    SEGMENT,
    asked,
    export_space,
    exported,
    imported,
    put_members,
    whose,
)
from tests.resources.population_cases import START, add_definition, crm, email, event, fragment, policy_document

HOUR = 3_600_000


def rows_of(document: dict[str, Any], *more: Fragment, **options: Any) -> list[dict[str, Any]]:
    return exported(export_space(*more, **options), document)[1]


def test_without_segments_everybody_is_exported() -> None:
    assert whose(rows_of(asked())) == ["anna", "boris", "clara"]


def test_a_segment_brings_who_is_in_it_now() -> None:
    assert whose(rows_of(asked(SEGMENT))) == ["anna"]


def test_a_status_filter_brings_who_left() -> None:
    document = asked(filter={"segments": [{"segmentId": SEGMENT, "segmentNs": "UPS", "status": ["exited"]}]})
    assert whose(rows_of(document)) == ["boris"]


@pytest.mark.parametrize("namespace", ["AAM", "aam"])
def test_audiences_that_were_evaluated_elsewhere_are_found_in_their_namespace(namespace: str) -> None:
    document = asked(filter={"segments": [{"segmentId": "aam-1", "segmentNs": namespace}]})
    assert whose(rows_of(document)) == ["clara"]
    assert rows_of(asked("aam-1")) == []


def test_an_imported_membership_of_the_own_namespace_counts_until_a_job_says_otherwise() -> None:
    dora = fragment(
        "crm", START, email("dora"), segmentMembership=imported("ups", SEGMENT, "existing", "2019-09-01T10:00:00Z")
    )
    space = export_space(dora)
    assert whose(exported(space, asked(SEGMENT))[1]) == ["anna", "dora"]
    put_members(space, {email("dora"): ("exited", START)})
    assert exported(space, asked(SEGMENT), START + HOUR)[1] == []


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2019-09-01T10:00:00Z", "2019-09-01T10:00:00Z", True),
        ("2019-09-01T12:00:00+02:00", None, True),
        ("2019-09-01T10:00:01Z", None, False),
        (None, "2019-09-01T09:59:59Z", False),
        (None, None, True),
    ],
)
def test_the_time_of_qualification_filters(start: str | None, end: str | None, found: bool) -> None:
    span = {name: text for name, text in (("startTime", start), ("endTime", end)) if text}
    segments = [{"segmentId": "aam-1", "segmentNs": "AAM"}]
    rows = rows_of(asked(filter={"segments": segments, "segmentQualificationTime": span}))
    assert bool(rows) is found


def test_an_unknown_segment_is_an_empty_batch() -> None:
    job, rows = exported(export_space(), asked("nobody"))
    assert (job.timeline.phases[-1].status, rows) == ("SUCCEEDED", [])


def test_only_profiles_updated_after_an_instant() -> None:
    document = asked(filter={"fromIngestTimestamp": format_instant(START + 1)})
    assert whose(rows_of(document)) == ["clara"]


def test_profiles_of_events_alone_are_exported_only_when_asked_for() -> None:
    visitor = event("e1", START, crm(7), web={"page": "home"})
    assert len(rows_of(asked(), events=(visitor,))) == 3
    assert len(rows_of(asked(filter={"emptyProfiles": True}), events=(visitor,))) == 4


def test_a_row_carries_identities_fields_and_memberships() -> None:
    (row,) = rows_of(asked(SEGMENT, fields="person.name.firstName, age"))
    assert row == {
        "identityMap": {"Email": [{"id": "anna@example.com", "primary": True}]},
        "identities": [{"id": "anna@example.com", "namespace": {"code": "Email"}}],
        "age": 31,
        "person": {"name": {"firstName": "Anna"}},
        "segmentMembership": {
            "ups": {SEGMENT: {"lastQualificationTime": "2026-01-15T09:00:00Z", "status": "realized"}}
        },
    }


def test_fields_of_identities_narrow_them() -> None:
    (row,) = rows_of(asked(SEGMENT, fields="identities.id"))
    assert row["identities"] == [{"id": "anna@example.com"}]
    assert set(row) == {"identityMap", "identities", "segmentMembership"}


def test_the_fields_of_a_definition_narrow_its_export() -> None:
    space = export_space()
    definition = segment_definitions.find(space, SEGMENT)
    space.definitions.put(SEGMENT, replace(definition, document={**definition.document, "fields": "age"}))
    (row,) = exported(space, asked(SEGMENT))[1]
    assert "age" in row
    assert "person" not in row
    (row,) = exported(space, asked(SEGMENT, fields="person.name"), START + HOUR)[1]
    assert "age" not in row
    assert "person" not in row


EVENTS = (
    event("early", START - 3 * HOUR, ANNA, ingested=START + HOUR, browser={"name": "Wren", "version": "41"}),
    event("late", START - 2 * HOUR, ANNA, ingested=START - HOUR, browser={"name": "Wren", "version": "42"}),
)


@pytest.mark.parametrize(
    ("members", "ids"),
    [
        ({"additionalFields": {"eventList": {}}}, ["early", "late"]),
        ({"additionalFields": {"eventList": {"filter": {"fromIngestTimestamp": format_instant(START)}}}}, ["early"]),
        ({"additionalFields": {"eventList": {"filter": {"toIngestTimestamp": format_instant(START)}}}}, ["late"]),
        ({"filter": {"fromTimestamp": format_instant(START)}}, ["early"]),
        ({"filter": {"fromTimestamp": format_instant(START + HOUR)}}, []),
    ],
)
def test_events_go_along_by_the_time_of_their_ingestion(members: dict[str, Any], ids: list[str]) -> None:
    rows = rows_of(asked(SEGMENT, **members), events=EVENTS)
    assert [each["_id"] for each in rows[0]["eventList"]] == ids


def test_without_events_asked_for_there_is_no_list_of_them() -> None:
    (row,) = rows_of(asked(SEGMENT), events=EVENTS)
    assert "eventList" not in row


def test_the_fields_of_events_can_be_chosen() -> None:
    document = asked(SEGMENT, additionalFields={"eventList": {"fields": "browser.name"}})
    (row,) = rows_of(document, events=EVENTS)
    assert row["eventList"][0] == {
        "_id": "early",
        "timestamp": format_instant(START - 3 * HOUR),
        "browser": {"name": "Wren"},
    }


def test_the_merge_policy_of_the_segment_decides_unless_one_is_named() -> None:
    second = fragment("shop", START + 5, ANNA, age=99)
    space = export_space(second)
    document = policy_document(attributeMerge={"type": "dataSetPrecedence", "order": ["crm", "shop"]})
    crm_first = merge_policies.create(space, document, START)
    assert exported(space, asked(SEGMENT))[1][0]["age"] == 99
    named = asked(SEGMENT, mergePolicy={"id": crm_first.id})
    assert exported(space, named, START + HOUR)[1][0]["age"] == 31
    add_definition(space, SEGMENT, policy_id=crm_first.id)
    assert exported(space, asked(SEGMENT), START + 2 * HOUR)[1][0]["age"] == 31


def test_an_older_version_of_a_policy_can_be_named() -> None:
    space = export_space(fragment("shop", START + 5, ANNA, age=99))
    policy = next(iter(space.merge_policies))
    shop_only = policy_document(default=True, attributeMerge={"type": "dataSetPrecedence", "order": ["crm"]})
    merge_policies.update(space, policy.id, shop_only, START)
    job, rows = exported(space, asked(SEGMENT, mergePolicy={"id": policy.id}))
    assert (job.policy and job.policy.version, rows[0]["age"]) == (2, 31)
    job, rows = exported(space, asked(SEGMENT, mergePolicy={"id": policy.id, "version": 1}), START + HOUR)
    assert (job.policy and job.policy.version, rows[0]["age"]) == (1, 99)


def test_somebody_in_two_segments_is_one_row_of_one_batch() -> None:
    segments = [{"segmentId": SEGMENT}, {"segmentId": SEGMENT, "status": ["realized", "exited"]}]
    assert whose(rows_of(asked(filter={"segments": segments}))) == ["anna", "boris"]
    assert BORIS.id == "boris@example.com"


NAMES = st.sampled_from("abc")
RECORDS = st.recursive(
    st.integers(), lambda each: st.dictionaries(NAMES, each, max_size=3) | st.lists(each, max_size=2), max_leaves=8
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(".".join), min_size=1, max_size=3)


@given(st.dictionaries(NAMES, RECORDS, max_size=3), PATHS)
def test_narrowing_twice_is_narrowing_once(record: dict[str, Any], paths: list[str]) -> None:
    branches = branches_of(paths)
    once = narrowed(record, branches)
    assert narrowed(once, branches) == once
    assert set(once) <= {path.split(".")[0] for path in paths} & set(record)


@given(st.dictionaries(NAMES, RECORDS, max_size=3), PATHS)
def test_a_whole_path_takes_all_below_it(record: dict[str, Any], paths: list[str]) -> None:
    assert narrowed(record, branches_of([*paths, "a"])).get("a") == record.get("a")
