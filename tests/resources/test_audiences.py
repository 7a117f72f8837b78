"""Audiences of both kinds: ids, states, dependencies, and that definitions are audiences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from emulator.resources import audiences, datasets, segment_definitions
from emulator.resources.audience_lifecycle import ARCHIVED, DRAFT, INACTIVE, LIFECYCLE, PUBLISHED
from emulator.resources.dependencies import dependencies
from emulator.resources.space import Space
from tests.for_each import for_each
from tests.resources.audience_cases import DATASET, external, platform, refusal, wire
from tests.resources.population_cases import START, make_space


@pytest.fixture
def space() -> Space:
    return space_with_a_dataset()


def space_with_a_dataset() -> Space:
    space = make_space()
    datasets.from_fixture(space, {"id": DATASET, "name": "Imported", "schemaRef": {"id": "x"}}, START)
    return space


# -- what they are


def test_the_id_of_an_external_audience_is_that_of_adobes_sample(space: Space) -> None:
    space.sandbox = replace(space.sandbox, id="6ed34f6f-fe21-4a30-934f-6ffe21fa3075")
    made = audiences.create(space, external("-13983514364764489792991", namespace="AO"), START)
    assert made.id == "QU9fLTEzOTgzNTE0MzY0NzY0NDg5NzkyOTkx_6ed34f6f-fe21-4a30-934f-6ffe21fa3075"


@given(st.tuples(st.text(min_size=1), st.text(min_size=1)), st.tuples(st.text(min_size=1), st.text(min_size=1)))
def test_ids_of_external_audiences_can_stand_in_a_path(one: tuple[str, str], other: tuple[str, str]) -> None:
    space = make_space()
    ids = [audiences.external_id(space, *names) for names in (one, other)]
    assert all(not set(id) & set("/+=?#%") for id in ids)
    assert (ids[0] == ids[1]) == ("_".join(one) == "_".join(other))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (platform(), "SegmentDefinition"),
        (platform(type="SegmentDefinition"), "SegmentDefinition"),
        (platform(audienceId="mine"), "SegmentDefinition"),
        (external(), "ExternalSegment"),
        (external(type="ExternalAudience"), "ExternalSegment"),
        ({"audienceId": "a", "name": "b", "namespace": "c"}, "ExternalSegment"),
    ],
)
def test_the_kind_is_the_one_named_or_the_one_that_fits(space: Space, body: dict[str, Any], kind: str) -> None:
    assert wire(space, audiences.create(space, body, START))["type"] == kind


def test_an_audience_made_of_a_query_is_a_segment_definition(space: Space) -> None:
    made = audiences.create(space, platform(labels=["core/C1"]), START, "key")
    assert segment_definitions.find(space, made.id) is made
    shown = wire(space, made)
    assert shown["id"] == shown["audienceId"] == made.id
    assert shown["schema"] == {"name": "_xdm.context.profile"}
    assert (shown["namespace"], shown["originName"]) == ("AEPSegments", "REAL_TIME_CUSTOMER_PROFILE")
    assert shown["labels"] == ["core/C1"]
    assert shown["createdBy"] == "key@techacct.adobe.com"
    assert shown["definedOn"][0]["$ref"] == "https://ns.adobe.com/xdm/context/profile__union"
    assert (shown["creationTime"], shown["createEpoch"]) == (START, START // 1000)


def test_what_only_audiences_have_stays_out_of_a_definition(space: Space) -> None:
    made = segment_definitions.create(space, platform(schema={"name": "_xdm.context.profile"}), START)
    sent = wire(space, made) | {"name": "Renamed", "lifecycleState": "inactive", "lifecycle": "draft"}
    renamed = segment_definitions.overwrite(space, made.id, sent, START + 5000)
    shown = segment_definitions.to_wire(renamed, space)
    assert (renamed.name, renamed.lifecycle_state) == ("Renamed", PUBLISHED)
    assert not {"audienceId", "namespace", "_etag", "dependents", "lifecycleState", "lifecycle"} & set(shown)


def test_both_kinds_are_listed_newest_first(space: Space) -> None:
    first = audiences.create(space, platform("First"), START)
    second = audiences.create(space, external(), START + 1)
    third = audiences.create(space, platform("Third"), START + 2)
    assert audiences.every(space) == [third, second, first]


def test_lists_leave_out_the_inactive_and_the_systems_own_unless_asked(space: Space) -> None:
    shown = audiences.create(space, platform("Shown"), START)
    system = audiences.create(space, platform("System", isSystem=True), START)
    inactive = audiences.create(space, external(lifecycleState="inactive"), START)
    assert audiences.listed(space) == [shown]
    assert audiences.listed(space, ["isSystem"]) == [system, shown]
    assert audiences.listed(space, ["audienceId"]) == [shown, inactive]
    assert audiences.listed(space, ["lifecycleState"]) == [shown, inactive]


def test_the_etag_holds_the_update_and_changes_with_the_content(space: Space) -> None:
    made = audiences.create(space, platform(), 1650374573_999)
    before = wire(space, made)
    after = wire(space, audiences.update(space, made.id, platform(description="other"), 1650374573_999))
    assert before["_etag"].startswith('"')
    assert before["_etag"][9:] == after["_etag"][9:] == '-0000-0200-0000-625eb7ad0000"'
    assert before["_etag"] != after["_etag"]
    assert wire(space, made)["_etag"] == before["_etag"]


# -- what is refused


@pytest.mark.parametrize("absent", ["name", "audienceId", "namespace"])
def test_an_external_audience_needs_what_names_it(space: Space, absent: str) -> None:
    body = {name: value for name, value in external().items() if name != absent}
    refused = refusal(audiences.create, space, body, START)
    assert refused.code == "UPLIB-101206-500"
    assert refused.reasons == (
        "There is a problem extracting the user JSON, field(s) missing or invalid.  Correct and try again.",
        f"No usable value for {absent}\nDid not find value which can be converted into java.lang.String",
        "Did not find value which can be converted into java.lang.String",
    )
    assert not space.audiences


@for_each(
    "body, reason",
    [
        (platform(type="Audience"), "type is SegmentDefinition or ExternalSegment, not 'Audience'."),
        (platform(type=["SegmentDefinition"]), "type is SegmentDefinition or ExternalSegment"),
        (platform(namespace="AAM"), "The namespace of a SegmentDefinition is AEPSegments."),
        (external(lifecycleState="deleted"), "Cannot set lifecycleState as deleted"),
        (platform(lifecycle="archived"), "Cannot set lifecycleState as deleted"),
        (platform(lifecycleStatus="gone"), "lifecycleStatus is draft, published or inactive, not 'gone'."),
    ],
)
def test_an_audience_that_is_not_valid_is_refused(space: Space, body: dict[str, Any], reason: str) -> None:
    refused = refusal(audiences.create, space, body, START)
    assert (refused.status, refused.code) == (400, "UPAPI-113434-400")
    assert refused.reasons[0].startswith(f"There is a problem in audience validation. {reason}")
    assert not audiences.every(space)


@for_each(
    "member",
    [
        {"labels": "core/C1"},
        {"labels": [1]},
        {"description": 5},
        {"linkedAudienceRef": "f"},
        {"isSystem": "no"},
        {"lifecycleState": None},
        {"datasetId": 7},
    ],
    ids=str,
)
@for_each("body", [platform(), external()])
def test_members_of_another_type_are_refused(space: Space, body: dict[str, Any], member: dict[str, Any]) -> None:
    assert refusal(audiences.create, space, body | member, START).status == 400
    assert not audiences.every(space)


def test_an_unknown_dataset_is_refused_in_the_words_of_catalog(space: Space) -> None:
    id = "15b4657a-058a-47b0-a356-7b63328138c6"
    refused = refusal(audiences.create, space, external(datasetId=id), START)
    assert (refused.status, refused.code) == (400, "UPLIB-101554-503")
    url = f"https://platform.adobe.io/data/foundation/catalog/dataSets/{id}"
    assert refused.reasons[0] == f"Dataset {id} cannot be retrieved from Catalog {url}."
    assert '"detail":"DataSet not found."' in refused.reasons[1]
    assert audiences.create(space, external(datasetId=DATASET), START).document["datasetId"] == DATASET


def test_one_origin_has_an_id_once(space: Space) -> None:
    made = audiences.create(space, external(), START)
    assert made.id in refusal(audiences.create, space, external(name="Other"), START).reasons[0]
    assert audiences.create(space, external(namespace="AAM"), START).id != made.id


def test_an_unknown_audience_is_refused_in_adobes_words(space: Space) -> None:
    audiences.create(space, external("mine"), START)
    for call in (
        lambda: audiences.find(space, "mine"),
        lambda: audiences.update(space, "mine", external("mine"), START),
        lambda: audiences.patch(space, "mine", [], START),
        lambda: audiences.delete(space, "mine"),
    ):
        refused = refusal(call)
        assert (refused.status, refused.code) == (404, "UPAPI-113430-404")
        assert refused.reasons == ("The audience entity mine is not found. Use a valid entity and try again.",)


# -- changes


@pytest.mark.parametrize("body", [platform(), external()], ids=["platform", "external"])
def test_what_an_audience_shows_can_be_sent_back(space: Space, body: dict[str, Any]) -> None:
    made = audiences.create(space, body | {"labels": ["a"], "custom": {"kept": [1]}}, START, "key")
    shown = wire(space, made)
    again = wire(space, audiences.update(space, made.id, shown, START))
    assert again == shown


def test_an_overwrite_replaces_what_the_client_controls(space: Space) -> None:
    body = external(description="old", labels=["a"], originName="AUDIENCE_MATCH", lifecycleState="draft")
    made = audiences.create(space, body, START)
    sent = {"name": "New", "datasetId": DATASET}
    shown = wire(space, audiences.update(space, made.id, sent, START + 60_000))
    assert (shown["name"], shown["datasetId"], shown["labels"]) == ("New", DATASET, [])
    assert "description" not in shown
    assert (shown["audienceId"], shown["namespace"]) == ("test-external-audience-id", "aam")
    assert (shown["originName"], shown["lifecycleState"]) == ("AUDIENCE_MATCH", "draft")
    assert (shown["creationTime"], shown["updateTime"]) == (START, START + 60_000)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ({"namespace": "AAM"}, "Namespace is immutable field."),
        ({"audienceId": "other"}, "AudienceId is immutable field."),
        ({"type": "SegmentDefinition"}, "Type is immutable field."),
    ],
    ids=str,
)
def test_what_never_changes_is_refused(space: Space, member: dict[str, Any], reason: str) -> None:
    made = audiences.create(space, external(), START)
    text = f"There is a problem in audience validation. {reason}"
    ((name, value),) = member.items()
    operation = {"op": "add", "path": f"/{name}", "value": value}
    assert refusal(audiences.update, space, made.id, external() | member, START).reasons == (text,)
    assert refusal(audiences.patch, space, made.id, [operation], START).reasons == (text,)
    assert audiences.find(space, made.id) is made


def test_adobes_sample_of_a_patch_changes_the_query(space: Space) -> None:
    made = audiences.create(space, platform(description="kept"), START)
    expression = {"type": "PQL", "format": "pql/text", "value": 'workAddress.country = "CA"'}
    audiences.patch(space, made.id, [{"op": "add", "path": "/expression", "value": expression}], START + 1000)
    changed = segment_definitions.find(space, made.id)
    assert changed.expression == expression
    assert changed.document["description"] == "kept"
    assert changed.updated == START + 1000


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/description"},
        {"op": "replace", "path": "/nowhere", "value": 1},
        {"op": "add", "path": "/expression", "value": {"type": "PQL", "format": "pql/text", "value": "1 +"}},
        {"op": "add", "path": "/expression", "value": 1},
        {"op": "add", "path": "/id", "value": "x"},
        {"op": "add", "path": "/audienceId", "value": "x"},
        {"op": "add", "path": "/creationTime", "value": 0},
        {"op": "add", "path": "/_etag", "value": "x"},
        {"op": "add", "path": "/lifecycleState", "value": 5},
        "add",
    ],
    ids=str,
)
def test_a_patch_that_does_not_fit_changes_nothing(space: Space, operation: object) -> None:
    made = audiences.create(space, platform(description="kept"), START)
    first = {"op": "add", "path": "/name", "value": "Renamed"}
    assert refusal(audiences.patch, space, made.id, [first, operation], START).status == 400
    assert audiences.find(space, made.id) is made


def test_a_name_that_is_taken_is_refused(space: Space) -> None:
    audiences.create(space, platform("Taken"), START)
    made = audiences.create(space, platform("Free"), START)
    assert refusal(audiences.create, space, platform("Taken"), START).status == 422
    renaming = [{"op": "replace", "path": "/name", "value": "Taken"}]
    assert refusal(audiences.patch, space, made.id, renaming, START).status == 422


# -- the lifecycle


STATES = (DRAFT, PUBLISHED, INACTIVE)
MAY_FOLLOW = {(DRAFT, PUBLISHED), (PUBLISHED, INACTIVE), (INACTIVE, PUBLISHED)} | {(state, state) for state in STATES}


@for_each("body", [platform(), external()])
@for_each("pointer", ["/lifecycleState", "/lifecycle", "/lifecycleStatus"])
@for_each("to", STATES)
@for_each("state", STATES)
def test_states_follow_one_another_as_documented(body: dict[str, Any], state: str, to: str, pointer: str) -> None:
    space = space_with_a_dataset()
    made = audiences.create(space, body | {"lifecycleState": state}, START)
    operations = [{"op": "replace", "path": pointer, "value": to}]
    if (state, to) in MAY_FOLLOW:
        assert audiences.patch(space, made.id, operations, START).lifecycle_state == to
    else:
        reason = f"There is a problem in audience validation. lifecycleState cannot go from {state} to {to}."
        assert refusal(audiences.patch, space, made.id, operations, START).reasons == (reason,)
        assert audiences.find(space, made.id).lifecycle_state == state


def test_deleted_is_no_state_to_set(space: Space) -> None:
    made = audiences.create(space, external(), START)
    for word in ("deleted", "Deleted", "archived"):
        operations = [{"op": "add", "path": "/lifecycle", "value": word}]
        patched = refusal(audiences.patch, space, made.id, operations, START)
        assert patched.code == "UPAPI-113434-400"
        assert patched.reasons[0].endswith("lifecycle field can not be modified to Delete using Patch operation")
        overwritten = refusal(audiences.update, space, made.id, external(lifecycleState=word), START)
        assert overwritten.reasons[0].endswith("Cannot set lifecycleState as deleted")


def test_active_is_the_older_word_for_published(space: Space) -> None:
    assert audiences.create(space, platform(lifecycle="active"), START).lifecycle_state == PUBLISHED


def test_every_state_leads_to_the_end_and_only_the_end_leads_nowhere() -> None:
    assert all(LIFECYCLE.may_move(state, ARCHIVED) for state in STATES)
    assert LIFECYCLE.is_terminal(ARCHIVED)


# -- who builds on whom


def test_queries_name_audiences_by_id_and_by_name(space: Space) -> None:
    base = audiences.create(space, platform("Base"), START)
    outside = audiences.create(space, external("origin-id"), START)
    query = f'inSegment("{base.id}") or inSegment("Base") or inSegment("origin-id") or inSegment("unknown")'
    built = audiences.create(space, platform("Built", query), START)
    known = dependencies(space)
    assert sorted(known.dependencies[built.id]) == sorted([base.id, outside.id])
    assert known.dependents == {base.id: (built.id,), outside.id: (built.id,)}
    assert wire(space, base)["dependents"] == wire(space, outside)["dependents"] == [built.id]


def test_an_audience_that_names_itself_does_not_hold_itself(space: Space) -> None:
    made = audiences.create(space, platform("Itself", 'inSegment("Itself")'), START)
    audiences.delete(space, made.id)
    assert not space.definitions


@pytest.mark.parametrize("body", [platform("Base"), external("Base")], ids=["platform", "external"])
def test_an_audience_stays_published_and_stays_while_another_builds_on_it(space: Space, body: dict[str, Any]) -> None:
    base = audiences.create(space, body, START)
    built = audiences.create(space, platform("Built", 'inSegment("Base")'), START)
    refused = refusal(audiences.delete, space, base.id)
    assert (refused.status, refused.code) == (400, "UPAPI-113631-403")
    assert refused.reasons == ("The audience cannot be deleted.", f"Audiences depend on it: {built.id}")
    retire = [{"op": "replace", "path": "/lifecycleState", "value": "inactive"}]
    assert built.id in refusal(audiences.patch, space, base.id, retire, START).reasons[0]
    audiences.delete(space, built.id)
    assert audiences.patch(space, base.id, retire, START).lifecycle_state == INACTIVE
    audiences.delete(space, base.id)
    assert not audiences.every(space)


def test_a_definition_is_held_by_its_dependents_too(space: Space) -> None:
    base = audiences.create(space, platform("Base"), START)
    audiences.create(space, platform("Built", 'inSegment("Base")'), START)
    assert refusal(segment_definitions.delete, space, base.id).code == "UPAPI-113631-403"


# -- fixtures


def test_a_fixture_keeps_the_id_it_gives(space: Space) -> None:
    document = {"id": "4edc8488", "audienceId": "4edc8488", "name": "Readers", "namespace": "AAM", "labels": []}
    audiences.from_fixture(space, {**document, "originName": "AUDIENCE_MANAGER", "datasetId": DATASET}, START)
    shown = wire(space, audiences.find(space, "4edc8488"))
    assert document.items() <= shown.items()
    assert shown["originName"] == "AUDIENCE_MANAGER"
    assert refusal(audiences.from_fixture, space, document | {"datasetId": "none"}, START).status == 400
