"""Merge policies: what one is, its versions, and the one default that a schema has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import merge_policies
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.population import MergeRule
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from tests.for_each import for_each
from tests.resources.population_cases import START, make_space, policy_document

LATER = START + 60_000
ACCOUNTS = {"name": "_xdm.context.account"}


@pytest.fixture
def space() -> Space:
    space = make_space()
    merge_policies.create_default(space, START)
    return space


def defaults(space: Space) -> list[str]:
    return [policy.id for policy in merge_policies.current(space) if policy.is_default]


def test_a_sandbox_made_on_the_fly_has_a_default_policy(space: Space) -> None:
    policy = merge_policies.default_for(space)
    assert policy is not None
    assert (policy.graph, policy.merge, policy.version, policy.schema) == ("pdg", "timestampOrdered", 1, PROFILE_SCHEMA)
    assert policy.rule == MergeRule("pdg", None)


def test_the_wire_form(space: Space) -> None:
    order = ["5b020a27e7040801dedba61b", "5b020a27e7040801dedba61c"]
    document = policy_document(attributeMerge={"type": "dataSetPrecedence", "order": order}, isActiveOnEdge=True)
    policy = merge_policies.create(space, document, START + 999)
    assert policy.rule == MergeRule("pdg", tuple(order))
    assert merge_policies.to_wire(policy, space) == {
        "id": policy.id,
        "name": "Newest wins",
        "imsOrgId": "TEST@AdobeOrg",
        "sandbox": space.sandbox.reference(),
        "schema": {"name": PROFILE_SCHEMA},
        "version": 1,
        "identityGraph": {"type": "pdg"},
        "attributeMerge": {"type": "dataSetPrecedence", "order": order},
        "isActiveOnEdge": True,
        "default": False,
        "updateEpoch": START // 1000,
    }


@for_each(
    "members, said",
    [
        ({"schema": None}, "schema.name"),
        ({"schema": PROFILE_SCHEMA}, "schema.name"),
        ({"identityGraph": {}}, "identityGraph.type"),
        ({"identityGraph": {"type": "auto"}}, "none, pdg"),
        ({"attributeMerge": {"type": "alphabetical"}}, "timestampOrdered, dataSetPrecedence"),
        ({"attributeMerge": {"type": "dataSetPrecedence"}}, "attributeMerge.order"),
        ({"attributeMerge": {"type": "dataSetPrecedence", "order": []}}, "attributeMerge.order"),
        ({"attributeMerge": {"type": "dataSetPrecedence", "order": [7]}}, "attributeMerge.order"),
        ({"name": 7}, "name"),
        ({"default": "yes"}, "default"),
        ({"isActiveOnEdge": 1}, "isActiveOnEdge"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(space: Space, members: dict[str, Any], said: str) -> None:
    before = dict(space.merge_policies.items()), dict(space.mint.ordinals.items())
    with pytest.raises(Refusal) as refused:
        merge_policies.create(space, policy_document(**members), START)
    assert refused.value.status == 400
    assert said in refused.value.reasons[0]
    assert (dict(space.merge_policies.items()), dict(space.mint.ordinals.items())) == before


def test_a_new_default_takes_the_place_of_the_old_one_of_its_schema(space: Space) -> None:
    other_schema = merge_policies.create(space, policy_document(schema=ACCOUNTS, default=True), START)
    old = merge_policies.default_for(space)
    assert old is not None
    new = merge_policies.create(space, policy_document(default="true"), LATER)
    assert defaults(space) == [other_schema.id, new.id]
    assert merge_policies.find(space, old.id).version == 1


def test_versions_are_counted_and_the_older_ones_stay(space: Space) -> None:
    policy = merge_policies.create(space, policy_document(), START)
    second = merge_policies.update(space, policy.id, policy_document(identityGraph={"type": "none"}, version=9), LATER)
    assert (second.version, second.graph, second.updated) == (2, "none", LATER)
    assert merge_policies.find(space, policy.id) == second
    assert merge_policies.find(space, policy.id, 1) == policy
    assert [each.id for each in merge_policies.current(space)].count(policy.id) == 1
    with pytest.raises(Refusal) as refused:
        merge_policies.find(space, policy.id, 3)
    assert refused.value.status == 404


@pytest.mark.parametrize("members", [{"default": False}, {"schema": ACCOUNTS}])
def test_a_schema_keeps_its_default(space: Space, members: dict[str, Any]) -> None:
    (default_id,) = defaults(space)
    with pytest.raises(Refusal, match="keeps a default") as refused:
        merge_policies.update(space, default_id, policy_document(**members), LATER)
    assert refused.value.status == 400
    with pytest.raises(Refusal) as refused:
        merge_policies.delete(space, default_id)
    assert refused.value.status == 403
    assert defaults(space) == [default_id]


def test_an_update_that_does_not_say_leaves_the_default_as_it_is(space: Space) -> None:
    (default_id,) = defaults(space)
    assert merge_policies.update(space, default_id, policy_document(), LATER).is_default
    other = merge_policies.create(space, policy_document(), START)
    assert not merge_policies.update(space, other.id, policy_document(), LATER).is_default


def test_deleting_takes_all_versions(space: Space) -> None:
    policy = merge_policies.create(space, policy_document(), START)
    merge_policies.update(space, policy.id, policy_document(), LATER)
    merge_policies.delete(space, policy.id)
    assert merge_policies.newest(space, policy.id) is None
    for act in (
        lambda: merge_policies.delete(space, policy.id),
        lambda: merge_policies.update(space, policy.id, policy_document(), LATER),
        lambda: merge_policies.patch(space, policy.id, [], LATER),
        lambda: merge_policies.find(space, policy.id, 1),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.status == 404


def test_a_fixture_brings_its_own_id_and_version(space: Space) -> None:
    merge_policies.from_fixture(space, {**policy_document(default=True), "id": "mpid1", "version": 4}, START)
    assert merge_policies.find(space, "mpid1").version == 4
    assert defaults(space) == ["mpid1"]
    assert merge_policies.update(space, "mpid1", policy_document(), LATER).version == 5


# -- JSON Patch


@for_each(
    "path, value, pointer, expected",
    [
        ("/name", "Other", "name", "Other"),
        ("/identityGraph.type", "none", "graph", "none"),
        ("/identityGraph/type", "none", "graph", "none"),
        ("/schema.name", "_xdm.context.account", "schema", "_xdm.context.account"),
        ("/default", "true", "is_default", True),
        ("/default", True, "is_default", True),
        ("/isActiveOnEdge", True, "active_on_edge", True),
        ("/idActiveOnEdge", "true", "active_on_edge", True),
        ("/version", 40, "version", 2),
    ],
)
@for_each("in_a_list", [True, False])
@for_each("op", ["add", "replace"])
def test_a_patch_changes_one_member(
    space: Space, path: str, value: object, pointer: str, expected: object, in_a_list: bool, op: str
) -> None:
    policy = merge_policies.create(space, policy_document(), START)
    operation = {"op": op, "path": path, "value": value}
    patched = merge_policies.patch(space, policy.id, [operation] if in_a_list else operation, LATER)
    assert patched.version == 2
    assert getattr(patched, pointer) == expected


def test_precedence_comes_with_its_order_in_one_patch(space: Space) -> None:
    policy = merge_policies.create(space, policy_document(), START)
    kind = {"op": "add", "path": "/attributeMerge.type", "value": "dataSetPrecedence"}
    with pytest.raises(Refusal, match=r"attributeMerge\.order"):
        merge_policies.patch(space, policy.id, kind, LATER)
    order = {"op": "add", "path": "/attributeMerge.order", "value": ["one", "two"]}
    patched = merge_policies.patch(space, policy.id, [kind, order], LATER)
    assert patched.rule == MergeRule("pdg", ("one", "two"))
    back = merge_policies.patch(space, policy.id, {**kind, "value": "timestampOrdered"}, LATER)
    assert back.rule == MergeRule("pdg", None)
    assert back.version == 3
    assert merge_policies.to_wire(back, space)["attributeMerge"] == {"type": "timestampOrdered"}


def test_a_dataset_named_twice_counts_where_it_is_named_first(space: Space) -> None:
    order = ["one", "two", "one"]
    policy = merge_policies.create(
        space, policy_document(attributeMerge={"type": "dataSetPrecedence", "order": order}), START
    )
    assert policy.rule == MergeRule("pdg", ("one", "two"))


@for_each(
    "patch",
    [
        [{"op": "remove", "path": "/name"}],
        [{"op": "add", "path": "/id", "value": "x"}],
        [{"op": "add", "path": "/name"}],
        [{"op": "add", "path": "/name", "value": "Other"}, {"op": "add", "path": "/identityGraph.type", "value": "x"}],
        [{"op": "add", "path": 7, "value": "Other"}],
        {"name": "Other"},
        "Other",
        None,
    ],
)
def test_a_refused_patch_leaves_nothing_behind(space: Space, patch: object) -> None:
    policy = merge_policies.create(space, policy_document(), START)
    with pytest.raises(Refusal) as refused:
        merge_policies.patch(space, policy.id, patch, LATER)
    assert refused.value.status == 400
    assert merge_policies.find(space, policy.id) == policy


# -- the law

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("create", "update", "patch", "delete")),
        st.integers(0, 4),
        st.booleans(),
        st.sampled_from((PROFILE_SCHEMA, ACCOUNTS["name"])),
    ),
    max_size=15,
)


@given(STEPS)
def test_whatever_is_done_profiles_have_one_default_and_other_schemas_one_at_most(
    steps: list[tuple[str, int, bool, str]],
) -> None:
    space = make_space()
    merge_policies.create_default(space, START)
    for act, position, default, schema in steps:
        policies = merge_policies.current(space)
        policy_id = policies[position % len(policies)].id
        document = policy_document(default=default, schema={"name": schema})
        try:
            if act == "create":
                merge_policies.create(space, document, START)
            elif act == "update":
                merge_policies.update(space, policy_id, document, LATER)
            elif act == "patch":
                merge_policies.patch(space, policy_id, {"op": "add", "path": "/default", "value": default}, LATER)
            else:
                merge_policies.delete(space, policy_id)
        except Refusal:
            assert [each.id for each in merge_policies.current(space)] == [each.id for each in policies]
        by_schema = [policy.schema for policy in merge_policies.current(space) if policy.is_default]
        assert by_schema.count(PROFILE_SCHEMA) == 1
        assert len(by_schema) == len(set(by_schema))
