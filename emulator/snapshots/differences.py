"""What was created, changed and deleted between two states of a world.

Records are never changed in place, so what is the same object is the same. Tables that neither side has written to
since they forked are not looked into at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from emulator.resources.population import Population
from emulator.resources.space import Space
from emulator.resources.tables import Table
from emulator.world import World

#: What the records of a table are called in a difference, by the table's name in ``Space``.
KINDS: Mapping[str, str] = {
    "merge_policies": "mergePolicy",
    "datasets": "dataset",
    "batches": "batch",
    "files": "datasetFile",
    "definitions": "segmentDefinition",
    "audiences": "audience",
    "memberships": "segmentMembership",
    "segment_jobs": "segmentJob",
    "export_jobs": "exportJob",
    "schedules": "schedule",
    "previews": "preview",
    "queries": "query",
}

SANDBOX, PROFILE, EVENT = "sandbox", "profile", "experienceEvent"

CREATED, CHANGED, DELETED = "created", "changed", "deleted"

Changes: TypeAlias = dict[str, list[dict[str, Any]]]


def changes(pairs: Iterable[tuple[World, World]]) -> Changes:
    """Answer ``{"created": [...], "changed": [...], "deleted": [...]}`` of worlds before and after.

    Each entry is ``{"org", "sandbox", "kind", "id"}``, ``org`` None for the template.
    """
    found: Changes = {CREATED: [], CHANGED: [], DELETED: []}
    for before, after in pairs:
        for what, sandbox, kind, id in _of_world(before, after):
            found[what].append({"org": after.org or None, "sandbox": sandbox, "kind": kind, "id": id})
    return found


def _of_world(before: World, after: World) -> Iterator[tuple[str, str, str, Any]]:
    for name in dict.fromkeys([*before.spaces, *after.spaces]):
        for kind, earlier, later in _kinds(before.spaces.get(name), after.spaces.get(name)):
            for what, id in _compared(earlier, later):
                yield what, name, kind, id


_Groups: TypeAlias = Mapping[Any, list[Any]]


def _kinds(old: Space | None, new: Space | None) -> Iterator[tuple[str, _Groups, _Groups]]:
    """Answer, for each kind that may differ, the records by id in both."""
    yield SANDBOX, _sandbox(old), _sandbox(new)
    was, now = (Population() if space is None else space.population for space in (old, new))
    if was is not now:
        yield PROFILE, _fragments(was), _fragments(now)
        yield EVENT, _events(was), _events(now)
    for name, kind in KINDS.items():
        earlier: Table[Any, Any] = Table() if old is None else getattr(old, name)
        later: Table[Any, Any] = Table() if new is None else getattr(new, name)
        if not later.shares_rows_with(earlier):
            yield kind, _rows(earlier), _rows(later)


def _sandbox(space: Space | None) -> _Groups:
    return {} if space is None else {space.sandbox.name: [space.sandbox]}


def _rows(table: Table[Any, Any]) -> _Groups:
    """Answer the records of a table by id; of what has versions all under one."""
    return _grouped((key[0] if isinstance(key, tuple) else key, record) for key, record in table.items())


def _fragments(population: Population) -> _Groups:
    primary = ((each.identities[0], each) for each in population.fragments)
    return _grouped((f"{identity.namespace}:{identity.id}", each) for identity, each in primary)


def _events(population: Population) -> _Groups:
    return _grouped((each.id, each) for each in population.events)


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> _Groups:
    groups: dict[Any, list[Any]] = {}
    for id, record in pairs:
        groups.setdefault(id, []).append(record)
    return groups


def _compared(earlier: _Groups, later: _Groups) -> Iterator[tuple[str, Any]]:
    for id, records in later.items():
        known = earlier.get(id)
        if known is None:
            yield CREATED, id
        elif known != records:  # lists compare their elements by identity first
            yield CHANGED, id
    for id in earlier:
        if id not in later:
            yield DELETED, id
