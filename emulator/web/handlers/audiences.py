"""Audiences over HTTP: /audiences."""

from __future__ import annotations

from typing import Any

from emulator.resources import audience_metrics, audiences
from emulator.resources.audience_metrics import Report
from emulator.resources.audiences import Audience, ExternalAudience
from emulator.resources.dependencies import dependencies
from emulator.resources.refusals import Refusal
from emulator.web import bulk_get as bulk
from emulator.web.exchange import Call, Reply
from emulator.web.listing import Filter, in_order, matching
from emulator.web.paging import page
from emulator.web.problems import errors

#: What only the answers of bulk-get show: of all audiences, and of those that are segment definitions.
_IN_BULK = {"saveSegmentMembership": True}
_DEFINITION_IN_BULK = {"ansibleUiEnabled": False, "state": "enabled"}


def list_audiences(call: Call) -> Reply:
    """Answer the audiences, newest first: filters, ``sort``, ``start`` and ``limit``.

    ``property`` matches exactly, ``name`` and ``description`` match a part without case, ``entityType`` is a schema.
    """
    known = dependencies(call.space)
    properties = call.query.all("property")
    filters = {name: call.query.text(name) for name in ("name", "description", "entityType")}
    sort = call.query.text("sort")
    asked = [each.partition("==")[0] for each in properties]
    found = [each for each in audiences.listed(call.space, asked) if _satisfies(each, filters)]
    if properties or sort:
        wired = [audiences.to_wire(each, call.space, known) for each in found]
        wired = matching(wired, [Filter.read(each) for each in properties])
        found = [audiences.find(call.space, each["id"]) for each in in_order(wired, sort)]
    keeping = [("property", each) for each in properties]
    keeping += [(name, value) for name, value in {**filters, "sort": sort}.items() if value is not None]
    shown, about, links = page(call, found, keeping=keeping)
    if "href" in links["next"]:
        links["next"]["href"] += f"&totalCount={about['totalCount']}"
    children = [audiences.to_wire(each, call.space, known) for each in shown]
    return Reply(200, {"children": children, "_page": about, "_links": links})


def _satisfies(audience: Audience, filters: dict[str, str | None]) -> bool:
    entity_type = filters["entityType"]
    if entity_type is not None and audiences.schema_name(audience) != entity_type:
        return False
    return all(
        (part := filters[name]) is None or part.casefold() in str(audience.document.get(name, "")).casefold()
        for name in ("name", "description")
    )


def create_audience(call: Call) -> Reply:
    """Make an audience of either kind."""
    return Reply(201, _wire(call, audiences.create(call.space, call.object(), call.now, call.client)))


def retrieve_audience(call: Call) -> Reply:
    """Answer one audience."""
    return Reply(200, _wire(call, audiences.find(call.space, call.id)))


def patch_audience(call: Call) -> Reply:
    """Apply a JSON Patch."""
    audiences.find(call.space, call.id)
    return Reply(201, _wire(call, audiences.patch(call.space, call.id, call.body(), call.now)))


def replace_audience(call: Call) -> Reply:
    """Replace an audience by the whole object sent."""
    audiences.find(call.space, call.id)
    return Reply(201, _wire(call, audiences.update(call.space, call.id, call.object(), call.now)))


def delete_audience(call: Call) -> Reply:
    """Take an audience away."""
    audiences.delete(call.space, call.id)
    return Reply(204)


def bulk_get(call: Call) -> Reply:
    """Answer several audiences by id."""
    known = dependencies(call.space)

    def find(audience_id: str) -> Audience | None:
        return call.space.definitions.get(audience_id) or call.space.audiences.get(audience_id)

    def to_wire(call: Call, audience: Audience) -> dict[str, Any]:
        also = _IN_BULK if isinstance(audience, ExternalAudience) else _IN_BULK | _DEFINITION_IN_BULK
        return also | audiences.to_wire(audience, call.space, known)

    return bulk.reply(call, find, to_wire)


def bulk_patch_metric(call: Call) -> Reply:
    """Keep the metrics that a job reports of several audiences, and answer the status of each."""
    outcomes = audience_metrics.record(call.space, call.object(), call.now)
    return Reply(207, {"resources": [_outcome(report, refusal) for report, refusal in outcomes]})


def _outcome(report: Report, refusal: Refusal | None) -> dict[str, Any]:
    wire = {"audienceId": report.audience_id, "namespace": report.namespace, "status": 200}
    if refusal is None:
        return wire
    return {**wire, "status": refusal.status, "errors": errors(refusal)}


def _wire(call: Call, audience: Audience) -> dict[str, Any]:
    return audiences.to_wire(audience, call.space, dependencies(call.space))
