"""The rows of an export: the profiles that a request selects, as they are written into a dataset.

A row carries ``identityMap``, its flat view ``identities``, the fields asked for and ``segmentMembership``. Events that
go along are in ``eventList``, oldest first; each keeps ``_id`` and ``timestamp`` whatever fields are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from emulator.resources.export_requests import EventFilter, ExportRequest, SegmentFilter
from emulator.resources.identities import Identity
from emulator.resources.membership_view import memberships_by_profile, shown
from emulator.resources.merge_policies import NO_POLICY, rule_of
from emulator.resources.merging import qualified_at
from emulator.resources.population import Profile
from emulator.resources.space import Space

#: A selection of dotted paths, as a tree; an empty branch takes all that is below it.
Branches = dict[str, "Branches"]


class PolicyVersion(Struct, frozen=True):
    """One version of a merge policy, as an export names it."""

    id: str
    version: int


class Source(Struct, frozen=True):
    """Profiles to export: those of ``filter``, or all when None, as ``policy`` merges them (None: not at all).

    ``fields`` are what the segment's own definition narrows its export to, None for no narrowing.
    """

    filter: SegmentFilter | None
    policy: PolicyVersion | None
    fields: tuple[str, ...] | None = None


class _Chosen(Struct):
    profile: Profile
    record: Mapping[str, Any]
    narrowings: list[tuple[str, ...] | None]


def profiles_with_rows(
    space: Space, request: ExportRequest, sources: Sequence[Source], at: int
) -> Iterator[tuple[Profile, dict[str, Any]]]:
    """Answer each profile that a source selects at ``at`` (epoch ms) with its row, each once.

    Raises ``Refusal`` (404) when a source's merge policy is no longer there.
    """
    wanted = branches_of(request.fields or ())
    for each in _chosen(space, request, sources, at):
        yield each.profile, _row(each, wanted, request.events)


def _chosen(space: Space, request: ExportRequest, sources: Sequence[Source], at: int) -> Iterator[_Chosen]:
    if len(sources) == 1:  # which selects each once
        for profile, record in _selected(space, request, sources[0], at):
            yield _Chosen(profile, record, [sources[0].fields])
        return
    chosen: dict[Identity, _Chosen] = {}
    for source in sources:
        for profile, record in _selected(space, request, source, at):
            known = chosen.setdefault(profile.key, _Chosen(profile, record, []))
            known.narrowings.append(source.fields)
    for key in list(chosen):
        yield chosen.pop(key)  # one by one: to let go of them all together would hold up who asks meanwhile


def _selected(
    space: Space, request: ExportRequest, source: Source, at: int
) -> Iterator[tuple[Profile, Mapping[str, Any]]]:
    policy = source.policy
    rule = NO_POLICY if policy is None else rule_of(space, policy.id, policy.version)
    merged = space.population.merged(rule)
    memberships = memberships_by_profile(space, merged, at, list(space.memberships.keys()))
    for profile in merged.profiles:
        if not profile.has_record and not request.with_empty_profiles:
            continue
        if request.ingested_after is not None and profile.last_modified <= request.ingested_after:
            continue
        record = shown(space, profile, memberships.get(profile.key, {}))
        if source.filter is None or _qualifies(record, source.filter, request):
            yield profile, record


def _qualifies(record: Mapping[str, Any], filter: SegmentFilter, request: ExportRequest) -> bool:
    wanted = filter.namespace.casefold()
    for namespace, entries in record.get("segmentMembership", {}).items():
        entry = entries.get(filter.segment_id) if namespace.casefold() == wanted else None
        if entry is not None and entry.get("status") in filter.statuses:
            qualified = qualified_at(entry)
            after_start = request.qualified_from is None or qualified >= request.qualified_from
            before_end = request.qualified_until is None or qualified <= request.qualified_until
            if after_start and before_end:
                return True
    return False


def _row(chosen: _Chosen, wanted: Branches, events: EventFilter | None) -> dict[str, Any]:
    profile = chosen.profile
    flat = [{"id": id, "namespace": _in_namespace(namespace)} for namespace, id in profile.identities]
    whole = {"identityMap": None, "identities": None, **chosen.record}
    whole["identities"] = flat
    selected = narrowed(narrowed(whole, _union(*chosen.narrowings)), wanted)
    row = {"identityMap": None, "identities": flat, **selected}
    row["identityMap"] = chosen.record["identityMap"]
    row.pop("segmentMembership", None)  # it comes last
    row["segmentMembership"] = chosen.record.get("segmentMembership", {})
    if events is not None:
        row["eventList"] = _event_list(profile, events)
    return row


@lru_cache
def _in_namespace(code: str) -> Mapping[str, str]:
    """Answer what rows say of a namespace; they share it."""
    return {"code": code}


def _event_list(profile: Profile, events: EventFilter) -> list[Mapping[str, Any]]:
    branches = branches_of(("_id", "timestamp", *events.fields) if events.fields else ())
    return [
        narrowed(event.document, branches)
        for event in profile.stored_events
        if (events.after is None or event.ingested > events.after)
        and (events.until is None or event.ingested <= events.until)
    ]


@lru_cache
def _union(*narrowings: tuple[str, ...] | None) -> Branches:
    paths: list[str] = []
    for each in narrowings:
        if not each:
            return {}
        paths.extend(each)
    return branches_of(paths)


def branches_of(paths: Iterable[str]) -> Branches:
    """Answer dotted paths as a tree. A path takes all that is below it, also when a longer one is there too."""
    tree: Branches = {}
    for path in paths:
        *above, last = path.split(".")
        branch = tree
        for name in above:
            if branch.get(name) == {}:  # taken whole already
                break
            branch = branch.setdefault(name, {})
        else:
            branch[last] = {}
    return tree


def narrowed(record: Mapping[str, Any], branches: Branches) -> Mapping[str, Any]:
    """Answer of ``record`` only what is on ``branches``, which go through lists; what is not there is left out.

    Without any it is answered whole.
    """
    if not branches:
        return record
    result = {}
    for name, below in branches.items():
        if name in record:
            value = _narrowed_value(record[name], below)
            if value is not None:
                result[name] = value
    return result


def _narrowed_value(value: Any, branches: Branches) -> Any:
    if not branches:
        return value
    if isinstance(value, Mapping):
        return narrowed(value, branches) or None
    if isinstance(value, list):
        return [each for element in value if (each := _narrowed_value(element, branches)) is not None]
    return None
