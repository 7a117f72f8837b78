"""Merge policies: how fragments of one person become one profile. Versioned; one is the default of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.resources.catalog import json_patched
from emulator.resources.population import MergeRule
from emulator.resources.refusals import Refusal, invalid, not_found
from emulator.resources.space import Space

PROFILE_SCHEMA = "_xdm.context.profile"
GRAPHS = ("none", "pdg")
MERGES = ("timestampOrdered", "dataSetPrecedence")

_PATHS = frozenset(
    (
        "/name",
        "/identityGraph/type",
        "/attributeMerge/type",
        "/attributeMerge/order",
        "/schema/name",
        "/version",
        "/default",
        "/isActiveOnEdge",
    )
)

#: Without any policy nothing is merged and nothing stitched (Adobe's documentation).
NO_POLICY = MergeRule("none", None)


class MergePolicy(Struct, frozen=True):
    """One version of a merge policy. ``order`` are dataset ids, strongest first, for ``dataSetPrecedence`` only."""

    id: str
    name: str
    schema: str
    version: int
    graph: str
    merge: str
    order: tuple[str, ...]
    is_default: bool
    active_on_edge: bool
    updated: int

    @property
    def rule(self) -> MergeRule:
        """What of the policy decides the merged result."""
        return MergeRule(self.graph, self.order if self.merge == "dataSetPrecedence" else None)


def from_document(document: Mapping[str, Any], *, id: str, version: int, at: int) -> MergePolicy:
    """Read a merge policy from its wire form, as of ``at`` (epoch ms). Raises ``Refusal`` (400)."""
    schema = _member(document, "schema", "name", "a schema name such as _xdm.context.profile")
    graph = _member(document, "identityGraph", "type", f"one of {', '.join(GRAPHS)}")
    merge = _member(document, "attributeMerge", "type", f"one of {', '.join(MERGES)}")
    if graph not in GRAPHS:
        raise invalid(f"`identityGraph.type` is one of {', '.join(GRAPHS)}, not {graph!r}")
    if merge not in MERGES:
        raise invalid(f"`attributeMerge.type` is one of {', '.join(MERGES)}, not {merge!r}")
    order = document["attributeMerge"].get("order", [])
    if not isinstance(order, list) or not all(isinstance(each, str) for each in order):
        raise invalid("`attributeMerge.order` is a list of dataset ids")
    if merge == "dataSetPrecedence" and not order:
        raise invalid("`attributeMerge.order` has to list dataset ids, strongest first, for dataSetPrecedence")
    name = document.get("name", f"{merge}-{graph}-mp")
    if not isinstance(name, str):
        raise invalid("`name` is a text")
    return MergePolicy(
        id=id,
        name=name,
        schema=schema,
        version=version,
        graph=graph,
        merge=merge,
        order=tuple(dict.fromkeys(order)) if merge == "dataSetPrecedence" else (),
        is_default=_flag(document, "default"),
        active_on_edge=_flag(document, "isActiveOnEdge"),
        updated=at,
    )


def _member(document: Mapping[str, Any], outer: str, inner: str, wanted: str) -> str:
    value = document.get(outer)
    if not isinstance(value, Mapping) or not isinstance(value.get(inner), str) or not value[inner]:
        raise invalid(f"`{outer}.{inner}` is required: {wanted}")
    return str(value[inner])


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, False)
    if isinstance(value, str) and value.lower() in ("true", "false"):  # Adobe's own sample sends the text
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise invalid(f"`{name}` is true or false")
    return value


def to_wire(policy: MergePolicy, space: Space) -> dict[str, Any]:
    """Answer the wire form of one version."""
    return {
        "id": policy.id,
        "name": policy.name,
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        **_document(policy),
        "updateEpoch": policy.updated // 1000,
    }


def newest(space: Space, policy_id: str) -> MergePolicy | None:
    """Answer the newest version of a policy, or None."""
    versions = (policy for policy in space.merge_policies if policy.id == policy_id)
    return max(versions, key=lambda policy: policy.version, default=None)


def find(space: Space, policy_id: str, version: int | None = None) -> MergePolicy:
    """Answer a policy, its newest version unless one is named. Raises ``Refusal`` (404)."""
    policy = newest(space, policy_id) if version is None else space.merge_policies.get((policy_id, version))
    if policy is None:
        raise not_found(policy_id if version is None else f"{policy_id} version {version}")
    return policy


def current(space: Space) -> list[MergePolicy]:
    """Answer the newest version of every policy, in the order of making."""
    versions: dict[str, MergePolicy] = {}
    for policy in space.merge_policies:
        known = versions.get(policy.id)
        if known is None or policy.version > known.version:
            versions[policy.id] = policy
    return list(versions.values())


def default_for(space: Space, schema: str = PROFILE_SCHEMA) -> MergePolicy | None:
    """Answer the default policy of a schema, or None."""
    return next((each for each in current(space) if each.is_default and each.schema == schema), None)


def create(space: Space, document: Mapping[str, Any], at: int) -> MergePolicy:
    """Make a policy. Raises ``Refusal`` (400)."""
    # Read first: a refused policy draws no id.
    policy = from_document(document, id="", version=1, at=at)
    _refuse_too_many(space)
    policy = replace(policy, id=space.mint.uuid("merge-policy"))
    _keep(space, policy)
    return policy


def create_default(space: Space, at: int) -> MergePolicy:
    """Make the policy that every sandbox is born with: all fragments of a person, the newest value first."""
    return create(
        space,
        {
            "name": "Default Timebased",
            "schema": {"name": PROFILE_SCHEMA},
            "identityGraph": {"type": "pdg"},
            "attributeMerge": {"type": "timestampOrdered"},
            "default": True,
        },
        at,
    )


def from_fixture(space: Space, document: Mapping[str, Any], at: int) -> None:
    """Keep the policy of a fixture, as of ``at`` (epoch ms), with its own id and version. Raises ``Refusal`` (400)."""
    policy = from_document(document, id=document["id"], version=document.get("version", 1), at=at)
    if newest(space, policy.id) is None:
        _refuse_too_many(space)
    _keep(space, policy)


def update(space: Space, policy_id: str, document: Mapping[str, Any], at: int) -> MergePolicy:
    """Replace a policy by a new version of it; unless ``document`` says, it stays the default or not.

    Raises ``Refusal`` (400, 404).
    """
    known = find(space, policy_id)
    document = {"default": known.is_default, **document}
    policy = from_document(document, id=policy_id, version=known.version + 1, at=at)
    if known.is_default and not (policy.is_default and policy.schema == known.schema):
        raise invalid(f"{known.schema} keeps a default merge policy: make another one the default instead.")
    _keep(space, policy)
    return policy


def patch(space: Space, policy_id: str, operations: object, at: int) -> MergePolicy:
    """Apply a JSON Patch, a list of operations or a single one, as a new version: all of it, or nothing.

    A pointer may have a dot where RFC 6901 has a slash (``/identityGraph.type``): so Adobe writes them. ``/version`` is
    taken and changes nothing, since versions are counted here. Raises ``Refusal`` (400, 404).
    """
    known = find(space, policy_id)
    listed = operations if isinstance(operations, list) else [operations]
    document = json_patched(_document(known), [_by_slashes(each) for each in listed], ("add", "replace"), _PATHS)
    return update(space, policy_id, document, at)


def _by_slashes(operation: object) -> object:
    if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
        return operation
    path = operation["path"].replace(".", "/")
    # `/idActiveOnEdge` is how Adobe's OpenAPI document prints it.
    return {**operation, "path": "/isActiveOnEdge" if path == "/idActiveOnEdge" else path}


def _document(policy: MergePolicy) -> dict[str, Any]:
    """Answer what a client controls of a policy, in wire form."""
    return {
        "name": policy.name,
        "schema": {"name": policy.schema},
        "version": policy.version,
        "identityGraph": {"type": policy.graph},
        "attributeMerge": {"type": policy.merge, **({"order": list(policy.order)} if policy.order else {})},
        "isActiveOnEdge": policy.active_on_edge,
        "default": policy.is_default,
    }


def delete(space: Space, policy_id: str) -> None:
    """Take a policy with all its versions away. Raises ``Refusal`` (403 for the default one, 404)."""
    policy = find(space, policy_id)
    if policy.is_default:
        text = "The default merge policy cannot be deleted: make another one the default first."
        raise Refusal(403, text, code="EMULATOR-403001-403")
    for key in [key for key, _ in space.merge_policies.items() if key[0] == policy_id]:
        space.merge_policies.remove(key)


def _refuse_too_many(space: Space) -> None:
    limit = space.settings.max_merge_policies
    if limit and len(current(space)) >= limit:
        raise invalid(f"Sandbox {space.sandbox.name} may hold {limit} merge policies, and does. Delete one first.")


def _keep(space: Space, policy: MergePolicy) -> None:
    if policy.is_default:
        for each in current(space):
            if each.is_default and each.schema == policy.schema and each.id != policy.id:
                space.merge_policies.put((each.id, each.version), replace(each, is_default=False))
    space.merge_policies.put((policy.id, policy.version), policy)


def rule_of(space: Space, policy_id: str | None, version: int | None = None) -> MergeRule:
    """Answer the merge rule of a policy, of the default one when None. Raises ``Refusal`` (404)."""
    if policy_id is None:
        policy = default_for(space)
        return policy.rule if policy else NO_POLICY
    return find(space, policy_id, version).rule
