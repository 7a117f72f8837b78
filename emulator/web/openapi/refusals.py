"""Which refusals an operation may answer with, and in the shape of which service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.web.operations import Operation
from emulator.web.problems import HINT, family

#: How services tell of a content type that is not JSON; the others have no status of its own for it.
_MEDIA_TYPE_ERRORS = {"SegmentationError": "SegmentationMediaTypeError", "ProfileAccessError": "ProfileAccessError"}


#: One way in which a request is turned away: the status, the schema of the body, and when.
_Refused = tuple[str, str, str]


def responses(operation: Operation, fragment: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the response objects of all refusals of an operation, by status.

    A status that the service and the gateway share has one schema that takes both bodies.
    """
    found: dict[str, dict[str, str]] = {}
    for status, schema, description in _refusals(operation, fragment):
        found.setdefault(status, {}).setdefault(schema, description)
    answers = {status: _response(by_schema) for status, by_schema in found.items()}
    if operation.is_guarded:
        hint = {"description": "The header that is missing, where one is.", "schema": {"type": "string"}}
        answers["400"]["headers"] = {HINT: hint}
    return answers


def _refusals(operation: Operation, fragment: Mapping[str, Any]) -> Iterator[_Refused]:
    service = family(operation.path)
    if operation.handler is None:
        yield ("501", service, "Known, and not emulated.")
    else:
        yield from _by_the_service(operation, fragment, service)
    if operation.is_guarded:
        yield ("400", "GatewayError", "A header is missing.")
        yield ("401", "GatewayError", "The token is not valid, or missing (setting `missing_token_status`).")
        yield ("403", "GatewayError", "The key or the token is missing, or not valid together.")
        yield ("503", service, "As many organisations are here as the setting `max_orgs` allows.")
    if operation.needs_sandbox and operation.handler is not None:
        yield ("404", "SandboxError", "The sandbox is not there.")


def _by_the_service(operation: Operation, fragment: Mapping[str, Any], service: str) -> Iterator[_Refused]:
    for status, told in fragment["responses"].items():
        if status >= "400":
            yield (status, service, told["description"])
    if "parameters" in fragment or "requestBody" in fragment:
        yield ("400", service, "The request is wrong; the body says where.")
    if "{" in operation.path:
        yield ("404", service, "There is nothing of that id.")
    if "requestBody" in fragment:
        yield ("413", service, "The body is larger than the setting `max_body_bytes` allows.")
        if service in _MEDIA_TYPE_ERRORS:
            yield ("415", _MEDIA_TYPE_ERRORS[service], "The content type is not JSON.")


def _response(by_schema: Mapping[str, str]) -> dict[str, Any]:
    references = [{"$ref": f"#/components/schemas/{name}"} for name in by_schema]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    return {"description": " ".join(by_schema.values()), "content": {"application/json": {"schema": schema}}}
