"""What is asked of an export: which profiles, which of their fields, and where to.

Sources: Adobe's tutorial "Evaluate and access segment results" and the export endpoint of its Profile API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from emulator.resources.membership_view import COMPUTED
from emulator.resources.memberships import EXISTING, EXITED, REALIZED
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.refusals import invalid, missing_field, required_text
from emulator.simulation.instants import parse_instant

STATUSES = (REALIZED, EXISTING, EXITED)


class SegmentFilter(Struct, frozen=True):
    """The profiles that are in one of ``statuses`` in a segment; ``namespace`` says who evaluated it."""

    segment_id: str
    namespace: str
    statuses: tuple[str, ...]

    @classmethod
    def of(cls, segment_id: str) -> SegmentFilter:
        """Answer the filter of all who are in a segment of this sandbox now."""
        return cls(segment_id, COMPUTED, (REALIZED, EXISTING))

    def to_wire(self) -> dict[str, Any]:
        """Answer the wire form, defaults filled in."""
        return {"segmentId": self.segment_id, "segmentNs": self.namespace, "status": list(self.statuses)}


class EventFilter(Struct, frozen=True):
    """The events that go along with a profile: ingested after ``after`` and not after ``until`` (epoch ms).

    ``fields`` are dotted paths, None for all.
    """

    fields: tuple[str, ...] | None = None
    after: int | None = None
    until: int | None = None


class ExportRequest(Struct, frozen=True):
    """A checked request. ``document`` is what was sent; instants are epoch ms; what is None was not asked for.

    ``segments`` None means all profiles, ``events`` None that no events go along.
    """

    document: Mapping[str, Any]
    dataset_id: str
    segment_per_batch: bool
    segments: tuple[SegmentFilter, ...] | None
    fields: tuple[str, ...] | None
    policy_id: str | None
    policy_version: int | None
    qualified_from: int | None
    qualified_until: int | None
    ingested_after: int | None
    events: EventFilter | None
    with_empty_profiles: bool
    evaluates_first: bool


class _Part(Struct, frozen=True):
    """An object in a request; ``within`` is what the names of its members are told with before them."""

    members: Mapping[str, Any]
    within: str = ""

    def part(self, name: str, *, required: bool = False) -> _Part:
        value = self._typed(name, Mapping, "an object")
        if value is None and required:
            raise missing_field(f"{self.within}{name}", "an object")
        return _Part(value or {}, f"{self.within}{name}.")

    def text(self, name: str) -> str:
        return required_text(self.members, name, self.within)

    def flag(self, name: str) -> bool:
        value = self.members.get(name, False)
        if not isinstance(value, bool):
            raise invalid(f"`{self.within}{name}` is true or false, not {value!r}.")
        return value

    def instant(self, name: str) -> int | None:
        value = self._typed(name, str, "an RFC 3339 instant such as 2019-09-01T00:00:00Z")
        try:
            return None if value is None else parse_instant(value)
        except ValueError as error:
            raise invalid(f"`{self.within}{name}`: {error}") from None

    def paths(self, name: str) -> tuple[str, ...] | None:
        value = self._typed(name, str, "a text of dotted paths with commas between them")
        return split_paths(value or "") or None

    def _typed(self, name: str, type: type, wanted: str) -> Any:
        value = self.members.get(name)
        if value is not None and not isinstance(value, type):
            raise invalid(f"`{self.within}{name}` is {wanted}, not {value!r}.")
        return value


def read(document: Mapping[str, Any]) -> ExportRequest:
    """Check a request. Raises ``Refusal`` (400) for the first fault."""
    whole = _Part(document)
    destination = whole.part("destination", required=True)
    schema = whole.part("schema", required=True)
    if schema.text("name") != PROFILE_SCHEMA:
        named = schema.members["name"]
        raise invalid(f"`schema.name` is {PROFILE_SCHEMA}: profiles are what is exported, not {named!r}.")
    policy = whole.part("mergePolicy")
    chosen = whole.part("filter")
    qualified = chosen.part("segmentQualificationTime")
    evaluation = whole.part("evaluationInfo")
    return ExportRequest(
        document=document,
        dataset_id=destination.text("datasetId"),
        segment_per_batch=destination.flag("segmentPerBatch"),
        segments=_segments(chosen.members.get("segments")),
        fields=whole.paths("fields"),
        policy_id=None if document.get("mergePolicy") is None else policy.text("id"),
        policy_version=_version(policy.members.get("version")),
        qualified_from=qualified.instant("startTime"),
        qualified_until=qualified.instant("endTime"),
        ingested_after=chosen.instant("fromIngestTimestamp"),
        events=_events(chosen.instant("fromTimestamp"), whole.part("additionalFields")),
        with_empty_profiles=chosen.flag("emptyProfiles"),
        evaluates_first=evaluation.flag("segmentation"),
    )


def _segments(entries: object) -> tuple[SegmentFilter, ...] | None:
    if entries is None:
        return None
    if not isinstance(entries, list) or not entries:
        raise invalid("`filter.segments` is a list of at least one {segmentId}; leave it out to export all profiles.")
    return tuple(_segment(entry, f"filter.segments[{position}].") for position, entry in enumerate(entries))


def _segment(entry: Any, within: str) -> SegmentFilter:
    if not isinstance(entry, Mapping):
        raise missing_field(f"{within}segmentId")
    statuses = entry.get("status", [REALIZED, EXISTING])
    if not isinstance(statuses, list) or not statuses or any(each not in STATUSES for each in statuses):
        raise invalid(f"`{within}status` is a list of {', '.join(STATUSES)}, not {statuses!r}.")
    return SegmentFilter(
        segment_id=required_text(entry, "segmentId", within),
        namespace=COMPUTED if entry.get("segmentNs") is None else required_text(entry, "segmentNs", within),
        statuses=tuple(dict.fromkeys(statuses)),
    )


def _events(since: int | None, additional: _Part) -> EventFilter | None:
    listed = additional.part("eventList")
    if since is None and "eventList" not in additional.members:
        return None
    limits = listed.part("filter")
    bounds = [each for each in (since, limits.instant("fromIngestTimestamp")) if each is not None]
    return EventFilter(
        fields=listed.paths("fields"),
        after=max(bounds, default=None),
        until=limits.instant("toIngestTimestamp"),
    )


def _version(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise invalid(f"`mergePolicy.version` is a whole number, not {value!r}.")
    return value


def split_paths(text: str) -> tuple[str, ...]:
    """Answer the dotted paths of a comma-separated list, blank ones left out."""
    return tuple(path for part in text.split(",") if (path := part.strip()))
