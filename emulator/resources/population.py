"""The population of a sandbox: profile fragments, experience events, and the profiles they make.

Fragments are stitched by identity and merged by policy. A merged view depends on nothing but the population and the
merge rule, both immutable, so it is made once and kept, shared by every organisation that forked from the same
template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from emulator import pql
from emulator.long_work import long_work
from emulator.resources.identities import Identity, to_identity_map
from emulator.resources.merging import merged_memberships, merged_record

#: More identities than this in one graph: the lookup is refused (Adobe: "Too many related identities").
MAX_GRAPH = 50

F = TypeVar("F")


class Fragment(Struct, frozen=True):
    """What one dataset says of one person: ``record`` is XDM, ``ingested`` epoch ms, the first identity is primary."""

    dataset_id: str
    identities: tuple[Identity, ...]
    record: Mapping[str, Any]
    ingested: int


class ExperienceEvent(Struct, frozen=True):
    """Something a person did: ``document`` is the XDM event with ``_id`` and ``timestamp``; times are epoch ms."""

    id: str
    dataset_id: str
    identities: tuple[Identity, ...]
    document: Mapping[str, Any]
    timestamp: int
    ingested: int


class MergeRule(NamedTuple):
    """What of a merge policy decides the result: the graph, ``none`` or ``pdg``, and the datasets if it orders them."""

    graph: str
    order: tuple[str, ...] | None


class Profile(Struct, frozen=True):
    """A merged profile. ``attributes`` is its XDM record, ``events`` its documents by time, ``key`` its primary
    identity.

    ``graph`` tells how it was stitched: ``pdg``, then all its identities lead to it; ``none``, then only ``key`` does.
    ``last_modified`` is the newest ingest time, epoch ms. ``has_record`` is false when only events are known.
    ``namespaces`` are those of its identities, each once.
    """

    key: Identity
    graph: str
    identities: tuple[Identity, ...]
    attributes: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    stored_events: tuple[ExperienceEvent, ...]
    sources: tuple[str, ...]
    last_modified: int
    has_record: bool
    namespaces: tuple[str, ...]


class MergedProfiles(Struct, frozen=True, dict=True):
    """All profiles of a population under one merge rule, and which profile an identity belongs to."""

    graph: str
    profiles: tuple[Profile, ...]
    by_identity: Mapping[Identity, Profile]

    @cached_property
    def timeless(self) -> dict[tuple[str, str], bytes]:
        """Who satisfies a query that asks neither for time nor for memberships, by its format and value: for each
        profile 1 or 0.

        To be filled by whoever evaluates one.
        """
        return {}

    @cached_property
    def keys(self) -> Mapping[Identity, None]:
        """The primary identity of each profile, in their order."""
        return dict.fromkeys(each.key for each in self.profiles)

    @cached_property
    def namespaces(self) -> Sequence[tuple[str, ...]]:
        """Which namespaces the identities of each profile have; those that have the same share what says so."""
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        return [known.setdefault(each.namespaces, each.namespaces) for each in self.profiles]

    @cached_property
    def columns(self) -> pql.Profiles:
        """The profiles as queries are asked about all of them at once: without the memberships they were ingested with.

        Whoever asks such a query has looked at those already.
        """
        records = [
            {name: value for name, value in each.attributes.items() if name != "segmentMembership"}
            if "segmentMembership" in each.attributes
            else each.attributes
            for each in self.profiles
        ]
        timestamps = [event.timestamp for each in self.profiles for event in each.stored_events]
        return pql.Profiles(records, [each.events for each in self.profiles], timestamps)

    @cached_property
    def with_memberships(self) -> tuple[Profile, ...]:
        """The profiles that were ingested with memberships."""
        return tuple(each for each in self.profiles if "segmentMembership" in each.attributes)

    @cached_property
    def by_xid(self) -> Mapping[str, Profile]:
        """The profiles by the opaque id of each of their identities."""
        return {identity.xid: profile for identity, profile in self.by_identity.items()}


class Population(Struct, frozen=True, dict=True):
    """Fragments and events in the order of arrival. Immutable: adding answers another population."""

    fragments: tuple[Fragment, ...] = ()
    events: tuple[ExperienceEvent, ...] = ()

    @cached_property
    def _found_out(self) -> dict[object, Any]:
        return {}

    def with_added(self, fragments: Iterable[Fragment], events: Iterable[ExperienceEvent]) -> Population:
        """Answer a population that holds these as well."""
        return Population((*self.fragments, *fragments), (*self.events, *events))

    def without(self, identities: frozenset[Identity]) -> Population:
        """Answer a population without the fragments and events whose primary identity is one of ``identities``."""
        return Population(
            tuple(each for each in self.fragments if each.identities[0] not in identities),
            tuple(each for each in self.events if each.identities[0] not in identities),
        )

    def taken(self, rule: MergeRule) -> Iterator[tuple[Identity, Fragment | ExperienceEvent]]:
        """Answer the fragments that ``rule`` takes, then all events, each with the key of its profile."""
        items: Iterable[Fragment | ExperienceEvent] = chain(self.fragments, self.events)
        for item in items:
            if rule.order is None or isinstance(item, ExperienceEvent) or item.dataset_id in rule.order:
                primary = item.identities[0]
                yield self.graph[primary][0] if rule.graph == "pdg" else primary, item

    def merged(self, rule: MergeRule) -> MergedProfiles:
        """Answer the merged profiles under ``rule``."""
        return self.once(_merge, rule)

    def once(self, find_out: Callable[..., F], *asked: object) -> F:
        """Answer ``find_out(self, *asked)``; as it depends on nothing else, it is found out once."""
        key = find_out, *asked
        if key not in self._found_out:
            self._found_out[key] = find_out(self, *asked)
        found: F = self._found_out[key]
        return found

    @cached_property
    def graph(self) -> Mapping[Identity, tuple[Identity, ...]]:
        """For each identity all those linked with it, itself included, in order of arrival; the first is primary."""
        parent: dict[Identity, Identity] = {}

        def root(identity: Identity) -> Identity:
            path = []
            while (above := parent[identity]) != identity:
                path.append(identity)
                identity = above
            for each in path:
                parent[each] = identity
            return identity

        items: Iterable[Fragment | ExperienceEvent] = chain(self.fragments, self.events)
        for item in items:
            first = item.identities[0]
            parent.setdefault(first, first)
            for other in item.identities[1:]:
                parent.setdefault(other, other)
                above, below = root(first), root(other)
                if above != below:
                    parent[below] = above
        clusters: dict[Identity, list[Identity]] = {}
        for identity in parent:
            clusters.setdefault(root(identity), []).append(identity)
        return {member: cluster for members in clusters.values() for cluster in (tuple(members),) for member in members}


@long_work()
def _merge(population: Population, rule: MergeRule) -> MergedProfiles:
    groups: dict[Identity, list[Fragment | ExperienceEvent]] = {}
    for key, item in population.taken(rule):
        groups.setdefault(key, []).append(item)
    profiles = tuple(_profile(key, items, rule, population.graph) for key, items in groups.items())
    by_identity: dict[Identity, Profile] = {}
    for profile in profiles:
        for identity in profile.identities if rule.graph == "pdg" else (profile.key,):
            by_identity[identity] = profile
    return MergedProfiles(rule.graph, profiles, by_identity)


def weakest_first(fragments: Sequence[Fragment], rule: MergeRule) -> Sequence[Fragment]:
    """Answer the fragments of one profile in the order in which each prevails over those before it."""
    ordered = sorted(fragments, key=lambda fragment: fragment.ingested)
    if rule.order is not None:
        rank = {dataset_id: -position for position, dataset_id in enumerate(rule.order)}
        ordered.sort(key=lambda fragment: rank[fragment.dataset_id])
    return ordered


def _profile(
    key: Identity,
    items: Sequence[Fragment | ExperienceEvent],
    rule: MergeRule,
    graph: Mapping[Identity, tuple[Identity, ...]],
) -> Profile:
    fragments = weakest_first([each for each in items if isinstance(each, Fragment)], rule)
    events = [each for each in items if isinstance(each, ExperienceEvent)]
    events.sort(key=lambda event: event.timestamp)
    if rule.graph == "pdg":
        identities = graph[key]
    else:
        identities = tuple(dict.fromkeys([key, *(each for item in items for each in item.identities)]))
    attributes = merged_record([fragment.record for fragment in fragments])
    attributes["identityMap"] = to_identity_map(identities)
    memberships = merged_memberships([fragment.record.get("segmentMembership") for fragment in fragments])
    if memberships:
        attributes["segmentMembership"] = memberships
    return Profile(
        key=key,
        graph=rule.graph,
        identities=identities,
        attributes=attributes,
        events=tuple(event.document for event in events),
        stored_events=tuple(events),
        sources=tuple(dict.fromkeys(item.dataset_id for item in items)),
        last_modified=max(item.ingested for item in (fragments or items)),
        has_record=bool(fragments),
        namespaces=tuple(dict.fromkeys(identity.namespace for identity in identities)),
    )
