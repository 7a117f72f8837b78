"""Puts the document together: fragments, the table of operations, and the refusals that every operation shares."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.version import __version__
from emulator.web.openapi import refusals
from emulator.web.operations import OPERATIONS, Operation

_VARIABLE = re.compile(r"\{(\w+)\}")

#: What of the control plane is for people to look at, and reads whatever it is called with.
_PAGES = ("/_emulator/ui/", "/_emulator/static/")

_CONTROL_PLANE = "Control plane"

#: How the control plane tells why it refuses.
_REFUSED = {"application/json": {"schema": {"$ref": "#/components/schemas/ControlError"}}}

_DESCRIPTION = (
    "A local emulator of Adobe Experience Platform's Segmentation Service and its neighbours. What Adobe documents and"
    " is not emulated is marked `x-not-emulated` and answers 501. Paths may end in a slash. Not affiliated with Adobe."
)


@cache
def document() -> Mapping[str, Any]:
    """Answer the document (OpenAPI 3.1). It is kept: whoever changes it copies it first."""
    services = sorted(each.name for each in files(__package__).joinpath("services").iterdir())
    fragments = [_fragment(f"services/{name}") for name in services]
    control = _fragment("control.json")
    faults = {"schemas": {"FaultRule": _fault_rule()}}
    parts = [_fragment("common.json"), _fragment("errors.json"), control, *fragments, faults]
    return {
        "openapi": "3.1.0",
        "info": {"title": "AEP Segmentation Emulator", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys([*(each["tag"] for each in fragments), _CONTROL_PLANE])],
        "paths": _paths(fragments) | {path: _control_path(path, item) for path, item in control["paths"].items()},
        "components": {
            kind: {name: told for each in parts for name, told in each.get(kind, {}).items()}
            for kind in ("schemas", "parameters", "securitySchemes")
        },
    }


def _control_path(path: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a path beside Adobe's operations: fragments leave out what these have in common."""
    door = {}
    if path.startswith("/_emulator"):
        door = {"401": "The control token is wanted.", "403": "Called from elsewhere, or by a foreign name."}
        if not path.startswith(_PAGES) and path != "/_emulator/":
            door["400"] = "Not carried out: what was wrong."
    return _path_item(path) | {method: _control_operation(method, told, door) for method, told in item.items()}


def _control_operation(method: str, operation: Mapping[str, Any], door: Mapping[str, str]) -> dict[str, Any]:
    refused = dict(door)
    if method in ("post", "put"):
        refused["415"] = "The content type is application/json."
    if "requestBody" in operation:
        refused["413"] = "The body is too large."
    responses = {status: {"description": text} for status, text in refused.items()} | _responses_of(operation)
    return {
        **operation,
        **_request_body(operation),
        "tags": [_CONTROL_PLANE],
        "security": [{}, {"controlToken": []}] if door else [],
        "responses": {
            status: told if status < "400" or "content" in told else {**told, "content": _REFUSED}
            for status, told in sorted(responses.items())
        },
    }


def _fragment(name: str) -> Any:
    text = files(__package__).joinpath(*name.split("/")).read_text(encoding="utf-8")
    return json.loads(text, object_hook=_with_members)


def _with_members(told: dict[str, Any]) -> dict[str, Any]:
    """Answer a schema in JSON Schema's words: ``members`` are all that an object has, but for the ``optional`` ones."""
    if "members" not in told:
        return told
    members, optional = told.pop("members"), told.pop("optional", ())
    required = [name for name in members if name not in optional]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": members, **told}


def _request_body(operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody")
    return {} if body is None else {"requestBody": {"required": True, **_with_content(body)}}


def _responses_of(operation: Mapping[str, Any]) -> dict[str, Any]:
    return {status: _with_content(told) for status, told in operation["responses"].items()}


def _with_content(told: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a body in OpenAPI's words: its ``schema`` is that of JSON."""
    content = {name: value for name, value in told.items() if name != "schema"}
    if "schema" in told:
        content["content"] = {"application/json": {"schema": told["schema"]}}
    return content


def _fault_rule() -> Any:
    """Answer the published schema of fault rules, its references turned to where it stands in the document."""
    text = files("emulator.faults").joinpath("schemas", "rule.json").read_text(encoding="utf-8")
    schema = json.loads(text.replace('"#/$defs/', '"#/components/schemas/FaultRule/$defs/'))
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id")}


def _paths(fragments: list[Any]) -> dict[str, dict[str, Any]]:
    known = {id: (each["tag"], fragment) for each in fragments for id, fragment in each["operations"].items()}
    paths: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for operation in OPERATIONS:
        tag, fragment = known[operation.id]
        seen[operation.id] += 1
        item = paths.setdefault(operation.path, _path_item(operation.path))
        item[operation.method.lower()] = _described(operation, tag, fragment, seen[operation.id])
    return paths


def _path_item(path: str) -> dict[str, Any]:
    text = {"type": "string"}
    variables = [{"name": name, "in": "path", "required": True, "schema": text} for name in _VARIABLE.findall(path)]
    return {"parameters": variables} if variables else {}


def _described(operation: Operation, tag: str, fragment: Mapping[str, Any], occurrence: int) -> dict[str, Any]:
    """Answer the operation object of a row; an id is unique in a document, so further rows of one get a number."""
    shared = []
    if operation.is_guarded:
        shared.append("Organisation")
    if operation.needs_sandbox:
        shared.append("Sandbox")
    shared.append("RequestId")
    if operation.method in ("GET", "HEAD"):
        shared.append("Observe")
    described: dict[str, Any] = {
        "operationId": operation.id if occurrence == 1 else f"{operation.id}_{occurrence}",
        "summary": _summary(operation),
        "tags": [tag],
        "security": [{"token": [], "apiKey": []}] if operation.is_guarded else [],
        "parameters": [
            *({"$ref": f"#/components/parameters/{name}"} for name in shared),
            *fragment.get("parameters", ()),
        ],
    }
    if operation.handler is None:
        described["x-not-emulated"] = operation.reason
    return described | _request_body(fragment) | {"responses": _responses(operation, fragment)}


def _summary(operation: Operation) -> str:
    if operation.handler is None:
        return f"Not emulated: {operation.reason}."
    return (inspect.getdoc(operation.handler) or operation.id).partition("\n")[0]


def _responses(operation: Operation, fragment: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the answers of the fragment and the refusals.

    A fragment only describes errors that are its own: their bodies are those of the service.
    """
    answers = {status: told for status, told in _responses_of(fragment).items() if status < "400"}
    return dict(sorted({**answers, **refusals.responses(operation, fragment)}.items()))
