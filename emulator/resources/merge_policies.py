"""Merge policies: how fragments of one person become one profile. Versioned; one is the default of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.resources.population import MergeRule
from emulator.resources.refusals import Refusal, invalid, not_found
from emulator.resources.space import Space

PROFILE_SCHEMA = "_xdm.context.profile"
GRAPHS = ("none", "pdg")
MERGES = ("timestampOrdered", "dataSetPrecedence")

#: Without any policy nothing is merged and nothing stitched (Adobe's documentation).
NO_POLICY = MergeRule("none", None)


@dataclass(frozen=True, slots=True)
class MergePolicy:
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
        order=tuple(order),
        is_default=_flag(document, "default"),
        active_on_edge=_flag(document, "isActiveOnEdge"),
        updated=at,
    )


def _member(document: Mapping[str, Any], outer: str, inner: str, wanted: str) -> str:
    value = document.get(outer)
    if not isinstance(value, Mapping) or not isinstance(value.get(inner), str):
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
    attribute_merge: dict[str, Any] = {"type": policy.merge}
    if policy.order:
        attribute_merge["order"] = list(policy.order)
    return {
        "id": policy.id,
        "name": policy.name,
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        "schema": {"name": policy.schema},
        "version": policy.version,
        "identityGraph": {"type": policy.graph},
        "attributeMerge": attribute_merge,
        "isActiveOnEdge": policy.active_on_edge,
        "default": policy.is_default,
        "updateEpoch": policy.updated // 1000,
    }


def newest(space: Space, policy_id: str) -> MergePolicy | None:
    """Answer the newest version of a policy, or None."""
    found = None
    for policy in space.merge_policies:
        if policy.id == policy_id and (found is None or policy.version > found.version):
            found = policy
    return found


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
    policy = from_document(document, id=space.mint.uuid("merge-policy"), version=1, at=at)
    _keep(space, policy)
    return policy


def update(space: Space, policy_id: str, document: Mapping[str, Any], at: int) -> MergePolicy:
    """Replace a policy by a new version of it. Raises ``Refusal`` (400, 404)."""
    known = find(space, policy_id)
    policy = from_document(document, id=policy_id, version=known.version + 1, at=at)
    if known.is_default and not policy.is_default:
        raise invalid("a schema keeps a default merge policy: make another one the default instead")
    _keep(space, policy)
    return policy


def delete(space: Space, policy_id: str) -> None:
    """Take a policy with all its versions away. Raises ``Refusal`` (403 for the default one, 404)."""
    policy = find(space, policy_id)
    if policy.is_default:
        raise Refusal(403, "The default merge policy cannot be deleted.", code="EMULATOR-403001-403")
    for key in [key for key in space.merge_policies.keys() if key[0] == policy_id]:
        space.merge_policies.remove(key)


def _keep(space: Space, policy: MergePolicy) -> None:
    if policy.is_default:
        for each in current(space):
            if each.is_default and each.schema == policy.schema and each.id != policy.id:
                space.merge_policies.put((each.id, each.version), replace(each, is_default=False))
    space.merge_policies.put((policy.id, policy.version), policy)
