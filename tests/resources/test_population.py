"""The population: who belongs together, and whose word counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.pql.instants import parse_instant
from emulator.resources.identities import Identity
from emulator.resources.population import ExperienceEvent, Fragment, MergeRule, Population, Profile
from tests.resources.population_cases import START, crm, email, event, fragment

STITCHED = MergeRule("pdg", None)
APART = MergeRule("none", None)
ANNA, BO, CLEO = email("anna"), email("bo"), email("cleo")


def population(*items: Fragment | ExperienceEvent) -> Population:
    fragments = [item for item in items if isinstance(item, Fragment)]
    events = [item for item in items if isinstance(item, ExperienceEvent)]
    return Population().with_added(fragments, events)


def only(people: Population, rule: MergeRule) -> Profile:
    (profile,) = people.merged(rule).profiles
    return profile


# -- who belongs together


def test_pdg_stitches_over_a_chain_of_shared_identities() -> None:
    people = population(
        fragment("crm", 1, crm(1), ANNA),
        fragment("club", 2, BO),
        fragment("app", 3, BO, crm(2)),
        fragment("x", 4, crm(2), ANNA),
    )
    profile = only(people, STITCHED)
    assert profile.key == crm(1)
    assert set(profile.identities) == {crm(1), crm(2), ANNA, BO}
    merged = people.merged(STITCHED)
    assert all(merged.by_identity[identity] is profile for identity in profile.identities)
    assert merged.by_xid[BO.xid] is profile


def test_none_keeps_to_the_primary_identity() -> None:
    people = population(fragment("crm", 1, crm(1), ANNA), fragment("club", 2, ANNA), fragment("crm", 3, crm(1), BO))
    merged = people.merged(APART)
    assert [profile.key for profile in merged.profiles] == [crm(1), ANNA]
    assert set(merged.by_identity) == {crm(1), ANNA}
    assert merged.by_identity[crm(1)].identities == (crm(1), ANNA, BO)


def test_an_event_links_identities_as_a_fragment_does() -> None:
    device = Identity("ECID", "44437426475288447038381238693089308939")
    people = population(fragment("crm", 1, ANNA), event("e1", 5, device), event("e2", 4, device, ANNA))
    profile = only(people, STITCHED)
    assert [each["_id"] for each in profile.events] == ["e2", "e1"]
    assert len(people.merged(APART).profiles) == 2


def test_the_identity_map_names_everyone_and_one_primary() -> None:
    profile = only(population(fragment("crm", 1, crm(1), ANNA), fragment("club", 2, ANNA, BO)), STITCHED)
    assert profile.attributes["identityMap"] == {
        "CRMID": [{"id": "CRM-1", "primary": True}],
        "Email": [{"id": ANNA.id, "primary": False}, {"id": BO.id, "primary": False}],
    }


# -- whose word counts


def test_the_newest_wins_field_by_field_whatever_came_first() -> None:
    newest = fragment("b", 20, ANNA, home={"city": "Astoria"}, tags=["c"])
    oldest = fragment("a", 10, ANNA, home={"city": "Portland", "country": "US"}, tags=["a", "b"], name="Anna")
    for people in (population(oldest, newest), population(newest, oldest)):
        profile = only(people, STITCHED)
        attributes = {name: profile.attributes[name] for name in ("home", "tags", "name")}
        assert attributes == {"home": {"city": "Astoria", "country": "US"}, "tags": ["c"], "name": "Anna"}
        assert profile.last_modified == 20
        assert set(profile.sources) == {"a", "b"}


def test_of_two_ingested_at_once_the_later_in_order_of_arrival_wins() -> None:
    people = population(fragment("a", 10, ANNA, city="Portland"), fragment("b", 10, ANNA, city="Astoria"))
    assert only(people, STITCHED).attributes["city"] == "Astoria"


def test_a_null_says_nothing() -> None:
    people = population(fragment("a", 10, ANNA, city="Portland"), fragment("b", 20, ANNA, city=None))
    assert only(people, STITCHED).attributes["city"] == "Portland"


def test_by_precedence_the_dataset_named_first_wins_even_when_it_is_older() -> None:
    people = population(
        fragment("crm", 10, ANNA, city="Portland"), fragment("club", 30, ANNA, city="Astoria", tier="gold")
    )
    assert only(people, MergeRule("pdg", ("crm", "club"))).attributes["city"] == "Portland"
    assert only(people, MergeRule("pdg", ("crm", "club"))).attributes["tier"] == "gold"
    assert only(people, MergeRule("pdg", ("club", "crm"))).attributes["city"] == "Astoria"


def test_within_one_dataset_precedence_goes_by_time() -> None:
    people = population(fragment("crm", 20, ANNA, city="Astoria"), fragment("crm", 10, ANNA, city="Portland"))
    assert only(people, MergeRule("pdg", ("crm",))).attributes["city"] == "Astoria"


def test_a_dataset_that_is_not_listed_is_not_merged() -> None:
    people = population(
        fragment("crm", 10, ANNA, city="Portland"), fragment("club", 20, ANNA, tier="gold"), fragment("club", 5, BO)
    )
    profile = only(people, MergeRule("pdg", ("crm",)))
    assert profile.key == ANNA
    assert "tier" not in profile.attributes
    assert profile.sources == ("crm",)


def test_a_person_known_only_by_an_unlisted_dataset_and_events_is_event_only() -> None:
    people = population(fragment("club", 10, ANNA, tier="gold"), event("e1", 20, ANNA))
    profile = only(people, MergeRule("pdg", ("crm",)))
    assert not profile.has_record
    assert profile.sources == ("events",)


def test_the_newest_membership_wins_whatever_was_ingested_last() -> None:
    def imported(ingested: int, status: str, qualified: str) -> Fragment:
        entry = {"lastQualificationTime": qualified, "status": status}
        return fragment("imported", ingested, ANNA, segmentMembership={"AAM": {"audience": entry}})

    exited = imported(10, "exited", "2019-09-02T00:00:00Z")
    realized = imported(20, "realized", "2019-09-01T00:00:00Z")
    for people in (population(exited, realized), population(realized, exited)):
        membership = only(people, STITCHED).attributes["segmentMembership"]
        assert membership == {
            "AAM": {"audience": {"lastQualificationTime": "2019-09-02T00:00:00Z", "status": "exited"}}
        }


def test_of_memberships_qualified_together_the_one_ingested_last_wins() -> None:
    def imported(ingested: int, status: str) -> Fragment:
        entry = {"lastQualificationTime": "2019-09-01T00:00:00Z", "status": status}
        return fragment("imported", ingested, ANNA, segmentMembership={"AAM": {"audience": entry}})

    people = population(imported(20, "exited"), imported(10, "realized"))
    membership = only(people, STITCHED).attributes["segmentMembership"]
    assert membership["AAM"]["audience"]["status"] == "exited"


def test_memberships_of_several_namespaces_come_together() -> None:
    people = population(
        fragment("a", 1, ANNA, segmentMembership={"AAM": {"x": {"status": "realized"}}}),
        fragment(
            "b", 2, ANNA, segmentMembership={"AAM": {"y": {"status": "exited"}}, "Email": {"z": {"status": "realized"}}}
        ),
    )
    membership = only(people, STITCHED).attributes["segmentMembership"]
    assert membership == {
        "AAM": {"x": {"status": "realized"}, "y": {"status": "exited"}},
        "Email": {"z": {"status": "realized"}},
    }


def test_merging_leaves_what_was_ingested_alone() -> None:
    first = fragment("a", 1, ANNA, home={"city": "Portland"}, segmentMembership={"AAM": {"x": {"status": "realized"}}})
    second = fragment("b", 2, ANNA, home={"city": "Astoria"}, segmentMembership={"AAM": {"y": {"status": "exited"}}})
    only(population(first, second), STITCHED)
    assert first.record["home"] == {"city": "Portland"}
    assert first.record["segmentMembership"] == {"AAM": {"x": {"status": "realized"}}}


# -- events alone


def test_a_device_nobody_signed_in_on_is_a_profile_without_a_record() -> None:
    device = Identity("ECID", "1")
    profile = only(population(event("e1", 20, device, ingested=25), event("e2", 10, device, ingested=30)), STITCHED)
    assert not profile.has_record
    assert profile.attributes == {"identityMap": {"ECID": [{"id": "1", "primary": True}]}}
    assert [each["_id"] for each in profile.events] == ["e2", "e1"]
    assert profile.last_modified == 30


# -- adding and removing


def test_adding_and_removing_answer_another_population() -> None:
    before = population(fragment("a", 1, ANNA), event("e1", 2, BO))
    assert len(before.merged(STITCHED).profiles) == 2
    joined = before.with_added([fragment("b", 3, ANNA, BO)], [])
    assert len(joined.merged(STITCHED).profiles) == 1
    assert len(before.merged(STITCHED).profiles) == 2
    gone = joined.without(frozenset((BO,)))
    assert gone.fragments == joined.fragments
    assert gone.events == ()


# -- laws

IDENTITIES = [email(name) for name in "abcdef"]
ITEMS = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(st.sampled_from(IDENTITIES), min_size=1, max_size=3, unique=True),
        st.integers(0, 5),
        st.sampled_from(("one", "two", "three")),
        st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3), max_size=2),
    ),
    max_size=12,
)


def built(items: list[tuple[bool, list[Identity], int, str, dict[str, int]]]) -> Population:
    return population(
        *(
            event(f"e{number}", START + at, *identities)
            if is_event
            else fragment(dataset_id, START + at, *identities, **record)
            for number, (is_event, identities, at, dataset_id, record) in enumerate(items)
        )
    )


@given(ITEMS)
def test_two_identities_are_one_person_exactly_when_a_chain_of_items_links_them(
    items: list[tuple[bool, list[Identity], int, str, dict[str, int]]],
) -> None:
    clusters: list[set[Identity]] = []
    for _, identities, *_ in items:
        touched = [each for each in clusters if each & set(identities)]
        clusters = [each for each in clusters if each not in touched] + [set(identities).union(*touched)]
    found = {frozenset(profile.identities) for profile in built(items).merged(STITCHED).profiles}
    assert found == {frozenset(each) for each in clusters}


@given(ITEMS, st.sampled_from((STITCHED, APART, MergeRule("pdg", ("two", "one")), MergeRule("none", ("one",)))))
def test_every_event_and_every_listed_fragment_is_in_exactly_one_profile(
    items: list[tuple[bool, list[Identity], int, str, dict[str, int]]], rule: MergeRule
) -> None:
    people = built(items)
    profiles = people.merged(rule).profiles
    assert sorted(each.id for profile in profiles for each in profile.stored_events) == sorted(
        each.id for each in people.events
    )
    listed = [each for each in people.fragments if rule.order is None or each.dataset_id in rule.order]
    owners = people.merged(rule).by_identity
    assert {owners[each.identities[0]].key for each in listed} == {each.key for each in profiles if each.has_record}
    for profile in profiles:
        own = [each for each in listed if owners[each.identities[0]] is profile]
        assert set(profile.attributes) - {"identityMap"} == {name for each in own for name in each.record}
        for name in set(profile.attributes) - {"identityMap"}:
            assert profile.attributes[name] in [each.record[name] for each in own if name in each.record]


@given(ITEMS, st.sampled_from(IDENTITIES))
def test_what_was_removed_is_found_in_no_merge_view(
    items: list[tuple[bool, list[Identity], int, str, dict[str, int]]], gone: Identity
) -> None:
    people = built(items)
    people = people.without(frozenset(people.graph.get(gone, ())))
    assert all(gone not in each.identities for each in people.fragments)
    assert all(gone not in each.identities for each in people.events)
    for rule in (STITCHED, APART):
        assert gone not in people.merged(rule).by_identity


@pytest.mark.parametrize("rule", [STITCHED, APART])
def test_nobody_is_nobody(rule: MergeRule) -> None:
    assert Population().merged(rule).profiles == ()


@pytest.mark.parametrize("rule", [MergeRule("pdg", None), MergeRule("none", None)])
def test_events_happened_when_their_documents_say(rule: MergeRule) -> None:
    space = Emulator().world("A@AdobeOrg").spaces["prod"]
    (block,) = space.population.merged(rule).columns.blocks
    events = block.events
    instants = events.instants(("timestamp",))
    assert instants is not None
    assert len(instants.of_rows) > 0
    assert instants.of_rows == [parse_instant(each["timestamp"]) for each in events.subjects]
