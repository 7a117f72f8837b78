"""What the demo page asks of a sandbox and AEP has no call for: counts, runs, whom a search finds, rows.

All of them answer questions and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from flask import request

from emulator.formats import row_files
from emulator.resources import entities, entity_events, files, membership_view, qualification, queries
from emulator.resources import profile_sources as origins
from emulator.resources import segment_definitions as definitions
from emulator.resources.identities import registered_code
from emulator.resources.memberships import EXISTING, EXITED, REALIZED
from emulator.resources.merge_policies import NO_POLICY
from emulator.resources.population import Fragment, Profile
from emulator.resources.refusals import not_found
from emulator.simulation.instants import format_instant
from emulator.web import control_tools
from emulator.web.control_calls import ControlError, body, refuse_others, whole_number

if TYPE_CHECKING:
    from emulator.resources.entities import View
    from emulator.resources.evaluation import SegmentationMetrics
    from emulator.resources.segment_jobs import SegmentJob
    from emulator.resources.space import Space

    Run = tuple[SegmentJob, SegmentationMetrics]

#: How many entries an answer holds at most.
MOST_RUNS, MOST_PROFILES, MOST_ROWS, MOST_EVENTS = 200, 100, 200, 500


def count(space: Space, now: int) -> dict[str, Any]:
    """Answer how many profiles satisfy ``{"expression", "format", "mergePolicyId"}`` now, and of how many.

    A fault in the expression is an answer too, since somebody may still be writing it: ``error`` with its place.
    """
    asked = body()
    refuse_others(asked, "expression", "format", "mergePolicyId")
    policy_id = asked.get("mergePolicyId", "")
    if not isinstance(policy_id, str):
        raise ControlError(400, "`mergePolicyId` is the id of a merge policy")
    merged = entities.view(space, policy_id or None).merged
    of = len(merged.profiles)
    try:
        query = control_tools.compiled(asked)
    except ControlError as error:
        if "line" not in error.told:
            raise
        return {"count": None, "of": of, "error": error.told}
    return {"count": qualification.count(space, query, merged, now), "of": of}


def last_runs(space: Space, now: int) -> dict[str, Any]:
    """Answer how large the segments were that each of the last finished jobs evaluated, the oldest job first."""
    found = _last(_finished(space, now), whole_number("limit", 1, MOST_RUNS) or 20)
    return {"runs": [{**_run(job), "sizes": metrics.sizes} for job, metrics in found]}


def runs(space: Space, now: int, id: str) -> dict[str, Any]:
    """Answer what the last finished jobs made of a definition, the oldest job first. Raises ``Refusal`` (404)."""
    definitions.find(space, id)
    evaluated = (run for run in _finished(space, now) if id in run[1].sizes)
    found = _last(evaluated, whole_number("limit", 1, MOST_RUNS) or 30)
    return {"runs": [{**_run(job), "size": metrics.sizes[id], **_by_status(metrics, id)} for job, metrics in found]}


def _finished(space: Space, now: int) -> Iterator[Run]:
    return ((job, job.metrics) for job in space.segment_jobs if job.metrics is not None and job.timeline.ends <= now)


def _last(runs: Iterator[Run], limit: int) -> list[Run]:
    """Answer the runs that ended last, the last one at the end; of those that ended together, as they were made."""
    return nlargest(limit, runs, key=lambda run: run[0].timeline.ends)[::-1]


def _run(job: SegmentJob) -> dict[str, Any]:
    return {"jobId": job.id, "at": format_instant(job.timeline.ends)}


def _by_status(metrics: SegmentationMetrics, id: str) -> dict[str, int]:
    return {status: metrics.by_status[id].get(status, 0) for status in (REALIZED, EXISTING, EXITED)}


def profiles(space: Space, now: int) -> dict[str, Any]:
    """Answer whom the search for ``search`` among identities and names finds, a page of them."""
    merged = entities.view(space, request.args.get("mergePolicyId") or None).merged
    namespace = request.args.get("namespace")
    found = origins.search(merged, request.args.get("search", ""), registered_code(namespace) if namespace else None)
    start, limit = whole_number("start") or 0, whole_number("limit", 1, MOST_PROFILES) or 20
    return {"profiles": [_found_to_wire(each) for each in found[start : start + limit]], "total": len(found)}


def _found_to_wire(profile: Profile) -> dict[str, Any]:
    return {
        "key": profile.key._asdict(),
        "name": origins.name_of(profile.attributes),
        "identities": [each._asdict() for each in profile.identities],
        "sources": list(profile.sources),
        "events": len(profile.stored_events),
        "lastModifiedAt": format_instant(profile.last_modified),
    }


def profile(space: Space, now: int) -> dict[str, Any]:
    """Answer one profile with all it was merged from: fragments, which of them fills each field, events, memberships.

    Raises ``Refusal`` (404) for somebody unknown.
    """
    code, id = request.args.get("namespace", ""), request.args.get("id", "")
    if not id:
        raise ControlError(400, "name whom: `?namespace=Email&id=...`, or an XID as `?id=...`")
    view = entities.view(space, request.args.get("mergePolicyId") or None)
    found = entities.find(view, entities.Sought(id, code or None))
    if found is None:
        raise not_found(f"{code} {id}", "profile")
    rule = NO_POLICY if view.policy is None else view.policy.rule
    known = origins.sources(space.population, rule, found)
    events = entity_events.of_profile(found, newest_first=True)
    return {
        **_found_to_wire(found),
        "mergePolicy": _policy_to_wire(view),
        "fragments": [
            {**_fragment_to_wire(space, fragment), "merged": position < known.merged}
            for position, fragment in enumerate(known.fragments)
        ],
        "fields": [
            {"path": list(each.path), "value": each.value, "fragments": list(each.fragments)} for each in known.fields
        ],
        "eventList": [{**each.document, "datasetId": each.dataset_id} for each in events[:MOST_EVENTS]],
        "memberships": _memberships_to_wire(space, found, now),
    }


def _policy_to_wire(view: View) -> dict[str, Any] | None:
    policy = view.policy
    if policy is None:
        return None
    return {
        "id": policy.id,
        "name": policy.name,
        "graph": policy.graph,
        "merge": policy.merge,
        "order": list(policy.order),
    }


def _fragment_to_wire(space: Space, fragment: Fragment) -> dict[str, Any]:
    dataset = space.datasets.get(fragment.dataset_id)
    return {
        "dataset": {"id": fragment.dataset_id, "name": dataset.name if dataset else ""},
        "ingested": format_instant(fragment.ingested),
        "identities": [each._asdict() for each in fragment.identities],
        "record": fragment.record,
    }


def _memberships_to_wire(space: Space, profile: Profile, now: int) -> list[dict[str, Any]]:
    record = membership_view.with_memberships(space, profile, now)
    memberships = []
    for namespace, entries in record.get("segmentMembership", {}).items():
        for id, entry in entries.items():
            known = space.definitions.get(id) or space.audiences.get(id)
            memberships.append({"segmentId": id, "namespace": namespace, "name": known.name if known else "", **entry})
    return memberships


def rows(space: Space, now: int, id: str) -> dict[str, Any]:
    """Answer rows of a dataset file, Parquet or JSON, from ``start`` on. Raises ``Refusal`` (404)."""
    file = files.find(space, id)
    start, limit = whole_number("start") or 0, whole_number("limit", 1, MOST_ROWS) or 50
    as_json = file.name.endswith(".json")
    if not as_json and not row_files.can_write_parquet():
        raise ControlError(409, f"to read Parquet: {row_files.INSTALL_PARQUET}")
    return {
        "rows": row_files.read_rows(file.content, as_json=as_json, start=start, limit=limit),
        "total": file.records,
    }


def query_rows(space: Space, now: int, id: str) -> dict[str, Any]:
    """Answer the rows of a query that has succeeded. Raises ``Refusal`` (404, 409)."""
    return {"rows": queries.rows(space, id, now)}
