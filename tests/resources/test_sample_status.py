"""The sample of the profile store: when it is taken, and what it counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import merge_policies, sample_status, sampling
from emulator.resources.sample_status import Count
from emulator.resources.space import Space
from tests.resources.population_cases import START, crm, email, event, fragment, peopled_space, policy_document


def people(*ingested: int) -> Space:
    return peopled_space([fragment("crm", at, crm(number)) for number, at in enumerate(ingested)])


def test_a_sandbox_is_sampled_when_it_begins() -> None:
    assert sample_status.taken(people(START - 1000, START), START) == [START]
    assert sample_status.taken(people(), START) == [START]


def test_a_sample_is_taken_when_more_than_five_percent_came() -> None:
    at_first = [START] * 100
    five = [START + 10 * number for number in range(1, 6)]
    assert sample_status.taken(people(*at_first, *five), START + 1000) == [START]
    assert sample_status.taken(people(*at_first, *five, START + 60), START + 1000) == [START, START + 60]


def test_a_sample_waits_for_its_instant() -> None:
    space = people(START, START + 60)
    assert sample_status.taken(space, START + 59) == [START]
    assert sample_status.taken(space, START + 60) == [START, START + 60]


def test_more_of_those_who_are_known_is_no_reason_for_a_sample() -> None:
    space = peopled_space([fragment("crm", START, crm(1)), fragment("web", START + 60, crm(1))])
    assert sample_status.taken(space, START + 60) == [START]


@given(st.lists(st.integers(START - 100, START + 100), max_size=60))
def test_between_samples_the_store_has_changed_by_five_percent_at_most(ingested: list[int]) -> None:
    space = people(*ingested)
    taken = sample_status.taken(space, START + 100)
    assert taken == sorted(set(taken))
    sizes = {at: sum(each <= at for each in ingested) for at in range(START, START + 101)}
    for at, size in sizes.items():
        last = sizes[max(each for each in taken if each <= at)]
        assert abs(size - last) * 20 <= last


def test_a_sample_counts_profiles_fragments_and_documents() -> None:
    space = peopled_space(
        [
            fragment("crm", START, crm(1), email("ann")),
            fragment("web", START, email("ann")),
            fragment("web", START, email("ben")),
            fragment("web", START + 1, email("late")),
        ],
        [event("1", START - 2, email("ann")), event("2", START - 1, email("ann")), event("3", START, email("cy"))],
    )
    sample = sample_status.sample(space, START)
    assert (sample.documents, sample.fragments, sample.profiles, sample.sampled) == (6, 5, 3, 3)
    assert sample.by_dataset == {"crm": Count(1, 1, 1), "events": Count(2, 2, 2), "web": Count(2, 2, 2)}
    assert sample.by_namespace == {"CRMID": Count(1, 1, 1), "Email": Count(3, 3, 5)}


def test_the_default_policy_decides_what_a_profile_is() -> None:
    fragments = [fragment("crm", START, crm(1), email("ann")), fragment("web", START, email("ann"))]
    space = peopled_space(fragments)
    assert sample_status.sample(space, START).profiles == 1
    merge_policies.create(space, policy_document(identityGraph={"type": "none"}, default=True), START)
    assert sample_status.sample(space, START).profiles == 2
    order = {"type": "dataSetPrecedence", "order": ["web"]}
    merge_policies.create(space, policy_document(attributeMerge=order, default=True), START)
    sample = sample_status.sample(space, START)
    assert (sample.profiles, list(sample.by_dataset)) == (1, ["web"])
    assert sample_status.to_wire(sample, space)["mergeStrategy"] == "dataSetPrecedence_auto"


def test_a_large_store_is_sampled_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "sample_size", lambda total: total // 4)
    space = people(*[START] * 100)
    sample = sample_status.sample(space, START)
    assert sample.by_dataset == {"crm": Count(100, 25, 100)}
    wire = sample_status.to_wire(sample, space)
    assert (wire["numRowsToRead"], wire["totalRows"], wire["samplingRatio"]) == ("25", "100", 0.25)


def test_an_empty_store_has_a_sample_of_nothing() -> None:
    space = people()
    wire = sample_status.to_wire(sample_status.sample(space, START), space)
    assert (wire["totalRows"], wire["docCount"], wire["samplingRatio"]) == ("0", '"0"', 1.0)


def test_instants_are_written_as_the_samples_have_them() -> None:
    space = people(START)
    whole = sample_status.sample(space, START)
    split = sample_status.sample(space, START + 250)
    assert sample_status.to_wire(whole, space)["lastSampledTimestamp"] == "2026-01-15 09:00:00.0"
    assert sample_status.to_wire(split, space)["lastSampledTimestamp"] == "2026-01-15 09:00:00.25"
    assert sample_status.by_namespace_to_wire(split)["reportTimestamp"] == "2026-01-15T09:00:00.250"
