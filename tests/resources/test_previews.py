"""Previews and estimates: their course, what they count, and how an estimate grows."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import events, merge_policies, previews, sampling
from emulator.resources.events import Event
from emulator.resources.population import Population
from emulator.resources.previews import FAILED, NEW, RESULT_READY, RUNNING, Preview
from emulator.resources.refusals import Refusal
from emulator.resources.sampling import reading_order, sample_size
from emulator.resources.segment_definitions import SegmentDefinition
from emulator.resources.space import Space
from tests.for_each import for_each
from tests.resources.population_cases import START, crm, email, event, fragment, peopled_space, policy_document, settled

BASE = "http://host/data/core/ups"


def people(count: int) -> Space:
    """Answer a sandbox where person ``number`` of ``count`` is as many years old."""
    return peopled_space(fragment("crm", START, crm(number), email(str(number)), age=number) for number in range(count))


def make(space: Space, pql: str, graph: str | None = None) -> Preview:
    return previews.create(space, {"format": "pql/text", "value": pql}, graph, START)


def settle(space: Space, now: int) -> list[str]:
    return settled(space, now, previews.KIND.settle)


def estimate(space: Space, preview: Preview, now: int) -> dict[str, Any]:
    settle(space, now)
    return previews.estimate_to_wire(previews.find(space, preview.id), now, BASE)


def test_a_preview_comes_from_new_by_running_to_its_result() -> None:
    preview = make(people(1), "age > 0")
    states = [preview.timeline.status_at(START + elapsed) for elapsed in (0, 499, 500, 1999, 2000)]
    assert states == [NEW, NEW, RUNNING, RUNNING, RESULT_READY]


def test_the_id_spells_out_application_query_and_execution() -> None:
    preview = make(people(1), "age > 0")
    assert "=" not in preview.id
    padded = preview.id + "=" * (-len(preview.id) % 4)
    assert b64decode(padded).decode() == f"0:{preview.app_id}:{preview.query_id}:0"


def test_an_estimate_counts_profiles_once_and_namespaces_by_number() -> None:
    space = peopled_space(
        (
            fragment("crm", START, crm(1), email("ann"), age=40),
            fragment("web", START, email("ann"), city="Oslo"),
            fragment("crm", START, crm(2), age=50),
            fragment("crm", START, crm(3), email("cy"), age=3),
        )
    )
    wire = estimate(space, make(space, "age >= 40"), START + 2000)
    assert wire["totalRows"] == wire["numRowsToRead"] == wire["profilesReadSoFar"] == 3
    assert wire["estimatedSize"] == wire["profilesMatchedSoFar"] == 2
    assert wire["standardError"] == 0
    distribution = wire["estimatedNamespaceDistribution"]
    counts = {each["namespaceId"]: each["profilesMatchedSoFar"] for each in distribution}
    assert counts["6"] == 1
    assert sorted(counts.values()) == [1, 2]
    assert all(namespace.isdecimal() for namespace in counts)


def test_graph_none_keeps_the_fragments_of_one_person_apart() -> None:
    ann = (fragment("crm", START, crm(1), email("ann"), age=40), fragment("web", START, email("ann"), age=40))
    space = peopled_space(ann)
    assert estimate(space, make(space, "age = 40"), START + 2000)["estimatedSize"] == 1
    assert estimate(space, make(space, "age = 40", "none"), START + 2000)["estimatedSize"] == 2
    assert estimate(space, make(space, "age = 40", "pdg"), START + 2000)["estimatedSize"] == 1


def test_the_default_policy_says_which_datasets_count_whatever_the_graph() -> None:
    space = peopled_space((fragment("crm", START, crm(1), age=40), fragment("web", START, crm(2), age=40)))
    precedence = {"type": "dataSetPrecedence", "order": ["crm"]}
    merge_policies.create(space, policy_document(attributeMerge=precedence, default=True), START)
    assert estimate(space, make(space, "age = 40", "none"), START + 2000)["totalRows"] == 1


def test_a_preview_is_of_the_instant_at_which_it_begins_to_run() -> None:
    space = people(10)
    preview = make(space, "age >= 5")
    settle(space, START + 500)
    space.population = Population()
    assert estimate(space, preview, START + 2000)["estimatedSize"] == 5
    assert len(previews.found_at(previews.find(space, preview.id), START + 2000)) == 5


def test_time_in_the_expression_is_the_previews_own() -> None:
    space = peopled_space((), (event("visit", START - 1000, email("ann"), eventType="visit"),))
    within = "CHAIN(xEvent, timestamp, [V: WHAT(eventType = 'visit') WHEN(< 1 minute before now)])"
    assert estimate(space, make(space, within), START + 2000)["estimatedSize"] == 1
    late = previews.create(space, {"format": "pql/text", "value": within}, None, START + 120_000)
    assert estimate(space, late, START + 122_000)["estimatedSize"] == 0


@given(st.integers(0, 90), st.lists(st.integers(0, 2500), max_size=6))
def test_an_estimate_grows_and_reading_it_changes_nothing(count: int, readings: list[int]) -> None:
    space, unread = people(count), people(count)
    preview = make(space, "age >= 30")
    make(unread, "age >= 30")
    seen = [estimate(space, preview, START + elapsed) for elapsed in sorted(readings)]
    final = estimate(space, preview, START + 2500)
    assert final["profilesReadSoFar"] == count
    assert final["profilesMatchedSoFar"] == final["estimatedSize"] == max(0, count - 30)
    for before, after in pairwise([*seen, final]):
        for name in ("profilesReadSoFar", "profilesMatchedSoFar"):
            assert before[name] <= after[name]
    settle(unread, START + 2500)
    assert previews.find(unread, preview.id) == previews.find(space, preview.id)


def test_a_sample_of_a_large_store_is_taken_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "sample_size", lambda total: total // 10)
    space = people(2000)
    wire = estimate(space, make(space, "age >= 500"), START + 2000)
    assert (wire["totalRows"], wire["numRowsToRead"], wire["profilesReadSoFar"]) == (2000, 200, 200)
    assert abs(wire["estimatedSize"] - 1500) <= 2 * wire["standardError"]
    assert wire["estimatedSize"] == 10 * wire["profilesMatchedSoFar"]


def test_a_part_of_the_sample_tells_of_the_whole_within_its_error() -> None:
    space = people(1000)
    wire = estimate(space, make(space, "age >= 250"), START + 500 + 150)
    size, error = wire["estimatedSize"], wire["standardError"]
    assert wire["profilesReadSoFar"] == 100
    assert error > 0
    assert abs(size - 750) <= 2 * error


@given(st.integers(1, 10**8), st.data())
def test_the_standard_error_shrinks_to_nothing_as_the_store_is_read(total: int, data: st.DataObject) -> None:
    read = data.draw(st.integers(0, total))
    matched = data.draw(st.integers(0, read))
    error = previews.standard_error(total, read, matched)
    assert 0 <= error <= total
    assert previews.standard_error(total, total, min(matched, total)) == 0
    # doubling what was read, with the same share, never makes the estimate less certain
    if 0 < 2 * read <= total:
        assert previews.standard_error(total, 2 * read, 2 * matched) <= error + 1


def test_results_are_ordered_by_object_id_with_all_that_belongs_to_them() -> None:
    space = people(30)
    preview = make(space, "age >= 10")
    settle(space, START + 1999)
    assert previews.found_at(previews.find(space, preview.id), START + 1999) == ()
    settle(space, START + 2000)
    found = previews.found_at(previews.find(space, preview.id), START + 2000)
    wired = [previews.found_to_wire(identities, BASE) for identities in found]
    ids = [each["objectId"] for each in wired]
    assert ids == sorted(crm(number).xid for number in range(10, 30))
    first = wired[0]
    assert first["_href"] == f"{BASE}/models/profile/{first['objectId']}"
    assert [each["objectId"] for each in first["relatedObjects"]] == [found[0][1].xid]


def test_a_deleted_preview_ends_with_its_estimate() -> None:
    space = people(3)
    preview = make(space, "age >= 1")
    previews.delete(space, preview.id)
    assert settle(space, START + 2000) == []
    with pytest.raises(Refusal) as refusal:
        previews.find(space, preview.id)
    assert refusal.value.status == 404
    with pytest.raises(Refusal):
        previews.delete(space, preview.id)


def test_a_definition_that_does_not_compile_makes_the_preview_fail() -> None:
    space = people(3)
    document = {"name": "broken", "expression": {"type": "PQL", "format": "pql/text", "value": "age >"}}
    space.definitions.put("broken", SegmentDefinition("broken", document, START, START))
    preview = make(space, 'inSegment("broken")')
    assert previews.KIND.still_holds(space, preview.id, RESULT_READY, START + 2000)
    assert estimate(space, preview, START + 1999)["state"] == RUNNING
    assert not previews.KIND.still_holds(space, preview.id, RESULT_READY, START + 2000)
    wire = estimate(space, preview, START + 2000)
    assert wire["state"] == FAILED
    assert wire["error"] == {"description": previews.find(space, preview.id).fault, "traceback": ""}
    assert previews.find(space, preview.id).fault


def test_the_agenda_holds_the_two_instants_of_a_preview() -> None:
    space = people(1)
    preview = make(space, "age > 0")
    assert space.agenda.planned() == [
        (START + 500, Event("prod", events.PREVIEW, preview.id, RUNNING)),
        (START + 2000, Event("prod", events.PREVIEW, preview.id, RESULT_READY)),
    ]


def test_a_fork_goes_on_by_itself() -> None:
    space = people(4)
    preview = make(space, "age >= 2")
    other = space.fork("OTHER@AdobeOrg", space.agenda.fork(), space.faults.fork("OTHER@AdobeOrg"))
    settle(space, START + 2000)
    assert previews.find(other, preview.id).result is None
    assert estimate(other, preview, START + 2000)["estimatedSize"] == 2


@for_each(
    "total, size",
    [
        (0, 0),
        (999_999, 999_999),
        (1_000_000, 1_000_000),
        (5_000_000, 1_000_000),
        (20_000_000, 1_000_000),
        (40_000_000, 2_000_000),
    ],
)
def test_sample_sizes_are_those_of_the_documents(total: int, size: int) -> None:
    assert sample_size(total) == size


@given(st.integers(0, 3000))
def test_a_sample_reads_every_profile_once(total: int) -> None:
    assert sorted(reading_order(total)) == list(range(total))


@given(st.integers(1000, 3000))
def test_any_first_part_of_a_sample_is_spread_over_the_store(total: int) -> None:
    first = list(reading_order(total))[: total // 10]
    quarters = Counter(position * 4 // total for position in first)
    assert all(abs(count - len(first) / 4) <= 0.1 * len(first) for count in quarters.values())
    assert len(quarters) == 4
