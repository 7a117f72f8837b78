"""Looking people up, their events, and erasing them."""

from __future__ import annotations

import pytest

from emulator.resources import entities, entity_events, merge_policies
from emulator.resources.entities import Sought, erase
from emulator.resources.identities import Identity
from emulator.resources.memberships import EXITED, REALIZED, Membership, SegmentMembers
from emulator.resources.population import MAX_GRAPH, Population
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from emulator.simulation.instants import DAY, format_instant
from tests.for_each import for_each
from tests.resources.population_cases import START, crm, email, event, fragment, make_space, policy_document

ANNA, BO = email("anna"), email("bo")


@pytest.fixture
def space() -> Space:
    space = make_space()
    merge_policies.create_default(space, START)
    merge_policies.from_fixture(
        space, policy_document(identityGraph={"type": "none"}) | {"id": "apart", "version": 1}, START
    )
    space.population = Population().with_added(
        [
            fragment("crm", START - 3 * DAY, crm(1), ANNA, person={"name": {"firstName": "Anna"}}, city="Portland"),
            fragment("club", START - DAY, ANNA, city="Astoria", tags=[{"a": 1, "b": 2}, {"a": 3}]),
            fragment("club", START - DAY, BO, city="Bend"),
        ],
        [
            event("e1", START - 3000, ANNA, web={"name": "Kitchen", "isHome": False}, price=10),
            event("e2", START - 1000, ANNA, web={"name": "Boots", "isHome": True}, price=20.5),
            event("e3", START - 2000, crm(1), items=[{"SKU": "a"}, {"SKU": "b"}], day="2020-07-21"),
        ],
    )
    return space


def looked_up(space: Space, id: str, namespace: str | None = None, policy_id: str | None = None) -> dict[str, object]:
    view = entities.view(space, policy_id)
    sought = Sought(id, namespace)
    profile = entities.find(view, sought)
    assert profile is not None
    return entities.to_wire(space, view, sought, profile, [], START)


# -- finding


@for_each(
    "id, namespace",
    [
        (ANNA.id, "Email"),
        (ANNA.id, "EMAIL"),
        (ANNA.id, "email"),
        ("CRM-1", "CRMID"),
        ("CRM-1", "crmid"),
        (ANNA.xid, None),
        (crm(1).xid, None),
    ],
)
def test_a_person_is_found_by_any_identity_or_its_opaque_id(space: Space, id: str, namespace: str | None) -> None:
    profile = entities.find(entities.view(space, None), Sought(id, namespace))
    assert profile is not None
    assert profile.key == crm(1)


@pytest.mark.parametrize(
    ("id", "namespace"), [("nobody@example.com", "Email"), (ANNA.id, "Phone"), (ANNA.id, None), ("", None)]
)
def test_nobody_is_found_by_an_identity_that_nobody_has(space: Space, id: str, namespace: str | None) -> None:
    assert entities.find(entities.view(space, None), Sought(id, namespace)) is None


def test_under_a_policy_that_stitches_nothing_each_primary_identity_is_a_person(space: Space) -> None:
    by_crm, by_email = looked_up(space, "CRM-1", "CRMID", "apart"), looked_up(space, ANNA.id, "Email", "apart")
    assert isinstance(by_crm["entity"], dict)
    assert isinstance(by_email["entity"], dict)
    assert (by_crm["entity"]["city"], by_email["entity"]["city"]) == ("Portland", "Astoria")
    assert by_crm["sources"] == ["crm", "events"]


def test_an_unknown_policy_is_refused(space: Space) -> None:
    with pytest.raises(Refusal, match="mergePolicyId") as refused:
        entities.view(space, "nope")
    assert refused.value.status == 400


def test_without_any_policy_nothing_is_stitched() -> None:
    bare = make_space()
    bare.population = Population().with_added([fragment("a", START, crm(1), ANNA)], [])
    view = entities.view(bare, None)
    assert entities.find(view, Sought(ANNA.id, "Email")) is None
    assert entities.find(view, Sought("CRM-1", "CRMID")) is not None
    assert "mergePolicy" not in looked_up(bare, "CRM-1", "CRMID")


def test_more_than_fifty_linked_identities_are_too_many(space: Space) -> None:
    def crowd(number: int) -> Population:
        return Population().with_added([fragment("a", START, *(email(f"{each}") for each in range(number)))], [])

    space.population = crowd(MAX_GRAPH)
    assert entities.find(entities.view(space, None), Sought("7@example.com", "Email")) is not None
    space.population = crowd(MAX_GRAPH + 1)
    with pytest.raises(Refusal, match="Too many related identities") as refused:
        entities.find(entities.view(space, None), Sought("7@example.com", "Email"))
    assert refused.value.status == 422
    assert entities.find(entities.view(space, "apart"), Sought("0@example.com", "Email")) is not None


# -- the wire form


def test_the_wire_form(space: Space) -> None:
    default = merge_policies.default_for(space)
    assert default is not None
    assert looked_up(space, ANNA.id, "email") == {
        "entityId": ANNA.xid,
        "requestedIdentity": {"entityId": ANNA.id, "entityIdNS": {"code": "email"}},
        "mergePolicy": {"id": default.id},
        "sources": ["crm", "club", "events"],
        "identityGraph": [crm(1).xid, ANNA.xid],
        "entity": {
            "person": {"name": {"firstName": "Anna"}},
            "city": "Astoria",
            "tags": [{"a": 1, "b": 2}, {"a": 3}],
            "identityMap": {"CRMID": [{"id": "CRM-1", "primary": True}], "Email": [{"id": ANNA.id, "primary": False}]},
            "identities": [
                {"id": "CRM-1", "namespace": {"code": "CRMID"}, "primary": True},
                {"id": ANNA.id, "namespace": {"code": "Email"}},
            ],
        },
        "lastModifiedAt": format_instant(START - DAY),
    }


@for_each(
    "fields, expected",
    [
        (["city"], {"city": "Astoria"}),
        (["person.name.firstName"], {"person": {"name": {"firstName": "Anna"}}}),
        (["person.name.lastName", "nothing"], {}),
        (["tags.b"], {"tags": [{"b": 2}]}),
        (["tags", "tags.b"], {"tags": [{"a": 1, "b": 2}, {"a": 3}]}),
        (["identities.id"], {"identities": [{"id": "CRM-1"}, {"id": ANNA.id}]}),
    ],
)
def test_fields_narrow_the_entity(space: Space, fields: list[str], expected: dict[str, object]) -> None:
    view, sought = entities.view(space, None), Sought(ANNA.id, "Email")
    profile = entities.find(view, sought)
    assert profile is not None
    assert entities.to_wire(space, view, sought, profile, fields, START)["entity"] == expected


def test_memberships_are_those_of_the_instant_and_of_every_linked_identity(space: Space) -> None:
    space.memberships.put("inside", SegmentMembers("pdg", {crm(1): Membership(REALIZED, START - DAY)}))
    space.memberships.put("left", SegmentMembers("pdg", {ANNA: Membership(EXITED, START - 2 * DAY)}))
    space.memberships.put("elsewhere", SegmentMembers("pdg", {BO: Membership(REALIZED, START)}))
    expected = {
        "ups": {
            "inside": {"lastQualificationTime": format_instant(START - DAY), "status": REALIZED},
            "left": {"lastQualificationTime": format_instant(START - 2 * DAY), "status": EXITED},
        }
    }
    for policy_id in (None, "apart"):
        entity = looked_up(space, ANNA.id, "Email", policy_id)["entity"]
        assert isinstance(entity, dict)
        assert entity["segmentMembership"] == expected


# -- events


def events_of(space: Space, *filters: str, **window: int | bool | None) -> list[str]:
    profile = entities.find(entities.view(space, None), Sought(ANNA.id, "Email"))
    assert profile is not None
    parsed = [entity_events.parse_filter(each) for each in filters]
    return [each.id for each in entity_events.of_profile(profile, filters=parsed, **window)]  # type: ignore[arg-type]


def test_events_come_by_time_in_either_order(space: Space) -> None:
    assert events_of(space) == ["e1", "e3", "e2"]
    assert events_of(space, newest_first=True) == ["e2", "e3", "e1"]


def test_a_window_includes_its_start_and_excludes_its_end(space: Space) -> None:
    assert events_of(space, begins=START - 2000) == ["e3", "e2"]
    assert events_of(space, ends=START - 1000) == ["e1", "e3"]
    assert events_of(space, begins=START - 3000, ends=START - 3000) == []


def test_an_event_ingested_again_counts_once_as_it_came_last(space: Space) -> None:
    space.population = space.population.with_added([], [event("e1", START - 500, ANNA)])
    assert events_of(space) == ["e3", "e2", "e1"]


@for_each(
    "filter, expected",
    [
        ("web.name=Boots", ["e2"]),
        ("web.name==Boots", ["e2"]),
        ('web.name="Boots"', ["e2"]),
        ("web.name!=Boots", ["e1", "e3"]),
        ("web.isHome=true", ["e2"]),
        ("web.isHome=false", ["e1"]),
        ("price>10", ["e2"]),
        ("price>=10", ["e1", "e2"]),
        ("price<20.5", ["e1"]),
        ("price<=20.5", ["e1", "e2"]),
        ("price=ten", []),
        ("items.SKU=b", ["e3"]),
        ("items.SKU!=b", ["e1", "e2"]),
        ('day<="2020-07-20"', []),
        ('day>"2020-07-20"', ["e3"]),
        ("day>=20200721", ["e3"]),
        ("timestamp<2020-01-01", []),
        ("timestamp>2020-01-01", ["e1", "e3", "e2"]),
        ("web=Boots", []),
        ("nothing=1", []),
    ],
)
def test_properties_filter_events(space: Space, filter: str, expected: list[str]) -> None:
    assert events_of(space, filter) == expected


def test_several_properties_hold_together(space: Space) -> None:
    assert events_of(space, "price>=10", "web.isHome=false") == ["e1"]


@pytest.mark.parametrize("text", ["web.name", "=Boots", "", "web.name~Boots"])
def test_what_is_not_a_filter_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="property") as refused:
        entity_events.parse_filter(text)
    assert refused.value.status == 400


# -- erasing


def erase_by(space: Space, identity: Identity, policy_id: str | None = None) -> None:
    view = entities.view(space, policy_id)
    profile = entities.find(view, Sought(identity.id, identity.namespace))
    assert profile is not None
    erase(space, view, profile)


def test_an_erased_profile_is_in_no_view_and_in_no_segment(space: Space) -> None:
    space.memberships.put(
        "s",
        SegmentMembers(
            "pdg",
            {crm(1): Membership(REALIZED, START), ANNA: Membership(EXITED, START), BO: Membership(REALIZED, START)},
        ),
    )
    forked = space.memberships.fork()
    erase_by(space, ANNA)
    for policy_id in (None, "apart"):
        view = entities.view(space, policy_id)
        assert [profile.key for profile in view.merged.profiles] == [BO]
    members = space.memberships.get("s")
    assert members is not None
    assert set(members.entries) == {BO}
    assert len(space.population.events) == 0
    kept = forked.get("s")
    assert kept is not None
    assert len(kept.entries) == 3


def test_erasing_under_a_policy_that_stitches_nothing_leaves_the_rest_of_the_person(space: Space) -> None:
    erase_by(space, ANNA, "apart")
    assert [each.identities[0] for each in space.population.fragments] == [crm(1), BO]
    assert [each.id for each in space.population.events] == ["e3"]
    assert looked_up(space, "CRM-1", "CRMID")["sources"] == ["crm", "events"]
