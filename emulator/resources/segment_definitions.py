"""Segment definitions: a query in PQL over profiles, with a name. ``audiences`` shows the same objects as audiences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from emulator import pql
from emulator.resources import merge_policies
from emulator.resources.catalog import SERVICE
from emulator.resources.dependencies import refuse_dependents
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.refusals import Refusal, invalid, missing_field, not_found
from emulator.resources.space import Space

FORMATS = ("pql/text", "pql/json")
MODES = ("batch", "continuous", "synchronous")

#: Kept by the service; what a client sends for them is ignored.
READ_ONLY = frozenset(("id", "imsOrgId", "sandbox", "creationTime", "updateTime", "updateEpoch", "createEpoch"))

#: What a definition shows as an audience besides its own members.
AUDIENCE_MEMBERS = frozenset(
    (
        "audienceId",
        "namespace",
        "type",
        "originName",
        "createdBy",
        "lifecycleState",
        "lifecycle",
        "lifecycleStatus",
        "_etag",
        "definedOn",
        "dependencies",
        "dependents",
        "metrics",
        "recordMetrics",
    )
)


class SegmentDefinition(Struct, frozen=True):
    """A stored query. ``document`` holds the members that the client controls, unknown ones included; times are ms.

    ``kind`` and ``namespace``, ``lifecycle_state`` and what follows are of the definition as an audience:
    ``created_client`` is the API key that made it, ``metrics`` what jobs outside reported of it, as it is shown.
    """

    kind: ClassVar[str] = "SegmentDefinition"
    namespace: ClassVar[str] = "AEPSegments"

    id: str
    document: Mapping[str, Any]
    created: int
    updated: int
    lifecycle_state: str = "published"
    created_client: str = SERVICE
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def audience_id(self) -> str:
        """The id that an audience has from its origin: its own."""
        return self.id

    @property
    def name(self) -> str:
        """The name, unique in the sandbox."""
        return str(self.document["name"])

    @property
    def expression(self) -> Mapping[str, str]:
        """``{"type", "format", "value"}``."""
        expression: Mapping[str, str] = self.document["expression"]
        return expression

    @property
    def query(self) -> pql.Compiled:
        """The compiled expression."""
        return compiled(self.expression)

    @property
    def segment_ids(self) -> frozenset[str]:
        """The ids and names that it asks about by ``inSegment``. A query that has no such word is not compiled."""
        text = self.expression["value"].casefold()
        return self.query.segment_ids if "insegment" in text or "\\u" in text else frozenset()

    @property
    def merge_policy_id(self) -> str:
        """The policy over whose profiles the query runs; empty for none."""
        return str(self.document["mergePolicyId"])

    def is_enabled(self, mode: str) -> bool:
        """Answer whether the definition is evaluated in ``mode``: batch, continuous or synchronous."""
        return bool(self.document["evaluationInfo"].get(mode, {}).get("enabled", False))


def compiled(expression: Mapping[str, str]) -> pql.Compiled:
    """Answer the compiled form of ``{"format", "value"}``; compiled once, then kept. Raises ``pql.PQLError``."""
    return _compiled(expression["value"], expression["format"])


@lru_cache(maxsize=16_384)
def _compiled(value: str, format: str) -> pql.Compiled:
    return pql.compile(value, format)


def checked_document(space: Space, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the members of a definition as they are stored: checked, with defaults. Raises ``Refusal`` (400)."""
    document = _stored(space, sent)
    document["expression"] = checked_expression(document)
    return document


def _stored(space: Space, sent: Mapping[str, Any]) -> dict[str, Any]:
    document = {name: value for name, value in sent.items() if name not in READ_ONLY | AUDIENCE_MEMBERS}
    for name in ("name", "description"):
        if name in document and not isinstance(document[name], str):
            raise missing_field(name)
    if not document.get("name"):
        raise missing_field("name")
    document["schema"] = _schema(document)
    policy_id = document.get("mergePolicyId")
    if policy_id is None or policy_id == "":
        default = merge_policies.default_for(space, document["schema"].get("name", PROFILE_SCHEMA))
        document["mergePolicyId"] = default.id if default else ""
    elif not isinstance(policy_id, str):
        raise missing_field("mergePolicyId")
    elif merge_policies.newest(space, policy_id) is None:
        raise invalid(f"`mergePolicyId` names no merge policy of this sandbox: {policy_id}")
    document["evaluationInfo"] = _evaluation_info(document.get("evaluationInfo"))
    if document.get("dataGovernancePolicy") is None:
        document["dataGovernancePolicy"] = {"excludeOptOut": True}
    elif not isinstance(document["dataGovernancePolicy"], Mapping):
        raise missing_field("dataGovernancePolicy", "an object of excludeOptOut")
    return document


def _schema(document: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = document.get("schema")
    if not isinstance(schema, Mapping) or not isinstance(schema.get("name", schema.get("id")), str):
        raise missing_field("schema")
    if schema.get("name", PROFILE_SCHEMA) != PROFILE_SCHEMA:
        raise invalid(
            f"`schema.name` is {PROFILE_SCHEMA}: this emulator segments profiles only, not {schema['name']!r}"
        )
    return schema


def checked_expression(document: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the expression of a definition if it compiles. Raises ``Refusal`` (400) that says where the fault is."""
    expression = document.get("expression")
    if not isinstance(expression, Mapping):
        raise missing_field("expression", "com.adobe.aep.unifiedprofile.Expression")
    for name in ("format", "value"):
        if not isinstance(expression.get(name), str):
            raise missing_field(f"expression.{name}")
    if str(expression.get("type", "PQL")).upper() != "PQL":
        raise invalid(f"`expression.type` is PQL, not {expression['type']!r}")
    if expression["format"] not in FORMATS:
        raise invalid(f"`expression.format` is one of {', '.join(FORMATS)}, not {expression['format']!r}")
    try:
        compiled({"format": expression["format"], "value": expression["value"]})
    except pql.PQLError as error:
        raise invalid(
            f"The expression does not compile: {error.message} (line {error.line}, column {error.column})", str(error)
        ) from None
    return {**expression, "type": "PQL"}


def _evaluation_info(sent: object) -> dict[str, dict[str, bool]]:
    if sent is None:
        sent = {"batch": {"enabled": True}}
    if not isinstance(sent, Mapping):
        raise missing_field("evaluationInfo", "an object of batch, continuous, synchronous")
    info = {}
    for mode in MODES:
        enabled = sent.get(mode, {"enabled": False})
        if not isinstance(enabled, Mapping) or not isinstance(enabled.get("enabled"), bool):
            raise missing_field(f"evaluationInfo.{mode}.enabled", "boolean")
        info[mode] = {"enabled": enabled["enabled"]}
    return info


def create(
    space: Space, sent: Mapping[str, Any], at: int, *, client: str = SERVICE, lifecycle_state: str = "published"
) -> SegmentDefinition:
    """Store a definition. Raises ``Refusal``: 400 for its content, 422 for a name that is taken."""
    document = checked_document(space, sent)
    _refuse_taken_name(space, document["name"], None)
    definition = SegmentDefinition(space.mint.uuid("segment-definition"), document, at, at, lifecycle_state, client)
    space.definitions.put(definition.id, definition)
    return definition


def from_fixture(space: Space, document: Mapping[str, Any], at: int) -> None:
    """Keep a definition of the fixtures, made at ``at`` (epoch ms). Its expression is compiled when first used.

    Raises ``Refusal`` (400) for anything else that is wrong with it.
    """
    id = document.get("id") or space.mint.uuid("segment-definition")
    sent = {name: value for name, value in document.items() if name != "createTime"}
    space.definitions.put(id, SegmentDefinition(id, _stored(space, sent), at, at))


def overwrite(
    space: Space, definition_id: str, sent: Mapping[str, Any], at: int, *, lifecycle_state: str | None = None
) -> SegmentDefinition:
    """Replace what a client controls of a definition, which stays in its lifecycle state unless one is given.

    Raises ``Refusal`` (400, 404, 422).
    """
    known = find(space, definition_id)
    document = checked_document(space, sent)
    _refuse_taken_name(space, document["name"], definition_id)
    state = lifecycle_state or known.lifecycle_state
    definition = replace(known, document=document, updated=at, lifecycle_state=state)
    space.definitions.put(definition.id, definition)
    return definition


def delete(space: Space, definition_id: str) -> None:
    """Take a definition away. Raises ``Refusal``: 404, and 400 when another definition builds on it."""
    find(space, definition_id)
    refuse_dependents(space, definition_id)
    space.definitions.remove(definition_id)


def find(space: Space, definition_id: str) -> SegmentDefinition:
    """Answer a definition. Raises ``Refusal`` (404)."""
    return space.definitions.find(definition_id, not_found)


def _refuse_taken_name(space: Space, name: str, own_id: str | None) -> None:
    for other in space.definitions:
        if other.name == name and other.id != own_id:
            raise Refusal(
                422, f"A segment definition named {name!r} already exists: {other.id}", code="EMULATOR-422001-422"
            )


def to_wire(definition: SegmentDefinition, space: Space) -> dict[str, Any]:
    """Answer the wire form: ``creationTime`` and ``updateTime`` in ms, ``updateEpoch`` in s."""
    epoch = definition.updated // 1000
    return {
        "id": definition.id,
        **definition.document,
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        "creationTime": definition.created,
        "updateEpoch": epoch,
        "updateTime": epoch * 1000,
    }
