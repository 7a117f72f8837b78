"""Where a profile comes from: the fragments behind it, which of them fills each field, and whom a search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from emulator.resources.merging import prevailing
from emulator.resources.population import Fragment, MergedProfiles, MergeRule, Population, Profile, weakest_first


class FieldSource(Struct, frozen=True):
    """A field of a merged record: its path, its value, and the fragments that fill it by their positions.

    The first is the one whose value is taken; the others have a value there too, and yield.
    """

    path: tuple[str, ...]
    value: Any
    fragments: tuple[int, ...]


class ProfileSources(Struct, frozen=True):
    """The fragments of one person, strongest first; those from ``merged`` on the merge policy leaves out."""

    fragments: tuple[Fragment, ...]
    merged: int
    fields: tuple[FieldSource, ...]


def sources(population: Population, rule: MergeRule, profile: Profile) -> ProfileSources:
    """Answer what ``profile`` was merged from under ``rule``, and what else is known of its identities."""
    linked = {each for identity in profile.identities for each in population.graph.get(identity, (identity,))}
    merged: list[Fragment] = []
    left_out: list[Fragment] = []
    for fragment in population.fragments:
        primary = fragment.identities[0]
        if primary in linked:
            is_own = primary == profile.key or rule.graph == "pdg"
            is_taken = rule.order is None or fragment.dataset_id in rule.order
            (merged if is_own and is_taken else left_out).append(fragment)
    ordered = weakest_first(merged, rule)
    last = len(ordered) - 1
    fields = [
        FieldSource(path, _at(profile.attributes, path), tuple(last - position for position in positions))
        for path, positions in prevailing([fragment.record for fragment in ordered]).items()
        if path[0] not in ("segmentMembership", "identityMap")
    ]
    return ProfileSources((*reversed(ordered), *left_out), len(ordered), tuple(fields))


def _at(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        record = record[name]
    return record


def search(merged: MergedProfiles, words: str, namespace: str | None) -> list[Profile]:
    """Answer the profiles of whom an identity, or the name, holds ``words``, whatever the case.

    An identity that begins with them comes before one that holds them elsewhere; no words find everybody.
    ``namespace`` is the only one looked into when given, and then names are not.
    """
    sought = words.casefold()
    begins: list[Profile] = []
    holds: list[Profile] = []
    for profile in merged.profiles:
        ids = [each.id.casefold() for each in profile.identities if namespace is None or each.namespace == namespace]
        if namespace is None:
            ids.append(name_of(profile.attributes).casefold())
        if any(id.startswith(sought) for id in ids):
            begins.append(profile)
        elif any(sought in id for id in ids):
            holds.append(profile)
    return [*begins, *holds]


def name_of(record: Mapping[str, Any]) -> str:
    """Answer what the person is called (XDM: ``person.name``), empty when the record does not say."""
    person = record.get("person")
    name = person.get("name") if isinstance(person, Mapping) else None
    if not isinstance(name, Mapping):
        return ""
    if isinstance(name.get("fullName"), str):
        return str(name["fullName"])
    parts = [name[each] for each in ("firstName", "lastName") if isinstance(name.get(each), str)]
    return " ".join(parts)
