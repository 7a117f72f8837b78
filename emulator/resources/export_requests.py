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


def read(document: Mapping[str, Any]) -> ExportRequest:
    """Check a request. Raises ``Refusal`` (400) for the first fault."""
    destination = _object(document, "destination", required=True)
    schema = _object(document, "schema", required=True)
    if required_text(schema, "name", "schema.") != PROFILE_SCHEMA:
        raise invalid(f"`schema.name` is {PROFILE_SCHEMA}: profiles are what is exported, not {schema['name']!r}.")
    policy = _object(document, "mergePolicy")
    chosen = _object(document, "filter")
    qualified = _object(chosen, "segmentQualificationTime", "filter.")
    within = "filter.segmentQualificationTime."
    evaluation = _object(document, "evaluationInfo")
    return ExportRequest(
        document=document,
        dataset_id=required_text(destination, "datasetId", "destination."),
        segment_per_batch=_flag(destination, "segmentPerBatch", "destination."),
        segments=_segments(chosen),
        fields=_paths(document, "fields", ""),
        policy_id=None if document.get("mergePolicy") is None else required_text(policy, "id", "mergePolicy."),
        policy_version=_version(policy),
        qualified_from=_instant(qualified, "startTime", within),
        qualified_until=_instant(qualified, "endTime", within),
        ingested_after=_instant(chosen, "fromIngestTimestamp", "filter."),
        events=_events(document, chosen),
        with_empty_profiles=_flag(chosen, "emptyProfiles", "filter."),
        evaluates_first=_flag(evaluation, "segmentation", "evaluationInfo."),
    )


def _segments(chosen: Mapping[str, Any]) -> tuple[SegmentFilter, ...] | None:
    entries = chosen.get("segments")
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


def _events(document: Mapping[str, Any], chosen: Mapping[str, Any]) -> EventFilter | None:
    since = _instant(chosen, "fromTimestamp", "filter.")
    additional = _object(document, "additionalFields")
    listed = _object(additional, "eventList", "additionalFields.")
    if since is None and "eventList" not in additional:
        return None
    limits = _object(listed, "filter", "additionalFields.eventList.")
    within = "additionalFields.eventList.filter."
    bounds = [each for each in (since, _instant(limits, "fromIngestTimestamp", within)) if each is not None]
    return EventFilter(
        fields=_paths(listed, "fields", "additionalFields.eventList."),
        after=max(bounds, default=None),
        until=_instant(limits, "toIngestTimestamp", within),
    )


def _object(document: Mapping[str, Any], name: str, within: str = "", *, required: bool = False) -> Mapping[str, Any]:
    value = document.get(name)
    if value is None and not required:
        return {}
    if value is None:
        raise missing_field(f"{within}{name}", "an object")
    if not isinstance(value, Mapping):
        raise invalid(f"`{within}{name}` is an object, not {value!r}.")
    return value


def _flag(document: Mapping[str, Any], name: str, within: str) -> bool:
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"`{within}{name}` is true or false, not {value!r}.")
    return value


def _version(policy: Mapping[str, Any]) -> int | None:
    value = policy.get("version")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"`mergePolicy.version` is a whole number, not {value!r}.")
    return value


def _instant(document: Mapping[str, Any], name: str, within: str) -> int | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"`{within}{name}` is an RFC 3339 instant such as 2019-09-01T00:00:00Z, not {value!r}.")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise invalid(f"`{within}{name}`: {error}") from None


def _paths(document: Mapping[str, Any], name: str, within: str) -> tuple[str, ...] | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"`{within}{name}` is a text of dotted paths with commas between them, not {value!r}.")
    return split_paths(value) or None


def split_paths(text: str) -> tuple[str, ...]:
    """Answer the dotted paths of a comma-separated list, blank ones left out."""
    return tuple(path for part in text.split(",") if (path := part.strip()))
