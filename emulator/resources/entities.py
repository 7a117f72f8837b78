"""Profiles as they are looked up, and erased: one person's merged record, by any identity of theirs.

Source: the profile access endpoint of Real-Time Customer Profile (Adobe's OpenAPI document and guide).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from emulator.resources import merge_policies
from emulator.resources.export_rows import branches_of, narrowed
from emulator.resources.identities import Identity, registered_code
from emulator.resources.membership_view import with_memberships
from emulator.resources.memberships import SegmentMembers
from emulator.resources.merge_policies import NO_POLICY, MergePolicy
from emulator.resources.population import MAX_GRAPH, MergedProfiles, Profile
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.space import Space
from emulator.simulation.instants import format_instant

STITCHED = "pdg"


class Sought(Struct, frozen=True):
    """Whom a lookup asks for: an id within a namespace, or without a namespace the opaque id (XID) of an identity."""

    id: str
    namespace: str | None = None

    @property
    def xid(self) -> str:
        """The opaque id under which the answer is given."""
        return self.id if self.namespace is None else Identity(self.namespace, self.id).xid


class View(Struct, frozen=True):
    """The profiles of a sandbox under one merge policy; None where there is none: nothing merged, nothing stitched."""

    policy: MergePolicy | None
    merged: MergedProfiles

    @property
    def is_stitched(self) -> bool:
        """Whether a profile is everything that its identities link."""
        return self.merged.graph == STITCHED


def view(space: Space, policy_id: str | None) -> View:
    """Answer the profiles under a merge policy, the default one when None. Raises ``Refusal`` (400)."""
    if policy_id is None:
        policy = merge_policies.default_for(space)
    else:
        policy = merge_policies.newest(space, policy_id)
        if policy is None:
            raise invalid(f"`mergePolicyId` names no merge policy of sandbox {space.sandbox.name}: {policy_id}")
    return View(policy, space.population.merged(policy.rule if policy else NO_POLICY))


def find(view: View, sought: Sought) -> Profile | None:
    """Answer the profile of an identity, or None. Namespaces are matched without case.

    Raises ``Refusal`` (422) for a profile that more than 50 identities are linked to.
    """
    merged = view.merged
    profile = None
    if sought.namespace is not None:
        profile = merged.by_identity.get(Identity(registered_code(sought.namespace), sought.id))
    if profile is None:
        profile = merged.by_xid.get(sought.xid)
    if profile is not None and view.is_stitched and len(profile.identities) > MAX_GRAPH:
        cause = f'UPS-MRG-1000001:Identities cannot be retrieved for XID - "{sought.xid}" for graph type "{STITCHED}"'
        raise Refusal(422, "Too many related identities", cause)
    return profile


def to_wire(
    space: Space, view: View, sought: Sought, profile: Profile, fields: Sequence[str], at: int
) -> dict[str, Any]:
    """Answer a profile as found at ``at`` (epoch ms), with the memberships of that instant; no ``fields`` is all."""
    record = {**with_memberships(space, profile, at), "identities": flat_identities(profile.identities)}
    wire: dict[str, Any] = {"entityId": sought.xid}
    if sought.namespace is not None:
        wire["requestedIdentity"] = {"entityId": sought.id, "entityIdNS": {"code": sought.namespace}}
    if view.policy is not None:
        wire["mergePolicy"] = {"id": view.policy.id}
    wire["sources"] = list(profile.sources)
    wire["identityGraph"] = [identity.xid for identity in profile.identities]
    wire["entity"] = narrowed(record, branches_of(fields))
    wire["lastModifiedAt"] = format_instant(profile.last_modified)
    return wire


def erase(space: Space, view: View, profile: Profile) -> None:
    """Take ``profile`` as ``view`` shows it out of the population, and so of every merge view, and its memberships.

    What is erased are the records whose primary identity is one that it links, or unstitched its own.
    """
    erased = frozenset(profile.identities if view.is_stitched else (profile.key,))
    space.population = space.population.without(erased)
    for segment_id, members in list(space.memberships.items()):
        if not erased.isdisjoint(members.entries):
            kept = {identity: entry for identity, entry in members.entries.items() if identity not in erased}
            space.memberships.put(segment_id, SegmentMembers(members.graph, kept))


def nobody(sought: Sought) -> dict[str, Any]:
    """Answer the entry of an identity that nobody has, among several asked for."""
    return {"entityId": sought.xid, "sources": [""], "entity": {}, "lastModifiedAt": format_instant(0)}


def flat_identities(identities: Sequence[Identity]) -> list[dict[str, Any]]:
    """Answer the flat view of an identityMap: ``[{"id", "namespace": {"code"}}]``, the first one marked as primary."""
    flat: list[dict[str, Any]] = [
        {"id": identity.id, "namespace": {"code": identity.namespace}} for identity in identities
    ]
    if flat:
        flat[0]["primary"] = True
    return flat
