"""Which refusals an operation may answer with, and in the shape of which service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.operations import UPS, Operation

#: The error schema of a service, by the beginning of its paths; the first that fits.
_FAMILIES = (
    (f"{UPS}/access/", "ProfileAccessError"),
    (UPS, "SegmentationError"),
    ("/data/foundation/sandbox-management", "SandboxError"),
    ("/data/", "PlatformError"),
    ("/ims/", "TokenError"),
)

#: The schema of gateway errors.
_GATEWAY = "GatewayError"


def family(path: str) -> str:
    """Answer the name of the schema in which the service at ``path`` writes its errors."""
    return next(name for prefix, name in _FAMILIES if path.startswith(prefix))


def refusals(operation: Operation, fragment: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """Answer the response objects of all refusals, by status. ``own`` describes those that are the operation's alone.

    A status that the service and the gateway share has one schema that takes both bodies.
    """
    service = family(operation.path)
    found: dict[str, dict[str, str]] = {}

    def add(status: str, schema: str, description: str) -> None:
        found.setdefault(status, {}).setdefault(schema, description)

    for status, description in own.items():
        add(status, service, description)
    if operation.handler is None:
        add("501", service, "Known, and not emulated.")
    else:
        _add_for_request(add, operation, fragment, service)
    if operation.is_guarded:
        add("400", _GATEWAY, "A header is missing.")
        add("401", _GATEWAY, "The token is not valid, or with the setting `missing_token_status: 401` missing.")
        add("403", _GATEWAY, "The key or the token is missing, or not valid together.")
        add("503", service, "As many organisations are here as the setting `max_orgs` allows.")
    if operation.needs_sandbox and operation.handler is not None:
        add("404", "SandboxError", "The sandbox is not there.")
    return {status: _response(by_schema) for status, by_schema in found.items()}


def _add_for_request(add: Any, operation: Operation, fragment: Mapping[str, Any], service: str) -> None:
    parameters = fragment.get("parameters", ())
    if parameters or "requestBody" in fragment:
        add("400", service, "The request is wrong; the body says where.")
    if "{" in operation.path:
        add("404", service, "There is nothing of that id.")
    if "requestBody" in fragment:
        add("413", service, "The body is larger than the setting `max_body_bytes` allows.")
        if service == "SegmentationError":
            add("415", "SegmentationMediaTypeError", "The content type is not JSON.")
        elif service == "ProfileAccessError":
            add("415", service, "The content type is not JSON.")


def _response(by_schema: Mapping[str, str]) -> dict[str, Any]:
    references = [{"$ref": f"#/components/schemas/{name}"} for name in by_schema]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    return {"description": " ".join(by_schema.values()), "content": {"application/json": {"schema": schema}}}
