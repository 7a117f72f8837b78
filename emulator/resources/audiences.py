"""Audiences: segment definitions seen as audiences, and external audiences, whose members were decided elsewhere.

Source: the OpenAPI document of Segmentation Service and Adobe's guide to the audiences endpoint.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.resources import audience_lifecycle as lifecycle
from emulator.resources import datasets, segment_definitions
from emulator.resources.audience_lifecycle import PUBLISHED, refused
from emulator.resources.catalog import FLAG, OBJECT, SERVICE, TEXT, Member, check_members, json_patched
from emulator.resources.dependencies import Dependencies, refuse_dependents
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.refusals import Refusal, required_text
from emulator.resources.segment_definitions import AUDIENCE_MEMBERS, READ_ONLY, SegmentDefinition
from emulator.resources.space import Space
from emulator.simulation import randomness

PLATFORM, EXTERNAL = SegmentDefinition.kind, "ExternalSegment"

#: Adobe's OpenAPI document has another name for the type of external audiences than its samples.
_TYPES = {PLATFORM: PLATFORM, EXTERNAL: EXTERNAL, "ExternalAudience": EXTERNAL}

_MEMBERS: Mapping[str, Member] = {
    "description": TEXT,
    "originName": TEXT,
    "datasetId": TEXT,
    "labels": Member(
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value), "a list of texts"
    ),
    "isSystem": FLAG,
    "linkedAudienceRef": OBJECT,
    "audienceMeta": OBJECT,
}

#: What no PATCH reaches; the second set is free on external audiences, where at most its values may not change.
_SERVICE_MEMBERS = READ_ONLY | AUDIENCE_MEMBERS - {"audienceId", "originName", "namespace", "type", lifecycle.MEMBER}
_SERVICE_MEMBERS_OF_PLATFORM = _SERVICE_MEMBERS | {"audienceId", "originName"}


class ExternalAudience(Struct, frozen=True):
    """An audience whose members arrive with ingested records. ``document`` holds what the client controls.

    ``audience_id`` is the id its origin gave it, ``created_client`` the API key that made it here; times are ms.
    """

    kind: ClassVar[str] = EXTERNAL

    id: str
    audience_id: str
    namespace: str
    document: Mapping[str, Any]
    created: int
    updated: int
    lifecycle_state: str = PUBLISHED
    created_client: str = SERVICE
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name people read; it need not be unique."""
        return str(self.document["name"])


Audience: TypeAlias = SegmentDefinition | ExternalAudience


def every(space: Space) -> list[Audience]:
    """Answer the audiences of both kinds, newest first."""
    found: list[Audience] = [*space.definitions.newest_first(), *space.audiences.newest_first()]
    return sorted(found, key=lambda audience: audience.created, reverse=True)


def listed(space: Space, asked: Collection[str] = ()) -> list[Audience]:
    """Answer the audiences that a list shows, newest first; ``asked`` are the members that it is filtered by.

    Inactive audiences and the system's own are left out unless the filter asks for them.
    """
    found = every(space)
    if "isSystem" not in asked:
        found = [each for each in found if each.document.get("isSystem") is not True]
    if "audienceId" not in asked and lifecycle.MEMBER not in asked:
        found = [each for each in found if each.lifecycle_state != lifecycle.INACTIVE]
    return found


def find(space: Space, audience_id: str) -> Audience:
    """Answer an audience by its ``id``, never by its ``audienceId``. Raises ``Refusal`` (404)."""
    audience = space.definitions.get(audience_id) or space.audiences.get(audience_id)
    if audience is None:
        raise unknown(audience_id)
    return audience


def unknown(audience_id: str) -> Refusal:
    """Answer the refusal for an id that the sandbox does not hold; the text is Adobe's."""
    text = f"The audience entity {audience_id} is not found. Use a valid entity and try again."
    return Refusal(404, text, code="UPAPI-113430-404")


def schema_name(audience: Audience) -> str:
    """Answer the schema of what the audience holds: profiles, unless an external one says otherwise."""
    schema = audience.document.get("schema")
    return str(schema.get("name", PROFILE_SCHEMA)) if isinstance(schema, Mapping) else PROFILE_SCHEMA


def keep(space: Space, audience: Audience) -> None:
    """Put an audience, or a new form of it, where those of its kind are."""
    if isinstance(audience, ExternalAudience):
        space.audiences.put(audience.id, audience)
    else:
        space.definitions.put(audience.id, audience)


def create(space: Space, sent: Mapping[str, Any], at: int, client: str = SERVICE) -> Audience:
    """Make an audience of the kind that ``type`` names; without one, external if there is an origin's id and no query.

    Raises ``Refusal``: 400 for its content, 422 for a definition's name that is taken.
    """
    kind = _kind(sent) or (EXTERNAL if "audienceId" in sent and "expression" not in sent else PLATFORM)
    state = lifecycle.kept_state_in(sent) or PUBLISHED
    check_members(sent, _MEMBERS)
    if kind == PLATFORM:
        if sent.get("namespace", SegmentDefinition.namespace) != SegmentDefinition.namespace:
            raise refused(f"The namespace of a {PLATFORM} is {SegmentDefinition.namespace}.")
        with_schema = {"schema": {"name": PROFILE_SCHEMA}, **sent}
        return segment_definitions.create(space, with_schema, at, client=client, lifecycle_state=state)
    document = _external_document(space, sent)
    origin, audience_id = required_text(sent, "namespace"), required_text(sent, "audienceId")
    audience = ExternalAudience(
        external_id(space, origin, audience_id), audience_id, origin, document, at, at, state, client
    )
    if audience.id in space.audiences:
        raise refused(f"Namespace {origin} has an audience with audienceId {audience_id} already: {audience.id}")
    keep(space, audience)
    return audience


def external_id(space: Space, namespace: str, audience_id: str) -> str:
    """Answer the id of an external audience: Base64 of namespace and origin's id, unpadded, then the sandbox's id."""
    encoded = urlsafe_b64encode(f"{namespace}_{audience_id}".encode("utf-8", "surrogatepass")).decode()
    return f"{encoded.rstrip('=')}_{space.sandbox.id}"


def from_fixture(space: Space, document: Mapping[str, Any], at: int) -> None:
    """Keep an external audience of the fixtures, made at ``at`` (epoch ms). Raises ``Refusal`` (400)."""
    check_members(document, _MEMBERS)
    ids = (required_text(document, "id"), required_text(document, "audienceId"), required_text(document, "namespace"))
    keep(space, ExternalAudience(*ids, _external_document(space, document), at, at))


def update(space: Space, audience_id: str, sent: Mapping[str, Any], at: int) -> Audience:
    """Replace what a client controls of an audience; its state stays unless ``sent`` has one.

    Raises ``Refusal``: 404; 400 for its content, a change of what never changes, or a state that may not follow; 422
    for a definition's name that is taken.
    """
    known = find(space, audience_id)
    state = lifecycle.kept_state_in(sent) or known.lifecycle_state
    _check_unchanged(known, sent)
    check_members(sent, _MEMBERS)
    lifecycle.check_move(space, known.id, known.lifecycle_state, state)
    if isinstance(known, SegmentDefinition):
        with_schema = {"schema": known.document["schema"], **sent}
        return segment_definitions.overwrite(space, known.id, with_schema, at, lifecycle_state=state)
    document = _external_document(space, {"originName": known.document["originName"], **sent})
    audience = replace(known, document=document, updated=at, lifecycle_state=state)
    keep(space, audience)
    return audience


def patch(space: Space, audience_id: str, operations: object, at: int) -> Audience:
    """Apply a JSON Patch of ``add`` and ``replace`` to what a client controls of an audience, and to its state.

    Raises ``Refusal`` as ``update`` does, and 400 for a patch that is none.
    """
    known = find(space, audience_id)
    out_of_reach = _SERVICE_MEMBERS if isinstance(known, ExternalAudience) else _SERVICE_MEMBERS_OF_PLATFORM
    target = {name: value for name, value in _own_members(known).items() if name not in out_of_reach}
    if isinstance(operations, list):
        operations = [lifecycle.usual_pointer(operation) for operation in operations]
    document = json_patched(target, operations, ("add", "replace"))
    for name in document:
        if name in out_of_reach:
            raise refused(f"{name} is read-only.")
    if lifecycle.state_in(document) == lifecycle.ARCHIVED:
        raise refused("lifecycle field can not be modified to Delete using Patch operation")
    return update(space, audience_id, document, at)


def delete(space: Space, audience_id: str) -> None:
    """Take an audience away. Raises ``Refusal``: 404, and 400 when another builds on it."""
    audience = find(space, audience_id)
    if isinstance(audience, SegmentDefinition):
        segment_definitions.delete(space, audience.id)
    else:
        refuse_dependents(space, audience.id)
        space.audiences.remove(audience.id)


def _kind(sent: Mapping[str, Any]) -> str | None:
    kind = sent.get("type")
    if kind is None:
        return None
    if not isinstance(kind, str) or kind not in _TYPES:
        raise refused(f"type is {PLATFORM} or {EXTERNAL}, not {kind!r}.")
    return _TYPES[kind]


def _check_unchanged(known: Audience, sent: Mapping[str, Any]) -> None:
    if _kind(sent) not in (None, known.kind):
        raise refused("Type is immutable field.")
    if sent.get("namespace", known.namespace) != known.namespace:
        raise refused("Namespace is immutable field.")
    # Adobe's sample overwrites a definition with a body that has another audienceId: there the service ignores it.
    if isinstance(known, ExternalAudience) and sent.get("audienceId", known.audience_id) != known.audience_id:
        raise refused("AudienceId is immutable field.")


def _external_document(space: Space, sent: Mapping[str, Any]) -> dict[str, Any]:
    required_text(sent, "name")
    document = {name: value for name, value in sent.items() if name not in READ_ONLY | AUDIENCE_MEMBERS}
    document["originName"] = sent.get("originName", "CUSTOM_UPLOAD")
    dataset_id = document.get("datasetId")
    if dataset_id is not None and dataset_id not in space.datasets:
        raise datasets.unknown_target(dataset_id)
    return document


def to_wire(audience: Audience, space: Space, known: Dependencies) -> dict[str, Any]:
    """Answer the wire form; ``known`` says who builds on whom. Times: ``...Time`` in ms, ``...Epoch`` in s."""
    epoch = audience.updated // 1000
    wire = {
        "id": audience.id,
        **_own_members(audience),
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        "createdBy": f"{audience.created_client}@techacct.adobe.com",
        "creationTime": audience.created,
        "createEpoch": audience.created // 1000,
        "updateTime": epoch * 1000,
        "updateEpoch": epoch,
        **audience.metrics,
    }
    wire["_etag"] = _etag(wire, epoch)
    wire["dependents"] = list(known.dependents.get(audience.id, ()))
    wire["dependencies"] = list(known.dependencies.get(audience.id, ()))
    return wire


def _own_members(audience: Audience) -> dict[str, Any]:
    members = {
        "audienceId": audience.audience_id,
        "namespace": audience.namespace,
        lifecycle.MEMBER: audience.lifecycle_state,
        "isSystem": False,
        "labels": [],
        "type": audience.kind,
    }
    if isinstance(audience, ExternalAudience):
        return {**members, **audience.document}
    union = {"meta:resourceType": "unions", "meta:containerId": "tenant", "$ref": datasets.UNION_SCHEMA}
    return {
        **members,
        "originName": "REAL_TIME_CUSTOMER_PROFILE",
        "definedOn": [union],
        "profileInstanceId": "ups",
        "overridePerformanceWarnings": False,
        **audience.document,
    }


def _etag(wire: Mapping[str, Any], epoch: int) -> str:
    # In Adobe's samples the quotes are part of the text, and the last digits but four are ``updateEpoch``.
    content = randomness.hexadecimal(8, json.dumps(wire, sort_keys=True))
    return f'"{content}-0000-0200-0000-{epoch:08x}0000"'
